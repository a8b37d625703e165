"""The last report about the books in Redis, for all processes."""

from pydantic import TypeAdapter
from redis.asyncio import Redis

from gifts.reports import REPORT, KeptReport

_REPORT = TypeAdapter(KeptReport)


class RedisReports:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def keep(self, report: KeptReport) -> None:
        await self._redis.set(REPORT, _REPORT.dump_json(report))

    async def last(self) -> KeptReport | None:
        found = await self._redis.get(REPORT)
        return None if found is None else _REPORT.validate_json(found)
