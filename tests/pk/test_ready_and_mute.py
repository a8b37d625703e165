"""What hosts do beside fighting: say that they are ready, and not hear an opponent."""

import pytest

from pk.battle import Battle
from pk.errors import NotAnOpponent, NotYourMove
from pk.events import BattleStarted
from pk.inputs import Accept, MixerUp, MuteOpponent, Ready, TimeUp, UnmuteOpponent
from pk.schema import battle_body
from pk.state import Phase, Reason
from tests.pk.people import ANNA, BELA, CLEO, DORA, EMIL, NOW, TEAMS, fighting, preparing, strangers
from tests.pk.scenes import fight, scene
from tests.pk.virtual import passes
from tests.pk.world import World

ANNA_, BELA_ = TEAMS[0].members[0], TEAMS[1].members[0]


def all_ready(battle: Battle, now_ms: int) -> Battle:
    for member in battle.state.members:
        battle.handle(Ready(member.user), now_ms)
    return battle


def test_the_fight_starts_when_all_are_ready_and_the_mixer_is_up() -> None:
    battle = preparing()
    battle.handle(MixerUp(), NOW + 500)
    battle.handle(Ready(ANNA.host.user), NOW + 600)
    assert battle.state.phase is Phase.PREPARING
    (told,) = battle.handle(Ready(BELA.host.user), NOW + 700)
    assert isinstance(told, BattleStarted)
    assert (battle.state.starts_at_ms, battle.state.ends_at_ms) == (NOW + 700, NOW + 300_700)


def test_the_ready_wait_for_the_mixer_and_no_longer() -> None:
    battle = all_ready(preparing(), NOW + 100)
    assert battle.state.phase is Phase.PREPARING
    (told,) = battle.handle(MixerUp(), NOW + 900)
    assert isinstance(told, BattleStarted) and battle.state.starts_at_ms == NOW + 900


def test_being_ready_does_not_shorten_the_patience_with_the_mixer() -> None:
    battle = all_ready(preparing(), NOW + 100)
    assert battle.handle(TimeUp(), NOW + 5_999) == []
    battle.handle(TimeUp(), NOW + 6_000)
    assert battle.state.reason == Reason.MIXER_UNAVAILABLE


def test_ready_said_twice_is_said_once_and_not_by_strangers() -> None:
    battle = preparing()
    battle.handle(Ready(ANNA.host.user), NOW + 1)
    assert battle.handle(Ready(ANNA.host.user), NOW + 2) == []
    with pytest.raises(NotYourMove):
        battle.handle(Ready(CLEO.host.user), NOW + 3)


def test_hosts_who_are_ready_at_once_fight_as_soon_as_the_mixer_is_up() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite(sides=strangers(2, 2))
        for member in state.members[1:]:
            await world.office.command(state.battle, Accept(member.user))
        accepted_at = world.clock.now_ms()
        for member in state.members:
            await world.office.command(state.battle, Ready(member.user))
        state = await world.reaches(state.battle, Phase.FIGHTING)
        assert state.starts_at_ms is not None and state.starts_at_ms - accepted_at < 600

    scene(scenario)


# Mutes


def muted(battle: Battle, room: str) -> list[str]:
    sides = battle_body(battle.state, {})["sides"]
    assert isinstance(sides, list)
    return next(member["muted"] for side in sides for member in side["members"] if member["room"] == room)


def test_a_host_mutes_one_of_the_others_for_his_own_room() -> None:
    battle = fighting(sides=TEAMS)
    battle.handle(MuteOpponent(ANNA_.user, EMIL.user), NOW + 1)
    assert muted(battle, ANNA_.room) == [EMIL.user]
    assert [muted(battle, each.room) for each in (DORA, BELA_, EMIL)] == [[], [], []]
    assert battle.handle(MuteOpponent(ANNA_.user, EMIL.user), NOW + 2) == []
    battle.handle(UnmuteOpponent(ANNA_.user, EMIL.user), NOW + 3)
    assert battle.state.mutes == ()


def test_without_a_target_all_opponents_are_meant() -> None:
    battle = fighting(sides=TEAMS)
    battle.handle(MuteOpponent(DORA.user), NOW + 1)
    assert muted(battle, DORA.room) == [BELA_.user, EMIL.user]
    battle.handle(UnmuteOpponent(DORA.user), NOW + 2)
    assert battle.state.mutes == ()


@pytest.mark.parametrize("target", [ANNA_.user, DORA.user, "stranger"])
def test_only_opponents_can_be_muted(target: str) -> None:
    with pytest.raises(NotAnOpponent):
        fighting(sides=TEAMS).handle(MuteOpponent(ANNA_.user, target), NOW + 1)


def test_only_hosts_can_mute() -> None:
    with pytest.raises(NotYourMove):
        fighting(sides=TEAMS).handle(MuteOpponent(CLEO.host.user, EMIL.user), NOW + 1)


def test_the_mixer_is_told_and_told_again_when_it_is_another_one() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        red, blue = state.members
        await world.office.command(state.battle, MuteOpponent(red.user))
        await passes(10)
        assert world.jobs.muted == {red.room: [blue.seat]}
        await world.jobs.kill()
        await passes(1_000)
        assert len(world.jobs.started) == 2
        assert world.jobs.muted == {red.room: [blue.seat]}
        world.hosts.go_live(state.sides[0], "127.0.0.1:7999")  # another home: the same job is started again
        await passes(2_000)
        assert len(world.jobs.started) == 3
        assert world.jobs.muted == {red.room: [blue.seat]}
        await world.office.command(state.battle, UnmuteOpponent(red.user, blue.user))
        await passes(10)
        assert world.jobs.muted == {}

    scene(scenario)
