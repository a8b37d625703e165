"""What each user gives in a minute, counted in Redis for all api processes."""

from collections.abc import Mapping

from redis.asyncio import Redis

from gifts.pace import MINUTE_MS, PACE_KEY, Given


class RedisPace:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, minute: int, given: Mapping[str, Given]) -> dict[str, Given]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for user, more in given.items():
                key = PACE_KEY.format(user=user, minute=minute)
                pipe.hincrby(key, "gifts", more.gifts)
                pipe.hincrby(key, "coins", more.coins)
                pipe.pexpire(key, 2 * MINUTE_MS)
            answers = iter(await pipe.execute())
        return {user: Given(gifts, coins) for user, gifts, coins, _ in zip(given, *[answers] * 3, strict=True)}
