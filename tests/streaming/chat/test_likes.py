"""Likes on their way to the rooms' totals."""

import pytest
from redis.exceptions import RedisError

from accounts.principal import Principal
from streaming.chat.likes import Like
from streaming.chat.limits import ChatLimits
from streaming.chat.store_memory import MemoryTalk
from streaming.feed.store_memory import MemoryWire

BOB = Principal("bob", "Bob", frozenset())


class AwayAt(MemoryTalk):
    """A store that fails at one room once."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self._away = room

    async def like(self, room: str, count: int) -> int:
        if room == self._away:
            self._away = ""
            raise RedisError("just now")
        return await super().like(room, count)


async def test_when_redis_fails_at_one_room_the_likes_of_the_others_are_told_later() -> None:
    wire = MemoryWire()
    like = Like(AwayAt("b"), wire, ChatLimits())
    for room in ("a", "b", "c"):
        await like.handle(BOB, room, {"count": 3})
    with pytest.raises(RedisError):
        await like.carry()
    await like.handle(BOB, "c", {"count": 1})
    await like.carry()
    told = [(message.room, message.body) for message in wire.messages]
    assert told == [("a", {"count": 3, "total": 3}), ("c", {"count": 4, "total": 4})]
