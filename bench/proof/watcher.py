"""A process that watches the programs of rooms, and says what was shown when: every picture has a size of its own.

It joins again when nothing has come for two seconds, as pages do.
"""

import asyncio
import contextlib
import sys
import time
from typing import Any

import httpx2
import uvloop

from bench.forward.child import Commands, serve
from streaming.media.wire import h264, rtp
from tests.media.live import LivePeer
from tests.streaming.media.peer import VIDEO, Heard

SILENCE_S = 2.0
AGAIN_S = 0.2
LOOK_S = 0.1


class Seen(Heard):
    """Keeps the moments at which the size of the picture changed, instead of packets."""

    def __init__(self, shown: list[tuple[float, str]]) -> None:
        super().__init__()
        self.shown = shown
        self.last_s = time.time()

    def on_rtp(self, packet: bytes) -> None:
        view = rtp.parse(packet)
        if view.payload_type != VIDEO or not view.payload:
            return
        self.last_s = time.time()
        size = h264.picture_size(view.payload)
        if size is not None:
            name = f"{size[0]}x{size[1]}"
            if not self.shown or self.shown[-1][1] != name:
                self.shown.append((self.last_s, name))

    def on_rtcp(self, packet: bytes) -> None:
        pass


class Watcher(Commands):
    def __init__(self) -> None:
        self._shown: dict[str, list[tuple[float, str]]] = {}
        self._watching: list[asyncio.Task[None]] = []
        self.joins = 0

    async def do_watch(self, whep: dict[str, str]) -> dict[str, Any]:
        """``whep``: by room, the address of its program."""
        for room, url in whep.items():
            self._shown[room] = []
            self._watching.append(asyncio.create_task(self._watch(url, self._shown[room]), name=f"watch {room}"))
        return {}

    async def do_shown(self) -> dict[str, Any]:
        """By room, since the last time this was asked, what was shown from when on; the last one is told again."""
        told = {room: list(shown) for room, shown in self._shown.items()}
        for shown in self._shown.values():
            del shown[:-1]
        return {"shown": told, "joins": self.joins}

    async def _watch(self, url: str, shown: list[tuple[float, str]]) -> None:
        while True:
            peer = LivePeer()
            peer.heard = seen = Seen(shown)
            with contextlib.suppress(httpx2.HTTPError, TimeoutError, AssertionError, ValueError, KeyError):
                await peer.connect(url)
            if peer.status == 201:
                self.joins += 1
                while time.time() - seen.last_s < SILENCE_S:  # noqa: ASYNC110  (silence rings no bell)
                    await asyncio.sleep(LOOK_S)
                shown.append((seen.last_s, "nothing"))
                await peer.close()
            await asyncio.sleep(AGAIN_S)


async def main() -> None:
    await serve(Watcher())


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
