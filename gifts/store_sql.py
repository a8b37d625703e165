"""The ledger in SQL: batches of gifts, each in one transaction, durable when it returns.

A batch is a script (``foundation.scripts``): it locks and reads, decides by the pure rules, stages one row a gift, and
lets the database make transfers, entries, balances and outbox from those rows. Order of locks, the same for every
writer: balances by account, battles by id. The stamp is taken after the last lock.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import orjson
import structlog
from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from foundation.clock import Clock
from foundation.ids import RisingIds
from foundation.scripts import Dialect, Say, Script, ScriptFailed, Stage, Staging, pairs
from foundation.sql import Database
from gifts.errors import LedgerAway
from gifts.ledger import (
    COIN,
    COINS_OF_GIFT,
    DIAMOND,
    DIAMONDS_OF_GIFT,
    GIFT_COINS,
    GIFT_DIAMONDS,
    GIFT_WIN,
    GRANTS,
    PLATFORM,
    STARTER_GRANT,
    WIN_OF_GIFT,
    Books,
    Gift,
    GiftOrder,
    Key,
    Outcome,
    Posted,
    Transfer,
    account_of,
    decide,
    request_of,
)
from gifts.posting import post, posted
from gifts.scoring import ScoringWindow
from gifts.tables import gifts

log = structlog.get_logger(__name__)

ATTEMPTS = 4
BACK_OFF_S = 0.005

_FIELDS = Gift._fields
_COLUMNS = ", ".join(_FIELDS)
_KIND = {column.name: "bigint" if column.type.python_type is int else "text" for column in gifts.columns}
BATCH = Staging("gift_batch", (*((name, _KIND[name]) for name in _FIELDS), ("rooms", "text")))


class SqlLedger:
    """``close`` after use."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ids = RisingIds()
        self._scripts = database.scripts(BATCH)

    async def close(self) -> None:
        await self._scripts.close()

    async def commit(self, orders: Sequence[GiftOrder], wanted: Callable[[], bool] = lambda: True) -> list[Outcome]:
        """Decide and write ``orders`` in one transaction; one outcome each, durable.

        Nothing is written once ``wanted`` says no: who waited in vain for a lock has been told that it was in vain.

        A transaction that failed is tried again, which also finds out whether a COMMIT without an answer was done: the
        keys are known then. One that cannot be written is tried order by order, so that no order takes others along.
        """
        failure: ScriptFailed | None = None
        for attempt in range(ATTEMPTS):
            try:
                return await self._scripts.run(partial(self._batch, orders, wanted))
            except ScriptFailed as error:
                failure = error
                log.warning("a batch of gifts failed", gifts=len(orders), attempt=attempt, error=str(error))
                if not wanted():
                    break
                await asyncio.sleep(BACK_OFF_S * 2**attempt * random.random())
        if len(orders) > 1 and failure is not None and failure.unfit:
            return [(await self.commit([order], wanted))[0] for order in orders]
        return [LedgerAway(retry_after_s=1) for _ in orders]

    def _batch(self, orders: Sequence[GiftOrder], wanted: Callable[[], bool]) -> Script[list[Outcome]]:
        return gift_batch(orders, self._scripts.dialect, self._clock.now_ms, self._ids, wanted)

    async def find(self, user: str, key: str) -> Gift | None:
        """The gift that ``user`` has sent under ``key`` before."""
        query = select(gifts).where(gifts.c.sender == user, gifts.c.key == key)
        async with self._database.read() as transaction:
            found = (await transaction.execute(query)).first()
        return gift_of(found) if found is not None else None

    async def grant_starter(self, user: str, coins: int) -> bool:
        """``coins`` from the grants account, once in a user's life; False when he had them before."""
        request, stamp = request_of(GRANTS, user), self._clock.now_ms()
        transfer = Transfer(
            id=self._ids.make(stamp),
            kind=STARTER_GRANT,
            currency=COIN,
            amount=coins,
            payer=GRANTS,
            payee=user,
            at_ms=stamp,
            request=request,
        )
        try:
            async with self._database.write() as transaction:
                if await posted(transaction, request) is not None:
                    return False
                await post(transaction, [transfer])
        except IntegrityError:  # two at once on PostgreSQL: the other one has given it
            return False
        return True


def gift_of(row: Row[Any]) -> Gift:
    columns = row._mapping  # by name: a row has attributes of its own, ``count`` for one
    return Gift(**{name: columns[name] for name in _FIELDS})


def gift_batch(
    orders: Sequence[GiftOrder],
    dialect: Dialect,
    now_ms: Callable[[], int],
    ids: RisingIds,
    wanted: Callable[[], bool] = lambda: True,
) -> Script[list[Outcome]]:
    """The transaction of one batch."""
    books = yield from _open_books(orders, dialect)
    if not wanted():
        return [LedgerAway(retry_after_s=1) for _ in orders]
    stamp = now_ms()
    outcomes = decide(orders, books, stamp, partial(ids.make, stamp))
    rows = [(*each.gift, orjson.dumps(each.rooms).decode()) for each in outcomes if isinstance(each, Posted)]
    if rows:
        yield Stage(BATCH.table, rows)
        for statement in _WRITE:  # noqa: UP028  (a tuple cannot be sent what a statement answers)
            yield statement
    return outcomes


def _open_books(orders: Sequence[GiftOrder], dialect: Dialect) -> Script[Books]:
    """Lock the wallets first: who finds no key then knows that nobody is just writing it."""
    senders = {order.sender for order in orders}
    recipients = sorted({order.recipient for order in orders})
    wallets = {account_of(sender, COIN): sender for sender in senders}
    locked = sorted([*wallets, *(account_of(recipient, DIAMOND) for recipient in recipients)])
    held = yield Say(
        f"SELECT account, amount FROM ledger_balances WHERE {dialect.among('account', 1)}"
        f" ORDER BY account{dialect.for_update}",
        [locked],
    )
    known = yield from _known({order.request for order in orders}, dialect)
    windows = yield from _windows(recipients, dialect)
    return Books({wallets[account]: amount for account, amount in held if account in wallets}, known, windows)


def _known(requests: set[Key], dialect: Dialect) -> Script[dict[Key, Gift]]:
    rows = yield Say(f"SELECT {_COLUMNS} FROM gifts WHERE {dialect.pairs('sender, key', 1)}", [pairs(requests)])
    found = [Gift._make(row) for row in rows]
    return {(gift.sender, gift.key): gift for gift in found}


def _windows(recipients: list[str], dialect: Dialect) -> Script[dict[str, Sequence[ScoringWindow]]]:
    """The windows of ``recipients`` that are not tallied, and cannot be before this transaction ends."""
    query = Say(
        "SELECT battle, recipient, side, start_ms, end_ms, closed_at_ms, rush_from_ms, rush_multiplier, rooms"
        f" FROM scoring_windows WHERE {dialect.among('recipient', 1)} AND tallied = {dialect.false}"
        " ORDER BY start_ms DESC, battle",
        [recipients],
    )
    rows = yield query
    if rows and dialect.name == "postgresql":
        for battle in sorted({row[0] for row in rows}):
            yield Say("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", [battle])
        rows = yield query
    found: dict[str, list[ScoringWindow]] = {}
    for battle, recipient, side, start, end, closed, rush_from, rush_multiplier, rooms in rows:
        until = end if closed is None else min(end, closed)
        window = ScoringWindow(
            battle, recipient, side, start, until, rush_from, rush_multiplier, tuple(orjson.loads(rooms))
        )
        found.setdefault(recipient, []).append(window)
    return {recipient: tuple(each) for recipient, each in found.items()}


def _transfer(suffix: str, kind: str, currency: str, amount: str, payer: str, payee: str) -> tuple[Say, Say, Say]:
    """A transfer of each staged gift and its two entries; ``amount``, ``payer`` and ``payee`` are SQL of its row."""
    name = f"id || '{suffix}'"
    of_batch = f"FROM gift_batch WHERE {amount} > 0"
    return (
        Say(
            "INSERT INTO ledger_transfers (id, kind, currency, amount, payer, payee, at_ms, gift_id)"
            f" SELECT {name}, '{kind}', '{currency}', {amount}, {payer}, {payee}, accepted_at_ms, id {of_batch}"
        ),
        Say(
            "INSERT INTO ledger_entries (account, transfer, amount)"
            f" SELECT {payer}, {name}, -{amount} {of_batch} ORDER BY 1, 2"
        ),
        Say(
            "INSERT INTO ledger_entries (account, transfer, amount)"
            f" SELECT {payee}, {name}, {amount} {of_batch} ORDER BY 1, 2"
        ),
    )


_SENDER, _RECIPIENT = f"sender || ':{COIN}'", f"recipient || ':{DIAMOND}'"
_COINS, _DIAMONDS = f"'{account_of(PLATFORM, COIN)}'", f"'{account_of(PLATFORM, DIAMOND)}'"
_WRITE = (
    Say(f"INSERT INTO gifts ({_COLUMNS}) SELECT {_COLUMNS} FROM gift_batch ORDER BY id"),
    *_transfer(COINS_OF_GIFT, GIFT_COINS, COIN, "coins", _SENDER, _COINS),
    *_transfer(DIAMONDS_OF_GIFT, GIFT_DIAMONDS, DIAMOND, "diamonds", _DIAMONDS, _RECIPIENT),
    *_transfer(WIN_OF_GIFT, GIFT_WIN, COIN, "win", _COINS, _SENDER),
    Say(
        "UPDATE ledger_balances SET amount = amount + spent.change"
        f" FROM (SELECT {_SENDER} AS owner, SUM(win - coins) AS change FROM gift_batch GROUP BY sender) AS spent"
        " WHERE ledger_balances.account = spent.owner"
    ),
    Say(
        f"INSERT INTO ledger_balances (account, amount) SELECT {_RECIPIENT}, SUM(diamonds) FROM gift_batch"
        " WHERE diamonds > 0 GROUP BY recipient ORDER BY recipient"
        " ON CONFLICT (account) DO UPDATE SET amount = ledger_balances.amount + excluded.amount"
    ),
    Say("INSERT INTO gift_outbox (gift_id, rooms) SELECT id, rooms FROM gift_batch ORDER BY id"),
)
