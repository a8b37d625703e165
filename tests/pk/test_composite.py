"""The mixer and the stage of a battle, in virtual time."""

from pk.inputs import Accept, Decline
from pk.state import Mixer, Phase, Reason
from tests.pk.people import strangers
from tests.pk.scenes import fight, given_back, result, scene
from tests.pk.virtual import passes
from tests.pk.world import World


def test_a_declined_invitation_starts_no_mixer_and_leaves_no_row() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        await world.office.command(state.battle, Decline(state.sides[1].host.user))
        await given_back(world, state)
        assert world.jobs.started == []
        assert await world.battles.load(state.battle) is None

    scene(scenario)


def test_without_a_mixer_the_battle_is_called_off_and_the_hosts_are_free() -> None:
    async def scenario(world: World) -> None:
        world.jobs.refusing = True
        state = await world.invite()
        await world.office.command(state.battle, Accept(state.sides[1].host.user))
        state = await world.reaches(state.battle, Phase.ENDED, within_ms=6_500)
        assert state.reason == Reason.MIXER_UNAVAILABLE
        await given_back(world, state)
        assert world.feed.last(state.rooms[1])["reason"] == "mixer-unavailable"
        assert world.feed.types(state.rooms[0])[-1] == "battle.ended"

    scene(scenario)


def test_the_mixer_is_told_who_sits_where_and_where_they_live() -> None:
    async def scenario(world: World) -> None:
        sides = strangers()
        state = await world.invite(sides=sides)
        world.hosts.go_live(sides[1], "127.0.0.1:7002")
        await world.office.command(state.battle, Accept(sides[1].host.user))
        await world.reaches(state.battle, Phase.FIGHTING)
        _, arguments = world.jobs.started[0]
        assert (arguments["battle"], arguments["token"]) == (state.battle, "a token")
        assert (arguments["width"], arguments["height"], arguments["fps"]) == (720, 640, 30)
        assert arguments["sources"] == [
            {"room": sides[0].host.room, "name": sides[0].host.name, "seat": 0, "side": 0, "pipe": "127.0.0.1:7001"},
            {"room": sides[1].host.room, "name": sides[1].host.name, "seat": 1, "side": 1, "pipe": "127.0.0.1:7002"},
        ]
        assert [output["pipe"] for output in arguments["outputs"]] == ["127.0.0.1:7001", "127.0.0.1:7002"]

    scene(scenario)


def test_a_mixer_that_dies_is_replaced_within_a_second_and_the_clock_does_not_notice() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        ends = state.ends_at_ms
        for losses in (1, 2, 3):
            await passes(2_000)
            await world.jobs.kill()
            await passes(1_000)
            assert len(world.jobs.alive) == 1
            now = await world.state(state.battle)
            assert (now.mixer, now.mixer_losses, now.ends_at_ms) == (Mixer.UP, losses, ends)
        assert len({job for job, _ in world.jobs.started}) == 4

    scene(scenario)


def test_a_stage_that_was_forgotten_is_asked_for_again() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        await passes(1_500)
        assert world.stages.shown == dict.fromkeys(state.rooms, state.stage)
        world.stages.shown.clear()
        await passes(1_500)
        assert world.stages.shown == dict.fromkeys(state.rooms, state.stage)

    scene(scenario)


def test_after_the_third_restart_the_rooms_get_their_own_cameras_back_and_the_battle_is_fought_out() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        for _ in range(4):
            await passes(1_500)
            await world.jobs.kill()
        await passes(1_500)
        assert world.jobs.alive == []
        assert world.stages.shown == {}
        world.ledger.give(state.battle, state.sides[1].host.user, 3)
        state = await world.reaches(state.battle, Phase.VICTORY)
        assert result(state) == ("blue", Reason.SCORE)

    scene(scenario)


def test_a_host_who_comes_back_on_another_worker_is_mixed_from_there() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        world.hosts.go_live(state.sides[0], "127.0.0.1:7999")
        await passes(2_000)
        _, arguments = world.jobs.started[-1]
        assert arguments["sources"][0]["pipe"] == "127.0.0.1:7999"
        assert len(world.jobs.alive) == 1
        assert (await world.state(state.battle)).mixer_losses == 0

    scene(scenario)


def test_a_runner_that_is_not_heard_of_for_a_moment_is_not_a_lost_mixer() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        await passes(500)
        hidden, world.jobs.jobs = world.jobs.jobs, {}
        await passes(2_000)
        world.jobs.jobs = hidden
        await passes(4_000)
        assert (await world.state(state.battle)).mixer_losses == 0
        assert len(world.jobs.started) == 1

    scene(scenario)
