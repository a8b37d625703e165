"""SQL: one metadata for all tables, short write transactions, the same code on SQLite (WAL) and PostgreSQL.

``synchronous=FULL`` on SQLite and ``synchronous_commit=on`` on PostgreSQL: what was acknowledged is durable.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import MetaData, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from foundation import postgres
from foundation.scripts import ANSWER_S, SQLITE_TURN_MS, ScriptRunner, Staging, is_busy, runner_for
from foundation.stopping import end

T = TypeVar("T")

BUSY_TIMEOUT_S = 5
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
    "wal_autocheckpoint=4000",  # pages: a page that a storm writes again and again goes to the file once
    # Whoever opens the file first after a death, or after a COMMIT that could not be synced, finds in the log what
    # perhaps was never on the disk, and would tell people that it is there. So what is in the log goes into the file,
    # synced, before anybody reads it; a disk that cannot do that is away.
    "wal_checkpoint(PASSIVE)",
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Transaction = AsyncConnection


class Database:
    """``url`` is a SQLAlchemy async URL: ``sqlite+aiosqlite:///path`` or ``postgresql+asyncpg://...``.

    PostgreSQL is waited for ``answer_s`` a statement, then its connection is given up; None: for as long as it takes.
    """

    def __init__(self, url: str, *, pool_size: int = 5, answer_s: float | None = None) -> None:
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {} if self.is_sqlite else postgres.options(pool_size, answer_s)
        self.engine: AsyncEngine = create_async_engine(url, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        else:
            postgres.watch(self.engine.sync_engine)
        self._patient = None if self.is_sqlite or answer_s is None else Database(url, pool_size=1)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """One transaction that may write; commits on leaving, rolls back on an exception.

        On SQLite it holds the write lock from its first moment, so that it never fails half-way for another writer.
        """
        async with self.engine.connect() as connection:
            if self.is_sqlite:
                await _take_turn(connection)
            try:
                yield connection
            except BaseException:
                await connection.rollback()
                raise
            await connection.commit()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """One consistent view for reading."""
        async with self.engine.connect() as connection:
            if self.is_sqlite:
                await connection.exec_driver_sql("BEGIN")
            else:  # by default each statement has a view of its own
                await connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                yield connection
            finally:
                await connection.rollback()

    def patient(self) -> "Database":
        """The same database, for who reads all of it: his statements may take as long as they do."""
        return self._patient or self

    async def long_read(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """``work`` in one consistent view; cancelled, it lets go of its statement at once, however long that takes."""
        async with self.patient().read() as transaction:
            if not self.is_sqlite:  # whose server would go on with the statement for nobody
                await transaction.execute(text("SET LOCAL client_connection_check_interval = '1s'"))
            working = asyncio.ensure_future(work(transaction))
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                if self.is_sqlite:  # its driver would wait for the end of the statement
                    driver = (await transaction.get_raw_connection()).driver_connection
                    assert driver is not None
                    await driver.interrupt()
                await end(working)
                raise

    def scripts(self, *staging: Staging) -> ScriptRunner:
        """A runner of scripts on this database, with connections of its own; who asks for it closes it."""
        return runner_for(self.engine.url, staging, (*PRAGMAS, f"busy_timeout={int(ANSWER_S * 1000)}"))

    async def ready(self) -> None:
        """Raise unless the database answers."""
        async with self.read() as transaction:
            await transaction.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()
        if self._patient is not None:
            await self._patient.close()


async def _take_turn(connection: AsyncConnection) -> None:
    """Hold SQLite's write lock; ``OperationalError`` when others have it for ``BUSY_TIMEOUT_S``."""
    until_s = time.monotonic() + BUSY_TIMEOUT_S
    await connection.exec_driver_sql(f"PRAGMA busy_timeout={SQLITE_TURN_MS}")
    try:
        while True:
            try:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not is_busy(error.orig) or time.monotonic() >= until_s:
                    raise
    finally:
        await connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver's own transaction handling is off: BEGIN is said by Database, in the mode that it wants.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
