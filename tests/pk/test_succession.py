"""A referee who is followed by another, in virtual time."""

import asyncio

import pytest

from foundation.errors import Refusal
from foundation.lease import Lease
from pk.inputs import OperatorEnd, Surrender
from pk.referee import Referee
from pk.state import Phase, Reason
from tests.pk.scenes import fight, given_back, result
from tests.pk.virtual import passes, play
from tests.pk.world import World, working


def test_a_new_office_goes_on_where_the_old_one_stopped() -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
            red = state.sides[0]
            world.ledger.give(state.battle, red.host.user, 5)
            await passes(10_000)
        before = len(world.feed.messages)
        await passes(3_000)  # nobody is there
        successor = type(world.office)(world.equipment, world.leases)
        async with working(successor):
            await passes(1_000)
            assert [message.type for message in world.feed.messages[before:]] == ["battle.started"] * 2
            assert world.feed.last(red.host.room)["sides"][0]["score"] == 5
            ended = await world.reaches(state.battle, Phase.VICTORY)
            assert ended.ends_at_ms == state.ends_at_ms
            assert len(world.jobs.started) == 1, "the mixer that runs is kept"
            assert world.ledger.tallied == [state.battle]

    play(whole())


def test_a_battle_whose_deadline_passed_while_nobody_was_there_is_settled_at_once() -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
            world.ledger.give(state.battle, state.sides[1].host.user, 5)
        await passes(120_000)
        async with working(type(world.office)(world.equipment, world.leases)):
            state = await world.reaches(state.battle, Phase.VICTORY, within_ms=2_000)
        assert result(state) == ("blue", Reason.SCORE)

    play(whole())


def test_what_a_killed_owner_did_not_give_back_his_successor_gives_back() -> None:
    async def whole() -> None:
        world = World()
        world.stages.unreachable = True
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
            await passes(500)
            await world.office.command(state.battle, OperatorEnd("ops"))
            await world.reaches(state.battle, Phase.DRAW)
            await world.office.command(state.battle, OperatorEnd("ops"))
        assert world.stages.shown != {}
        world.stages.unreachable = False
        successor = type(world.office)(world.equipment, world.leases)
        world.office = successor
        async with working(successor):
            await given_back(world, state)

    play(whole())


def test_a_referee_who_was_overtaken_changes_nothing_any_more() -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
        old = Referee(world.equipment, state, Lease("battle", 2, "old", float("inf")))
        working_old = asyncio.create_task(old.run())
        await passes(100)
        world.battles.fence(state.battle, 3)  # a later owner has been given the battle
        with pytest.raises(Refusal) as refused:
            await old.command(Surrender(state.sides[0].host.user))
        assert refused.value.code == "no-referee"
        with pytest.raises(Refusal) as stale:
            await working_old
        assert stale.value.code == "fenced"
        saved = await world.battles.load(state.battle)
        assert saved is not None and saved.phase is Phase.FIGHTING

    play(whole())
