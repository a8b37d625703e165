"""Gifts go on while Redis is slow or away, and a fact is heeded at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from foundation.bus import MemoryBus
from gifts.service import LiveHost, StagePerson
from moderation.events import SanctionImposed
from moderation.gate import Sanctioned, Scope
from server.at_hand import AtHand
from streaming.events import BroadcastEnded
from tests.gifts.world import ANNA, OTHER_ROOM, ROOM, ToldGate, ToldStages


class FarStages(ToldStages):
    """Stages behind a Redis that may be away, or not answer at all; it counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.away = False
        self.silent = False

    async def host_of(self, room: str) -> LiveHost | None:
        await self._ask()
        return await super().host_of(room)

    async def on_stage(self, room: str) -> list[StagePerson]:
        await self._ask()
        return await super().on_stage(room)

    async def _ask(self) -> None:
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        if self.away:
            raise ConnectionError


@pytest.fixture
def far() -> FarStages:
    return FarStages()


@pytest.fixture
def gate() -> ToldGate:
    return ToldGate()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def at_hand(far: FarStages, gate: ToldGate, bus: MemoryBus, no_task_left: None) -> AsyncIterator[AtHand]:
    made = AtHand(far, gate, bus)
    made.start()
    await asyncio.sleep(0)  # it listens
    yield made
    await made.close()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_storm_of_gifts_asks_once(at_hand: AtHand, far: FarStages) -> None:
    assert await asyncio.gather(*(at_hand.host_of(ROOM) for _ in range(500))) == [ANNA] * 500
    assert far.asked == 1


async def test_a_room_that_was_not_live_is_live_from_its_first_moment_on(at_hand: AtHand, far: FarStages) -> None:
    live = far.live.pop(ROOM)
    assert await at_hand.host_of(ROOM) is None
    far.live[ROOM] = live
    assert await at_hand.host_of(ROOM) == ANNA


async def test_a_broadcast_that_has_ended_takes_no_gift_from_that_fact_on(
    at_hand: AtHand, far: FarStages, bus: MemoryBus
) -> None:
    await at_hand.host_of(ROOM)
    del far.live[ROOM]
    await bus.publish(BroadcastEnded(ROOM, "b", "anna", "ended", 1))
    await settled()
    assert await at_hand.host_of(ROOM) is None


@pytest.mark.parametrize("how", ["away", "silent"])
async def test_gifts_to_people_on_the_stage_go_on_while_redis_does_not_answer(
    at_hand: AtHand, far: FarStages, how: str
) -> None:
    before = await at_hand.on_stage(ROOM)
    setattr(far, how, True)
    assert await at_hand.on_stage(ROOM) == before
    if how == "away":
        with pytest.raises(ConnectionError):
            await at_hand.host_of(OTHER_ROOM)  # of whom nothing is known


async def test_all_who_give_for_the_first_time_in_one_moment_are_one_question(at_hand: AtHand, gate: ToldGate) -> None:
    gate.muted.add(("wim", Scope.GIFT))
    checks = (at_hand.check(who, Scope.GIFT) for who in ("vera", "wim", "vic"))
    assert [type(each) for each in await asyncio.gather(*checks, return_exceptions=True)] == [
        type(None),
        Sanctioned,
        type(None),
    ]
    assert gate.questions == [["vera", "vic", "wim"]]


async def test_a_sanction_is_heeded_at_its_fact(at_hand: AtHand, gate: ToldGate, bus: MemoryBus) -> None:
    await at_hand.check("vera", Scope.GIFT)
    gate.muted.add(("vera", Scope.GIFT))
    await bus.publish(SanctionImposed("s", "vera", "gift", None, "spam", 1))
    await settled()
    with pytest.raises(Sanctioned):
        await at_hand.check("vera", Scope.GIFT)


async def test_a_sanction_that_is_over_is_over_at_once(at_hand: AtHand, gate: ToldGate) -> None:
    gate.muted.add(("vera", Scope.GIFT))
    with pytest.raises(Sanctioned):
        await at_hand.check("vera", Scope.GIFT)
    gate.muted.clear()
    await at_hand.check("vera", Scope.GIFT)
