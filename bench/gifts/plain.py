"""The same gift as one would write it first: SQLAlchemy, a transaction a gift, a conditional debit.

It writes the same rows into the same tables, and looks for no battle. On SQLite the sync driver, which is the fastest
that SQLAlchemy has there.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, create_engine, event, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bench.gifts.books import some_order
from foundation.ids import new_id
from foundation.sql import PRAGMAS
from gifts.ledger import COIN, DIAMOND, PLATFORM, GiftOrder, account_of
from gifts.tables import balances, entries, gifts, outbox, transfers

POSTGRES_CLIENTS = 8


def one_per_transaction(url: str, seconds: float) -> float:
    """Gifts a second. SQLite has one writer; PostgreSQL gets eight connections."""
    if make_url(url).get_backend_name() == "sqlite":
        return _on_sqlite(url, seconds)
    return asyncio.run(_on_postgres(url, seconds))


def _on_sqlite(url: str, seconds: float) -> float:
    engine, chance = create_engine(make_url(url).set(drivername="sqlite")), random.Random(1)
    event.listen(engine, "connect", _prepare)
    began, sent = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        with engine.begin() as connection:
            send(connection, some_order(chance))
        sent += 1
    engine.dispose()
    return sent / (time.perf_counter() - began)


def _prepare(connection: Any, record: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


async def _on_postgres(url: str, seconds: float) -> float:
    engine = create_async_engine(url, pool_size=POSTGRES_CLIENTS)
    began, sent = time.perf_counter(), 0

    async def client(number: int) -> None:
        nonlocal sent
        chance = random.Random(number)
        while time.perf_counter() - began < seconds:
            async with engine.begin() as connection:
                await connection.run_sync(send, some_order(chance))
            sent += 1

    await asyncio.gather(*(client(number) for number in range(POSTGRES_CLIENTS)))
    await engine.dispose()
    return sent / (time.perf_counter() - began)


def send(connection: Connection, order: GiftOrder) -> None:
    known = select(gifts.c.id).where(gifts.c.sender == order.sender, gifts.c.key == order.key)
    assert connection.execute(known).first() is None
    balance = _debit(connection, order)
    gift = _gift(order, balance)
    connection.execute(insert(gifts), gift)
    for suffix, currency, payer, payee, amount in (
        ("c", COIN, order.sender, PLATFORM, order.coins),
        ("d", DIAMOND, PLATFORM, order.recipient, gift["diamonds"]),
    ):
        _transfer(connection, gift, suffix, currency, payer, payee, amount)
    _credit(connection, account_of(order.recipient, DIAMOND), gift["diamonds"])
    connection.execute(insert(outbox), {"gift_id": gift["id"], "rooms": f'["{order.room}"]'})


def _debit(connection: Connection, order: GiftOrder) -> int:
    purse = balances.c.account == account_of(order.sender, COIN)
    enough = balances.c.amount >= order.coins
    taken = connection.execute(update(balances).where(purse, enough).values(amount=balances.c.amount - order.coins))
    assert taken.rowcount == 1
    return int(connection.execute(select(balances.c.amount).where(purse)).scalar_one())


def _gift(order: GiftOrder, balance: int) -> dict[str, Any]:
    names = (
        "key",
        "room",
        "sender",
        "sender_name",
        "recipient",
        "recipient_name",
        "item",
        "count",
        "price",
        "share_bp",
    )
    return {name: getattr(order, name) for name in names} | {
        "id": new_id(),
        "coins": order.coins,
        "diamonds": order.coins * order.share_bp // 10_000,
        "multiplier": 1,
        "score": 0,
        "balance": balance,
        "accepted_at_ms": int(time.time() * 1000),
        "content": order.content,
    }


def _transfer(
    connection: Connection, gift: dict[str, Any], suffix: str, currency: str, payer: str, payee: str, amount: int
) -> None:
    name = gift["id"] + suffix
    of, to = account_of(payer, currency), account_of(payee, currency)
    row = {"id": name, "kind": f"gift-{currency}s", "currency": currency, "amount": amount, "payer": of, "payee": to}
    connection.execute(insert(transfers), row | {"at_ms": gift["accepted_at_ms"], "gift_id": gift["id"]})
    legs: Sequence[dict[str, Any]] = [
        {"account": of, "transfer": name, "amount": -amount},
        {"account": to, "transfer": name, "amount": amount},
    ]
    connection.execute(insert(entries), legs)


def _credit(connection: Connection, account: str, amount: int) -> None:
    upsert = (pg_insert if connection.dialect.name == "postgresql" else sqlite_insert)(balances)
    added = balances.c.amount + upsert.excluded.amount
    made = upsert.values(account=account, amount=amount)
    connection.execute(made.on_conflict_do_update(index_elements=["account"], set_={"amount": added}))
