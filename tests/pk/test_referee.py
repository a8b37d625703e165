"""A battle with everything around it, in virtual time."""

import asyncio
from dataclasses import replace

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
from pk.state import Phase, Reason, State
from streaming.events import BroadcastEnded, BroadcastStarted, HostLost, HostReturned
from tests.pk.people import strangers
from tests.pk.scenes import fight, given_back, result, scene
from tests.pk.virtual import START_MS, passes, play
from tests.pk.world import World, working


def test_a_whole_battle() -> None:
    async def scenario(world: World) -> None:
        async with world.bus.subscribe(BattleStarted, BattleSettled, BattleEnded) as heard:
            state = await world.invite()
            red, blue = state.sides
            await passes(4_000)
            await world.office.command(state.battle, Accept(blue.host.user))
            state = await world.reaches(state.battle, Phase.FIGHTING)
            assert state.starts_at_ms == pytest.approx(START_MS + 7_000, abs=300)
            await passes(500)
            assert world.stages.shown == dict.fromkeys(state.rooms, state.battle)
            assert world.ledger.give(state.battle, red.host.user, 10)
            assert world.ledger.give(state.battle, blue.host.user, 7)
            state = await world.reaches(state.battle, Phase.VICTORY)
            assert state.ends_at_ms is not None
            assert world.clock.now_ms() - state.ends_at_ms < 2_000
            assert result(state) == ("red", Reason.SCORE)
            state = await world.reaches(state.battle, Phase.ENDED)
            await given_back(world, state)
            types = ["invited", "prepared", "started", "settling", "settled", "ended"]
            beside = ("battle.score", "battle.changed")
            told = [kind for kind in world.feed.types(red.host.room) if kind not in beside]
            assert told == [f"battle.{kind}" for kind in types]
            assert world.feed.types(blue.host.room) == world.feed.types(red.host.room)
            facts = [type(await anext(heard)) for _ in range(3)]
            assert facts == [BattleStarted, BattleSettled, BattleEnded]

    scene(scenario)


def test_only_the_hosts_hear_of_an_invitation() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        await world.office.command(state.battle, Decline(state.sides[1].host.user))
        await given_back(world, state)
        assert {message.type for message in world.feed.messages} == {"battle.invited", "battle.declined"}
        assert {message.users for message in world.feed.messages} == {(side.host.user,) for side in state.sides}

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


def test_of_accept_and_cancel_at_once_one_wins() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        red, blue = state.sides
        outcomes = await asyncio.gather(
            world.office.command(state.battle, Cancel(red.host.user)),
            world.office.command(state.battle, Accept(blue.host.user)),
            world.office.command(state.battle, Decline(blue.host.user)),
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
        await world.office.command(state.battle, Cancel(red.host.user))
        await world.invite(sides=(third, blue))

    scene(scenario)


def test_a_rematch_is_possible_the_moment_the_end_is_told() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        await world.office.command(state.battle, Surrender(state.sides[0].host.user))
        await world.reaches(state.battle, Phase.VICTORY)
        for _ in range(10):
            await world.office.command(state.battle, End(state.sides[1].host.user))
            state = await world.invite(sides=state.sides)
            await world.office.command(state.battle, Accept(state.sides[1].host.user))
            await world.reaches(state.battle, Phase.FIGHTING)
            await passes(1_000)
            assert world.stages.shown == dict.fromkeys(state.rooms, state.battle)
            await world.office.command(state.battle, Surrender(state.sides[0].host.user))
            await world.reaches(state.battle, Phase.VICTORY)

    async def patient(world: World) -> None:
        global_rules = BattleRules(fight_ms=60_000, invitations_per_minute=20)
        original = world.invite
        world.invite = lambda rules=global_rules, sides=None: original(global_rules, sides)  # type: ignore[method-assign]
        await scenario(world)

    scene(patient)


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
        world.hosts.lose(red.host.room)
        await world.bus.publish(HostLost(red.host.room, 0))
        lost_at = world.clock.now_ms()
        state = await world.reaches(state.battle, Phase.VICTORY)
        assert world.clock.now_ms() - lost_at == pytest.approx(60_000, abs=50)
        assert result(state) == ("blue", Reason.AWAY)

    scene(scenario)


def test_a_host_who_returns_fights_on() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world, BattleRules(fight_ms=300_000))
        red = state.sides[0]
        world.hosts.lose(red.host.room)
        await world.bus.publish(HostLost(red.host.room, 0))
        await passes(59_000)
        world.hosts.go_live(red)
        await world.bus.publish(HostReturned(red.host.room, 0))
        await passes(10_000)
        state = await world.state(state.battle)
        assert (state.phase, state.away) == (Phase.FIGHTING, ())

    scene(scenario)


def test_a_loss_that_nobody_told_is_seen_all_the_same() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        world.hosts.lose(state.rooms[1])
        await passes(2_500)
        assert [away.room for away in (await world.state(state.battle)).away] == [state.rooms[1]]
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
    ],
)
def test_how_a_broadcast_ended_decides_how_the_battle_is_lost(reason: str, expected: Reason) -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        red = state.sides[0]
        world.ledger.give(state.battle, red.host.user, 100)
        ended_at = world.clock.now_ms()
        await world.bus.publish(BroadcastEnded(red.host.room, "b", red.host.user, reason, 0))
        state = await world.reaches(state.battle, Phase.VICTORY, within_ms=1_000)
        assert result(state) == ("blue", expected)
        await world.reaches(state.battle, Phase.ENDED)
        assert world.clock.now_ms() - ended_at == pytest.approx(10_000, abs=50)

    scene(scenario)


@pytest.mark.parametrize("reason", ["left", "lost"])
def test_a_host_who_closed_his_page_or_was_lost_has_a_minute_to_begin_a_new_broadcast(reason: str) -> None:
    async def scenario(world: World) -> None:
        state = await fight(world, BattleRules(fight_ms=300_000))
        red = state.sides[0].host
        await world.bus.publish(HostLost(red.room, 0))
        await passes(15_000)
        del world.hosts.broadcasts[red.room]
        await world.bus.publish(BroadcastEnded(red.room, "b", red.user, reason, 0))
        await passes(20_000)
        world.hosts.go_live(state.sides[0])
        await world.bus.publish(BroadcastStarted(red.room, "c", red.user, 0))
        await passes(1)
        assert (await world.state(state.battle)).away == ()
        await passes(60_000)
        state = await world.state(state.battle)
        assert (state.phase, state.fallen) == (Phase.FIGHTING, ())
        del world.hosts.broadcasts[red.room]
        await world.bus.publish(BroadcastEnded(red.room, "c", red.user, reason, 0))
        lost_at = world.clock.now_ms()
        state = await world.reaches(state.battle, Phase.VICTORY)
        assert world.clock.now_ms() - lost_at == pytest.approx(60_000, abs=50)
        assert result(state) == ("blue", Reason.AWAY)

    scene(scenario)


@pytest.mark.parametrize(("scope", "phase"), [("platform", Phase.VICTORY), ("publish", Phase.VICTORY), ("chat", None)])
def test_a_ban_forfeits_at_once(scope: str, phase: Phase | None) -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        await world.bus.publish(SanctionImposed("s", state.sides[0].host.user, scope, None, "spam", 0))
        await passes(500)
        state = await world.state(state.battle)
        assert state.phase is (phase or Phase.FIGHTING)
        if phase is not None:
            assert result(state) == ("blue", Reason.FORFEIT)

    scene(scenario)


def test_the_last_rush_counts_double() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        blue = state.sides[1].host.user
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
        world.ledger.give(state.battle, state.sides[0].host.user, 50)
        world.ledger.give(state.battle, state.sides[1].host.user, 7)
        await world.office.command(state.battle, Surrender(state.sides[0].host.user))
        await world.reaches(state.battle, Phase.VICTORY)
        assert world.feed.last(state.rooms[0])["result"]["mvp"]["user"] == "fan of blue"

    scene(scenario)


def test_the_mvp_of_a_draw_is_who_gave_earlier_by_the_ledger() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        for side in reversed(state.sides):
            world.ledger.give(state.battle, side.host.user, 7)
        world.ledger.first_at = {"red": 5, "blue": 9}
        await world.reaches(state.battle, Phase.DRAW)
        assert world.feed.last(state.rooms[0])["result"]["mvp"]["user"] == "fan of red"

    scene(scenario)


def test_ops_end_a_battle_and_the_audit_log_knows() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        entry = AuditEntry("ops", "battle.end", f"battle:{state.battle}", "too loud", world.clock.now_ms())
        await world.office.command(state.battle, OperatorEnd("ops"), entry)
        await world.reaches(state.battle, Phase.DRAW)
        (noted,) = world.battles.audits
        assert replace(noted, before=None, after=None) == entry
        assert noted.before is not None and noted.after is not None
        assert (noted.before["phase"], noted.after["phase"], noted.after["reason"]) == (
            "fighting",
            "settling",
            "operator",
        )

    scene(scenario)


def test_ops_end_an_invitation_and_the_audit_log_knows() -> None:
    async def scenario(world: World) -> None:
        state = await world.invite()
        entry = AuditEntry("ops", "battle.end", f"battle:{state.battle}", "too loud", world.clock.now_ms())
        await world.office.command(state.battle, OperatorEnd("ops"), entry)
        (noted,) = world.battles.audits
        assert replace(noted, before=None, after=None) == entry
        assert noted.before is not None and noted.after is not None
        assert (noted.before["phase"], noted.after["phase"]) == ("invited", "ended")

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
        await world.office.command(state.battle, Surrender(state.sides[0].host.user))
        await passes(1_000)
        assert (await world.state(state.battle)).phase is Phase.SETTLING
        assert not world.ledger.give(state.battle, state.sides[0].host.user, 1)
        world.ledger.away = False
        settled = await world.reaches(state.battle, Phase.VICTORY, within_ms=1_000)
        assert result(settled) == ("blue", Reason.SURRENDER)
        assert world.ledger.tallied == [state.battle]

    scene(scenario)


def test_what_rooms_could_not_be_told_they_are_told_when_redis_is_back() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        world.feed.away = True
        await world.office.command(state.battle, Surrender(state.sides[0].host.user))
        await world.reaches(state.battle, Phase.VICTORY)
        world.feed.away = False
        await passes(1_100)
        assert [world.feed.types(room)[-1] for room in state.rooms] == ["battle.settled"] * 2
        world.feed.away = True
        await world.office.command(state.battle, End(state.sides[1].host.user))
        await world.reaches(state.battle, Phase.ENDED)
        await passes(1_000)
        world.feed.away = False
        await given_back(world, state)
        assert [world.feed.types(room)[-1] for room in state.rooms] == ["battle.ended"] * 2
        assert world.feed.types(state.rooms[0]).count("battle.ended") == 1

    scene(scenario)


def test_a_command_after_the_end_is_refused_and_does_not_wait() -> None:
    async def scenario(world: World) -> None:
        world.stages.unreachable = True  # so that giving back takes its time
        state = await fight(world)
        world.stages.shown.clear()
        await world.office.command(state.battle, Surrender(state.sides[0].host.user))
        await world.reaches(state.battle, Phase.VICTORY)
        await world.office.command(state.battle, End(state.sides[1].host.user))
        async with asyncio.timeout(0.5):
            with pytest.raises(OutOfPhase):
                await world.office.command(state.battle, End(state.sides[1].host.user))
        world.stages.unreachable = False
        await given_back(world, state)

    scene(scenario)
