"""``make prove-border MINUTES=20``: mutants without end against a media worker with a live stream, then a flood.

Each run goes on from the last one's seed and adds to the totals in ``bench/results/proof-border.json``, so a long proof
can be had in parts. The worker is in this process; the flood comes from another one. ``RESTART=1`` forgets the totals.
"""

import argparse
import asyncio
import json
import math
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.record import RESULTS, Figure, write
from streaming.media.endpoint import Address
from streaming.media.port import Port
from tests.streaming.media.assault import Assault, assault
from tests.streaming.media.mutants import checks
from tests.streaming.media.peer import VIDEO, Peer
from tests.streaming.media.pictures import RED, encode_colour
from tests.streaming.media.rig import breathe, running, until

NAME = "proof-border"
MUTANTS_A_ROUND = 300
FLOOD_PPS, FLOOD_S, FPS = 20_000, 10, 30
CALLS = 20_000


def resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


@dataclass
class Totals:
    mutants: int = 0
    pictures: int = 0
    minutes: float = 0.0
    parts: int = 0

    @classmethod
    def before(cls) -> "Totals":
        path = RESULTS / f"{NAME}.json"
        if not path.exists():
            return cls()
        figures = json.loads(path.read_text())["figures"]
        return cls(*(figures[name]["value"] for name in ("mutants", "pictures_whole", "minutes", "parts")))


async def mutate(totals: Totals, minutes: float) -> int:
    """The proof proper: any failure ends it. Returns by how many KiB this process has grown after warming up."""
    began = time.monotonic()
    async with assault(seed=totals.parts) as besieged:
        await besieged.pictures_go_on()
        before, warm = besieged.remembered, 0
        while (passed := time.monotonic() - began) < minutes * 60:
            besieged.round(MUTANTS_A_ROUND)
            await besieged.pictures_go_on()
            assert besieged.remembered == before, (besieged.remembered, before)
            _forget_what_was_heard(besieged)
            if not warm and passed > minutes * 60 / 4:
                warm = resident_kib()
        totals.mutants += besieged.mutants
        totals.pictures += besieged.pictures
    totals.minutes += minutes
    totals.parts += 1
    return resident_kib() - warm


def _forget_what_was_heard(besieged: Assault) -> None:
    """The test's own peers keep everything; what is to be measured is the worker."""
    for peer in besieged.peers:
        peer.raw.clear()
        peer.heard.packets.clear()
        peer.heard.rtcp.clear()
        peer.heard.feedback.clear()


class Watch(Peer):
    """Notes when each picture's packet came."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[float] = []

    def datagram_received(self, datagram: bytes, address: object) -> None:
        if datagram[0] > 127 and datagram[1] & 0x7F == VIDEO:
            self.arrivals.append(time.monotonic())
        super().datagram_received(datagram, address)


@dataclass
class Live:
    lost: int
    gap_p99_ms: float
    cpu_s: float
    junk_in: int


async def live(flooded: bool) -> Live:
    """FLOOD_S seconds of a stream at its own pace, with or without a flood."""
    units = encode_colour(RED, FPS)
    async with running() as rig:
        host = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        viewer = Watch()
        await viewer.connect(f"{rig.url}/whep/r1")
        flooding = None
        if flooded:
            arguments = [f"127.0.0.1:{rig.worker.udp_port}", str(FLOOD_PPS), str(FLOOD_S + 2)]
            flooding = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.flood", *arguments)
            await until(lambda: rig.worker.counters.datagrams_of_strangers, "the flood begins", 60.0)
        counters = rig.worker.counters
        began, cpu, junk = time.monotonic(), time.process_time(), _junk(counters.as_dict())
        sent = 0
        while time.monotonic() - began < FLOOD_S:
            host.show(units[sent % FPS])
            sent += 1
            while time.monotonic() < began + sent / FPS:
                await breathe()
        spent, junk = time.process_time() - cpu, _junk(counters.as_dict()) - junk
        await breathe()
        views = viewer.heard.of(VIDEO)
        numbers = [view.sequence for view in views]
        expected = (numbers[-1] - numbers[0]) % 65_536 + 1
        gaps = sorted(b - a for a, b in zip(viewer.arrivals, viewer.arrivals[1:], strict=False))
        if flooding is not None:
            await flooding.wait()
        await host.close()
        await viewer.close()
        return Live(expected - len(set(numbers)), 1000 * gaps[math.floor(len(gaps) * 0.99)], spent, junk)


def _junk(counted: dict[str, int]) -> int:
    return counted["datagrams_of_strangers"] + counted["checks_refused"] + counted["datagrams_malformed"]


async def prices() -> dict[str, float]:
    """Microseconds that one datagram costs once it has been read from the socket, the best of five."""
    async with assault(seed=0) as besieged:
        port: Port = besieged.rig.worker._port
        session = besieged.victims[0]
        here, there = ("127.0.0.9", 9), ("127.0.0.9", 10)
        check = checks(session.endpoint.ufrag, session.endpoint.password)[0]
        datagrams: dict[str, tuple[bytes, Address]] = {
            "us_junk": (b"\x80" + bytes(200), there),
            "us_check_unknown_ufrag": (checks("nobodyhere000000", "w" * 32)[0], there),
            "us_check_wrong_key": (checks(session.endpoint.ufrag, "w" * 32)[0], there),
            "us_check_answered": (check, here),
            "us_check_recorded": (check, there),
        }
        return {name: _price(port, *each) for name, each in datagrams.items()}


def _price(port: Port, datagram: bytes, address: Address) -> float:
    best = math.inf
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(CALLS):
            port.received(datagram, address)
        best = min(best, time.perf_counter() - began)
    return best / CALLS * 1e6


async def main(minutes: float, restart: bool) -> None:
    totals = Totals() if restart else Totals.before()
    grown = await mutate(totals, minutes)
    costs = await prices()
    quiet, stormy = await live(False), await live(True)
    write(
        NAME,
        {
            "mutants": Figure(totals.mutants, "datagrams"),
            "minutes": Figure(round(totals.minutes, 2), "min"),
            "parts": Figure(totals.parts, "runs"),
            "exceptions": Figure(0, "", 0),
            "pictures_whole": Figure(totals.pictures, "pictures"),
            "grown_kib_last_part": Figure(grown, "KiB", 2_048),
            "flood_pps": Figure(round(stormy.junk_in / FLOOD_S), "datagrams/s"),
            "flood_packets_lost": Figure(stormy.lost, "packets", 0),
            "flood_gap_p99_ms": Figure(round(stormy.gap_p99_ms, 1), "ms", 100),
            "quiet_gap_p99_ms": Figure(round(quiet.gap_p99_ms, 1), "ms"),
            "flood_us_per_datagram": Figure(
                round((stormy.cpu_s - quiet.cpu_s) / max(1, stormy.junk_in) * 1e6, 2), "us of the worker"
            ),
            **{name: Figure(round(cost, 2), "us") for name, cost in costs.items()},
        },
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--restart", action="store_true")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.minutes, arguments.restart))
