"""One guard of the money removed at a time, in a copy of the tree: the tests that should notice must turn red."""

import asyncio
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.platform import ROOT, bare_environment

PACKAGES = (
    *("foundation", "accounts", "quality", "transcode", "moderation", "streaming", "gifts", "pk", "server"),
    *("bench", "tests"),
)
TESTS_S = 300.0
GREEN, RED = 0, 1


@dataclass(frozen=True)
class Mutant:
    """``guard`` stands once in ``file`` and becomes ``without``; ``tests`` are those that should notice."""

    name: str
    file: str
    guard: str
    without: str
    tests: tuple[str, ...]


LEDGER = ("tests/gifts/test_ledger.py", "tests/gifts/test_store_sql.py")
SCRIPTS = ("tests/foundation/test_scripts.py",)
SICK_DISK = ("tests/gifts/test_deaths.py::test_what_was_acknowledged_by_a_disk_that_fails_is_there",)
LAST_GUARDS = ("tests/gifts/test_last_guards.py",)
MUTANTS = (
    Mutant("balance condition", "gifts/ledger.py", "if balance < order.coins:", "if balance < 0:", LEDGER),
    Mutant("lock on PostgreSQL", "foundation/scripts.py", 'for_update=" FOR UPDATE"', 'for_update=""', LEDGER),
    Mutant("lock on SQLite", "foundation/scripts.py", '"BEGIN IMMEDIATE"', '"BEGIN"', SCRIPTS),
    Mutant(
        "look-up of the key",
        "gifts/ledger.py",
        "if known is not None:",
        "if known is not None and not known.key:",
        LEDGER,
    ),
    Mutant("constraint on the key", "gifts/tables.py", 'UniqueConstraint("sender", "key"),', "", LAST_GUARDS),
    Mutant(
        "balance condition of rare transfers", "gifts/posting.py", "+ change < 0:", "+ change < -1_000_000_000:", LEDGER
    ),
    Mutant(
        "dedupe of the score",
        "gifts/lua/apply_gift.lua",
        "if redis.call('SADD', KEYS[3], gift.id) == 1 then",
        "if redis.call('SADD', KEYS[3], gift.id) >= 0 then",
        ("tests/gifts/test_relay.py",),
    ),
    Mutant(
        "dedupe of the room",
        "gifts/lua/count_in_room.lua",
        "if before then",
        "if before == 1 then",
        ("tests/gifts/test_relay.py",),
    ),
    Mutant(
        "win that is taken back",
        "gifts/money/corrections.py",
        "DIAMONDS_OF_GIFT, WIN_OF_GIFT)",
        "DIAMONDS_OF_GIFT)",
        ("tests/gifts/money/test_corrections.py",),
    ),
    Mutant(
        "draw that hangs on the gift",
        "gifts/ledger.py",
        "order.seed, gift_id, order.coins)",
        'order.seed, "", order.coins)',
        ("tests/gifts/test_lucky_gifts.py",),
    ),
    Mutant("durable COMMIT", "foundation/sql.py", '"synchronous=FULL"', '"synchronous=NORMAL"', SICK_DISK),
    Mutant(
        "durable COMMIT on PostgreSQL",
        "foundation/scripts.py",
        '{"synchronous_commit": "on"}',
        '{"application_name": "ringside"}',
        ("tests/foundation/test_durable.py",),
    ),
    Mutant("log that is brought home", "foundation/sql.py", '"wal_checkpoint(PASSIVE)",', "", SICK_DISK),
)


async def tested(mutant: Mutant | None, tests: tuple[str, ...]) -> tuple[int, str]:
    """What pytest says to the tree with ``mutant`` in it: its exit status and last words."""
    with TemporaryDirectory(prefix="ringside-mutant-") as name:
        folder = Path(name)
        _copied(folder)
        if mutant is not None:
            _mutated(folder / mutant.file, mutant)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", *tests),
            cwd=folder,
            env=bare_environment() | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(TESTS_S):
            said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")[-3000:]


async def noticed(mutant: Mutant) -> list[str]:
    """Complaints, none when the tests have turned red."""
    status, said = await tested(mutant, mutant.tests)
    return [] if status == RED else [f"without the {mutant.name} pytest ends with {status}: {said}"]


async def unharmed() -> list[str]:
    """Complaints, none when the tests are green on a copy without a mutant."""
    tests = tuple(dict.fromkeys(test for mutant in MUTANTS for test in mutant.tests))
    status, said = await tested(None, tests)
    return [] if status == GREEN else [f"with every guard in place pytest ends with {status}: {said}"]


def _copied(folder: Path) -> None:
    for package in PACKAGES:
        left_out = shutil.ignore_patterns("__pycache__", "results", "*.so")
        shutil.copytree(ROOT / package, folder / package, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", folder)


def _mutated(path: Path, mutant: Mutant) -> None:
    text = path.read_text()
    assert text.count(mutant.guard) == 1, f"{mutant.name}: {mutant.guard} stands {text.count(mutant.guard)} times"
    path.write_text(text.replace(mutant.guard, mutant.without))
