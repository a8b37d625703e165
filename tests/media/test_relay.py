"""The relay itself: what it does to datagrams is what it was told to do."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator

import pytest

from tests.media.relay import CLEAN, CLIENTS_MAX, Conditions, Direction, Relay, relay
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import RED, decode, encode_colour
from tests.streaming.media.rig import running, until


class Echo(asyncio.DatagramProtocol):
    """A worker's port: notes what comes, from whom and when; with `answering`, sends it back."""

    def __init__(self, answering: bool = True) -> None:
        self.heard: list[tuple[int, tuple[str, int], float]] = []
        self._answering = answering

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    @property
    def port(self) -> int:
        number: int = self.transport.get_extra_info("sockname")[1]
        return number

    @property
    def numbers(self) -> list[int]:
        return [number for number, _, _ in self.heard]

    def datagram_received(self, datagram: bytes, address: tuple[str, int]) -> None:
        self.heard.append((int.from_bytes(datagram[:4], "big"), address, time.monotonic()))
        if self._answering:
            self.transport.sendto(datagram, address)  # type: ignore[attr-defined]


class Caller(Echo):
    def __init__(self) -> None:
        super().__init__(answering=False)

    def call(self, link: Relay, numbers: range, size: int = 100) -> None:
        for number in numbers:
            datagram = number.to_bytes(4, "big") + bytes(size - 4)
            self.transport.sendto(datagram, ("127.0.0.1", link.port))  # type: ignore[attr-defined]


async def opened(protocol: Echo) -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: protocol, local_addr=("127.0.0.1", 0))


@pytest.fixture
async def worker() -> AsyncIterator[Echo]:
    echo = Echo()
    await opened(echo)
    yield echo
    echo.transport.close()


@pytest.fixture
async def link(worker: Echo) -> AsyncIterator[Relay]:
    async with relay(worker.port, seed=7) as link:
        yield link


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    caller = Caller()
    await opened(caller)
    yield caller
    caller.transport.close()


async def test_a_clean_relay_gives_each_client_an_address_of_his_own(worker: Echo, link: Relay, caller: Caller) -> None:
    other = Caller()
    await opened(other)
    caller.call(link, range(50))
    other.call(link, range(100, 150))
    await until(lambda: len(caller.heard) == 50 and len(other.heard) == 50, "both are answered")
    assert caller.numbers == list(range(50)) and other.numbers == list(range(100, 150))
    assert len({address for _, address, _ in worker.heard}) == 2
    assert link.up.tally.went == link.down.tally.went == 100
    other.transport.close()


@pytest.mark.parametrize("burst", [1.0, 8.0])
async def test_losses_have_the_share_and_the_length_of_run_that_were_asked_for(burst: float) -> None:
    passed = await through(Conditions(loss=0.1, burst=burst), 20_000, seed=7)
    heard = set(passed)
    runs = [len(list(run)) for lost, run in itertools.groupby(range(20_000), lambda each: each not in heard) if lost]
    assert 0.07 < sum(runs) / 20_000 < 0.13
    assert burst * 0.75 < sum(runs) / len(runs) < burst * 1.3


async def test_one_seed_loses_the_same_datagrams_twice() -> None:
    once = await through(Conditions(loss=0.3, burst=2), 300, seed=3)
    assert once == await through(Conditions(loss=0.3, burst=2), 300, seed=3)
    assert once != await through(Conditions(loss=0.3, burst=2), 300, seed=4)


async def through(conditions: Conditions, datagrams: int, seed: int) -> list[int]:
    """Which of so many datagrams pass at once."""
    direction, passed = Direction(seed), list[int]()
    direction.conditions = conditions
    for number in range(datagrams):
        direction.take(number.to_bytes(4, "big"), lambda datagram: passed.append(int.from_bytes(datagram, "big")))
    return passed


async def test_delay_and_jitter_keep_the_order_and_reordering_does_not(
    worker: Echo, link: Relay, caller: Caller
) -> None:
    link.up.conditions = Conditions(delay_ms=60, jitter_ms=30)
    began = time.monotonic()
    caller.call(link, range(100))
    await until(lambda: len(worker.heard) == 100, "all")
    assert worker.numbers == list(range(100))
    assert worker.heard[0][2] - began > 0.06
    worker.heard.clear()
    link.up.conditions = Conditions(reorder=0.2)
    caller.call(link, range(100))
    await until(lambda: len(worker.heard) == 100, "all")
    assert worker.numbers != list(range(100)) and sorted(worker.numbers) == list(range(100))


async def test_duplicates_come_twice_and_a_cut_lets_nothing_through(worker: Echo, link: Relay, caller: Caller) -> None:
    link.up.conditions = Conditions(duplicate=1.0, jitter_ms=5)
    caller.call(link, range(20))
    await until(lambda: len(worker.heard) == 40, "twice")
    assert sorted(worker.numbers) == sorted([*range(20), *range(20)])
    link.up.conditions = Conditions(cut=True)
    caller.call(link, range(20, 40))
    await until(lambda: link.up.tally.cut == 20, "nothing")
    link.up.conditions = CLEAN
    caller.call(link, range(40, 41))
    await until(lambda: 40 in worker.numbers, "open again")
    assert not set(range(20, 40)) & set(worker.numbers)


async def test_a_bottleneck_passes_its_rate_and_drops_the_tail(worker: Echo, link: Relay, caller: Caller) -> None:
    link.up.conditions = Conditions(rate_bps=1_000_000, queue_ms=100)
    began = time.monotonic()
    caller.call(link, range(100), size=1250)  # 10 ms each
    await until(lambda: link.up.tally.came == 100, "they came")
    await until(lambda: len(worker.heard) == link.up.tally.went and not link.up._waiting, "those that fit")
    assert worker.numbers == list(range(len(worker.heard)))
    assert 10 <= len(worker.heard) <= 40, "a queue of 100 ms, and what left it meanwhile"
    assert worker.heard[-1][2] - began >= 0.1
    assert link.up.tally.overflowed == 100 - len(worker.heard)


async def test_after_a_rebind_a_client_comes_from_another_address(worker: Echo, link: Relay, caller: Caller) -> None:
    caller.call(link, range(1))
    await until(lambda: caller.heard, "an answer")
    link.rebind()
    caller.call(link, range(1, 2))
    await until(lambda: len(caller.heard) == 2, "an answer")
    assert worker.heard[0][1] != worker.heard[1][1]


async def test_strangers_beyond_the_limit_are_not_relayed(worker: Echo, link: Relay) -> None:
    callers = [Caller() for _ in range(CLIENTS_MAX + 3)]
    for each in callers:
        await opened(each)
        each.call(link, range(1))
    await until(lambda: len(worker.heard) >= CLIENTS_MAX, "as many as are let in")
    assert len(link._upstream) == CLIENTS_MAX
    for each in callers:
        each.transport.close()


async def test_a_viewer_behind_the_relay_sees_the_host() -> None:
    async with running() as rig, relay(rig.worker.udp_port) as link:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        await ann.stream(encode_colour(RED, 5))
        await until(lambda: "r1" in rig.worker.rooms, "live")
        bob = await Peer(through=link.port).connect(f"{rig.url}/whep/r1")
        assert len(decode(await bob.seen(5))) == 5
        assert link.down.tally.went > 5
        await ann.close()
        await bob.close()
