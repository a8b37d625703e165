"""What happens at once has one outcome, and frees everybody at once: on the real stores, over internal HTTP."""

import asyncio
import time
from contextlib import suppress

import pytest

from foundation.errors import Refusal
from foundation.internal import InternalClient
from pk.errors import HostBusy
from pk.inputs import Accept
from pk.rules import BattleRules
from pk.service import BattleService
from pk.state import Phase, Reason
from tests.pk.people import first_state, strangers
from tests.pk.station import LONG, PATIENT, Town, begin, host, phase, station, two_hosts, until
from tests.streaming.media.rig import breathe

BRISK = BattleRules(countdown_ms=50, fight_ms=60_000, victory_ms=60_000, draw_ms=60_000, invitations_per_minute=1)
SHORT_MS = 150
SHORT = BattleRules(invitation_ms=SHORT_MS, countdown_ms=50, fight_ms=60_000, invitations_per_minute=99)


async def accepts(town: Town, service: BattleService, room: str, battle: str) -> str:
    """What the host of ``room`` is told: the phase, or why it was refused."""
    try:
        return str((await service.command(host(town, room), battle, "accept"))["phase"])
    except Refusal as refusal:
        return refusal.code


async def invites(town: Town, service: BattleService, room: str, other: str) -> str:
    return str((await service.invite(host(town, room), room, [[room], [other]], None))["battle"])


@pytest.mark.parametrize("verb", ["decline", "cancel"])
async def test_no_and_never_mind_free_both_hosts_at_once(town: Town, internal: InternalClient, verb: str) -> None:
    async with station(town, "one"):
        service = town.service(internal, PATIENT)
        red, blue = two_hosts(town)
        third, _ = two_hosts(town)
        for _ in range(2):
            battle = await invites(town, service, red, blue)
            await service.command(host(town, blue if verb == "decline" else red), battle, verb)
            assert (await town.ring.battle_of(red), await town.ring.battle_of(blue)) == (None, None)
            battle = await invites(town, service, third, blue)
            await service.command(host(town, third), battle, "cancel")
            battle = await invites(town, service, blue, red)
            await service.command(host(town, red), battle, "decline")


async def test_an_invitation_that_has_expired_frees_both_hosts_before_they_hear_of_it(
    town: Town, internal: InternalClient
) -> None:
    async with station(town, "one"):
        service = town.service(internal, SHORT)
        red, blue = two_hosts(town)
        for _ in range(3):
            before = len(town.feed.messages)
            battle = await invites(town, service, red, blue)
            while "battle.expired" not in [message.type for message in town.feed.messages[before:]]:
                await breathe()
            assert (await town.ring.battle_of(red), await town.ring.battle_of(blue)) == (None, None)
            copy = await town.ring.copy(battle)
            assert copy is not None and copy.state.reason == Reason.EXPIRED


async def test_of_accept_and_timeout_at_once_one_wins_and_both_sides_know_which(
    town: Town, internal: InternalClient
) -> None:
    async with station(town, "one"):
        service, outcomes = town.service(internal, SHORT), set()
        for early_ms in (60, 25, 12, 6, 3, 0, -3, -30):
            red, blue = two_hosts(town)
            battle = await invites(town, service, red, blue)
            state = await until(town, battle, lambda state: True)
            assert state.phase_ends_at_ms is not None
            while town.clock.now_ms() < state.phase_ends_at_ms - early_ms:
                await breathe()
            answer = await accepts(town, service, blue, battle)
            now = await until(town, battle, phase(Phase.PREPARING, Phase.FIGHTING, Phase.ENDED))
            late = answer == "out-of-phase"
            assert late == (now.phase is Phase.ENDED), (answer, now)
            assert (await town.battles.load(battle) is None) == late
            told = [message.type for message in town.feed.messages if message.body["battle"] == battle]
            assert ("battle.expired" in told, "battle.prepared" in told) == (late, not late)
            outcomes.add(answer)
        assert outcomes == {"preparing", "out-of-phase"}


async def test_of_two_who_accept_for_one_host_at_once_both_are_right(town: Town, internal: InternalClient) -> None:
    """A double tap, or the host himself while his settings accept for him."""
    async with station(town, "one"):
        service = town.service(internal, LONG)
        red, blue = two_hosts(town)
        battle = await invites(town, service, red, blue)
        answers = await asyncio.gather(*(service.command(host(town, blue), battle, "accept") for _ in range(5)))
        assert {answer["phase"] for answer in answers} == {"preparing"}
        told = [message.type for message in town.feed.messages if message.room == blue]
        assert told.count("battle.prepared") == 1


async def test_hosts_who_are_invited_twice_although_redis_forgot_them_are_in_one_battle(
    town: Town, internal: InternalClient
) -> None:
    """Two invitations are open at once only when Redis has lost a booking; the rows let one of them begin."""
    async with station(town, "one") as one:
        sides = strangers(3)
        for side in sides:
            town.hosts.go_live(side)
        red, blue, green = sides
        now_ms = town.clock.now_ms()
        first = await one.office.open(first_state((red, blue), LONG, now_ms))
        second = first_state((green, blue), LONG, now_ms)
        while second.battle not in one.office.battles:  # the first referee takes lost bookings again each second
            await town.redis.delete(*(f"{{pk}}:booking:{room}" for room in first.rooms))
            with suppress(HostBusy):
                await one.office.open(second)
        outcomes = await asyncio.gather(
            *(one.office.command(each.battle, Accept(blue.host.user)) for each in (first, second)),
            return_exceptions=True,
        )
        codes = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
        assert codes == ["host-busy"], outcomes
        assert len(await town.battles.open_ids()) == 1


async def test_ten_rematches_in_a_row_over_the_api_never_leave_the_stage(town: Town, internal: InternalClient) -> None:
    async with station(town, "one") as one:
        service = town.service(internal, BRISK)
        first = state = await begin(town, service)
        for number in range(10):
            await service.command(host(town, state.rooms[number % 2]), state.battle, "surrender")
            await until(town, state.battle, phase(Phase.VICTORY))
            for room in state.rooms[:: 1 if number % 3 else -1]:
                answer = await service.command(host(town, room), state.battle, "rematch")
            following = await until(town, str(answer["successor"]), phase(Phase.FIGHTING), within_s=5)
            assert (following.previous, following.stage) == (state.battle, first.stage)
            state = following
        assert town.stages.left == [] and town.stages.shown == dict.fromkeys(first.rooms, first.stage)
        assert len(one.jobs.started) == 1, "one mixer for all of them"
        results = await town.battles.latest(20)
        assert [each.result.winner for each in results if each.result] == ["red", "blue"] * 5
        for room in first.rooms:
            told = [message for message in town.feed.messages if message.room == room]
            assert [message.type for message in told].count("battle.prepared") == 11
        assert [await town.ring.battle_of(room) for room in state.rooms] == [state.battle] * 2


async def test_of_two_rematch_wishes_and_an_end_at_once_the_hosts_are_free_or_in_one_battle(
    town: Town, internal: InternalClient
) -> None:
    async with station(town, "one"):
        service = town.service(internal, PATIENT)
        for _ in range(3):
            state = await begin(town, service)
            red, blue = (host(town, room) for room in state.rooms)
            await service.command(red, state.battle, "surrender")
            await until(town, state.battle, phase(Phase.VICTORY))
            orders = ((red, "rematch"), (blue, "end"), (blue, "rematch"))
            outcomes = await asyncio.gather(
                *(service.command(who, state.battle, verb) for who, verb in orders), return_exceptions=True
            )
            assert all(
                isinstance(outcome, dict) or getattr(outcome, "code", "") == "out-of-phase" for outcome in outcomes
            )
            ended = await until(town, state.battle, phase(Phase.ENDED))
            deadline = time.monotonic() + 5
            while [await town.ring.battle_of(room) for room in state.rooms] != [ended.successor] * 2:
                assert time.monotonic() < deadline
                await breathe()
