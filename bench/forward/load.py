"""The load: all viewers in one process, told by JSON lines what to do (``bench.forward.child``)."""

import asyncio
import contextlib
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from bench.forward.child import Commands, serve
from bench.forward.ears import Ears, compiled
from bench.forward.http import ask
from bench.forward.signalling import JanusConnection, JanusStream, Refused, Signalling, Whep
from bench.forward.viewer import Viewer, decoded, whole_units
from foundation.internal import HEADER
from tests.processes import cpu_seconds

LISTEN_EVERY_S = 0.002
SLOTS = 25
SLOT_S = 0.02
CONSENT_EVERY = 5
AT_ONCE = 8
DECODER_EVERY = 100


class Load(Commands):
    """``server``: how viewers meet it, ``whep:URL`` or ``janus:URL``. Every command is a method ``do_NAME``."""

    def __init__(self, server: str, folder: Path) -> None:
        self._kind, _, self._url = server.partition(":")
        self._ears = Ears(compiled(folder))
        self._viewers: list[Viewer] = []
        self._by_number: dict[int, Viewer] = {}
        self._janus: JanusConnection | None = None
        self._chance = random.Random(20)
        self._deaf = False
        self._tasks = [
            asyncio.create_task(self._listen(), name="listen"),
            asyncio.create_task(self._report(), name="report"),
        ]

    async def open(self) -> None:
        if self._kind == "janus":
            self._janus = JanusConnection(self._url)
            await self._janus.open()

    async def close(self) -> None:
        if self._janus is not None:
            await self._janus.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- for ever

    async def _listen(self) -> None:
        while True:
            for number, datagram, at_ns in self._ears.listen():
                viewer = self._by_number.get(number)
                if viewer is not None:
                    viewer.heard(datagram, at_ns)
            await asyncio.sleep(LISTEN_EVERY_S)

    async def _report(self) -> None:
        """Every viewer twice a second, spread evenly."""
        due, turn = time.monotonic(), 0
        while True:
            slot, half = turn % SLOTS, turn // SLOTS
            for viewer in self._viewers[slot::SLOTS]:
                if half % CONSENT_EVERY == 0:
                    viewer.consent()
                if not self._deaf:
                    viewer.report(sound_too=half % 2 == 0)
            turn, due = turn + 1, due + SLOT_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    # --- commands

    def _signalling(self) -> Signalling:
        return Whep(self._url) if self._janus is None else JanusStream(self._janus)

    async def _join(self, number: int) -> Viewer:
        viewer = Viewer(self._ears, self._signalling(), number % DECODER_EVERY == 0, self._chance)
        self._by_number[viewer.number] = viewer
        try:
            await viewer.connect()
        except BaseException:
            del self._by_number[viewer.number]
            await viewer.close()
            raise
        self._viewers.append(viewer)
        return viewer

    async def do_join(self, count: int) -> dict[str, Any]:
        """Until there are ``count`` viewers; ``refused`` says why it stopped before."""
        gate = asyncio.Semaphore(AT_ONCE)
        refused: list[str] = []

        async def one(number: int) -> None:
            async with gate:
                if not refused:
                    try:
                        await self._join(number)
                    except (Refused, TimeoutError, OSError) as error:
                        refused.append(repr(error)[:200])

        await asyncio.gather(*(one(number) for number in range(len(self._viewers), count)))
        return {"viewers": len(self._viewers), "refused": refused[0] if refused else None}

    async def do_storm(self, count: int, seconds: float, patience_s: float) -> dict[str, Any]:
        """``count`` viewers come within ``seconds``; how long each waited for his first complete keyframe, in s."""
        began, started = time.monotonic(), asyncio.get_running_loop().time()

        async def one(number: int) -> Viewer | None:
            await asyncio.sleep(max(0.0, began + seconds * number / count - time.monotonic()))
            try:
                return await self._join(len(self._viewers) + 1)
            except (Refused, TimeoutError, OSError):
                return None

        busy = time.process_time()
        came = await asyncio.gather(*(one(number) for number in range(count)))
        seen = [viewer.seen.wait() for viewer in came if viewer is not None]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(started + patience_s):
                await asyncio.gather(*seen)
        share = (time.process_time() - busy) / (time.monotonic() - began)
        waits = [viewer.first_picture_s for viewer in came if viewer is not None and viewer.first_picture_s is not None]
        return {"waits_s": waits, "failed": count - len(waits), "load_share": round(share, 3)}

    async def do_measure(self, seconds: float, pid: int, counters: dict[str, str] | None = None) -> dict[str, Any]:
        """What came in ``seconds`` and what the server's process ``pid`` used meanwhile."""
        decoders = [viewer for viewer in self._viewers if viewer.decodes]
        for viewer in decoders:
            viewer.units.clear()
        sent = await _packets_out(counters)
        self._ears.restart()
        cpu, own, began = cpu_seconds(pid), time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        cpu, own, took = cpu_seconds(pid) - cpu, time.process_time() - own, time.monotonic() - began
        heard = self._ears.heard()
        sent = await _packets_out(counters) - sent
        units = [] if self._deaf else [whole_units(viewer.units) for viewer in decoders]
        return {
            "viewers": len(self._viewers),
            "cipher": self._viewers[0].cipher,
            "seconds": took,
            "cpu_s": cpu,
            "server_share": cpu / took,
            "load_share": own / took,
            "packets": heard.packets,
            "sent": sent,
            "bytes": heard.bytes,
            "audio": heard.audio,
            "resent": heard.again,
            "loss": heard.lost / heard.expected if heard.expected else 1.0,
            "silent": heard.deaf,
            "gap_p99_ms": heard.gap_p99_ms,
            "gap_longest_ms": heard.gap_longest_ms,
            "frames": min(map(len, units)) / took if units else 0.0,
            "decoded": decoded(units[0]) if units else 0,
        }

    async def do_deafen(self) -> dict[str, Any]:
        """From now on nobody reads: datagrams are dropped where the sockets' buffers are full."""
        self._deaf = True
        for viewer in self._viewers:
            self._ears.ignore(viewer.number)
        return {}

    async def do_leave(self, count: int = 0) -> dict[str, Any]:
        """The last ones go, until ``count`` are left."""
        return await self._go(count, politely=True)

    async def do_vanish(self, count: int = 0) -> dict[str, Any]:
        """The same, without a DELETE."""
        return await self._go(count, politely=False)

    async def _go(self, count: int, politely: bool) -> dict[str, Any]:
        going, self._viewers = self._viewers[count:], self._viewers[:count]
        for viewer in going:
            del self._by_number[viewer.number]
        failed = [
            repr(each)
            for each in await asyncio.gather(*(viewer.close(politely) for viewer in going), return_exceptions=True)
            if each is not None
        ]
        self._deaf = self._deaf and bool(self._viewers)
        return {"failed": failed[:3]}


async def _packets_out(counters: dict[str, str] | None) -> int:
    if counters is None:
        return 0
    _, _, body = await ask("GET", counters["url"], headers={HEADER: counters["token"]})
    return int(json.loads(body)["counters"]["packets_out"])


async def main(server: str, folder: str) -> None:
    load = Load(server, Path(folder))
    await load.open()
    try:
        await serve(load)
    finally:
        await load.close()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
