"""Transfers that are no gifts: written with their entries and balances in the caller's own transaction.

They take locks in the order of the ledger: balances by account, first of all. Who asks twice is found by ``posted``.
Stamp and ids are made after ``hold``: the entries of a wallet then have the order in which they were committed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from foundation.sql import Transaction
from gifts.errors import InsufficientFunds
from gifts.ledger import SYSTEM_OWNERS, Transfer, account_of
from gifts.tables import balances, entries, transfers


async def posted(transaction: Transaction, request: str) -> Transfer | None:
    """The transfer that ``request`` has made before."""
    found = (await transaction.execute(select(transfers).where(transfers.c.request == request))).first()
    return transfer_of(found) if found is not None else None


def transfer_of(row: Row[Any]) -> Transfer:
    members = dict(row._mapping)
    members["payer"], members["payee"] = owner_of(row.payer), owner_of(row.payee)
    return Transfer(**members)


def owner_of(account: str) -> str:
    return account.rpartition(":")[0]


async def hold(transaction: Transaction, accounts: Iterable[str]) -> dict[str, int]:
    """The balances of users' ``accounts``, locked until the caller's transaction ends: nobody else moves them before.

    On PostgreSQL an account that has no balance yet gets one, for there would be nothing to lock; on SQLite the
    transaction has locked everything.
    """
    wanted = sorted(set(accounts))
    if wanted and transaction.dialect.name == "postgresql":
        opened = pg_insert(balances).on_conflict_do_nothing()
        await transaction.execute(opened, [{"account": account, "amount": 0} for account in wanted])
    query = select(balances).where(balances.c.account.in_(wanted)).order_by(balances.c.account).with_for_update()
    return dict.fromkeys(wanted, 0) | {row.account: row.amount for row in await transaction.execute(query)}


async def balance_of(transaction: Transaction, owner: str, currency: str) -> int:
    """The balance of a user, held."""
    account = account_of(owner, currency)
    return (await hold(transaction, [account]))[account]


async def post(transaction: Transaction, made: Sequence[Transfer]) -> None:
    """Write ``made``; ``InsufficientFunds`` when a user would then have less than nothing.

    Two at once with one ``request``, or two that correct one transfer, are an ``IntegrityError`` for the later one.
    """
    changes = _changes(made)
    await _lock(transaction, changes)
    await transaction.execute(insert(transfers), [_row(each) for each in made])
    await transaction.execute(insert(entries), [leg for each in made for leg in _legs(each)])
    await _carry(transaction, changes)


def _changes(made: Sequence[Transfer]) -> dict[str, int]:
    """What each user's account gets or loses, in the order of accounts."""
    changes: Counter[str] = Counter()
    for each in made:
        for owner, amount in ((each.payer, -each.amount), (each.payee, each.amount)):
            if owner not in SYSTEM_OWNERS:
                changes[account_of(owner, each.currency)] += amount
    return dict(sorted(changes.items()))


async def _lock(transaction: Transaction, changes: dict[str, int]) -> None:
    held = await hold(transaction, changes)
    for account, change in changes.items():
        if held[account] + change < 0:
            raise InsufficientFunds(f"{held[account]} are there", balance=held[account])


async def _carry(transaction: Transaction, changes: dict[str, int]) -> None:
    debits = [{"of": account, "change": change} for account, change in changes.items() if change < 0]
    credits_ = [{"account": account, "amount": change} for account, change in changes.items() if change > 0]
    if debits:
        debit = update(balances).where(balances.c.account == bindparam("of"))
        await transaction.execute(debit.values(amount=balances.c.amount + bindparam("change")), debits)
    if credits_:
        credit = (pg_insert if transaction.dialect.name == "postgresql" else sqlite_insert)(balances)
        added = balances.c.amount + credit.excluded.amount
        upsert = credit.on_conflict_do_update(index_elements=["account"], set_={"amount": added})
        await transaction.execute(upsert, credits_)


def _row(transfer: Transfer) -> dict[str, Any]:
    payer, payee = account_of(transfer.payer, transfer.currency), account_of(transfer.payee, transfer.currency)
    return vars(transfer) | {"payer": payer, "payee": payee}


def _legs(transfer: Transfer) -> list[dict[str, Any]]:
    row = _row(transfer)
    return [
        {"account": row["payer"], "transfer": transfer.id, "amount": -transfer.amount},
        {"account": row["payee"], "transfer": transfer.id, "amount": transfer.amount},
    ]
