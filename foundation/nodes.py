"""Which processes are there: each announces itself every second, and is gone three seconds after its last word."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Protocol

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from foundation.stopping import heed_cancellation

log = structlog.get_logger(__name__)

ANNOUNCE_EVERY_S = 1.0
GONE_AFTER_MS = 3000
RECENT_S = 0.2
NODES_KEY = "nodes:{kind}"  # set of ids
NODE_KEY = "node:{kind}:{id}"  # string, JSON of Node, expires after GONE_AFTER_MS


@dataclass(frozen=True)
class Node:
    """One process. ``load`` is 0 (idle) to 1 (full); ``url`` is its internal address."""

    kind: str
    id: str
    url: str
    load: float = 0.0
    attributes: dict[str, str | int] = field(default_factory=dict)


class Living(Protocol):
    async def alive(self, kind: str) -> list[Node]:
        """Living nodes of ``kind``, least loaded first."""


class NodeRegistry(Living, Protocol):
    async def announce(self, node: Node) -> None: ...

    async def withdraw(self, node: Node) -> None: ...


def _least_loaded(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: (node.load, node.id))


class MemoryNodes:
    """The twin for one process: what was announced stays until withdrawn."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[str, str], Node] = {}

    async def announce(self, node: Node) -> None:
        self._nodes[node.kind, node.id] = node

    async def withdraw(self, node: Node) -> None:
        self._nodes.pop((node.kind, node.id), None)

    async def alive(self, kind: str) -> list[Node]:
        return _least_loaded(node for node in self._nodes.values() if node.kind == kind)


class RedisNodes:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def announce(self, node: Node) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(NODE_KEY.format(kind=node.kind, id=node.id), orjson.dumps(asdict(node)), px=GONE_AFTER_MS)
            pipe.sadd(NODES_KEY.format(kind=node.kind), node.id)
            await pipe.execute()

    async def withdraw(self, node: Node) -> None:
        await self._redis.delete(NODE_KEY.format(kind=node.kind, id=node.id))
        await self._redis.srem(NODES_KEY.format(kind=node.kind), node.id)

    async def alive(self, kind: str) -> list[Node]:
        """Living nodes of ``kind``, least loaded first."""
        ids = sorted(
            member.decode() if isinstance(member, bytes) else member
            for member in await self._redis.smembers(NODES_KEY.format(kind=kind))
        )
        if not ids:
            return []
        found = await self._redis.mget([NODE_KEY.format(kind=kind, id=each) for each in ids])
        gone = [each for each, payload in zip(ids, found, strict=True) if payload is None]
        if gone:
            await self._redis.srem(NODES_KEY.format(kind=kind), *gone)
        return _least_loaded(Node(**orjson.loads(payload)) for payload in found if payload is not None)


class RecentNodes:
    """What ``registry`` said within the last ``RECENT_S``: for crowds, of whom each would ask it the same.

    A node that was withdrawn a moment ago may still be named; who goes there is refused.
    """

    def __init__(self, registry: Living) -> None:
        self._registry = registry
        self._said: dict[str, tuple[float, list[Node]]] = {}
        self._asking = asyncio.Lock()

    async def alive(self, kind: str) -> list[Node]:
        """That nobody is there is never kept: the first one may be at any moment."""
        said = self._kept(kind)
        if said is not None:
            return said
        async with self._asking:
            said = self._kept(kind)
            if said is None:
                asked_at = time.monotonic()
                said = await self._registry.alive(kind)
                self._said[kind] = asked_at, said
        return list(said)

    def _kept(self, kind: str) -> list[Node] | None:
        asked_at, said = self._said.get(kind, (0.0, []))
        return list(said) if said and time.monotonic() - asked_at < RECENT_S else None


async def keep_announcing(registry: NodeRegistry, describe: Callable[[], Node]) -> None:
    """Announce what ``describe`` says every second until cancelled; then withdraw. Redis being away is outlived."""
    try:
        while True:
            try:
                await registry.announce(describe())
            except RedisError as error:
                log.warning("could not announce", error=str(error))
            await asyncio.sleep(ANNOUNCE_EVERY_S)
            heed_cancellation()
    finally:
        try:
            await registry.withdraw(describe())
        except RedisError as error:
            log.warning("could not withdraw", error=str(error))
