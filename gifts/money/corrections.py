"""Taking back in SQL: a correction is one act of one operator on one gift or one other transfer, at most once.

The wallets concerned are locked first, in account order as everybody does it, so that what they carry is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select

from foundation.clock import Clock
from foundation.ids import RisingIds, new_id
from foundation.sql import Database, Transaction
from gifts.ledger import (
    COINS_OF_GIFT,
    DIAMONDS_OF_GIFT,
    STARTER_GRANT,
    SYSTEM_OWNERS,
    WIN_OF_GIFT,
    Transfer,
    account_of,
    request_of,
)
from gifts.money.errors import CorrectedAlready, GiftNotSent, NotCorrectable, TransferUnknown
from gifts.money.keys import checked, content_of, may_be_answered
from gifts.money.kinds import GRANT, TOP_UP
from gifts.money.tables import corrections, debts
from gifts.money.taking_back import Cause, Debt, take_back
from gifts.money.writing import once
from gifts.posting import hold, post, transfer_of
from gifts.tables import transfers
from gifts.totals_corrected import take_out_of_totals
from moderation.audit import AuditEntry, append

PARTS_OF_GIFT = (COINS_OF_GIFT, DIAMONDS_OF_GIFT, WIN_OF_GIFT)
CORRECTABLE = frozenset((TOP_UP, GRANT, STARTER_GRANT))


@dataclass(frozen=True)
class Correction:
    """``subject`` is ``gift:ID`` or ``transfer:ID``; what was taken back, and what could not be."""

    id: str
    subject: str
    operator: str
    reason: str
    at_ms: int
    transfers: tuple[Transfer, ...]
    debts: tuple[Debt, ...]


@dataclass(frozen=True)
class Wish:
    """``request`` names it for ever; the same with other ``content`` is a conflict."""

    subject: str
    request: str
    content: str
    cause: Cause


class Corrections:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ids = RisingIds()

    async def refund(self, operator: str, gift: str, reason: str, key: str) -> Correction:
        """Take back all transfers of a gift. Its row and the result of its battle stay what they are."""
        return await self._correct(operator, f"gift:{gift}", reason, key)

    async def correct(self, operator: str, transfer: str, reason: str, key: str) -> Correction:
        """Take back a top-up or a grant."""
        return await self._correct(operator, f"transfer:{transfer}", reason, key)

    async def _correct(self, operator: str, subject: str, reason: str, key: str) -> Correction:
        request = request_of(operator, checked(key))
        content = content_of(subject, reason)

        async def work() -> Correction:
            async with self._database.write() as transaction:
                known = await self._known(transaction, request, content)
                if known is not None:
                    return known
                old = await _subject(transaction, subject)
                await hold_wallets(transaction, old)  # who asks twice at once then finds what he has done
                known = await self._known(transaction, request, content)
                if known is not None:
                    return known
                wish = Wish(subject, request, content, Cause(operator, reason, self._clock.now_ms()))
                made = await correct(transaction, wish, old, self._ids)
                await append(transaction, _entry(made))
                return made

        return await once(work)

    async def _known(self, transaction: Transaction, request: str, content: str) -> Correction | None:
        query = select(corrections).where(corrections.c.request == request)
        known = (await transaction.execute(query)).one_or_none()
        if known is None:
            return None
        may_be_answered(known.content, known.at_ms, content, self._clock.now_ms())
        return await _read(transaction, known)


async def correct(transaction: Transaction, wish: Wish, old: Sequence[Transfer], ids: RisingIds) -> Correction:
    """Take ``old`` back in the caller's transaction; ``CorrectedAlready`` when that was done before.

    The caller has held the wallets before he took the stamp of ``wish``.
    """
    amounts = await hold_wallets(transaction, old)
    if (await transaction.execute(select(corrections.c.id).where(corrections.c.subject == wish.subject))).first():
        raise CorrectedAlready
    cause = wish.cause
    taken = take_back(old, amounts, cause, lambda: ids.make(cause.at_ms))
    if taken.transfers:
        await post(transaction, taken.transfers)
    made = Correction(new_id(), wish.subject, cause.operator, cause.reason, cause.at_ms, taken.transfers, taken.debts)
    row = {"id": made.id, "subject": made.subject, "request": wish.request, "content": wish.content, **vars(cause)}
    await transaction.execute(insert(corrections).values(row))
    await take_out_of_totals(transaction, wish.subject)
    if made.debts:
        owed = [{"id": new_id(), "correction": made.id, "at_ms": made.at_ms, **vars(debt)} for debt in made.debts]
        await transaction.execute(insert(debts), owed)
    return made


async def transfers_of(transaction: Transaction, subject: str) -> list[Transfer]:
    """The transfers that a subject names."""
    kind, _, name = subject.partition(":")
    ids = [f"{name}{part}" for part in PARTS_OF_GIFT] if kind == "gift" else [name]
    rows = await transaction.execute(select(transfers).where(transfers.c.id.in_(ids)).order_by(transfers.c.id))
    return [transfer_of(row) for row in rows]


async def _subject(transaction: Transaction, subject: str) -> list[Transfer]:
    found = await transfers_of(transaction, subject)
    if subject.startswith("gift:"):
        if not found:
            raise GiftNotSent
        return found
    if not found:
        raise TransferUnknown
    if found[0].kind not in CORRECTABLE:
        raise NotCorrectable(kind=found[0].kind)
    return found


async def hold_wallets(transaction: Transaction, old: Sequence[Transfer]) -> dict[str, int]:
    """The balances, by account, of the users whom ``old`` concerns, held."""
    owners = {(owner, each.currency) for each in old for owner in (each.payer, each.payee)}
    return await hold(transaction, [account_of(*each) for each in owners if each[0] not in SYSTEM_OWNERS])


async def _read(transaction: Transaction, row: Row[Any]) -> Correction:
    old = [each.id for each in await transfers_of(transaction, row.subject)]
    made = await transaction.execute(select(transfers).where(transfers.c.corrects.in_(old)).order_by(transfers.c.id))
    owed = await transaction.execute(select(debts).where(debts.c.correction == row.id).order_by(debts.c.transfer))
    return Correction(
        id=row.id,
        subject=row.subject,
        operator=row.operator,
        reason=row.reason,
        at_ms=row.at_ms,
        transfers=tuple(transfer_of(each) for each in made),
        debts=tuple(Debt(each.owner, each.currency, each.amount, each.transfer) for each in owed),
    )


def _entry(made: Correction) -> AuditEntry:
    taken = {each.corrects: each.amount for each in made.transfers if each.corrects is not None}
    owed = {each.transfer: each.amount for each in made.debts}
    after: dict[str, object] = {"taken_back": taken, "owed": owed}
    return AuditEntry(made.operator, "ledger.correct", made.subject, made.reason, made.at_ms, after=after)
