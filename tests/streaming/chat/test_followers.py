"""Who follows is remembered for a moment; who does not is asked about each time."""

from collections.abc import AsyncIterator

import pytest

from streaming.chat.followers import Followers


class ToldRelations:
    def __init__(self) -> None:
        self.following: set[tuple[str, str]] = set()
        self.asked: list[tuple[str, str]] = []

    async def follows(self, user: str, other: str) -> bool:
        self.asked.append((user, other))
        return (user, other) in self.following


@pytest.fixture
def relations() -> ToldRelations:
    return ToldRelations()


@pytest.fixture
async def followers(relations: ToldRelations) -> AsyncIterator[Followers]:
    opened = Followers(relations)
    yield opened
    await opened.close()


async def test_who_follows_just_now_may_speak_at_once(relations: ToldRelations, followers: Followers) -> None:
    assert not await followers.follows("bob", "ann")
    relations.following.add(("bob", "ann"))
    assert await followers.follows("bob", "ann")
    assert not await followers.follows("ann", "bob")


async def test_a_follower_who_talks_is_asked_about_once(relations: ToldRelations, followers: Followers) -> None:
    relations.following.add(("bob", "ann"))
    assert [await followers.follows("bob", "ann") for _ in range(5)] == [True] * 5
    assert relations.asked == [("bob", "ann")]
