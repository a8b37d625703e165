"""Connections to Redis (or Valkey) and Lua scripts kept one act a file."""

from pathlib import Path
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

from foundation.redis_together import TogetherRedis

TIMEOUT_S = 2.0
CONNECTIONS = 64  # of one process; a command waits for a free one instead of being refused

# What a domain may see of Redis being away, without importing redis.
RedisAway = (RedisError, OSError)


def connect(url: str, name: str, *, timeout_s: float = TIMEOUT_S) -> Redis:
    """A client whose connections carry ``name`` (seen in CLIENT LIST); answers are bytes.

    A command waits at most ``timeout_s`` for its answer and is retried twice when the connection broke; commands of one
    moment go out together.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=timeout_s,
        client_name=name,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        health_check_interval=15,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        retry_on_error=[ConnectionError],
    )
    return TogetherRedis.from_pool(pool)


class Script:
    """One atomic act: a ``.lua`` file run by EVALSHA, loaded again by itself after a server restart.

    Files before it define what it calls.
    """

    def __init__(self, redis: Redis, *paths: Path) -> None:
        self._script = redis.register_script("\n".join(path.read_text() for path in paths))

    async def __call__(self, keys: list[str], arguments: list[str | int | float | bytes]) -> Any:
        return await self._script(keys=keys, args=arguments)
