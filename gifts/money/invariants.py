"""What must be true of money that comes in, goes out and is set right; part of ``ledger-verify``."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, case, func, or_, select, union_all

from foundation.sql import Transaction
from gifts.checks import Check, count, judged, number
from gifts.ledger import (
    COIN,
    COINS_OF_GIFT,
    DIAMOND,
    DIAMONDS_OF_GIFT,
    GRANTS,
    PAYOUTS,
    PLATFORM,
    TOPUPS,
    WIN_OF_GIFT,
    account_of,
)
from gifts.money import kinds
from gifts.money.decisions import State
from gifts.money.purchase import PurchaseState, Step
from gifts.money.tables import coin_grants, corrections, debt_payments, debts, payment_events, purchases, withdrawals
from gifts.tables import entries, transfers


async def corrections_name_transfers(transaction: Transaction) -> Check:
    """A correction moves at most what it names, in its currency, the other way, and is the only one to name it."""
    new, old = transfers.alias("new"), transfers.alias("old")
    fits = and_(
        old.c.currency == new.c.currency,
        old.c.payer == new.c.payee,
        old.c.payee == new.c.payer,
        old.c.amount >= new.c.amount,
        old.c.corrects.is_(None),
        new.c.kind == kinds.CORRECTION,
    )
    unfit = (
        select(new.c.id)
        .join(old, old.c.id == new.c.corrects, isouter=True)
        .where(new.c.corrects.is_not(None), or_(old.c.id.is_(None), ~fits))
    )
    nameless = select(new.c.id).where(new.c.kind == kinds.CORRECTION, new.c.corrects.is_(None))
    twice = select(new.c.corrects).where(new.c.corrects.is_not(None)).group_by(new.c.corrects).having(func.count() > 1)
    made = select(new.c.id).where(new.c.corrects.is_not(None))
    looked_at = await count(transaction, made.subquery())
    return await judged(transaction, "correction = what it names", looked_at, union_all(unfit, nameless, twice))


async def all_is_taken_back_or_owed(transaction: Transaction) -> Check:
    """Of each corrected gift or transfer all was taken back or is a debt; there is neither without a correction."""
    parts = _parts().subquery()
    old, new = transfers.alias("old"), transfers.alias("new")
    off = (
        select(parts.c.subject)
        .join(old, old.c.id == parts.c.transfer, isouter=True)
        .join(new, new.c.corrects == parts.c.transfer, isouter=True)
        .join(debts, debts.c.transfer == parts.c.transfer, isouter=True)
        .where(
            or_(
                and_(parts.c.needed == 1, old.c.id.is_(None)),
                func.coalesce(new.c.amount, 0) + func.coalesce(debts.c.amount, 0) != func.coalesce(old.c.amount, 0),
            )
        )
    )
    unasked = (
        select(new.c.id)
        .join(old, old.c.id == new.c.corrects)
        .join(parts, parts.c.transfer == old.c.id, isouter=True)
        .where(old.c.kind != kinds.WITHDRAWAL, parts.c.transfer.is_(None))
    )
    unowed = (
        select(debts.c.id)
        .join(parts, and_(parts.c.transfer == debts.c.transfer, parts.c.id == debts.c.correction), isouter=True)
        .where(parts.c.transfer.is_(None))
    )
    looked_at = await count(transaction, corrections)
    return await judged(transaction, "taken back or owed", looked_at, union_all(off, unasked, unowed))


async def debts_are_paid_by_transfers(transaction: Transaction) -> Check:
    """What was collected of a debt is at most the debt, by transfers of the debtor; no such transfer is for none."""
    paid = (
        select(debt_payments.c.debt, func.sum(debt_payments.c.amount).label("amount"))
        .group_by(debt_payments.c.debt)
        .subquery()
    )
    fits = and_(
        transfers.c.kind == kinds.DEBT,
        transfers.c.amount == debt_payments.c.amount,
        transfers.c.currency == debts.c.currency,
        transfers.c.payer == debts.c.owner + ":" + debts.c.currency,
    )
    beyond = select(debts.c.id).join(paid, paid.c.debt == debts.c.id).where(paid.c.amount > debts.c.amount)
    unfit = (
        select(debt_payments.c.transfer)
        .join(debts, debts.c.id == debt_payments.c.debt, isouter=True)
        .join(transfers, transfers.c.id == debt_payments.c.transfer, isouter=True)
        .where(or_(debts.c.id.is_(None), transfers.c.id.is_(None), ~fits))
    )
    strays = _strays(kinds.DEBT, debt_payments.c.transfer)
    looked_at = await count(transaction, debts)
    check = await judged(transaction, "debt and its payments", looked_at, union_all(beyond, unfit, strays))
    figures = []
    for currency in (COIN, DIAMOND):
        owed = select(func.sum(debts.c.amount - func.coalesce(paid.c.amount, 0))).select_from(
            debts.join(paid, paid.c.debt == debts.c.id, isouter=True)
        )
        figures.append((f"{currency}s_owed", await number(transaction, owed.where(debts.c.currency == currency))))
    return Check(check.name, check.looked_at, check.wrong, check.examples, tuple(figures))


def _parts() -> CompoundSelect[Any]:
    """(correction, subject, transfer, whether it must be there) of each transfer that a correction is about."""
    gift, transfer = func.substr(corrections.c.subject, 6), func.substr(corrections.c.subject, 10)
    named: list[Select[Any]] = []
    for suffix in (COINS_OF_GIFT, DIAMONDS_OF_GIFT, WIN_OF_GIFT):
        needed = 1 if suffix == COINS_OF_GIFT else 0
        named.append(_part(gift + suffix, needed).where(corrections.c.subject.like("gift:%")))
    named.append(_part(transfer, 1).where(corrections.c.subject.like("transfer:%")))
    return union_all(*named)


def _part(transfer: Any, needed: int) -> Select[Any]:
    must = case((corrections.c.id.is_not(None), needed), else_=0).label("needed")
    return select(corrections.c.id, corrections.c.subject, transfer.label("transfer"), must)


async def purchases_are_top_ups(transaction: Transaction) -> Check:
    """A purchase has its coins if and only if one payment of its price was credited, or two of ops, neither of them the
    buyer, have credited one that was held; no top-up is without its purchase.
    """
    paid = and_(
        purchases.c.id == payment_events.c.purchase,
        purchases.c.price == payment_events.c.amount,
        purchases.c.currency == payment_events.c.currency,
    )
    credited = (
        select(payment_events.c.purchase, func.count(purchases.c.id).label("times"))
        .join(purchases, paid, isouter=True)
        .where(payment_events.c.step == Step.CREDITED)
        .group_by(payment_events.c.purchase)
        .subquery()
    )
    fits = and_(
        transfers.c.kind == kinds.TOP_UP,
        transfers.c.amount == purchases.c.coins,
        transfers.c.payer == account_of(TOPUPS, COIN),
        transfers.c.payee == purchases.c.buyer + account_of("", COIN),
    )
    by_two = _by_two()
    times = func.coalesce(credited.c.times, 0) + by_two
    wrong = (
        select(purchases.c.id)
        .join(transfers, transfers.c.id == purchases.c.transfer, isouter=True)
        .join(credited, credited.c.purchase == purchases.c.id, isouter=True)
        .join(corrections, corrections.c.subject == "transfer:" + purchases.c.transfer, isouter=True)
        .where(
            or_(
                and_(purchases.c.transfer.is_not(None), or_(transfers.c.id.is_(None), ~fits)),
                times != case((purchases.c.transfer.is_(None), 0), else_=1),
                and_(transfers.c.operator.is_not(None), by_two == 0),
                and_(purchases.c.state == PurchaseState.PAID, purchases.c.transfer.is_(None)),
                and_(
                    purchases.c.state.in_([PurchaseState.PENDING, PurchaseState.HELD, PurchaseState.CLOSED]),
                    purchases.c.transfer.is_not(None),
                ),
                and_(
                    purchases.c.state == PurchaseState.TAKEN_BACK,
                    purchases.c.transfer.is_not(None),
                    corrections.c.id.is_(None),
                ),
            )
        )
    )
    unfit = (
        select(payment_events.c.purchase)
        .join(purchases, paid, isouter=True)
        .where(payment_events.c.step == Step.CREDITED, purchases.c.id.is_(None))
    )
    strays = _strays(kinds.TOP_UP, purchases.c.transfer)
    looked_at = await count(transaction, purchases)
    return await judged(transaction, "top-up = its purchase", looked_at, union_all(wrong, unfit, strays))


def _by_two() -> ColumnElement[int]:
    """1 when two of ops, neither of them the buyer, have credited the purchase, else 0."""
    by_ops = and_(
        transfers.c.operator == purchases.c.decided_by,
        purchases.c.asked_by != purchases.c.decided_by,
        purchases.c.asked_by != purchases.c.buyer,
        purchases.c.decided_by != purchases.c.buyer,
    )
    return case((by_ops, 1), else_=0)


async def withdrawals_are_held(transaction: Transaction) -> Check:
    """Each holds its diamonds until they are paid or given back; all that ``payouts`` has is what is open."""
    held, back, paid = transfers.alias("held"), transfers.alias("back"), transfers.alias("paid")
    payouts = account_of(PAYOUTS, DIAMOND)
    fits = and_(
        held.c.kind == kinds.WITHDRAWAL,
        held.c.amount == withdrawals.c.diamonds,
        held.c.payer == withdrawals.c.host + account_of("", DIAMOND),
        held.c.payee == payouts,
    )
    out = and_(
        paid.c.kind == kinds.PAYOUT,
        paid.c.amount == withdrawals.c.diamonds,
        paid.c.payer == payouts,
        paid.c.payee == account_of(PLATFORM, DIAMOND),
    )
    wrong = (
        select(withdrawals.c.id)
        .join(held, held.c.id == withdrawals.c.transfer, isouter=True)
        .join(back, back.c.corrects == withdrawals.c.transfer, isouter=True)
        .join(paid, paid.c.request == f"{PAYOUTS}/" + withdrawals.c.id + f"/{State.PAID}", isouter=True)
        .where(
            or_(
                held.c.id.is_(None),
                ~fits,
                (withdrawals.c.state == State.REJECTED) != back.c.id.is_not(None),
                (withdrawals.c.state == State.PAID) != paid.c.id.is_not(None),
                and_(back.c.id.is_not(None), back.c.amount != withdrawals.c.diamonds),
                and_(paid.c.id.is_not(None), ~out),
            )
        )
    )
    strays = _strays(kinds.WITHDRAWAL, withdrawals.c.transfer)
    open_ = select(func.sum(withdrawals.c.diamonds)).where(withdrawals.c.state.in_([State.REQUESTED, State.APPROVED]))
    waiting = await number(transaction, open_)
    there = await number(transaction, select(func.sum(entries.c.amount)).where(entries.c.account == payouts))
    check = await judged(
        transaction, "withdrawals = what is held", await count(transaction, withdrawals), wrong.union_all(strays)
    )
    examples = check.examples if waiting == there else (*check.examples, f"{payouts} has {there}, {waiting} are open")
    figures = (("diamonds_held", there),)
    return Check(check.name, check.looked_at, check.wrong + (waiting != there), examples, figures)


async def grants_have_two_operators(transaction: Transaction) -> Check:
    """Coins that ops gave were asked for by one and given by another; no such transfer is without its grant."""
    fits = and_(
        transfers.c.kind == kinds.GRANT,
        transfers.c.amount == coin_grants.c.coins,
        transfers.c.payer == account_of(GRANTS, COIN),
        transfers.c.payee == coin_grants.c.recipient + account_of("", COIN),
        transfers.c.operator == coin_grants.c.decided_by,
        coin_grants.c.decided_by != coin_grants.c.asked_by,
        coin_grants.c.decided_by != coin_grants.c.recipient,
    )
    given = coin_grants.c.state == State.APPROVED
    wrong = (
        select(coin_grants.c.id)
        .join(transfers, transfers.c.id == coin_grants.c.transfer, isouter=True)
        .where(or_(given != coin_grants.c.transfer.is_not(None), and_(given, or_(transfers.c.id.is_(None), ~fits))))
    )
    strays = _strays(kinds.GRANT, coin_grants.c.transfer)
    looked_at = await count(transaction, coin_grants)
    return await judged(transaction, "grant = two operators", looked_at, wrong.union_all(strays))


def _strays(kind: str, named: Any) -> Select[Any]:
    """Transfers of a kind that no row names."""
    return (
        select(transfers.c.id)
        .join(named.table, named == transfers.c.id, isouter=True)
        .where(transfers.c.kind == kind, named.is_(None))
    )


INVARIANTS = (
    corrections_name_transfers,
    all_is_taken_back_or_owed,
    debts_are_paid_by_transfers,
    purchases_are_top_ups,
    withdrawals_are_held,
    grants_have_two_operators,
)
