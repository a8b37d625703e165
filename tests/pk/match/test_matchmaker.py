"""The matchmaker with everything around him, in virtual time."""

import asyncio

import pytest

from foundation.errors import Refusal
from foundation.stopping import end
from moderation.events import SanctionImposed
from pk.battle import invite
from pk.errors import HostBusy, NoReferee
from pk.inputs import Accept, Decline, Surrender
from pk.match.matchmaker import Matchmaker
from pk.rules import MatchRules
from pk.state import Member, Phase, Side, State
from streaming.events import BroadcastEnded
from tests.pk.match.crowd import FIGHTS, Crowd, Desk, gathering, matching, principal, working_matchmaker
from tests.pk.virtual import passes

FOUND, BUSY = ["found"], ["busy"]


async def invites(crowd: Crowd, host: Member, guest: Member, battle: str = "b" * 26) -> State:
    """An invitation that has nothing to do with the random match."""
    sides = (Side("red", (host,)), Side("blue", (guest,)))
    return await crowd.world.office.open(invite(battle, sides, FIGHTS, 60_000, crowd.world.clock.now_ms()))


def test_two_who_wait_are_in_a_battle_at_once() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = await crowd.waiter(), await crowd.waiter()
        state = await crowd.meet(one, other, within_ms=100)
        assert (state.inviter.user, state.accepted) == (one.user, (other.user,))
        assert state.fight_ms == 60_000
        assert crowd.told(one) == crowd.told(other) == [("match.ended", "found")]
        ended = [message.body for message in crowd.world.feed.messages if message.type == "match.ended"]
        assert ended == [{"reason": "found", "battle": state.battle}] * 2
        await crowd.world.reaches(state.battle, Phase.FIGHTING)

    matching(scenario)


def test_all_who_wait_are_paired() -> None:
    async def scenario(crowd: Crowd) -> None:
        hosts = [await crowd.waiter() for _ in range(10)]
        await passes(1_500)
        assert await crowd.queue.waiting() == []
        assert len(crowd.desk.opened) == 5
        assert all(crowd.ends(host) == FOUND for host in hosts)

    matching(scenario)


def test_a_lone_host_hears_each_time_that_his_window_widens() -> None:
    async def scenario(crowd: Crowd) -> None:
        body = await crowd.asks(host := crowd.comes())
        assert body == {
            "room": host.room,
            "since_ms": crowd.world.clock.now_ms(),
            "rating": 1500,
            "window": 100,
            "duration_ms": 60_000,
        }
        await passes(16_500)
        assert crowd.told(host) == [("match.waiting", each) for each in (150, 200, 250)]
        assert await crowd.service.look(principal(host), host.room) == {**body, "window": 250}

    matching(scenario)


def test_hosts_of_different_strength_meet_when_both_windows_are_wide_enough() -> None:
    async def scenario(crowd: Crowd) -> None:
        strong, weak = crowd.comes(), crowd.comes()
        for _ in range(16):
            await crowd.has_met(strong, crowd.comes())
        rating = (await crowd.world.battles.standings([strong.user]))[strong.user].rating
        assert 1650 < rating <= 1700
        await crowd.asks(strong)
        await passes(3_000)
        await crowd.asks(weak)
        await passes(9_000)
        assert await crowd.waits(weak)
        await crowd.meet(weak, strong, within_ms=2_500)

    matching(scenario)


def test_who_met_in_their_last_battle_do_not_meet_again_before_another_one() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = crowd.comes(), crowd.comes()
        await crowd.has_met(one, other)
        await crowd.asks(one)
        await crowd.asks(other)
        await passes(30_000)
        assert await crowd.waits(one) and await crowd.waits(other)
        third = await crowd.waiter()
        state = await crowd.meet(one, third)
        await crowd.world.reaches(state.battle, Phase.FIGHTING)
        await crowd.world.office.command(state.battle, Surrender(one.user))
        await crowd.world.reaches(state.battle, Phase.ENDED)
        await crowd.asks(one)
        await passes(30_000)
        assert await crowd.waits(other), "of him it was the last battle"

    matching(scenario)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_block_keeps_apart_whoever_has_said_it_and_not_from_others(turn: int) -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = crowd.comes(), crowd.comes()
        crowd.people.blocked.add((one.user, other.user)[::turn])  # type: ignore[arg-type]
        await crowd.asks(one)
        await crowd.asks(other)
        await passes(20_000)
        assert await crowd.waits(one) and await crowd.waits(other)
        await crowd.meet(one, await crowd.waiter())
        crowd.people.blocked.clear()
        await passes(31_000)
        assert await crowd.waits(other)

    matching(scenario)


def test_a_block_that_is_lifted_is_noticed_while_they_wait() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = crowd.comes(), crowd.comes()
        crowd.people.blocked.add((one.user, other.user))
        await crowd.asks(one)
        await crowd.asks(other)
        await passes(2_000)
        crowd.people.blocked.clear()
        await crowd.meet(one, other, within_ms=32_000)

    matching(scenario)


def test_only_hosts_who_want_to_fight_as_long_meet() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = await crowd.waiter(60), await crowd.waiter(180)
        await passes(5_000)
        assert await crowd.waits(one) and await crowd.waits(other)
        assert (await crowd.meet(other, await crowd.waiter(180))).fight_ms == 180_000

    matching(scenario)


def test_after_two_minutes_nobody_is_looked_for_any_more() -> None:
    async def scenario(crowd: Crowd) -> None:
        host = await crowd.waiter()
        await passes(119_000)
        assert await crowd.waits(host)
        await passes(2_500)
        assert not await crowd.waits(host)
        assert crowd.ends(host) == ["expired"]

    matching(scenario)


def test_a_host_whose_broadcast_is_over_waits_no_longer_and_meets_nobody() -> None:
    async def scenario(crowd: Crowd) -> None:
        host = await crowd.waiter()
        await passes(100)
        gone = crowd.world.hosts.broadcasts.pop(host.room)
        await crowd.world.bus.publish(
            BroadcastEnded(host.room, gone.broadcast_id, host.user, "ended", crowd.world.clock.now_ms())
        )
        await passes(10)
        assert crowd.ends(host) == ["offline"]
        other = await crowd.waiter()
        await passes(3_000)
        assert await crowd.waits(other)

    matching(scenario)


def test_a_host_who_is_lost_for_a_moment_keeps_his_place_and_is_not_matched_meanwhile() -> None:
    async def scenario(crowd: Crowd) -> None:
        host = await crowd.waiter()
        live = crowd.world.hosts.broadcasts[host.room]
        crowd.world.hosts.lose(host.room)
        other = await crowd.waiter()
        await passes(3_000)
        assert await crowd.waits(host) and await crowd.waits(other)
        crowd.world.hosts.broadcasts[host.room] = live
        await crowd.meet(host, other)

    matching(scenario)


def test_a_sanctioned_host_is_out_at_once() -> None:
    async def scenario(crowd: Crowd) -> None:
        host = await crowd.waiter()
        await passes(100)
        crowd.people.sanctioned.add(host.user)
        await crowd.world.bus.publish(SanctionImposed("s", host.user, "publish", None, "spam", 0))
        await passes(10)
        assert crowd.ends(host) == ["sanctioned"]

    matching(scenario)


def test_inviting_somebody_takes_out_and_so_does_accepting() -> None:
    async def scenario(crowd: Crowd) -> None:
        host, guest = await crowd.waiter(60), await crowd.waiter(180)
        state = await invites(crowd, host, guest)
        await passes(1_500)
        assert crowd.ends(host) == BUSY
        assert await crowd.waits(guest), "an invitation alone binds nobody"
        await crowd.world.office.command(state.battle, Accept(guest.user))
        await passes(1_500)
        assert crowd.ends(guest) == BUSY

    matching(scenario)


def test_an_invitation_that_is_declined_costs_no_place_and_nobody_is_met_meanwhile() -> None:
    async def scenario(crowd: Crowd) -> None:
        guest = await crowd.waiter()
        state = await invites(crowd, crowd.comes(), guest)
        other = await crowd.waiter()
        await passes(5_000)
        assert await crowd.waits(guest) and await crowd.waits(other)
        await crowd.world.office.command(state.battle, Decline(guest.user))
        await crowd.meet(guest, other)
        assert crowd.ends(guest) == FOUND

    matching(scenario)


def test_a_battle_that_cannot_be_opened_leaves_both_their_places_and_their_time() -> None:
    async def scenario(crowd: Crowd) -> None:
        crowd.desk.refusal = NoReferee()
        one, other = await crowd.waiter(), await crowd.waiter()
        since = [place.seeker.since_ms for place in await crowd.queue.waiting()]
        await passes(20_000)
        assert [place.seeker.since_ms for place in await crowd.queue.waiting()] == since
        crowd.desk.refusal = None
        await crowd.meet(one, other, within_ms=4_500)

    matching(scenario)


def test_while_no_machine_has_room_for_a_battle_everybody_waits_on() -> None:
    async def scenario(crowd: Crowd) -> None:
        crowd.full = True
        one, other = await crowd.waiter(), await crowd.waiter()
        await passes(6_500)
        assert await crowd.waits(one) and await crowd.waits(other)
        assert crowd.desk.opened == [] and crowd.told(one) == [("match.waiting", 150)]
        crowd.full = False
        await crowd.meet(one, other, within_ms=1_100)

    matching(scenario)


def test_an_acceptance_that_was_not_taken_is_said_again() -> None:
    async def scenario(crowd: Crowd) -> None:
        crowd.desk.mute = 3
        one, other = await crowd.waiter(), await crowd.waiter()
        await crowd.meet(one, other, within_ms=3_500)
        assert len(crowd.desk.opened) == 1
        assert crowd.ends(one) == crowd.ends(other) == FOUND

    matching(scenario)


def test_who_has_invited_too_often_is_invited_by_the_other_one() -> None:
    async def scenario(crowd: Crowd) -> None:
        eager, other = crowd.comes(), crowd.comes()
        crowd.desk.eager.add(eager.user)
        await crowd.asks(eager)
        await crowd.asks(other)
        state = await crowd.meet(eager, other, within_ms=100)
        assert (state.inviter.user, state.accepted) == (other.user, (eager.user,))

    matching(scenario)


def test_who_was_invited_by_the_other_one_accepts_although_the_matchmaker_was_killed_meanwhile() -> None:
    async def scenario(crowd: Crowd) -> None:
        eager, other = await crowd.waiter(), await crowd.waiter()
        desk = Desk(crowd.world)
        desk.eager.add(eager.user)
        await killed(crowd, "accept", desk)
        async with working_matchmaker(crowd.matchmaker()):
            state = await crowd.meet(eager, other, within_ms=100)
        assert (state.inviter.user, state.accepted) == (other.user, (eager.user,))

    gathering(scenario)


def test_two_who_have_both_invited_too_often_keep_their_places() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = crowd.comes(), crowd.comes()
        crowd.desk.eager |= {one.user, other.user}
        await crowd.asks(one)
        await crowd.asks(other)
        await passes(10_000)
        assert await crowd.waits(one) and await crowd.waits(other)
        crowd.desk.eager.clear()
        await crowd.meet(one, other, within_ms=4_500)

    matching(scenario)


def test_a_referee_who_does_not_answer_keeps_the_others_waiting_for_a_second_only() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = crowd.comes(), crowd.comes()
        crowd.desk.stuck.add(other.user)
        await crowd.asks(one)
        await crowd.asks(other)
        await passes(10)
        await crowd.meet(await crowd.waiter(), await crowd.waiter(), within_ms=2_500)
        assert await crowd.waits(one) and await crowd.waits(other)
        crowd.desk.stuck.clear()
        await crowd.meet(one, other, within_ms=2_500)
        assert len(crowd.desk.opened) == 2, "it is the invitation that was open"

    matching(scenario)


def test_two_whose_battle_does_not_come_about_do_not_keep_the_others_waiting() -> None:
    async def scenario(crowd: Crowd) -> None:
        crowd.desk.refusal = NoReferee()
        one, _ = await crowd.waiter(), await crowd.waiter()
        await passes(10)
        crowd.desk.refusal = None
        await crowd.meet(one, await crowd.waiter())

    matching(scenario)


def test_who_is_busy_where_only_the_referees_know_is_out_and_the_other_waits_on() -> None:
    async def scenario(crowd: Crowd) -> None:
        one = await crowd.waiter()
        crowd.desk.refusal = HostBusy(room=one.room)
        other = await crowd.waiter()
        await passes(100)
        assert crowd.ends(one) == BUSY
        assert await crowd.waits(other) and crowd.ends(other) == []
        crowd.desk.refusal = None
        await crowd.meet(other, await crowd.waiter())

    matching(scenario)


def test_who_withdraws_hears_it_once_and_is_not_matched() -> None:
    async def scenario(crowd: Crowd) -> None:
        host = await crowd.waiter()
        for _ in range(2):
            await crowd.service.withdraw(principal(host), host.room)
        assert crowd.ends(host) == ["cancelled"]
        other = await crowd.waiter()
        await passes(3_000)
        assert await crowd.waits(other)

    matching(scenario)


def test_hosts_may_wait_again_when_their_battle_has_ended_and_not_before() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = await crowd.waiter(), await crowd.waiter()
        state = await crowd.meet(one, other)
        await crowd.world.reaches(state.battle, Phase.FIGHTING)
        await crowd.world.office.command(state.battle, Surrender(one.user))
        for phase in (Phase.VICTORY, Phase.ENDED):
            await crowd.world.reaches(state.battle, phase)
            if phase is Phase.VICTORY:
                with pytest.raises(HostBusy):
                    await crowd.asks(one)
        await crowd.asks(one)
        assert await crowd.waits(one)

    matching(scenario)


# Who takes over


async def killed(crowd: Crowd, where: str, desk: Desk | None = None) -> None:
    """A matchmaker gets as far as ``where`` with a pair, and is there no more."""
    desk = desk or Desk(crowd.world)
    desk.hangs_before = where
    async with working_matchmaker(crowd.matchmaker(desk)) as task:
        await desk.reached.wait()
        await end(task)


@pytest.mark.parametrize("where", ["open", "accept", "answer"])
def test_a_matchmaker_who_is_killed_with_a_pair_in_his_hands_costs_it_only_a_moment(where: str) -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = await crowd.waiter(), await crowd.waiter()
        await killed(crowd, where)
        assert await crowd.waits(one) and await crowd.waits(other)
        async with working_matchmaker(crowd.matchmaker()):
            state = await crowd.meet(one, other, within_ms=100)
        assert crowd.ends(one) == crowd.ends(other) == FOUND
        invitations = [each for each in crowd.world.feed.messages if each.type == "battle.invited"]
        assert {message.body["battle"] for message in invitations} == {state.battle}, "there is one battle"

    gathering(scenario)


def test_when_the_invitation_has_run_out_meanwhile_they_meet_in_another_one() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = await crowd.waiter(), await crowd.waiter()
        await killed(crowd, "accept")
        first = await crowd.world.ring.battle_of(one.room)
        await passes(16_000)
        async with working_matchmaker(crowd.matchmaker()):
            state = await crowd.meet(one, other, within_ms=5_000)
        assert state.battle != first
        assert crowd.ends(one) == crowd.ends(other) == FOUND

    gathering(scenario)


def test_who_is_fighting_when_the_next_matchmaker_comes_was_found() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = await crowd.waiter(), await crowd.waiter()
        await killed(crowd, "answer")
        battle = await crowd.world.ring.battle_of(one.room)
        assert battle is not None
        await crowd.world.reaches(battle, Phase.FIGHTING)
        async with working_matchmaker(crowd.matchmaker()):
            await crowd.meet(one, other, within_ms=100)
        assert crowd.ends(one) == crowd.ends(other) == FOUND

    gathering(scenario)


def test_who_was_found_hears_it_although_the_matchmaker_died_having_told_the_other_one() -> None:
    async def scenario(crowd: Crowd) -> None:
        one, other = await crowd.waiter(), await crowd.waiter()
        await killed(crowd, "answer")
        told, _ = [place.seeker for place in await crowd.queue.waiting()]
        await crowd.queue.dismiss(1, told)
        async with working_matchmaker(crowd.matchmaker()):
            await crowd.meet(one, other, within_ms=100)
        assert crowd.ends(other) == FOUND

    gathering(scenario)


def test_who_cannot_be_told_what_became_of_his_wait_is_told_as_soon_as_that_is_possible() -> None:
    async def scenario(crowd: Crowd) -> None:
        host = await crowd.waiter()
        crowd.world.feed.away = True
        await passes(130_000)
        crowd.world.feed.away = False
        await passes(1_500)
        assert crowd.ends(host) == ["expired"] and not await crowd.waits(host)

    matching(scenario)


def test_there_is_one_matchmaker_and_another_one_is_ready() -> None:
    async def scenario(crowd: Crowd) -> None:
        makers: list[Matchmaker] = [crowd.matchmaker(), crowd.matchmaker()]
        async with working_matchmaker(makers[0]) as first, working_matchmaker(makers[1]):
            await crowd.meet(await crowd.waiter(), await crowd.waiter())
            assert len(crowd.desk.opened) == 1
            await end(first)
            await crowd.meet(await crowd.waiter(), await crowd.waiter())
            assert len(crowd.desk.opened) == 2

    gathering(scenario)


def test_a_matchmaker_of_the_past_stops() -> None:
    async def scenario(crowd: Crowd) -> None:
        async with working_matchmaker(crowd.matchmaker()):
            await crowd.queue.part(99, "nothing")
            one, other = await crowd.waiter(), await crowd.waiter()
            await passes(2_000)
            assert await crowd.waits(one) and await crowd.waits(other)
            assert crowd.desk.opened == []

    gathering(scenario)


def test_a_full_queue_refuses_and_lets_in_when_somebody_has_gone() -> None:
    async def scenario(crowd: Crowd) -> None:
        hosts = [await crowd.waiter(), await crowd.waiter()]
        late = crowd.comes()
        with pytest.raises(Refusal) as refused:
            await crowd.asks(late)
        assert refused.value.code == "match-queue-full"
        await crowd.service.withdraw(principal(hosts[0]), hosts[0].room)
        await crowd.asks(late)

    gathering(scenario, MatchRules(most_waiting=2))


def test_a_hundred_who_ask_at_once_are_all_paired_and_nobody_twice() -> None:
    async def scenario(crowd: Crowd) -> None:
        hosts = [crowd.comes() for _ in range(100)]
        await asyncio.gather(*(crowd.asks(host) for host in hosts))
        await passes(3_000)
        rooms = [room for state in crowd.desk.opened for room in state.rooms]
        assert sorted(rooms) == sorted(host.room for host in hosts)

    matching(scenario)
