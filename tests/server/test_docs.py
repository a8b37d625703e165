"""The documents say what the code does: codes, messages, routes and links are compared with the packages themselves."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import Match

import pk.feed
from foundation.errors import Refusal
from streaming.feed.connection import CloseCode

PACKAGES = ("server", "pk", "gifts", "streaming", "moderation", "transcode", "quality", "accounts", "foundation")
PROTOCOL = Path("docs/protocol.md")

# Which argument of a call names a message's type, who makes such calls, and the files that compute it.
SAYING = {"FeedMessage": 1, "frame": 0, "_say": 0}
SPEAKERS = ("pk", "gifts", "streaming")
MEDIA = ("pk/mixer/", "streaming/media/")  # they send packets, no messages to rooms
COMPUTED = {"pk/feed.py", "streaming/keeper.py"}
# A refusal of the web framework, not of ours: foundation.problem gives it its code.
NOT_A_REFUSAL = {("method-not-allowed", 405)}


def section(heading: str) -> str:
    """The text under a heading of the protocol, up to the next one of the same or a higher level."""
    marks = heading.split(" ")[0]
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(marks)}}} |\Z)", PROTOCOL.read_text(), re.DOTALL | re.MULTILINE
    )
    assert found is not None, heading
    return found[1]


def first_cells(heading: str) -> list[str]:
    """What stands in the first column of the first table under ``heading``, without its marks."""
    table = re.search(r"(?:^\|.*\n)+", section(heading), re.MULTILINE)
    assert table is not None, heading
    return [line.split("|")[1].strip(" `") for line in table[0].splitlines()[2:]]


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    if kind.__module__.split(".")[0] in PACKAGES:
        yield kind
    for below in kind.__subclasses__():
        yield from refusals(below)


@cache
def parsed() -> list[tuple[str, ast.Module]]:
    paths = [path for package in SPEAKERS for path in sorted(Path(package).rglob("*.py"))]
    return [(str(path), ast.parse(path.read_text())) for path in paths if not str(path).startswith(MEDIA)]


def types_said() -> set[str]:
    """The type of every message that some process posts to a room or says to a socket."""
    said, computed = set(pk.feed._TYPE.values()), set()
    for path, module in parsed():
        for node in ast.walk(module):
            name = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
            if not isinstance(node, ast.Call) or name not in SAYING:
                continue
            argument = node.args[SAYING[name]]
            if isinstance(argument, ast.Constant):
                said.add(str(argument.value))
            else:
                computed.add(path)
    assert computed == COMPUTED, "a message's type is computed where this test does not look"
    return said


def types_heard() -> set[str]:
    """The type of every command that clients may send: the classes that implement ``FeedCommand``, and ping."""
    heard = {"ping"}
    for _, module in parsed():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                heard |= {
                    str(each.value.value)
                    for each in node.body
                    if isinstance(each, ast.Assign)
                    and ast.unparse(each.targets[0]) == "type"
                    and isinstance(each.value, ast.Constant)
                }
    return heard


def test_every_error_code_is_documented_with_its_status_and_no_other() -> None:
    for package in PACKAGES:
        for found in pkgutil.walk_packages([package], f"{package}."):
            if not found.name.endswith("__main__") and ".migrations" not in found.name:
                importlib.import_module(found.name)
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", section("### Error codes"), re.MULTILINE)
    documented = {(code, int(status)) for code, status in rows}
    assert documented - NOT_A_REFUSAL == {(kind.code, kind.status) for kind in refusals()}
    assert len(rows) == len(documented) and documented >= NOT_A_REFUSAL


def test_every_code_in_the_text_is_in_the_table() -> None:
    known = dict(re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", section("### Error codes"), re.MULTILINE))
    named = re.findall(r"\b([45]\d\d) ((?:`[a-z-]+`(?:, )?)+)", PROTOCOL.read_text())
    wrong = [
        (status, code)
        for status, codes in named
        for code in re.findall(r"`([a-z-]+)`", codes)
        if known.get(code) != status
    ]
    assert named and wrong == []


def test_every_message_of_the_feed_is_documented_and_no_other() -> None:
    assert sorted(first_cells("### Server to client")) == sorted(types_said())


def test_every_command_of_the_feed_is_documented_and_no_other() -> None:
    assert sorted(first_cells("### Client to server")) == sorted(types_heard())


def test_every_close_code_is_documented() -> None:
    assert {int(code) for code in CloseCode} <= {int(cell) for cell in first_cells("### Close codes")}


def documented_routes() -> set[tuple[str, str]]:
    return set(re.findall(r"`(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s(/[^`\s]*)`", PROTOCOL.read_text()))


def test_every_route_of_the_api_is_documented(app: FastAPI) -> None:
    routes = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert len(routes) > 30 and routes - documented_routes() == set()


def test_every_documented_route_is_there(app: FastAPI) -> None:
    def there(method: str, path: str) -> bool:
        # "{verb}" is an enumeration, everything else is any text.
        scope = {"type": "http", "method": method, "path": path.replace("{verb}", "accept"), "headers": []}
        return any(route.matches(scope)[0] is Match.FULL for route in app.routes)

    assert not there("GET", "/api/v1/nothing") and not there("PUT", "/api/v1/rooms")
    assert sorted(route for route in documented_routes() if not there(*route)) == []


def documents() -> list[Path]:
    return sorted([*Path("docs").rglob("*.md"), *Path().glob("*.md")])


def anchors(document: Path) -> set[str]:
    """The names under which the headings of a document can be linked to."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", documents(), ids=str)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []
