"""What moderation keeps. Truth: SQL. In front of it, for the gate alone, a cache in Redis."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from moderation.audit import AuditEntry
from moderation.sanction import Sanction

# string, JSON list of the sanctions that stand; lives CACHE_MS
CACHE_KEY = "{{user:{user}}}:sanctions"
# string, changed by each imposing and lifting; a cache entry read from SQL before the change is not let in after it
VERSION_KEY = "{{user:{user}}}:sanctions:version"

CACHE_MS = 3_000
# While a change is being committed nobody fills the cache; if its process dies on the way, for so long.
HOLD_MS = 10_000
# Longer than any read of SQL that may still want to fill the cache.
VERSION_MS = 60_000


@dataclass(frozen=True)
class Recorded:
    """An audit entry in the log; ``number`` grows."""

    number: int
    entry: AuditEntry


class ModerationStore(Protocol):
    async def impose(self, sanction: Sanction, entry: AuditEntry) -> None:
        """Add both or none; ``AlreadySanctioned`` when one of the scope stands that lasts as long."""

    async def lift(self, sanction_id: str, by: str, now_ms: int, entry: AuditEntry) -> Sanction:
        """End a sanction that stands, and add the entry; ``SanctionOver`` when it does not stand (any more)."""

    async def by_id(self, sanction_id: str) -> Sanction | None: ...

    async def standing(self, user_id: str, now_ms: int) -> list[Sanction]:
        """The user's sanctions that stand."""

    async def standing_of(self, users: Collection[str], now_ms: int) -> dict[str, list[Sanction]]:
        """As ``standing``, for each of ``users``: one question for all of them."""

    async def page(self, user_id: str | None, before: str | None, limit: int) -> list[Sanction]:
        """Sanctions, newest first, older than the id ``before``; of one user or of all."""

    async def audit_page(
        self, actor: str | None, subject: str | None, before: int | None, limit: int
    ) -> list[Recorded]:
        """The audit log, newest first, numbers below ``before``."""


@dataclass(frozen=True)
class Cached:
    """``sanctions`` is None on a miss; ``version`` must be given back to fill."""

    sanctions: list[Sanction] | None
    version: str | None


class SanctionCache(Protocol):
    """Never raises: where it cannot be reached it is empty and takes nothing."""

    async def read(self, user_id: str) -> Cached: ...

    async def fill(self, user_id: str, version: str | None, sanctions: list[Sanction]) -> None:
        """Keep what SQL said, if nothing was changed since ``version`` was read."""

    async def hold(self, user_id: str) -> None:
        """A change begins: forget, and let nothing in for ``HOLD_MS``."""

    async def release(self, user_id: str) -> None:
        """The change is over: forget, and let in what is read from now on."""
