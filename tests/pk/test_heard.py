"""What both rooms hear of a battle, over the real wire of the feed, and what a newcomer is shown meanwhile."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

import foundation.redis
from foundation.bus_redis import RedisBus
from foundation.feed import Delivery
from foundation.internal import InternalClient
from foundation.tasks import TaskOwner
from gifts.events import ScoreChanged
from pk.service import BattlePart, BattleService
from pk.state import Phase, State
from streaming.feed.store_redis import RedisWire
from tests.pk.station import LONG, PATIENT, Town, host, phase, station, two_hosts, until
from tests.streaming.media.rig import breathe

ORDER = ["invited", "prepared", "started", "settling", "settled", "ended"]


@dataclass(frozen=True)
class Heard:
    offset: int
    type: str
    delivery: Delivery
    body: dict[str, Any]


class Ears:
    """Hears everything that is said in some rooms, as an api process does."""

    def __init__(self, wire: RedisWire) -> None:
        self._wire = wire
        self.heard: dict[str, list[Heard]] = defaultdict(list)

    async def run(self) -> None:
        async for posted in self._wire.posted():
            body = orjson.loads(posted.body)
            self.heard[posted.room].append(Heard(posted.offset, posted.type, posted.delivery, body))

    def told(self, room: str, battle: str) -> list[str]:
        """What is never dropped, without ``battle.``."""
        return [
            each.type.removeprefix("battle.")
            for each in self.heard[room]
            if each.body["battle"] == battle and each.delivery is Delivery.MUST
        ]

    def version(self, room: str, battle: str) -> int:
        return max((each.body["version"] for each in self.heard[room] if each.body["battle"] == battle), default=0)


@pytest.fixture
async def wire(town: Town) -> AsyncIterator[RedisWire]:
    made = RedisWire(town.redis)
    yield made
    await made.close()


@pytest.fixture
async def ears(town: Town, wire: RedisWire) -> AsyncIterator[Ears]:
    """The town speaks over the wire, and somebody listens."""
    town.outlet = wire
    made, tasks = Ears(wire), TaskOwner("ears")
    tasks.start(made.run(), "ears")
    yield made
    await tasks.close()


async def clamour(town: Town, service: BattleService, state: State) -> None:
    """Scores rise while both hosts mute and unmute each other."""
    redis = foundation.redis.connect(town.valkey_url, "clamour")
    bus = RedisBus(redis)
    await bus.start()
    for number in range(1, 16):
        await bus.publish(ScoreChanged(state.battle, (("red", number), ("blue", 2 * number)), 0))
        verb = "mute" if number % 2 else "unmute"
        await asyncio.gather(*(service.command(host(town, room), state.battle, verb) for room in state.rooms))
    await bus.close()
    await redis.aclose()


async def test_both_rooms_hear_of_a_battle_in_order_and_its_versions_never_step_back(
    town: Town, internal: InternalClient, wire: RedisWire, ears: Ears
) -> None:
    async with station(town, "one"):
        service = town.service(internal, PATIENT)
        red, blue = two_hosts(town)
        for room in (red, blue):
            await wire.listen(room)
        battle = str((await service.invite(host(town, red), red, [[red], [blue]], None))["battle"])
        await service.command(host(town, blue), battle, "accept")
        state = await until(town, battle, phase(Phase.FIGHTING))
        await clamour(town, service, state)
        await service.command(host(town, red), battle, "surrender")
        await until(town, battle, phase(Phase.VICTORY))
        for room in (red, blue):
            answer = await service.command(host(town, room), battle, "rematch")
        following = str(answer["successor"])
        await until(town, following, phase(Phase.FIGHTING))
        await service.command(host(town, blue), following, "surrender")
        await until(town, following, phase(Phase.VICTORY))
        await service.command(host(town, red), following, "end")
        async with asyncio.timeout(5):
            while any(ears.told(room, following)[-1:] != ["ended"] for room in (red, blue)):
                await breathe()
    for room in (red, blue):
        assert ears.told(room, battle) == ORDER
        assert ears.told(room, following) == ORDER[1:]
        heard = ears.heard[room]
        assert [each.offset for each in heard] == sorted({each.offset for each in heard})
        for each in (battle, following):
            versions = [message.body["version"] for message in heard if message.body["battle"] == each]
            assert versions == sorted(versions)
        of_rematch = [message.body["battle"] == following for message in heard]
        assert of_rematch == sorted(of_rematch), "the rematch is heard of after the end of the battle before it"
        scores = [message.body["sides"][1]["score"] for message in heard if message.type == "battle.score"]
        assert scores and scores == sorted(scores)


async def test_a_newcomer_in_either_room_is_shown_the_battle_and_nothing_older_than_was_heard(
    town: Town, internal: InternalClient, wire: RedisWire, ears: Ears
) -> None:
    async with station(town, "one"):
        service = town.service(internal, LONG)
        part = BattlePart(service)
        red, blue = two_hosts(town)
        for room in (red, blue):
            await wire.listen(room)
        battle = str((await service.invite(host(town, red), red, [[red], [blue]], None))["battle"])
        for room in (red, blue):
            shown = await part.part(room, host(town, room))
            assert isinstance(shown, dict) and (shown["battle"], shown["phase"]) == (battle, "invited")
            assert await part.part(room, None) is None, "an invitation is nobody else's affair"
            assert await part.others(room) == {host(town, each).user_id for each in (red, blue)}
        await service.command(host(town, blue), battle, "accept")
        state = await until(town, battle, phase(Phase.FIGHTING))
        shouting = asyncio.create_task(clamour(town, service, state))
        while not shouting.done():
            for room in (red, blue):
                assert await part.others(room) == frozenset(), "it is everybody's now"
                heard = ears.version(room, battle)
                shown = await part.part(room, None)
                assert isinstance(shown, dict)
                assert (shown["battle"], shown["phase"], shown["ends_at_ms"]) == (battle, "fighting", state.ends_at_ms)
                assert shown["version"] >= heard
        await shouting
        await service.command(host(town, red), battle, "surrender")
        await until(town, battle, phase(Phase.ENDED))
        assert [await part.part(room, None) for room in (red, blue)] == [None, None]
