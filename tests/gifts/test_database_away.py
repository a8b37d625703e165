"""A database that is away, for a real api process: 503 within two seconds by either door, then as if nothing was."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.gifts_proof.between import Between
from bench.gifts_proof.town import Town, town
from foundation.sql import Database
from gifts.verify import ledger_verify
from tests.databases import Postgres
from tests.gifts.doors import Giver, Told, coins, giver
from tests.waiting import until

COINS = 1000
PRICE = 10
AWAY_S = 2.0
BACK_S = 5.0
AWAY = {"ledger-away", "store-away", "unavailable"}


@dataclass
class Cut:
    place: Town
    between: Between


@pytest.fixture
async def cut(tmp_path: Path, postgres: Postgres) -> AsyncIterator[Cut]:
    """A town whose api reaches PostgreSQL only through ``between``."""
    name = await postgres.create()
    url = postgres.url(name)
    real = str(Database(url).engine.url.query["host"])
    socket = ".s.PGSQL.5432"
    with TemporaryDirectory(prefix="ringside-cut-") as folder:
        async with (
            Between(Path(folder) / socket, Path(real) / socket) as between,
            town(tmp_path, url, sql=url.replace(real, folder)) as place,
        ):
            yield Cut(place, between)
    await postgres.drop(name)


async def away_and_back(cut: Cut, how: str) -> None:
    """Who is known to the api and who is new there are told the same, and pay once for what they insist on."""
    place = cut.place
    known, new = [await place.fan(name, COINS) for name in ("Known", "New")]
    async with giver(place, known, place.hosts[0].room) as giving, giver(place, new, place.hosts[1].room) as beginning:
        assert {told.status for told in await giving.by_both("before")} == {201}
        getattr(cut.between, how)()
        for key in ("first", "second"):
            told = await both(giving, beginning, key)
            told += await giving.by_both(key, gift="no-such-gift")  # what has this key done before?
            assert {each.status for each in told} == {503} and {each.code for each in told} <= AWAY
            assert max(each.took_s for each in told) <= AWAY_S
        assert [await coins(place.database, who) for who in (known, new)] == [COINS - 2 * PRICE, COINS]
        cut.between.open()

        async def given() -> bool:
            told = [*await both(giving, beginning, "first"), *await both(giving, beginning, "second")]
            return {each.status for each in told} == {201}

        await until(given, "gifts are taken again", BACK_S)
    assert [await coins(place.database, who) for who in (known, new)] == [COINS - 6 * PRICE, COINS - 4 * PRICE]


async def both(one: Giver, other: Giver, key: str) -> list[Told]:
    told = await asyncio.gather(one.by_both(key), other.by_both(key))
    return [*told[0], *told[1]]


async def test_without_postgresql_both_doors_say_so_in_two_seconds_and_give_again_in_five(cut: Cut) -> None:
    await away_and_back(cut, "shut")
    await away_and_back(cut, "silence")
    report = await ledger_verify(cut.place.database)
    assert report.holds, report.text()


async def test_while_sqlite_is_locked_by_somebody_else_it_is_the_same(tmp_path: Path, sqlite_template: Path) -> None:
    copy = shutil.copy(sqlite_template, tmp_path / "ringside.db")
    async with town(tmp_path, f"sqlite+aiosqlite:///{copy}") as place:
        fan = await place.fan("Fan", COINS)
        async with giver(place, fan, place.hosts[0].room) as giving:
            with closing(sqlite3.connect(copy, isolation_level=None)) as somebody:
                somebody.execute("BEGIN IMMEDIATE")
                told = await giving.by_both("locked")
                somebody.execute("ROLLBACK")
            assert {each.status for each in told} == {503} and max(each.took_s for each in told) <= AWAY_S
            assert await coins(place.database, fan) == COINS

            async def given() -> bool:
                return {each.status for each in await giving.by_both("locked")} == {201}

            await until(given, "gifts are taken again", BACK_S)
            assert await coins(place.database, fan) == COINS - 2 * PRICE
