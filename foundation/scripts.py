"""Transactions as generators of statements, run by the database's own driver.

For the one place where a statement's way through SQLAlchemy, or a thread's hop a statement, costs too much. A script
yields ``Say`` and ``Stage`` and is sent rows; it knows neither driver nor thread, so it is the same on SQLite (where a
whole transaction runs in a thread of its own) and on PostgreSQL.
"""

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import asyncpg
import orjson
from sqlalchemy.engine import URL

T = TypeVar("T")
_PARAMETER = re.compile(r"\$(\d+)")
Rows = Sequence[Sequence[Any]]

ANSWER_S = 2.0  # a statement of a script is given up after this time
STAGED_AT_ONCE = 64  # rows in one INSERT: each statement gives the interpreter's lock away once
DURABLE = {"synchronous_commit": "on"}  # every PostgreSQL connection says so, whatever its database is set to
IDLE_MS = 2000  # a script never pauses: PostgreSQL gives back the locks of one that is cut off after this time
# A script reads few rows of big tables by their keys. What PostgreSQL believes of those tables lags behind a storm, and
# a batch would read all of them.
BY_KEY = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
SQLITE_CACHE = "cache_size=-32000"  # KiB: pages that a storm writes again and again stay in memory between batches
SQLITE_TURN_MS = (
    3  # SQLite's own waiting sleeps longer and longer, up to 100 ms; whoever wants to write asks soon again
)
SQLITE_PARAMETERS = 32_000  # SQLite takes 32,766 values in one statement


@dataclass(frozen=True)
class Say:
    """One statement with ``$1``, ``$2``...; a list among the values is one parameter (see ``Dialect.among``)."""

    sql: str
    values: Sequence[object] = ()


@dataclass(frozen=True)
class Stage:
    """Rows into a temporary table that ``Staging`` has made; it is empty at the begin of every script."""

    table: str
    rows: Rows


Script = Generator[Say | Stage, Rows, T]


@dataclass(frozen=True)
class Staging:
    """A temporary table of each connection of the runner; ``columns`` as (name, SQL type)."""

    table: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Dialect:
    """What the two databases say differently."""

    name: str
    false: str
    for_update: str
    _among: str
    _pairs: str

    def among(self, column: str, number: int) -> str:
        """A condition: ``column`` is one of the list that is parameter ``number``."""
        return f"{column} {self._among.format(number)}"

    def pairs(self, columns: str, number: int) -> str:
        """A condition: two columns, as ``a, b``, are one of the pairs in parameter ``number`` (see ``pairs``)."""
        return f"({columns}) {self._pairs.format(number)}"


SQLITE = Dialect(
    name="sqlite",
    false="0",
    for_update="",
    _among="IN (SELECT value FROM json_each(${0}))",
    _pairs="IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(${0}))",
)
POSTGRESQL = Dialect(
    name="postgresql",
    false="FALSE",
    for_update=" FOR UPDATE",
    _among="= ANY(${0}::text[])",
    _pairs="IN (SELECT value ->> 0, value ->> 1 FROM json_array_elements(${0}::json))",
)


def pairs(values: Iterable[tuple[str, str]]) -> str:
    """The parameter for ``Dialect.pairs``."""
    return orjson.dumps(list(values)).decode()


class ScriptFailed(Exception):
    """The transaction was not done, or nobody knows whether it was; ``unfit`` when its own rows are at fault."""

    def __init__(self, message: str, *, unfit: bool = False) -> None:
        super().__init__(message)
        self.unfit = unfit


class ScriptRunner(Protocol):
    """Runs scripts one at a time, each in a transaction that may write; durable when it returns."""

    dialect: Dialect

    async def run(self, script: Callable[[], Script[T]]) -> T:
        """``ScriptFailed`` when the database refused or went away."""

    async def close(self) -> None: ...


def runner_for(url: URL, staging: Sequence[Staging], pragmas: Sequence[str]) -> ScriptRunner:
    """A runner with connections of its own to the database of a SQLAlchemy URL."""
    if url.get_backend_name() == "sqlite":
        assert url.database is not None
        return SqliteScripts(url.database, staging, pragmas)
    arguments = url.get_dialect()().create_connect_args(url)[1]
    return PostgresScripts(dict(arguments), staging)


class SqliteScripts:
    """One connection in one thread: a transaction is one hop, and waits for the disk aside from the event loop."""

    dialect = SQLITE

    def __init__(self, path: str, staging: Sequence[Staging], pragmas: Sequence[str]) -> None:
        self._path = path
        self._staging = {each.table: each for each in staging}
        self._pragmas = pragmas
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    async def run(self, script: Callable[[], Script[T]]) -> T:
        self._thread = self._thread or ThreadPoolExecutor(1, "sql-scripts")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, script)

    async def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    def _run(self, script: Callable[[], Script[T]]) -> T:
        try:
            connection = self._connection or self._open()
            _take_turn(connection)
            for table in self._staging:
                connection.execute(f"DELETE FROM {table}")
            answer = self._drive(connection, script())
            connection.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            self._roll_back()
            raise ScriptFailed(str(error), unfit=True) from error
        except sqlite3.Error as error:
            self._close()  # what a failed disk left in this connection's cache is not to be believed
            raise ScriptFailed(str(error)) from error
        except BaseException:
            self._roll_back()
            raise
        return answer

    def _drive(self, connection: sqlite3.Connection, script: Script[T]) -> T:
        rows: Rows | None = None
        try:
            while True:
                step = next(script) if rows is None else script.send(rows)
                rows = self._stage(connection, step) if isinstance(step, Stage) else _say(connection, step)
        except StopIteration as done:
            value: T = done.value
            return value

    def _stage(self, connection: sqlite3.Connection, step: Stage) -> Rows:
        width = len(self._staging[step.table].columns)
        most = min(STAGED_AT_ONCE, SQLITE_PARAMETERS // width)
        start = 0
        while start < len(step.rows):
            # Powers of two, so that few different statements are prepared and kept.
            count = min(most, 1 << (len(step.rows) - start).bit_length() - 1)
            values = [value for row in step.rows[start : start + count] for value in row]
            connection.execute(_staged(step.table, width, count), values)
            start += count
        return ()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=ANSWER_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        for pragma in (*self._pragmas, "temp_store=MEMORY", SQLITE_CACHE, f"busy_timeout={SQLITE_TURN_MS}"):
            connection.execute(f"PRAGMA {pragma}")
        for each in self._staging.values():
            connection.execute(f"CREATE TEMP TABLE {each.table} ({_columns(each)})")
        self._connection = connection
        return connection

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def is_busy(error: BaseException | None) -> bool:
    """Whether somebody else is writing into the SQLite file."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _take_turn(connection: sqlite3.Connection) -> None:
    until_s = time.monotonic() + ANSWER_S
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= until_s:
                raise


def _say(connection: sqlite3.Connection, step: Say) -> Rows:
    values = [orjson.dumps(value).decode() if isinstance(value, list) else value for value in step.values]
    return connection.execute(_numbered(step.sql), values).fetchall()


@lru_cache(256)
def _numbered(sql: str) -> str:
    return _PARAMETER.sub(r"?\1", sql)


@lru_cache(256)
def _staged(table: str, width: int, count: int) -> str:
    row = "(" + ", ".join("?" * width) + ")"
    return f"INSERT INTO {table} VALUES {', '.join([row] * count)}"


def _columns(staging: Staging) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in staging.columns)


class PostgresScripts:
    """One connection, made when it is needed and thrown away after whatever went wrong with it."""

    dialect = POSTGRESQL

    def __init__(self, arguments: dict[str, Any], staging: Sequence[Staging]) -> None:
        self._arguments = arguments
        self._staging = staging
        self._connection: Any = None  # asyncpg says nothing about its types
        self._turn = asyncio.Lock()

    async def run(self, script: Callable[[], Script[T]]) -> T:
        async with self._turn:
            try:
                connection = self._connection or await self._open()
                await connection.execute("BEGIN")
                answer = await self._drive(connection, script())
                await connection.execute("COMMIT")
            except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
                self._drop()
                raise ScriptFailed(str(error), unfit=True) from error
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                self._drop()
                raise ScriptFailed(str(error) or type(error).__name__) from error
            except BaseException:
                self._drop()
                raise
        return answer

    async def close(self) -> None:
        async with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                await connection.close(timeout=ANSWER_S)

    async def _open(self) -> Any:
        settings = {**DURABLE, **BY_KEY, "idle_in_transaction_session_timeout": str(IDLE_MS)}
        connection = await asyncpg.connect(
            timeout=ANSWER_S, command_timeout=ANSWER_S, server_settings=settings, **self._arguments
        )
        for each in self._staging:
            await connection.execute(f"CREATE TEMP TABLE {each.table} ({_columns(each)}) ON COMMIT DELETE ROWS")
        self._connection = connection
        return connection

    async def _drive(self, connection: Any, script: Script[T]) -> T:
        rows: Rows | None = None
        try:
            while True:
                step = next(script) if rows is None else script.send(rows)
                if isinstance(step, Stage):
                    await connection.copy_records_to_table(step.table, records=step.rows)
                    rows = ()
                else:
                    rows = await connection.fetch(step.sql, *step.values)
        except StopIteration as done:
            value: T = done.value
            return value

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
