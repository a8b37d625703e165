"""A referee who is followed by another, in virtual time."""

import asyncio

import pytest

from foundation.errors import Refusal
from foundation.lease import Lease
from pk.inputs import Accept, Decline, OperatorEnd, Surrender
from pk.referee import Referee
from pk.state import Phase, Reason, State
from tests.pk.people import strangers
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


@pytest.mark.parametrize("answered", [False, True])
def test_who_has_accepted_before_a_change_of_the_owner_need_not_accept_again(answered: bool) -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await world.invite(sides=strangers(3))
            _, blue, green = state.members
            if answered:
                await world.office.command(state.battle, Accept(green.user))
            await passes(100)
        heir = world.office = type(world.office)(world.equipment, world.leases)
        async with working(heir):
            await passes(300)
            assert (await world.state(state.battle)).accepted == ((green.user,) if answered else ())
            await heir.command(state.battle, Accept(blue.user))
            if not answered:
                await heir.command(state.battle, Accept(green.user))
            await world.reaches(state.battle, Phase.FIGHTING, within_ms=5_000)
        for room in state.rooms:
            told = [int(str(message.body["version"])) for message in world.feed.messages if message.room == room]
            assert told == sorted(told)

    play(whole())


def test_an_invitation_that_was_declined_does_not_come_to_life_again_with_another_owner() -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await world.invite()
            released = world.ring.release

            async def die(state: State) -> None:
                raise asyncio.CancelledError

            world.ring.release = die  # type: ignore[method-assign]
            declined = await world.office.command(state.battle, Decline(state.members[1].user))
            assert declined.phase is Phase.ENDED
        world.ring.release = released  # type: ignore[method-assign]
        heir = world.office = type(world.office)(world.equipment, world.leases)
        async with working(heir):
            await passes(1_000)
            await given_back(world, state)
            with pytest.raises(Refusal):
                await heir.command(state.battle, Accept(state.members[1].user))
            assert (await world.state(state.battle)).reason == Reason.DECLINED

    play(whole())
