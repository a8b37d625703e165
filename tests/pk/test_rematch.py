"""Another battle on the same stage: who must want it, and that there is exactly one, whatever dies."""

import asyncio

import pytest

from foundation.ids import new_id
from pk.battle import Battle
from pk.errors import HostOffline, NotYourMove, OutOfPhase
from pk.events import BattleChanged, BattleEnded
from pk.inputs import (
    Cancel,
    End,
    MemberLeft,
    MemberLost,
    MemberReturned,
    MixerDown,
    OperatorEnd,
    Rematch,
    Surrender,
    Tallied,
    TimeUp,
)
from pk.moves.aftermath import next_battle
from pk.referee import Referee
from pk.rules import BattleRules
from pk.state import Mixer, Phase, Reason, State
from streaming.events import BroadcastEnded
from tests.pk.people import ANNA, BELA, CLEO, NOW, fighting, strangers
from tests.pk.scenes import fight, given_back, scene
from tests.pk.virtual import passes, play
from tests.pk.world import World, working

OVER = NOW + 300_000
BRISK = BattleRules(fight_ms=60_000, invitations_per_minute=1)


def won(red: int = 2, blue: int = 1) -> Battle:
    battle = fighting()
    battle.handle(TimeUp(), OVER)
    battle.handle(Tallied((("red", red), ("blue", blue))), OVER)
    return battle


@pytest.mark.parametrize("blue", [1, 2])
def test_when_all_have_asked_the_next_one_begins_in_preparing(blue: int) -> None:
    battle = won(2, blue)
    (told,) = battle.handle(Rematch(BELA.host.user, "one"), OVER + 1)
    assert isinstance(told, BattleChanged) and battle.state.successor is None
    assert battle.handle(Rematch(BELA.host.user, "two"), OVER + 2) == []
    (told,) = battle.handle(Rematch(ANNA.host.user, "three"), OVER + 3)
    assert isinstance(told, BattleEnded) and told.successor == "three"
    ended = battle.state
    assert (ended.phase, ended.reason, ended.successor) == (Phase.ENDED, Reason.REMATCH, "three")
    following = next_battle(ended, OVER + 3)
    assert (following.phase, following.previous, following.stage) == (Phase.PREPARING, ended.battle, ended.stage)
    assert (following.starts_at_ms, following.mixer) == (OVER + 3_003, Mixer.UP)


def test_a_stranger_does_not_want_a_rematch() -> None:
    with pytest.raises(NotYourMove):
        won().handle(Rematch(CLEO.host.user, "x"), OVER + 1)


def test_before_the_result_nobody_can_ask() -> None:
    with pytest.raises(OutOfPhase):
        fighting().handle(Rematch(ANNA.host.user, "x"), NOW + 1)


def test_a_wish_can_be_taken_back() -> None:
    battle = won()
    battle.handle(Rematch(ANNA.host.user, "x"), OVER + 1)
    battle.handle(Cancel(ANNA.host.user), OVER + 2)
    assert battle.handle(Cancel(ANNA.host.user), OVER + 3) == []
    battle.handle(Rematch(BELA.host.user, "y"), OVER + 4)
    assert (battle.state.phase, battle.state.rematch) == (Phase.VICTORY, (BELA.host.user,))


def test_who_is_lost_has_withdrawn_his_wish_and_may_ask_again_when_he_is_back() -> None:
    battle = won()
    battle.handle(Rematch(ANNA.host.user, "x"), OVER + 1)
    battle.handle(MemberLost(ANNA.host.room), OVER + 2)
    battle.handle(Rematch(BELA.host.user, "y"), OVER + 3)
    with pytest.raises(HostOffline):
        battle.handle(Rematch(ANNA.host.user, "x"), OVER + 4)
    battle.handle(MemberReturned(ANNA.host.room), OVER + 5)
    battle.handle(Rematch(ANNA.host.user, "z"), OVER + 6)
    assert battle.state.successor == "z"


def test_with_a_host_who_has_left_there_is_no_rematch() -> None:
    battle = won()
    battle.handle(Rematch(BELA.host.user, "x"), OVER + 1)
    battle.handle(MemberLeft(BELA.host.room), OVER + 2)
    assert battle.state.rematch == ()
    with pytest.raises(HostOffline) as refused:
        battle.handle(Rematch(ANNA.host.user, "y"), OVER + 3)
    assert refused.value.extra == {"room": BELA.host.room}


def test_a_host_who_stays_away_after_the_fight_is_gone_after_a_minute() -> None:
    battle = won()
    battle.handle(MemberLost(BELA.host.room), OVER + 1_000)
    assert battle.deadline_ms == OVER + 61_000
    battle.handle(TimeUp(), OVER + 61_000)
    assert (battle.state.gone, battle.deadline_ms) == ((BELA.host.room,), OVER + 71_000)


def test_the_rematch_has_mixers_to_lose_of_its_own_and_their_names_go_on() -> None:
    battle = won()
    for attempt in range(4):
        battle.handle(MixerDown(attempt), OVER + 1)
    assert battle.state.mixer is Mixer.GONE
    for side in (ANNA, BELA):
        battle.handle(Rematch(side.host.user, "x"), OVER + 2)
    following = next_battle(battle.state, OVER + 2)
    assert (following.mixer, following.mixer_attempt, following.mixer_losses) == (Mixer.STARTING, 4, 0)


# With everything around it


async def celebrated(world: World, state: State) -> None:
    await world.office.command(state.battle, Surrender(state.sides[0].host.user))
    await world.reaches(state.battle, Phase.VICTORY, Phase.DRAW)


async def agreed(world: World, state: State) -> State:
    """All hosts of ``state`` ask; the battle that follows, being fought."""
    for member in state.members:
        answer = await world.office.command(state.battle, Rematch(member.user, new_id()))
    assert answer.successor is not None
    return await world.reaches(answer.successor, Phase.FIGHTING, within_ms=4_000)


@pytest.mark.parametrize(("sides", "members"), [(2, 1), (2, 2)])
def test_ten_rematches_in_a_row_on_one_stage_with_one_mixer(sides: int, members: int) -> None:
    async def scenario(world: World) -> None:
        first = state = await fight(world, BRISK, strangers(sides, members))
        await passes(1_000)
        for _ in range(10):
            for member in state.sides[0].members:
                await world.office.command(state.battle, Surrender(member.user))
            await world.reaches(state.battle, Phase.VICTORY)
            following = await agreed(world, state)
            assert (following.previous, following.stage) == (state.battle, first.battle)
            state = following
            assert [await world.ring.battle_of(room) for room in state.rooms] == [state.battle] * len(state.rooms)
            assert world.ledger.give(state.battle, state.sides[1].host.user, 3)
        assert world.stages.left == []
        assert world.stages.shown == dict.fromkeys(first.rooms, first.battle)
        assert len(world.jobs.started) == 1
        await celebrated(world, state) if members == 1 else await world.office.command(state.battle, OperatorEnd("ops"))
        await world.reaches(state.battle, Phase.VICTORY)
        await world.office.command(state.battle, End(state.sides[1].host.user))
        await given_back(world, state)
        assert sorted(world.stages.left) == sorted(first.rooms)

    scene(scenario)


def test_the_rooms_hear_of_the_end_and_of_the_next_one() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world, BRISK)
        await celebrated(world, state)
        before = len(world.feed.messages)
        following = await agreed(world, state)
        told = [
            (message.type, message.body["battle"])
            for message in world.feed.messages[before:]
            if message.room == state.rooms[0] and message.type != "battle.changed"
        ]
        assert told == [
            ("battle.ended", state.battle),
            ("battle.prepared", following.battle),
            ("battle.started", following.battle),
        ]
        ended = next(message.body for message in world.feed.messages if message.type == "battle.ended")
        assert (ended["reason"], ended["successor"]) == ("rematch", following.battle)

    scene(scenario)


def test_a_rematch_that_is_called_off_gives_the_stage_back() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world, BRISK)
        await celebrated(world, state)
        for member in state.members:
            answer = await world.office.command(state.battle, Rematch(member.user, new_id()))
        assert answer.successor is not None
        await world.reaches(answer.successor, Phase.PREPARING)
        await passes(500)
        await world.bus.publish(BroadcastEnded(state.rooms[0], "b", state.members[0].user, "ended", 0))
        ended = await world.reaches(answer.successor, Phase.ENDED)
        assert ended.reason == Reason.HOST_LEFT
        await given_back(world, ended)

    scene(scenario)


def test_a_third_host_cannot_get_in_between() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world, BRISK)
        await celebrated(world, state)
        (third,) = strangers(1)
        for member in state.members:
            asked = await world.office.command(state.battle, Rematch(member.user, new_id()))
        with pytest.raises(Exception, match="in a battle"):
            await world.invite(sides=(third, state.sides[1]))
        assert asked.successor is not None
        await world.reaches(asked.successor, Phase.FIGHTING)

    scene(scenario)


@pytest.mark.parametrize("saved", [False, True])
def test_killed_while_the_last_wish_is_taken_there_is_one_next_battle_or_none(saved: bool) -> None:
    """``saved``: after the transaction, before anybody was told; else before it."""

    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world, BRISK)
            await celebrated(world, state)
            await world.office.command(state.battle, Rematch(state.members[0].user, new_id()))
            await passes(100)
            written = world.battles.update

            async def die(change: object) -> None:
                if saved:
                    await written(change)  # type: ignore[arg-type]
                raise asyncio.CancelledError

            world.battles.update = die  # type: ignore[method-assign]
            with pytest.raises(Exception, match="Nobody answers"):
                await world.office.command(state.battle, Rematch(state.members[1].user, new_id()))
        world.battles.update = written  # type: ignore[method-assign]
        world.office = type(world.office)(world.equipment, world.leases)
        async with working(world.office):
            await passes(1_000)
            if not saved:
                await world.office.command(state.battle, Rematch(state.members[1].user, new_id()))
            ended = await world.reaches(state.battle, Phase.ENDED)
            assert ended.successor is not None
            following = await world.reaches(ended.successor, Phase.FIGHTING)
            everything = await world.battles.latest(10)
            assert {each.battle for each in everything} == {state.battle, following.battle}
            assert world.stages.left == [] and len(world.jobs.started) == 1

    play(whole())


def test_a_referee_of_the_past_does_not_touch_the_stage_of_the_next_battle() -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world, BRISK)
            await celebrated(world, state)
            following = await agreed(world, state)
            ended = await world.battles.load(state.battle)
            assert ended is not None
            lease = await world.leases.acquire("battle of the past")
            assert lease is not None
            await Referee(world.equipment, ended, lease).run()
            await passes(2_000)
            assert world.stages.shown == dict.fromkeys(state.rooms, state.stage)
            assert [await world.ring.battle_of(room) for room in state.rooms] == [following.battle] * 2
            assert len(world.jobs.alive) == 1

    play(whole())
