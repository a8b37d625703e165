"""What a room hears of a battle never steps back, whoever speaks and however slow the words are on their way."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from foundation.feed import FeedMessage
from foundation.lease import Lease
from gifts.events import ScoreChanged
from pk.inputs import MuteOpponent, Surrender
from pk.referee import Referee
from pk.state import Phase, State
from tests.pk.people import follows
from tests.pk.scenes import fight
from tests.pk.virtual import passes, play
from tests.pk.world import FeedLog, World, working


class SlowScores(FeedLog):
    """A score takes its time, as on a connection that must be opened first."""

    async def post(self, *messages: FeedMessage) -> None:
        for message in messages:
            if message.type == "battle.score":
                await passes(40)
            self.messages.append(message)


def versions(feed: FeedLog, room: str) -> list[int]:
    return [int(str(message.body["version"])) for message in feed.messages if message.room == room]


def scored(scenario: Callable[[World, State], Awaitable[None]]) -> World:
    """A fight in which a score is on its way while ``scenario`` goes on."""

    async def whole() -> World:
        world = World(feed=SlowScores())
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
            await world.bus.publish(ScoreChanged(state.battle, (("red", 5),), 0))
            await passes(10)
            await scenario(world, state)
            await passes(500)
            for room in state.rooms:
                assert versions(world.feed, room) == sorted(versions(world.feed, room))
        return world

    return play(whole())


def test_a_score_that_is_slow_on_its_way_does_not_come_after_a_newer_version() -> None:
    async def mute(world: World, state: State) -> None:
        await world.office.command(state.battle, MuteOpponent(state.members[0].user))

    world = scored(mute)
    assert [message.type for message in world.feed.messages[-2:]] == ["battle.changed"] * 2


def test_no_score_is_told_after_the_end_of_the_fight() -> None:
    async def surrender(world: World, state: State) -> None:
        await world.office.command(state.battle, Surrender(state.members[0].user))
        await world.bus.publish(ScoreChanged(state.battle, (("red", 6),), 0))

    world = scored(surrender)
    types = [message.type for message in world.feed.messages if message.type != "battle.changed"]
    assert types[-4:] == ["battle.settling"] * 2 + ["battle.settled"] * 2


@pytest.mark.parametrize("overtaken", [False, True])
def test_who_was_overtaken_between_saving_and_telling_tells_the_rooms_nothing(overtaken: bool) -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
        old = Referee(world.equipment, state, Lease("battle", 2, "old", float("inf")))
        working_old = asyncio.create_task(old.run())
        await passes(100)
        if overtaken:  # by one who has found what is about to be saved, and has gone on from it
            heir = follows(follows(await world.state(state.battle)))
            await world.ring.show(heir, 3, "http://heir")
        before = len(world.feed.messages)
        told = await old.command(MuteOpponent(state.members[0].user))
        await passes(1)
        assert told.phase is Phase.FIGHTING, "it is saved all the same"
        assert len(world.feed.messages) - before == (0 if overtaken else 2)
        working_old.cancel()
        await asyncio.gather(working_old, return_exceptions=True)

    play(whole())
