"""``python -m server ledger-verify``: figures, and 1 when an invariant does not hold."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.clock import Clock, SystemClock
from foundation.sql import Database
from gifts.store_sql import SqlLedger
from server.__main__ import cli
from tests.clocks import ToldClock
from tests.gifts.world import commit, order


@pytest.fixture
def data(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with empty books, as the settings find it."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    # The log of this process would go on into what the runner captures, which is closed afterwards.
    monkeypatch.setattr("server.__main__.configure", lambda level: None)
    (tmp_path / "ringside.db").write_bytes(sqlite_template.read_bytes())
    return tmp_path


def test_sound_books_hold_and_print_their_figures(data: Path) -> None:
    done = CliRunner().invoke(cli, ["ledger-verify"])
    assert done.exit_code == 0, done.output
    assert "zero sum a currency" in done.output and "withdrawals = what is held" in done.output
    assert "BROKEN" not in done.output


def test_broken_books_end_with_1_and_name_what_is_wrong_while_somebody_writes(data: Path) -> None:
    connection = sqlite3.connect(data / "ringside.db", isolation_level=None)
    connection.execute("INSERT INTO ledger_balances VALUES ('vera:coin', 5)")
    connection.execute("BEGIN IMMEDIATE")  # a platform that is just writing
    done = CliRunner().invoke(cli, ["ledger-verify"])
    connection.close()
    assert done.exit_code == 1
    assert "BROKEN 1" in done.output and "vera:coin" in done.output


async def given(data: Path, clock: Clock) -> None:
    """A gift that waits for the relay."""
    database = Database(f"sqlite+aiosqlite:///{data / 'ringside.db'}")
    ledger = SqlLedger(database, clock)
    await ledger.grant_starter("vera", 1000)
    await commit(ledger, order())
    await ledger.close()
    await database.close()


def test_what_is_unsent_is_wrong_when_all_should_be_drained(data: Path) -> None:
    asyncio.run(given(data, SystemClock()))
    done = CliRunner().invoke(cli, ["ledger-verify"])
    assert done.exit_code == 0, done.output
    drained = CliRunner().invoke(cli, ["ledger-verify", "--drained"])
    assert drained.exit_code == 1
    assert "BROKEN 1" in drained.output and "unsent=1" in drained.output


def test_what_has_been_unsent_for_long_is_wrong(data: Path) -> None:
    asyncio.run(given(data, ToldClock()))
    done = CliRunner().invoke(cli, ["ledger-verify"])
    assert done.exit_code == 1
    [line] = [each for each in done.output.splitlines() if "BROKEN" in each]
    assert line.startswith("outbox moves")


def test_where_there_is_no_database_none_is_made(data: Path) -> None:
    (data / "ringside.db").unlink()
    done = CliRunner().invoke(cli, ["ledger-verify"])
    assert done.exit_code == 2 and "no database" in done.output
    assert not (data / "ringside.db").exists()
