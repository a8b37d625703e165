"""The ledger in SQL: batches of gifts and other transfers, each in one transaction, durable when it returns.

Order of locks, the same for every writer: balances by account, battles by id. The stamp is taken after the last lock.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson
import structlog
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from foundation.clock import Clock
from foundation.ids import new_id
from foundation.sql import Database, Transaction
from gifts.errors import LedgerAway
from gifts.ledger import (
    COIN,
    DIAMOND,
    GRANTS,
    STARTER_GRANT,
    SYSTEM_OWNERS,
    Books,
    Gift,
    GiftOrder,
    Known,
    Outcome,
    Posted,
    Transfer,
    account_of,
    decide,
    request_of,
)
from gifts.tables import accounts, balances, entries, gifts, outbox, transfers
from gifts.windows import lock_windows

log = structlog.get_logger(__name__)

ATTEMPTS = 4
BACK_OFF_S = 0.005

_GIFT_FIELDS = tuple(field.name for field in fields(Gift))


class SqlLedger:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def commit(self, orders: Sequence[GiftOrder]) -> list[Outcome]:
        """Decide and write ``orders`` in one transaction; one outcome each, durable.

        A transaction that failed is tried again, which also finds out whether a COMMIT without an answer was done: the
        keys are known then. One that cannot be written is tried order by order, so that no order takes others along.
        """
        failure: Exception | None = None
        for attempt in range(ATTEMPTS):
            try:
                return await self._commit_once(orders)
            except (SQLAlchemyError, OSError) as error:
                failure = error
                log.warning("a batch of gifts failed", gifts=len(orders), attempt=attempt, error=str(error))
                await asyncio.sleep(BACK_OFF_S * 2**attempt * random.random())
        one_is_at_fault = isinstance(failure, DBAPIError) and not isinstance(failure, OperationalError)
        if len(orders) > 1 and one_is_at_fault:
            return [(await self.commit([order]))[0] for order in orders]
        return [LedgerAway(retry_after_s=1) for _ in orders]

    async def _commit_once(self, orders: Sequence[GiftOrder]) -> list[Outcome]:
        async with self._database.write() as transaction:
            books = await _open_books(transaction, orders)
            outcomes = decide(orders, books, self._clock.now_ms(), new_id)
            await _write(transaction, [outcome for outcome in outcomes if isinstance(outcome, Posted)])
        return outcomes

    async def find(self, user: str, key: str) -> Known | None:
        """What ``user`` did under ``key`` before."""
        request = request_of(user, key)
        async with self._database.read() as transaction:
            return (await _known(transaction, [request])).get(request)

    async def grant_starter(self, user: str, coins: int) -> bool:
        """``coins`` from the grants account, once in a user's life; False when he had them before."""
        transfer = Transfer(
            id=new_id(),
            kind=STARTER_GRANT,
            currency=COIN,
            amount=coins,
            payer=GRANTS,
            payee=user,
            at_ms=self._clock.now_ms(),
            request=request_of(GRANTS, user),
        )
        try:
            async with self._database.write() as transaction:
                given = select(transfers.c.id).where(transfers.c.request == transfer.request)
                if (await transaction.execute(given)).first() is not None:
                    return False
                await _post(transaction, [transfer])
        except IntegrityError:  # two at once on PostgreSQL: the other one has given it
            return False
        return True


async def _open_books(transaction: Transaction, orders: Sequence[GiftOrder]) -> Books:
    """Lock the wallets first: who finds no key then knows that nobody is just writing it."""
    senders = {order.sender for order in orders}
    recipients = {order.recipient for order in orders}
    wallets = {account_of(sender, COIN): sender for sender in senders}
    locked = sorted([*wallets, *(account_of(recipient, DIAMOND) for recipient in recipients)])
    query = select(balances).where(balances.c.account.in_(locked)).order_by(balances.c.account).with_for_update()
    amounts = {row.account: row.amount for row in await transaction.execute(query)}
    return Books(
        coins={sender: amounts[account] for account, sender in wallets.items() if account in amounts},
        known=await _known(transaction, [order.request for order in orders]),
        windows=await lock_windows(transaction, recipients),
    )


async def _known(transaction: Transaction, requests: Sequence[str]) -> dict[str, Known]:
    query = (
        select(transfers.c.request, transfers.c.content, gifts)
        .join(gifts, gifts.c.id == transfers.c.gift_id)
        .where(transfers.c.request.in_(sorted(set(requests))))
    )
    return {row.request: Known(row.content, gift_of(row)) for row in await transaction.execute(query)}


def gift_of(row: Row[Any]) -> Gift:
    columns = row._mapping  # by name: a row has attributes of its own, ``count`` for one
    return Gift(**{name: columns[name] for name in _GIFT_FIELDS})


async def _write(transaction: Transaction, posted: Sequence[Posted]) -> None:
    if not posted:
        return
    await transaction.execute(insert(gifts), [vars(each.gift) for each in posted])
    await _post(transaction, [transfer for each in posted for transfer in each.transfers])
    unsent = [{"gift_id": each.gift.id, "rooms": orjson.dumps(each.rooms).decode()} for each in posted]
    await transaction.execute(insert(outbox), unsent)


async def _post(transaction: Transaction, made: Sequence[Transfer]) -> None:
    """Write transfers with their entries and carry them into the balances of users."""
    insert_ = pg_insert if transaction.dialect.name == "postgresql" else sqlite_insert
    opened = sorted({(owner, each.currency) for each in made for owner in (each.payer, each.payee)})
    await transaction.execute(
        insert_(accounts).on_conflict_do_nothing(),
        [
            {"id": account_of(owner, currency), "owner": owner, "currency": currency, "system": owner in SYSTEM_OWNERS}
            for owner, currency in opened
        ],
    )
    await transaction.execute(insert(transfers), [_transfer_row(each) for each in made])
    legs = [leg for each in made for leg in _entry_rows(each)]
    await transaction.execute(insert(entries), legs)
    changes: Counter[str] = Counter()
    for leg in legs:
        if leg["account"].partition(":")[0] not in SYSTEM_OWNERS:
            changes[leg["account"]] += leg["amount"]
    debits = [{"of": account, "change": change} for account, change in sorted(changes.items()) if change < 0]
    credits_ = [{"account": account, "amount": change} for account, change in sorted(changes.items()) if change > 0]
    if debits:
        debit = update(balances).where(balances.c.account == bindparam("of"))
        await transaction.execute(debit.values(amount=balances.c.amount + bindparam("change")), debits)
    if credits_:
        credit = insert_(balances)
        added = balances.c.amount + credit.excluded.amount
        await transaction.execute(
            credit.on_conflict_do_update(index_elements=["account"], set_={"amount": added}), credits_
        )


def _transfer_row(transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.id,
        "kind": transfer.kind,
        "currency": transfer.currency,
        "amount": transfer.amount,
        "payer": account_of(transfer.payer, transfer.currency),
        "payee": account_of(transfer.payee, transfer.currency),
        "at_ms": transfer.at_ms,
        "gift_id": transfer.gift_id,
        "request": transfer.request,
        "content": transfer.content,
    }


def _entry_rows(transfer: Transfer) -> list[dict[str, Any]]:
    payer, payee = account_of(transfer.payer, transfer.currency), account_of(transfer.payee, transfer.currency)
    return [
        {"transfer": transfer.id, "leg": 0, "account": payer, "amount": -transfer.amount},
        {"transfer": transfer.id, "leg": 1, "account": payee, "amount": transfer.amount},
    ]
