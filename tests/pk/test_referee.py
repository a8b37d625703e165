"""A battle with everything around it, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from foundation.errors import Refusal
from foundation.lease import Lease
from gifts.events import ScoreChanged
from moderation.audit import AuditEntry
from moderation.events import SanctionImposed
from pk.errors import HostBusy, OutOfPhase
from pk.events import BattleEnded, BattleSettled, BattleStarted
from pk.inputs import Accept, Cancel, Decline, End, OperatorEnd, Surrender
from pk.referee import Referee
from pk.rules import BattleRules
from pk.state import Mixer, Phase, Reason, State
from streaming.events import BroadcastEnded, HostLost, HostReturned
from tests.pk.people import strangers
from tests.pk.virtual import START_MS, passes, play
from tests.pk.world import World, working

Scenario = Callable[[World], Awaitable[None]]


def scene(scenario: Scenario) -> None:
    """Play ``scenario`` in a world whose office is working, and see that nothing is left behind."""

    async def whole() -> None:
        before = asyncio.all_tasks()
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            await scenario(world)
        left = asyncio.all_tasks() - before
        assert not left, [task.get_name() for task in left]

    play(whole())


async def fight(world: World, rules: BattleRules | None = None) -> State:
    """A battle that has just begun to be fought."""
    state = await (world.invite() if rules is None else world.invite(rules))
    await world.office.command(state.battle, Accept(state.sides[1].host_user))
    return await world.reaches(state.battle, Phase.FIGHTING)


async def given_back(world: World, state: State) -> None:
    """Until nothing of the battle is left but its record."""
    over = world.clock.now_ms() + 30_000
    while world.stages.shown or world.jobs.alive or world.office.load or await world.battles.open_ids():
        assert world.clock.now_ms() < over
        await passes(10)
    assert [await world.ring.battle_of(room) for room in state.rooms] == [None, None]
    assert await world.ring.open_ids() == []


def result(state: State) -> tuple[str | None, str]:
    assert state.result is not None
    return state.result.winner, state.result.reason


def test_a_whole_battle() -> None:
    async def scenario(world: World) -> None:
        async with world.bus.subscribe(BattleStarted, BattleSettled, BattleEnded) as heard:
            state = await world.invite()
            red, blue = state.sides
            await passes(4_000)
            await world.office.command(state.battle, Accept(blue.host_user))
            state = await world.reaches(state.battle, Phase.FIGHTING)
            assert state.starts_at_ms == pytest.approx(START_MS + 7_000, abs=300)
            await passes(500)
            assert world.stages.shown == dict.fromkeys(state.rooms, state.battle)
            assert world.ledger.give(state.battle, red.host_user, 10)
            assert world.ledger.give(state.battle, blue.host_user, 7)
            state = await world.reaches(state.battle, Phase.VICTORY)
            assert state.ends_at_ms is not None
            assert world.clock.now_ms() - state.ends_at_ms < 2_000
            assert result(state) == ("red", Reason.SCORE)
            state = await world.reaches(state.battle, Phase.ENDED)
            await given_back(world, state)
            types = ["battle.invited", "battle.prepared", "battle.started", "battle.settled", "battle.ended"]
            assert [kind for kind in world.feed.types(red.room) if kind != "battle.score"] == types
            assert world.feed.types(blue.room) == world.feed.types(red.room)
            facts = [type(await anext(heard)) for _ in range(3)]
            assert facts == [BattleStarted, BattleSettled, BattleEnded]

    scene(scenario)


def test_only_the_hosts_hear_of_an_invitation() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        await world.office.command(state.battle, Decline(state.sides[1].host_user))
        await given_back(world, state)
        assert {message.type for message in world.feed.messages} == {"battle.invited", "battle.declined"}
        assert {message.users for message in world.feed.messages} == {(side.host_user,) for side in state.sides}

    scene(scenario)


def test_everybody_in_both_rooms_hears_of_a_battle() -> None:
    async def scenario(world: World) -> None:
        await fight(world)
        assert [message.users for message in world.feed.messages if message.type == "battle.started"] == [(), ()]

    scene(scenario)


def test_an_invitation_expires_after_fifteen_seconds_and_frees_both_hosts() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        await world.reaches(state.battle, Phase.ENDED)
        assert world.clock.now_ms() == pytest.approx(START_MS + 15_000, abs=20)
        await given_back(world, state)
        assert (await world.invite(sides=state.sides)).battle != state.battle

    scene(scenario)


def test_a_declined_invitation_starts_no_mixer_and_leaves_no_row() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        await world.office.command(state.battle, Decline(state.sides[1].host_user))
        await given_back(world, state)
        assert world.jobs.started == []
        assert await world.battles.load(state.battle) is None

    scene(scenario)


def test_of_accept_and_cancel_at_once_one_wins() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        red, blue = state.sides
        outcomes = await asyncio.gather(
            world.office.command(state.battle, Cancel(red.host_user)),
            world.office.command(state.battle, Accept(blue.host_user)),
            world.office.command(state.battle, Decline(blue.host_user)),
            return_exceptions=True,
        )
        assert [isinstance(outcome, State) for outcome in outcomes] == [True, False, False]
        assert all(isinstance(outcome, OutOfPhase) for outcome in outcomes[1:])
        assert (await world.state(state.battle)).reason == Reason.CANCELLED

    scene(scenario)


def test_a_host_who_is_invited_is_busy_until_the_invitation_is_over() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        red, blue = state.sides
        (third,) = strangers(1)
        with pytest.raises(HostBusy):
            await world.invite(sides=(blue, red))
        with pytest.raises(HostBusy):
            await world.invite(sides=(third, blue))
        await world.office.command(state.battle, Cancel(red.host_user))
        await world.invite(sides=(third, blue))

    scene(scenario)


def test_a_rematch_is_possible_the_moment_the_end_is_told() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        await world.office.command(state.battle, Surrender(state.sides[0].host_user))
        await world.reaches(state.battle, Phase.VICTORY)
        for _ in range(10):
            await world.office.command(state.battle, End(state.sides[1].host_user))
            state = await world.invite(sides=state.sides)
            await world.office.command(state.battle, Accept(state.sides[1].host_user))
            await world.reaches(state.battle, Phase.FIGHTING)
            await passes(1_000)
            assert world.stages.shown == dict.fromkeys(state.rooms, state.battle)
            await world.office.command(state.battle, Surrender(state.sides[0].host_user))
            await world.reaches(state.battle, Phase.VICTORY)

    async def patient(world: World) -> None:
        global_rules = BattleRules(fight_ms=60_000, invitations_per_minute=20)
        original = world.invite
        world.invite = lambda rules=global_rules, sides=None: original(global_rules, sides)  # type: ignore[method-assign]
        await scenario(world)

    scene(patient)


def test_without_a_mixer_the_battle_is_called_off_and_the_hosts_are_free() -> None:
    async def scenario(world: World) -> None:
        world.jobs.refusing = True
        state = await world.invite()
        await world.office.command(state.battle, Accept(state.sides[1].host_user))
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
        await world.office.command(state.battle, Accept(sides[1].host_user))
        await world.reaches(state.battle, Phase.FIGHTING)
        _, arguments = world.jobs.started[0]
        assert (arguments["battle"], arguments["token"]) == (state.battle, "a token")
        assert (arguments["width"], arguments["height"], arguments["fps"]) == (720, 640, 30)
        assert arguments["sources"] == [
            {"room": sides[0].room, "name": sides[0].host_name, "seat": 0, "pipe": "127.0.0.1:7001"},
            {"room": sides[1].room, "name": sides[1].host_name, "seat": 1, "pipe": "127.0.0.1:7002"},
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


def test_after_the_third_restart_the_rooms_get_their_own_cameras_back_and_the_battle_is_fought_out() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        for _ in range(4):
            await passes(1_500)
            await world.jobs.kill()
        await passes(1_500)
        assert world.jobs.alive == []
        assert world.stages.shown == {}
        world.ledger.give(state.battle, state.sides[1].host_user, 3)
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


def test_the_score_is_shown_in_both_rooms_and_never_falls() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        for red in (5, 9, 7):
            await world.bus.publish(ScoreChanged(state.battle, (("red", red), ("blue", 1)), 0))
            await passes(1)
        for room in state.rooms:
            scores = [
                [side["score"] for side in message.body["sides"]]  # type: ignore[attr-defined]
                for message in world.feed.messages
                if message.room == room and message.type == "battle.score"
            ]
            assert scores == [[5, 1], [9, 1], [9, 1]]

    scene(scenario)


def test_a_flood_of_scores_is_no_flood_of_messages() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        for red in range(1_000):
            await world.bus.publish(ScoreChanged(state.battle, (("red", red),), 0))
        await passes(1)
        shown = [message for message in world.feed.messages if message.type == "battle.score"]
        assert 0 < len(shown) <= 20
        assert shown[-1].body["sides"][0]["score"] == 999  # type: ignore[index]

    scene(scenario)


def test_a_lost_host_forfeits_after_a_minute() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world, BattleRules(fight_ms=300_000))
        red = state.sides[0]
        world.hosts.lose(red.room)
        await world.bus.publish(HostLost(red.room, 0))
        lost_at = world.clock.now_ms()
        state = await world.reaches(state.battle, Phase.VICTORY)
        assert world.clock.now_ms() - lost_at == pytest.approx(60_000, abs=50)
        assert result(state) == ("blue", Reason.AWAY)

    scene(scenario)


def test_a_host_who_returns_fights_on() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world, BattleRules(fight_ms=300_000))
        red = state.sides[0]
        world.hosts.lose(red.room)
        await world.bus.publish(HostLost(red.room, 0))
        await passes(59_000)
        world.hosts.go_live(red)
        await world.bus.publish(HostReturned(red.room, 0))
        await passes(10_000)
        state = await world.state(state.battle)
        assert (state.phase, state.away) == (Phase.FIGHTING, ())

    scene(scenario)


def test_a_loss_that_nobody_told_is_seen_all_the_same() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        world.hosts.lose(state.rooms[1])
        await passes(2_500)
        assert [away.side for away in (await world.state(state.battle)).away] == ["blue"]
        world.hosts.go_live(state.sides[1])
        await passes(2_500)
        assert (await world.state(state.battle)).away == ()

    scene(scenario)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("banned", Reason.FORFEIT),
        ("forced", Reason.FORFEIT),
        ("ended", Reason.SURRENDER),
        ("left", Reason.SURRENDER),
    ],
)
def test_how_a_broadcast_ended_decides_how_the_battle_is_lost(reason: str, expected: Reason) -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        red = state.sides[0]
        world.ledger.give(state.battle, red.host_user, 100)
        ended_at = world.clock.now_ms()
        await world.bus.publish(BroadcastEnded(red.room, "b", red.host_user, reason, 0))
        state = await world.reaches(state.battle, Phase.VICTORY, within_ms=1_000)
        assert result(state) == ("blue", expected)
        await world.reaches(state.battle, Phase.ENDED)
        assert world.clock.now_ms() - ended_at == pytest.approx(10_000, abs=50)

    scene(scenario)


def test_a_broadcast_that_ended_because_its_host_was_lost_is_not_yet_a_forfeit() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        red = state.sides[0]
        world.hosts.lose(red.room)
        await world.bus.publish(BroadcastEnded(red.room, "b", red.host_user, "lost", 0))
        await passes(1_000)
        assert (await world.state(state.battle)).phase is Phase.FIGHTING

    scene(scenario)


@pytest.mark.parametrize(("scope", "phase"), [("platform", Phase.VICTORY), ("publish", Phase.VICTORY), ("chat", None)])
def test_a_ban_forfeits_at_once(scope: str, phase: Phase | None) -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        await world.bus.publish(SanctionImposed("s", state.sides[0].host_user, scope, None, "spam", 0))
        await passes(500)
        state = await world.state(state.battle)
        assert state.phase is (phase or Phase.FIGHTING)
        if phase is not None:
            assert result(state) == ("blue", Reason.FORFEIT)

    scene(scenario)


def test_the_last_rush_counts_double() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        blue = state.sides[1].host_user
        world.ledger.give(state.battle, blue, 1)
        assert state.rush_from_ms is not None
        await passes(state.rush_from_ms - world.clock.now_ms() - 1)
        world.ledger.give(state.battle, blue, 10)
        await passes(1)
        world.ledger.give(state.battle, blue, 100)
        state = await world.reaches(state.battle, Phase.VICTORY)
        assert state.result is not None
        assert dict(state.result.scores) == {"red": 0, "blue": 211}

    scene(scenario)


def test_the_mvp_is_of_the_winners_side() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        world.ledger.give(state.battle, state.sides[0].host_user, 50)
        world.ledger.give(state.battle, state.sides[1].host_user, 7)
        await world.office.command(state.battle, Surrender(state.sides[0].host_user))
        await world.reaches(state.battle, Phase.VICTORY)
        assert world.feed.last(state.rooms[0])["result"]["mvp"]["user"] == "fan of blue"

    scene(scenario)


def test_ops_end_a_battle_and_the_audit_log_knows() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        entry = AuditEntry("ops", "battle.end", f"battle:{state.battle}", "too loud", world.clock.now_ms())
        await world.office.command(state.battle, OperatorEnd("ops"), entry)
        await world.reaches(state.battle, Phase.DRAW)
        assert world.battles.audits == [entry]

    scene(scenario)


def test_ops_end_an_invitation_and_the_audit_log_knows() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        entry = AuditEntry("ops", "battle.end", f"battle:{state.battle}", "too loud", world.clock.now_ms())
        await world.office.command(state.battle, OperatorEnd("ops"), entry)
        assert world.battles.audits == [entry]

    scene(scenario)


def test_a_flood_of_commands_does_not_hold_up_the_time() -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
        assert state.ends_at_ms is not None
        await passes(state.ends_at_ms - world.clock.now_ms())
        referee = Referee(world.equipment, state, Lease("battle", 2, "token", float("inf")))

        async def pester() -> None:
            for _ in range(100):
                with pytest.raises(Refusal):
                    await referee.command(Surrender("a stranger"))
                if referee.state.phase is not Phase.FIGHTING:
                    return
            raise AssertionError("the time is over, and nobody has noticed")

        pests = [asyncio.create_task(pester()) for _ in range(5)]
        await asyncio.sleep(0)
        at_work = asyncio.create_task(referee.run())
        await asyncio.gather(*pests)
        at_work.cancel()
        await asyncio.gather(at_work, return_exceptions=True)

    play(whole())


def test_a_gift_between_a_surrender_and_its_late_settlement_does_not_score() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        world.ledger.away = True
        await world.office.command(state.battle, Surrender(state.sides[0].host_user))
        await passes(1_000)
        assert (await world.state(state.battle)).phase is Phase.SETTLING
        assert not world.ledger.give(state.battle, state.sides[0].host_user, 1)
        world.ledger.away = False
        settled = await world.reaches(state.battle, Phase.VICTORY, within_ms=1_000)
        assert result(settled) == ("blue", Reason.SURRENDER)
        assert world.ledger.tallied == [state.battle]

    scene(scenario)


def test_a_command_after_the_end_is_refused_and_does_not_wait() -> None:
    async def scenario(world: World) -> None:
        world.stages.unreachable = True  # so that giving back takes its time
        state = await fight(world)
        world.stages.shown.clear()
        await world.office.command(state.battle, Surrender(state.sides[0].host_user))
        await world.reaches(state.battle, Phase.VICTORY)
        await world.office.command(state.battle, End(state.sides[1].host_user))
        async with asyncio.timeout(0.5):
            with pytest.raises(OutOfPhase):
                await world.office.command(state.battle, End(state.sides[1].host_user))
        world.stages.unreachable = False
        await given_back(world, state)

    scene(scenario)


def test_a_new_office_goes_on_where_the_old_one_stopped() -> None:
    async def whole() -> None:
        world = World()
        async with working(world.office):
            await asyncio.sleep(0)
            state = await fight(world)
            red = state.sides[0]
            world.ledger.give(state.battle, red.host_user, 5)
            await passes(10_000)
        before = len(world.feed.messages)
        await passes(3_000)  # nobody is there
        successor = type(world.office)(world.equipment, world.leases)
        async with working(successor):
            await passes(1_000)
            assert [message.type for message in world.feed.messages[before:]] == ["battle.started"] * 2
            assert world.feed.last(red.room)["sides"][0]["score"] == 5
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
            world.ledger.give(state.battle, state.sides[1].host_user, 5)
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
            await old.command(Surrender(state.sides[0].host_user))
        assert refused.value.code == "no-referee"
        with pytest.raises(Refusal) as stale:
            await working_old
        assert stale.value.code == "fenced"
        saved = await world.battles.load(state.battle)
        assert saved is not None and saved.phase is Phase.FIGHTING

    play(whole())
