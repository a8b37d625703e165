"""The audit log: who did what to whom, why, before and after; written in the transaction of the deed itself."""

from dataclasses import dataclass

import orjson
from sqlalchemy import insert

from foundation.sql import Transaction
from moderation.tables import audit_log


@dataclass(frozen=True)
class AuditEntry:
    """``actor`` is a user id; ``before`` and ``after`` are JSON-able views of what changed."""

    actor: str
    action: str  # "sanction.impose", "broadcast.end", ...
    subject: str  # "user:ID", "room:ID", ...
    reason: str
    at_ms: int
    before: dict[str, object] | None = None
    after: dict[str, object] | None = None


async def append(transaction: Transaction, entry: AuditEntry) -> None:
    """Add ``entry``; it is there if and only if ``transaction`` commits."""
    row = {**vars(entry), "before": _text(entry.before), "after": _text(entry.after)}
    await transaction.execute(insert(audit_log).values(row))


async def record(
    transaction: Transaction,
    *,
    actor: str,
    action: str,
    subject: str,
    reason: str,
    at_ms: int,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """``append`` for domains that may not import this one: they name this signature as a Protocol of their own."""
    await append(transaction, AuditEntry(actor, action, subject, reason, at_ms, before, after))


def _text(view: dict[str, object] | None) -> str | None:
    return None if view is None else orjson.dumps(view, option=orjson.OPT_SORT_KEYS).decode()
