"""How often strangers may try: by address, by name, whatever they could guess at."""

from accounts.bucket import Bucket
from accounts.errors import TooManyAttempts
from accounts.store import Throttle
from foundation.clock import Clock


class Attempts:
    def __init__(self, throttle: Throttle, clock: Clock) -> None:
        self._throttle = throttle
        self._clock = clock

    async def take(self, act: str, subject: str, bucket: Bucket) -> None:
        """Count one. ``TooManyAttempts`` says when the next is allowed; ``Unavailable`` when nobody can count."""
        wait_ms = await self._throttle.take(act, subject, bucket, self._clock.now_ms())
        if wait_ms > 0:
            raise TooManyAttempts(retry_after_s=-(-wait_ms // 1000))
