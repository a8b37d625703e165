"""``ledger-verify``: every invariant of the money, with figures, read in one view of the database.

It recomputes everything from the rows and believes no cache; it may run at any time beside a working platform. Only
"nothing unsent" needs a quiet one, and is demanded when ``drained`` says so.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import CompoundSelect, Select, and_, case, func, or_, select

from foundation.sql import Database, Transaction
from gifts.ledger import COIN, GIFT_COINS, GIFT_DIAMONDS, PLATFORM, account_of
from gifts.tables import accounts, balances, entries, gifts, outbox, transfers, windows
from gifts.windows import scores_of

MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Check:
    """One invariant: how many things were looked at, how many are wrong, some of them by name, and figures."""

    name: str
    looked_at: int
    wrong: int
    examples: tuple[str, ...] = ()
    figures: tuple[tuple[str, int], ...] = ()

    @property
    def holds(self) -> bool:
        return self.wrong == 0


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


class BattleResults(Protocol):
    """The settled battles; ``server`` implements it on top of the battles' own store."""

    async def tallies(self, transaction: Transaction) -> list[tuple[str, dict[str, int]]]:
        """(battle id, score by side as the result says)."""


async def ledger_verify(database: Database, *, drained: bool = False, results: BattleResults | None = None) -> Report:
    checks: list[Callable[[Transaction], Awaitable[Check]]] = [
        _zero_sum,
        _two_sides,
        _non_negative,
        _cached_balances,
        _gifts_are_transfers,
        _scores_are_windows,
    ]
    async with database.read() as transaction:
        done = [await check(transaction) for check in checks]
        done.append(await _outbox(transaction, drained))
        if results is not None:
            done.append(await _results(transaction, results))
    return Report(tuple(done))


async def _number(transaction: Transaction, query: Select[Any]) -> int:
    return int((await transaction.execute(query)).scalar_one() or 0)


async def _count(transaction: Transaction, table: Any) -> int:
    return await _number(transaction, select(func.count()).select_from(table))


async def _wrong(
    transaction: Transaction, name: str, looked_at: int, query: Select[Any] | CompoundSelect[Any]
) -> Check:
    """``query`` selects the ids of what is wrong."""
    wrong = await _count(transaction, query.subquery())
    examples = [str(row[0]) for row in await transaction.execute(query.limit(MOST_EXAMPLES))]
    return Check(name, looked_at, wrong, tuple(examples))


async def _zero_sum(transaction: Transaction) -> Check:
    sums = (
        select(accounts.c.currency, func.sum(entries.c.amount), func.sum(case((entries.c.leg == 1, entries.c.amount))))
        .join(accounts, accounts.c.id == entries.c.account)
        .group_by(accounts.c.currency)
        .order_by(accounts.c.currency)
    )
    rows = [(currency, int(total), int(moved)) for currency, total, moved in await transaction.execute(sums)]
    off = tuple(f"{currency} {total:+}" for currency, total, _ in rows if total)
    figures = tuple((f"{currency}s_moved", moved) for currency, _, moved in rows)
    return Check("zero sum a currency", await _count(transaction, entries), len(off), off, figures)


async def _two_sides(transaction: Transaction) -> Check:
    """Two entries, equal and opposite, in the payer's and the payee's account, all in the transfer's currency."""
    side = case((entries.c.leg == 0, transfers.c.payer), else_=transfers.c.payee)
    sound = and_(
        entries.c.account == side,
        accounts.c.currency == transfers.c.currency,
        func.abs(entries.c.amount) == transfers.c.amount,
    )
    query = (
        select(transfers.c.id)
        .join(entries, entries.c.transfer == transfers.c.id, isouter=True)
        .join(accounts, accounts.c.id == entries.c.account, isouter=True)
        .group_by(transfers.c.id)
        .having(
            or_(
                func.count(entries.c.id) != 2,
                func.coalesce(func.sum(entries.c.amount), 0) != 0,
                func.sum(case((sound, 1), else_=0)) != 2,
            )
        )
    )
    return await _wrong(transaction, "two sides a transfer", await _count(transaction, transfers), query)


async def _non_negative(transaction: Transaction) -> Check:
    query = (
        select(entries.c.account)
        .join(accounts, accounts.c.id == entries.c.account)
        .where(~accounts.c.system)
        .group_by(entries.c.account)
        .having(func.sum(entries.c.amount) < 0)
    )
    users = await _number(transaction, select(func.count()).select_from(accounts).where(~accounts.c.system))
    return await _wrong(transaction, "no user below zero", users, query)


async def _cached_balances(transaction: Transaction) -> Check:
    """A user's balance is the sum of his entries; accounts of the platform have none."""
    sums = select(entries.c.account, func.sum(entries.c.amount).label("amount")).group_by(entries.c.account).subquery()
    of_user = func.coalesce(balances.c.amount, 0) != func.coalesce(sums.c.amount, 0)
    query = (
        select(accounts.c.id)
        .join(balances, balances.c.account == accounts.c.id, isouter=True)
        .join(sums, sums.c.account == accounts.c.id, isouter=True)
        .where(or_(and_(~accounts.c.system, of_user), and_(accounts.c.system, balances.c.account.is_not(None))))
    )
    return await _wrong(transaction, "balance = its entries", await _count(transaction, accounts), query)


async def _gifts_are_transfers(transaction: Transaction) -> Check:
    """Each gift has its transfer of coins and, unless it earned nothing, of diamonds; none without a gift."""
    coins, diamonds = transfers.alias("coins"), transfers.alias("diamonds")
    paid = and_(
        coins.c.amount == gifts.c.coins,
        coins.c.payer == gifts.c.sender + account_of("", COIN),
        coins.c.payee == account_of(PLATFORM, COIN),
        coins.c.at_ms == gifts.c.accepted_at_ms,
    )
    earned = and_(
        func.coalesce(diamonds.c.amount, 0) == gifts.c.diamonds,
        or_(diamonds.c.payee.is_(None), diamonds.c.payee == gifts.c.recipient + account_of("", "diamond")),
    )
    of_gift = (
        select(gifts.c.id)
        .join(coins, and_(coins.c.gift_id == gifts.c.id, coins.c.kind == GIFT_COINS), isouter=True)
        .join(diamonds, and_(diamonds.c.gift_id == gifts.c.id, diamonds.c.kind == GIFT_DIAMONDS), isouter=True)
        .where(or_(coins.c.id.is_(None), ~paid, ~earned))
    )
    strays = select(transfers.c.id).where(
        transfers.c.kind.in_([GIFT_COINS, GIFT_DIAMONDS]), transfers.c.gift_id.is_(None)
    )
    check = await _wrong(
        transaction, "gift = its transfers", await _count(transaction, gifts), of_gift.union_all(strays)
    )
    figures = (("coins_given", await _number(transaction, select(func.sum(gifts.c.coins)))),)
    return Check(check.name, check.looked_at, check.wrong, check.examples, figures)


async def _scores_are_windows(transaction: Transaction) -> Check:
    """A gift of a battle lies in a window of its recipient, with that window's side and multiplier."""
    in_window = and_(
        windows.c.side == gifts.c.side,
        gifts.c.accepted_at_ms >= windows.c.start_ms,
        gifts.c.accepted_at_ms < windows.c.end_ms,
        gifts.c.multiplier
        == case((gifts.c.accepted_at_ms >= windows.c.rush_from_ms, windows.c.rush_multiplier), else_=1),
    )
    query = (
        select(gifts.c.id)
        .join(
            windows,
            and_(windows.c.battle == gifts.c.battle, windows.c.recipient == gifts.c.recipient),
            isouter=True,
        )
        .where(gifts.c.battle.is_not(None), or_(windows.c.battle.is_(None), ~in_window))
    )
    scored = await _number(transaction, select(func.count()).select_from(gifts).where(gifts.c.battle.is_not(None)))
    return await _wrong(transaction, "score = its window", scored, query)


async def _outbox(transaction: Transaction, drained: bool) -> Check:
    missing = (
        select(gifts.c.id).join(outbox, outbox.c.gift_id == gifts.c.id, isouter=True).where(outbox.c.gift_id.is_(None))
    )
    unsent = await _number(transaction, select(func.count()).select_from(outbox).where(outbox.c.sent_at_ms.is_(None)))
    check = await _wrong(transaction, "outbox complete", await _count(transaction, outbox), missing)
    wrong = check.wrong + (unsent if drained else 0)
    return Check(check.name, check.looked_at, wrong, check.examples, (("unsent", unsent),))


async def _results(transaction: Transaction, results: BattleResults) -> Check:
    settled = await results.tallies(transaction)
    wrong = []
    for battle, said in settled:
        summed = await scores_of(transaction, battle)
        if {side: score for side, score in said.items() if score} != {s: n for s, n in summed.items() if n}:
            wrong.append(f"{battle} {said} is {summed}")
    return Check("battle results = gift rows", len(settled), len(wrong), tuple(wrong[:MOST_EXAMPLES]))
