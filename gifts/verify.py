"""``ledger-verify``: every invariant of the money, with figures, read in one view of the database.

It recomputes everything from the rows and believes no cache; it may run at any time beside a working platform. Only
"nothing unsent" needs a quiet one, and is demanded when ``drained`` says so. What has waited for long is wrong at any
time, if the caller says what time it is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, or_, select, text

from foundation.sql import Database, Transaction
from gifts.checks import Check, count, judged, number
from gifts.ledger import (
    COIN,
    COINS_OF_GIFT,
    DIAMOND,
    DIAMONDS_OF_GIFT,
    GIFT_COINS,
    GIFT_DIAMONDS,
    GIFT_WIN,
    PLATFORM,
    SYSTEM_OWNERS,
    WIN_OF_GIFT,
    account_of,
)
from gifts.money.invariants import INVARIANTS
from gifts.tables import balances, entries, gifts, transfers
from gifts.verify_outbox import outbox_is_sound, outbox_moves
from gifts.verify_play import draws_are_seeds, totals_are_gifts
from gifts.verify_windows import BattleResults, gifts_in_windows_score, results_are_gifts, scores_are_windows

CURRENCIES = (COIN, DIAMOND)


@dataclass(frozen=True)
class Report:
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    def text(self) -> str:
        """For a terminal: one line a check."""
        lines = []
        for check in self.checks:
            figures = "".join(f"  {name}={value}" for name, value in check.figures)
            examples = f"  wrong: {', '.join(check.examples)}" if check.examples else ""
            verdict = "holds" if check.holds else f"BROKEN {check.wrong}"
            lines.append(f"{check.name:<28} {verdict:<12} of {check.looked_at}{figures}{examples}")
        return "\n".join(lines)


async def ledger_verify(
    database: Database, *, now_ms: int | None = None, drained: bool = False, results: BattleResults | None = None
) -> Report:
    async def look(transaction: Transaction) -> Report:
        if transaction.dialect.name == "postgresql":
            # Whole tables are held against each other; statistics that lag behind a storm suggest to do it row by row.
            await transaction.execute(text("SET LOCAL enable_nestloop = off"))
        done = [await check(transaction) for check in CHECKS]
        done.append(await outbox_moves(transaction, now_ms, drained))
        if results is not None:
            done.append(await results_are_gifts(transaction, results))
        return Report(tuple(done))

    return await database.long_read(look)


async def _zero_sum(transaction: Transaction) -> Check:
    """Over all accounts, the sum of each currency's entries is nothing."""
    currency = case(*((entries.c.account.like(f"%:{each}"), each) for each in CURRENCIES), else_="unknown")
    sums = (
        select(currency, func.sum(entries.c.amount), func.sum(case((entries.c.amount > 0, entries.c.amount))))
        .group_by(currency)
        .order_by(currency)
    )
    rows = [(currency, int(total), int(moved or 0)) for currency, total, moved in await transaction.execute(sums)]
    off = tuple(f"{currency} {total:+}" for currency, total, _ in rows if total or currency not in CURRENCIES)
    figures = tuple((f"{currency}s_moved", moved) for currency, _, moved in rows)
    return Check("zero sum a currency", await count(transaction, entries), len(off), off, figures)


async def _two_sides(transaction: Transaction) -> Check:
    """Two entries, equal and opposite, in the payer's and the payee's account; and no entry without a transfer."""
    # Gathered first: entries lie by account, and to look for those of each transfer would take for ever.
    legs = (
        select(
            entries.c.transfer,
            func.count().label("number"),
            func.min(entries.c.amount).label("taken"),
            func.max(entries.c.amount).label("given"),
            func.min(case((entries.c.amount < 0, entries.c.account))).label("payer"),
            func.max(case((entries.c.amount > 0, entries.c.account))).label("payee"),
        )
        .group_by(entries.c.transfer)
        .subquery()
    )
    sound = and_(
        legs.c.number == 2,
        legs.c.taken == -transfers.c.amount,
        legs.c.given == transfers.c.amount,
        legs.c.payer == transfers.c.payer,
        legs.c.payee == transfers.c.payee,
    )
    unsound = (
        select(transfers.c.id)
        .join(legs, legs.c.transfer == transfers.c.id, isouter=True)
        .where(case((sound, 1), else_=0) == 0)
    )
    strays = (
        select(legs.c.transfer)
        .join(transfers, transfers.c.id == legs.c.transfer, isouter=True)
        .where(transfers.c.id.is_(None))
    )
    looked_at = await count(transaction, transfers)
    return await judged(transaction, "two sides a transfer", looked_at, unsound.union_all(strays))


def _of_system(account: Any) -> Any:
    return or_(*(account.like(f"{owner}:%") for owner in SYSTEM_OWNERS))


async def _non_negative(transaction: Transaction) -> Check:
    query = (
        select(entries.c.account)
        .where(~_of_system(entries.c.account))
        .group_by(entries.c.account)
        .having(func.sum(entries.c.amount) < 0)
    )
    users = select(entries.c.account).where(~_of_system(entries.c.account)).distinct()
    return await judged(transaction, "no user below zero", await count(transaction, users.subquery()), query)


async def _cached_balances(transaction: Transaction) -> Check:
    """A user's balance is the sum of his entries; accounts of the platform have none."""
    sums = select(entries.c.account, func.sum(entries.c.amount).label("amount")).group_by(entries.c.account).subquery()
    summed = (
        select(sums.c.account)
        .join(balances, balances.c.account == sums.c.account, isouter=True)
        .where(~_of_system(sums.c.account), func.coalesce(balances.c.amount, 0) != sums.c.amount)
    )
    kept = (
        select(balances.c.account)
        .join(sums, sums.c.account == balances.c.account, isouter=True)
        .where(or_(_of_system(balances.c.account), and_(sums.c.account.is_(None), balances.c.amount != 0)))
    )
    looked_at = await count(transaction, balances)
    return await judged(transaction, "balance = its entries", looked_at, summed.union_all(kept))


async def _gifts_are_transfers(transaction: Transaction) -> Check:
    """Each gift has its transfer of coins and, unless they are nothing, of diamonds and of a win; none without one."""
    coins, diamonds, win = transfers.alias("coins"), transfers.alias("diamonds"), transfers.alias("win")
    sender, recipient = gifts.c.sender + account_of("", COIN), gifts.c.recipient + account_of("", DIAMOND)
    paid = and_(
        coins.c.amount == gifts.c.coins,
        coins.c.payer == sender,
        coins.c.payee == account_of(PLATFORM, COIN),
        coins.c.at_ms == gifts.c.accepted_at_ms,
    )
    earned = and_(
        func.coalesce(diamonds.c.amount, 0) == gifts.c.diamonds,
        or_(diamonds.c.payee.is_(None), diamonds.c.payee == recipient),
    )
    won = and_(func.coalesce(win.c.amount, 0) == gifts.c.win, or_(win.c.payee.is_(None), win.c.payee == sender))
    query = select(gifts.c.id)
    parts = (
        (coins, COINS_OF_GIFT, GIFT_COINS),
        (diamonds, DIAMONDS_OF_GIFT, GIFT_DIAMONDS),
        (win, WIN_OF_GIFT, GIFT_WIN),
    )
    for part, suffix, kind in parts:
        named = and_(part.c.id == gifts.c.id + suffix, part.c.gift_id == gifts.c.id, part.c.kind == kind)
        query = query.join(part, named, isouter=True)
    query = query.where(or_(coins.c.id.is_(None), ~paid, ~earned, ~won))
    strays = (
        select(transfers.c.id)
        .join(gifts, gifts.c.id == transfers.c.gift_id, isouter=True)
        .where(transfers.c.kind.in_([kind for _, _, kind in parts]), gifts.c.id.is_(None))
    )
    looked_at = await count(transaction, gifts)
    check = await judged(transaction, "gift = its transfers", looked_at, query.union_all(strays))
    figures = (("coins_given", await number(transaction, select(func.sum(gifts.c.coins)))),)
    return Check(check.name, check.looked_at, check.wrong, check.examples, figures)


CHECKS: tuple[Callable[[Transaction], Awaitable[Check]], ...] = (
    _zero_sum,
    _two_sides,
    _non_negative,
    _cached_balances,
    _gifts_are_transfers,
    scores_are_windows,
    gifts_in_windows_score,
    totals_are_gifts,
    draws_are_seeds,
    *INVARIANTS,
    outbox_is_sound,
)
