"""The house rules that a tool can check: who imports whom, what pure modules touch, who knows private names."""

import ast
import re
from pathlib import Path

import grimp
import pytest

PACKAGES = ("server", "pk", "gifts", "streaming", "moderation", "transcode", "quality", "accounts", "foundation")

# What a domain shows to the others; everything of foundation is shown.
PUBLISHED = {
    "gifts": {"events", "scoring"},
    "streaming": {"events", "presence", "stage", "feed_port"},
    "moderation": {"events", "gate", "words", "audit"},
    "transcode": {"client", "job", "media_pipe", "posters"},
    "quality": {"sample", "verdict"},
    "accounts": {"events", "pace", "principal", "relations"},
}

PURE = (
    "pk.battle",
    "pk.cast",
    "pk.rules",
    "pk.events",
    "pk.host_settings",
    "pk.match.pairing",
    "pk.moves.aftermath",
    "pk.moves.fighting",
    "pk.moves.invitation",
    "pk.moves.preparing",
    "pk.moves.presence",
    "pk.rating",
    "pk.saved",
    "pk.verdict",
    "pk.mixer.layout",
    "streaming.broadcast",
    "streaming.chat.entry",
    "streaming.chat.keepers",
    "streaming.chat.links",
    "streaming.chat.message",
    "streaming.chat.rules",
    "streaming.feed.framing",
    "streaming.feed.pace",
    "streaming.feed.protocol",
    "streaming.feed.ring",
    "streaming.feed.rules",
    "streaming.feed.sampling",
    "streaming.feed.since",
    "streaming.feed.slowness",
    "streaming.feed.tick",
    "streaming.guests",
    "streaming.media.check_track",
    "streaming.source",
    "streaming.spoken",
    "accounts.about",
    "accounts.email_address",
    "accounts.letters",
    "accounts.relations",
    "accounts.sign_ins",
    "gifts.banners",
    "gifts.bodies",
    "gifts.catalogue",
    "gifts.combos",
    "gifts.fans",
    "gifts.luck",
    "gifts.money.csv_lines",
    "gifts.money.decisions",
    "gifts.money.purchase",
    "gifts.money.taking_back",
    "gifts.spans",
    "quality.verdict",
)
IMPURE = ("asyncio", "time", "redis", "sqlalchemy", "av", "fastapi", "socket", "random")

# The one file that may know uvicorn's websocket from within.
WEBSOCKET_SEAM = Path("server/websocket_line.py")
# The one file that may touch private names of aiortc and pylibsrtp; it needs only those of the latter.
SEAM = Path("streaming/media/dtls_seam.py")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def modules(graph: grimp.ImportGraph) -> list[str]:
    return sorted(module for module in graph.modules if module.split(".")[0] in PACKAGES)


def test_across_domains_only_published_modules_are_imported(graph: grimp.ImportGraph) -> None:
    trespasses = []
    for module in modules(graph):
        home = module.split(".")[0]
        if home == "server":
            continue
        for imported in graph.find_modules_directly_imported_by(module):
            package, _, rest = imported.partition(".")
            if package in PUBLISHED and package != home and rest.split(".")[0] not in PUBLISHED[package]:
                trespasses.append(f"{module} imports {imported}")
    assert trespasses == []


def test_pure_modules_stay_pure(graph: grimp.ImportGraph) -> None:
    impure = [
        f"{module} imports {imported}"
        for module in PURE
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.split(".")[0] in IMPURE
    ]
    assert impure == []


def test_every_module_called_pure_exists(graph: grimp.ImportGraph) -> None:
    assert [module for module in PURE if module not in graph.modules] == []


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("redis", r"foundation(\..*)?|.*\.store_redis\w*|server\.process"),
        ("aiortc", r"streaming\.media(\..*)?|pk\.mixer(\..*)?|transcode(\..*)?"),
        ("av", r"streaming\.media(\..*)?|pk\.mixer(\..*)?|transcode(\..*)?"),
        ("ffmpeg", r"transcode\.ffmpeg"),
        ("pydantic_settings", r"server\.settings"),
    ],
)
def test_a_library_is_imported_only_where_it_belongs(graph: grimp.ImportGraph, library: str, allowed: str) -> None:
    strangers = [
        module
        for module in modules(graph)
        if library in graph.find_modules_directly_imported_by(module) and not re.fullmatch(allowed, module)
    ]
    assert strangers == []


def test_only_settings_read_the_environment() -> None:
    readers = [
        str(path)
        for path in python_files()
        if re.search(r"os\.environ|os\.getenv", path.read_text()) and path != Path("server/settings.py")
    ]
    assert readers == []


def test_the_private_names_of_aiortc_and_pylibsrtp_are_touched_in_one_file() -> None:
    private = re.compile(
        r"pylibsrtp\._|\._(tx_srtp|rx_srtp|srtp|recv_next|handle_rtp_data|handle_rtcp_data|send_rtp|rtp_router|set_role)\b"
    )
    touching = [str(path) for path in python_files() if path != SEAM and private.search(path.read_text())]
    assert touching == []


def test_what_uvicorn_has_behind_asgi_is_known_in_one_file() -> None:
    behind = re.compile(r"uvicorn\.protocols\.\S+ import|\b(close_sent|close_timer|data_to_send)\b")
    assert [path for path in python_files() if behind.search(path.read_text())] == [WEBSOCKET_SEAM]


def test_no_import_hides_inside_a_function() -> None:
    hidden = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden += [
                    f"{path}:{inner.lineno}" for inner in node.body if isinstance(inner, ast.Import | ast.ImportFrom)
                ]
    assert hidden == []


def test_no_test_sleeps() -> None:
    sleeping = [
        f"{path}:{node.lineno}"
        for path in Path("tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep", "sleep"}
        and node.args
        and ast.unparse(node.args[0]) not in {"0", "0.0"}
    ]
    assert sleeping == []


def test_no_file_is_called_like_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "stuff"}
    assert [str(path) for path in python_files() if path.stem in drawers] == []


def python_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in Path(package).rglob("*.py"))


# Who may read the wall clock, and what for. Everything that decides something has the platform's one clock.
WALL_CLOCK = {
    "foundation/clock.py": "the clock of tools that run without Redis",
    "pk/mixer/clock.py": "where a mixer's microseconds begin; who reads them knows only differences",
    "server/certificate.py": "the days of a certificate",
    "server/self_check/collect.py": "how far this machine's clock is off",
    "server/self_check/kept.py": "when a self-check was made, for people",
    "streaming/media/certificate.py": "the days of a certificate",
}


def test_the_wall_clock_decides_nothing() -> None:
    reads = re.compile(r"\btime\.time(_ns)?\(|\bdatetime\.(now|utcnow|today)\(|\btime\.(gm|local)time\(|date\.today\(")
    assert {str(path) for path in python_files() if reads.search(path.read_text())} == WALL_CLOCK.keys()
