"""The audit log: who did what to whom, why, before and after; written in the transaction of the deed itself."""

from dataclasses import dataclass


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
