"""What every test may use: a real Valkey, a fresh SQLite file for the test, clocks that are told the time."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from redis.asyncio import Redis

import foundation.redis
from foundation.ids import is_id
from foundation.sql import Database
from server import valkey
from tests.clocks import ToldClock
from tests.databases import Postgres, make_tables, postgres_server


@pytest.hookimpl
def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A fresh identifier names no case: each of the processes in which tests run would have another name for it."""
    return argname if isinstance(val, str) and is_id(val) else None


@pytest.fixture(scope="session", autouse=True)
def quiet_log() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey of this test run, on a unix socket; shared, so take ``redis`` to find it empty."""
    # A socket's path may have 108 bytes: pytest's own temporary folders are too deep.
    with tempfile.TemporaryDirectory(prefix="ringside-") as folder:
        process, url = valkey.start(Path(folder), durable=False)
        try:
            _until_it_answers(process, Path(folder))
            yield url
        finally:
            process.terminate()
            process.wait(10)


def _until_it_answers(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 15
    while not valkey.answers(folder):
        assert process.poll() is None, (folder / "valkey.log").read_text()
        assert time.monotonic() < deadline, "valkey did not answer"


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    client = foundation.redis.connect(valkey_url, "test")
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables of every domain, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ringside.db"
    make_tables(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
async def database(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Database]:
    """A fresh SQLite file with the tables of every domain."""
    copy = shutil.copy(sqlite_template, tmp_path / "ringside.db")
    opened = Database(f"sqlite+aiosqlite:///{copy}")
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this test run; take ``on_postgres`` for a database of one's own."""
    with postgres_server() as server:
        yield server


@pytest.fixture
async def on_postgres(postgres: Postgres) -> AsyncIterator[Database]:
    """A fresh PostgreSQL database with the tables of every domain."""
    name = await postgres.create()
    opened = Database(postgres.url(name))
    yield opened
    await opened.close()
    await postgres.drop(name)


@pytest.fixture
def clock() -> ToldClock:
    return ToldClock()


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Fails the test that leaves a task behind."""
    before = asyncio.all_tasks()
    yield
    left = {task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()}
    assert not left, [task.get_name() for task in left]
