"""What each user gives in a minute, counted in Redis for all api processes: one script a gift."""

import hashlib
from pathlib import Path

from redis.asyncio import Redis

from foundation.redis import Script
from gifts.pace import MINUTE_MS, PACE_KEY, Limits, Verdict

_TAKE = Path(__file__).parent / "lua" / "take_pace.lua"
_VERDICTS = (Verdict.WITHIN, Verdict.GIFTS, Verdict.COINS)


class RedisPace:
    def __init__(self, redis: Redis) -> None:
        self._take = Script(redis, _TAKE)

    async def take(self, user: str, minute: int, key: str, coins: int, limits: Limits) -> Verdict:
        wish = hashlib.sha256(key.encode()).hexdigest()[:16]  # a client's key may be long
        counted = PACE_KEY.format(user=user, minute=minute)
        return _VERDICTS[await self._take([counted], [wish, coins, limits.gifts, limits.coins, 2 * MINUTE_MS])]
