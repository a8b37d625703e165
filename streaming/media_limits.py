"""How often one address and one user may open and change media sessions (RFC 9725, section 5), counted in Redis."""

from dataclasses import dataclass
from typing import Protocol

from fastapi import Request

from foundation.address import subject_of
from foundation.clock import Clock
from streaming.media.errors import GrantInvalid, TooManySessions
from streaming.media_handover import LIFE_MS, Handover

_PLACE = "media"


@dataclass(frozen=True)
class SessionRules:
    per_address: int = 500
    """So many at once, and a tenth of it each second: behind one address there may be a whole school."""
    per_user: int = 20
    user_per_s: float = 1.0
    checks: int = 6
    """So many times may a user try his uplink at once."""
    checks_per_s: float = 0.1


class Buckets(Protocol):
    """The part of `streaming.store.Talk` that is needed here."""

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool: ...


class SessionLimits:
    def __init__(self, buckets: Buckets, clock: Clock, rules: SessionRules | None = None) -> None:
        self._buckets = buckets
        self._clock = clock
        self._rules = rules or SessionRules()

    def now_ms(self) -> int:
        return self._clock.now_ms()

    async def check_address(self, request: Request, act: str) -> None:
        """TooManySessions when this address has done `act` (open, change) too often of late."""
        subject = subject_of(request.client.host if request.client else None)
        burst = self._rules.per_address
        await self._take(f"{act}:{subject}", burst / 10, burst)

    async def check_user(self, user: str) -> None:
        if user:
            await self._take(f"user:{user}", self._rules.user_per_s, self._rules.per_user)

    async def check_trial(self, user: str) -> None:
        """The same, stricter, for a user who tries his uplink: that is traffic that nobody watches."""
        await self._take(f"trial:{user}", self._rules.checks_per_s, self._rules.checks, retry_after_s=10)

    async def use(self, handover: Handover) -> None:
        """Mark it as used; GrantInvalid if it was."""
        per_s = 500 / LIFE_MS  # the bucket of one token is full again when the handover has long expired
        if not await self._buckets.take_token(_PLACE, f"grant:{handover.id}", per_s, 1, self.now_ms()):
            raise GrantInvalid("used before")

    async def _take(self, name: str, per_s: float, burst: int, retry_after_s: int = 1) -> None:
        if not await self._buckets.take_token(_PLACE, name, per_s, burst, self.now_ms()):
            raise TooManySessions(retry_after_s=retry_after_s)
