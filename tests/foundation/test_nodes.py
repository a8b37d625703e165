"""What a crowd is told of the nodes: asked once for all of them, and never that nobody is there from memory."""

import asyncio

import pytest

from foundation import nodes
from foundation.nodes import MemoryNodes, Node, RecentNodes
from tests.streaming.media.rig import breathe


class Asked(MemoryNodes):
    """Counts questions, and lets others ask before it answers."""

    times = 0

    async def alive(self, kind: str) -> list[Node]:
        self.times += 1
        await breathe()
        return await super().alive(kind)


async def test_a_crowd_asks_once() -> None:
    registry = Asked()
    await registry.announce(Node("media", "a", "http://a"))
    recent = RecentNodes(registry)
    answers = await asyncio.gather(*(recent.alive("media") for _ in range(50)))
    assert registry.times == 1
    assert all([node.id for node in answer] == ["a"] for answer in answers)


async def test_what_one_does_with_his_answer_is_not_seen_by_others() -> None:
    registry = MemoryNodes()
    await registry.announce(Node("media", "a", "http://a"))
    recent = RecentNodes(registry)
    (await recent.alive("media")).clear()
    assert len(await recent.alive("media")) == 1


async def test_after_a_moment_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "RECENT_S", 0.0)
    registry = MemoryNodes()
    await registry.announce(Node("media", "a", "http://a"))
    recent = RecentNodes(registry)
    await recent.alive("media")
    await registry.announce(Node("media", "b", "http://b"))
    assert len(await recent.alive("media")) == 2


async def test_the_first_node_is_seen_at_once() -> None:
    registry = MemoryNodes()
    recent = RecentNodes(registry)
    assert await recent.alive("media") == []
    await registry.announce(Node("media", "a", "http://a"))
    assert len(await recent.alive("media")) == 1
