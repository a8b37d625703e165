"""A machine that mixes as many battles as it can refuses the next one, with the reason, before it is begun."""

from collections.abc import AsyncIterator

import pytest

from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from foundation.errors import Refusal
from foundation.internal import InternalClient
from foundation.nodes import Node
from server.transcode import COSTS, node_of
from tests.pk.station import LONG, Town, host, station, two_hosts
from tests.pk.street import Street, refusal
from transcode.admission import Costs
from transcode.job import JobSpec
from transcode.runner import JobRunner, RunnerSettings

CORES = 2.0


class Machine:
    """Uses what it is told, and each job its share: a mixer of a duel."""

    def __init__(self) -> None:
        self.seconds = 0
        self.others = 0.0
        self.mixers = 0

    def machine_s(self) -> float:
        return self.seconds * (self.others + self.mixers * COSTS["mixer"])

    def process_s(self, pid: int) -> float:
        return self.seconds * COSTS["mixer"]


class TranscodeNode:
    """A real runner of real jobs, announced as the process ``transcode`` announces itself."""

    def __init__(self, town: Town) -> None:
        self.machine = Machine()
        kinds = {"mixer": "tests.transcode.jobs:obedient"}
        settings = RunnerSettings(kinds, costs=Costs(CORES, COSTS))
        self.runner = JobRunner(settings, MemoryBus(), SystemClock(), self.machine)
        self._town = town

    async def mixes(self, battles: int, others: float) -> None:
        """So many mixers have run for some seconds, and the rest of the machine took ``others`` cores meanwhile."""
        for number in range(battles):
            self.runner.run(JobSpec(f"mixer {number}", "mixer", {}))
        self.machine.mixers, self.machine.others = battles, others
        for _ in range(6):  # seconds of a clock far ahead of the runner's own samples, which these replace
            self.machine.seconds += 1
            self.runner.sample(1e6 + self.machine.seconds)
        await self._town.nodes.announce(node_of(self.runner, "one", "http://127.0.0.1:9"))


@pytest.fixture
async def node(town: Town) -> AsyncIterator[TranscodeNode]:
    made = TranscodeNode(town)
    await made.runner.start()
    yield made
    await made.runner.close()


async def invites(town: Town, internal: InternalClient) -> dict[str, object]:
    red, blue = two_hosts(town)
    return await town.service(internal, LONG).invite(host(town, red), red, [[red], [blue]], None)


async def test_the_next_battle_is_refused_when_no_machine_has_room_for_its_mixer(
    town: Town, internal: InternalClient, node: TranscodeNode
) -> None:
    async with station(town, "one", mixes=False):
        await node.mixes(battles=2, others=0.5)
        assert (await invites(town, internal))["phase"] == "invited"
        await node.mixes(battles=3, others=0.5)
        begun = await town.ring.open_ids()
        with pytest.raises(Refusal) as refused:
            await invites(town, internal)
        assert (refused.value.status, refused.value.code, refused.value.retry_after_s) == (503, "no-room-for-battle", 5)
        assert "jobs take 1.2 and the rest of the machine 0.5 of 2 cores" in refused.value.detail
        assert await town.ring.open_ids() == begun, "nothing was begun"
        assert len([status for status in node.runner.statuses() if status.reason is None]) == 3, "and nothing ended"
        await node.runner.stop("mixer 2")
        await node.mixes(battles=2, others=0.5)
        assert (await invites(town, internal))["phase"] == "invited"


async def test_one_machine_with_room_is_enough(town: Town, internal: InternalClient, node: TranscodeNode) -> None:
    async with station(town, "one", mixes=False):
        await node.mixes(battles=3, others=0.8)
        with pytest.raises(Refusal):
            await invites(town, internal)
        await town.nodes.announce(Node("transcode", "another", "http://127.0.0.1:9", load=1.0))
        assert (await invites(town, internal))["phase"] == "invited"


async def test_without_any_machine_there_is_no_room(town: Town, internal: InternalClient) -> None:
    async with station(town, "one", mixes=False):
        with pytest.raises(Refusal, match="no transcode node is alive") as refused:
            await invites(town, internal)
        assert refused.value.code == "no-room-for-battle"


async def test_the_refusal_says_in_words_why_and_when_to_come_back(street: Street) -> None:
    street.full = "a job that runs here is short of time already"
    answer = await street.invite()
    assert refusal(answer) == (503, "no-room-for-battle")
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["detail"] == "no machine takes another battle: a job that runs here is short of time already"
    street.full = ""
    assert (await street.invite()).status_code == 201


async def test_who_could_not_invite_anyway_hears_why(street: Street) -> None:
    street.full = "busy"
    street.hosts.lose(street.blue.host.room)
    assert refusal(await street.invite()) == (409, "host-offline")
