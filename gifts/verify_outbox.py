"""Two checks of ``ledger-verify``: what waits for the relay is sound, and does not wait for ever."""

from typing import Any

from sqlalchemy import Select, func, select

from foundation.sql import Transaction
from gifts.checks import Check, count, judged, number
from gifts.tables import gifts, outbox

OVERDUE_MS = 60_000  # a relay takes over within three seconds and is through with a storm's backlog in less


async def outbox_is_sound(transaction: Transaction) -> Check:
    """What waits for the relay is a gift, and once."""
    doubled = select(outbox.c.gift_id).group_by(outbox.c.gift_id).having(func.count() > 1)
    strays = (
        select(outbox.c.gift_id).join(gifts, gifts.c.id == outbox.c.gift_id, isouter=True).where(gifts.c.id.is_(None))
    )
    return await judged(transaction, "outbox sound", await count(transaction, outbox), doubled.union_all(strays))


async def outbox_moves(transaction: Transaction, now_ms: int | None, drained: bool) -> Check:
    """Nothing has waited for longer than ``OVERDUE_MS``; nothing waits at all when all should be drained.

    Without ``now_ms`` no age is judged.
    """
    late = select(outbox.c.gift_id)
    figures = [("unsent", await count(transaction, outbox))]
    if now_ms is not None:
        oldest_ms = await number(transaction, _waiting(func.min(gifts.c.accepted_at_ms)))
        figures.append(("oldest_unsent_s", (now_ms - oldest_ms) // 1000 if oldest_ms else 0))
    if not drained:
        bound_ms = 0 if now_ms is None else now_ms - OVERDUE_MS
        late = _waiting(outbox.c.gift_id).where(gifts.c.accepted_at_ms < bound_ms)
    check = await judged(transaction, "outbox moves", figures[0][1], late)
    return Check(check.name, check.looked_at, check.wrong, check.examples, tuple(figures))


def _waiting(column: Any) -> Select[Any]:
    return select(column).select_from(outbox.join(gifts, gifts.c.id == outbox.c.gift_id))
