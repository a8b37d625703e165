"""The login throttle in Redis: shared by all api processes."""

import hashlib
from pathlib import Path

from redis.asyncio import Redis

from accounts.bucket import Bucket
from accounts.store import THROTTLE_KEY
from foundation.errors import Unavailable
from foundation.redis import RedisAway, Script

_TAKE = Path(__file__).parent / "lua" / "take.lua"


class RedisThrottle:
    def __init__(self, redis: Redis) -> None:
        self._take = Script(redis, _TAKE)

    async def take(self, act: str, subject: str, bucket: Bucket, now_ms: int) -> int:
        # Hashed: what people type as their name may be a password, and no place for it is in a key.
        key = THROTTLE_KEY.format(act=act, subject=hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()[:32])
        try:
            return int(await self._take([key], [now_ms, bucket.refill_ms, bucket.burst]))
        except RedisAway as error:
            raise Unavailable("attempts cannot be counted at the moment", retry_after_s=2) from error
