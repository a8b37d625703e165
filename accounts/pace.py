"""How often somebody may change what is his own."""

from accounts.bucket import Bucket
from accounts.store import Throttle
from foundation.clock import Clock
from foundation.errors import TooMany

USUAL = Bucket(burst=60, refill_ms=1_000)


class Pace:
    """Of one kind of change, ``act``; everybody has a bucket of his own."""

    def __init__(self, throttle: Throttle, clock: Clock, act: str, bucket: Bucket = USUAL) -> None:
        self._throttle = throttle
        self._clock = clock
        self._act = act
        self._bucket = bucket

    async def take(self, user: str) -> None:
        """Count one change. ``TooMany`` says when the next one is allowed; ``Unavailable`` when nobody can count."""
        wait_ms = await self._throttle.take(self._act, user, self._bucket, self._clock.now_ms())
        if wait_ms > 0:
            raise TooMany(retry_after_s=-(-wait_ms // 1000))
