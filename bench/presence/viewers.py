"""Viewers with real sockets, and the ways in which they go."""

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from foundation.stopping import end
from streaming.feed.protocol import PROTOCOL

PATIENCE_S = 30.0
AT_ONCE = struct.pack("ii", 1, 0)  # closing sends a reset, and drops what was not sent


class Way(StrEnum):
    """How a connection ends."""

    LEFT = "left"  # he says goodbye
    HUNG_UP = "hung-up"  # his side is closed without a word
    RESET = "reset"  # his machine says that it knows nothing of it
    SILENT = "silent"  # nothing comes from him any more, and nothing says so
    EARLY = "early"  # before he has been greeted
    API = "api"  # his api process is killed


@dataclass(frozen=True)
class Seat:
    """Where somebody watches: ``room``, at the api process on ``port``, as whom ``token`` says."""

    port: int
    room: str
    token: str = ""

    @property
    def path(self) -> str:
        return f"/api/v1/rooms/{self.room}/feed?{urlencode({'v': PROTOCOL, 'token': self.token})}"


class Viewer:
    """``come`` makes one who has seen his snapshot."""

    def __init__(self, seat: Seat, client: ClientConnection) -> None:
        self.seat = seat
        self.heard: int | None = None
        """How many watch, as he was told last."""
        self.expected = False
        """His end is our own doing."""
        self._client = client
        self._greeted = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(), name="viewer")

    @classmethod
    async def come(cls, seat: Seat) -> "Viewer":
        async with asyncio.timeout(PATIENCE_S):
            # He answers pings, and says nothing of himself: else one who is silent would still give signs of life.
            client = await connect(
                f"ws://127.0.0.1:{seat.port}{seat.path}",
                compression=None,
                max_queue=None,
                ping_interval=None,
                open_timeout=PATIENCE_S,
                close_timeout=1.0,
            )
            viewer = cls(seat, client)
            await viewer._greeted.wait()
        return viewer

    @property
    def lost(self) -> bool:
        """He is there no more, and nobody knows why."""
        return self._listening.done() and not self.expected

    async def _listen(self) -> None:
        with suppress(ConnectionClosed, OSError):
            async for text in self._client:
                message = orjson.loads(text)
                if message["t"] == "snapshot":
                    self.heard = message["d"]["viewers"]
                    self._greeted.set()
                elif message["t"] == "viewers.counted":
                    self.heard = message["d"]["count"]

    async def go(self, way: Way) -> None:
        self.expected = True
        transport = self._client.transport
        match way:
            case Way.LEFT:
                await self._client.close()
            case Way.HUNG_UP:
                with suppress(OSError):
                    transport.write_eof()
            case Way.RESET:
                with suppress(OSError):
                    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                transport.abort()
            case Way.SILENT:
                transport.pause_reading()

    async def close(self) -> None:
        """Whatever has become of him, nothing of him is left here."""
        self.expected = True
        self._client.transport.abort()
        await end(self._listening)


async def come_and_go(seat: Seat, after_s: float) -> None:
    """Shake hands, and be gone without a word ``after_s`` later, greeted or not."""
    head = (
        f"GET {seat.path} HTTP/1.1",
        f"Host: 127.0.0.1:{seat.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    with suppress(OSError):
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection("127.0.0.1", seat.port)
        writer.write("\r\n".join((*head, "", "")).encode())
        await asyncio.sleep(after_s)
        writer.transport.abort()
