"""The limit: a loop that writes one frame to every socket, on the same event loop as ours, and nothing else.

A handshake of a few lines, a POST that is an event, no room and no protocol. ``python -m bench.feed.bare``.
"""

import asyncio
import base64
import hashlib
import re
import socket
from typing import Any, cast

import uvloop

from bench.forward.child import Commands, serve

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT = 0x81
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_KEY = re.compile(rb"sec-websocket-key: *(\S+)", re.IGNORECASE)
_DONE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def framed(text: bytes) -> bytes:
    """A server's text frame (RFC 6455, section 5.2)."""
    if len(text) < 126:
        return bytes([TEXT, len(text)]) + text
    return bytes([TEXT, 126]) + len(text).to_bytes(2, "big") + text


class Line(asyncio.Protocol):
    """One connection; it is in ``room`` from its handshake on."""

    def __init__(self, room: set[asyncio.Transport]) -> None:
        self._room = room
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._room.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._transport in self._room:
            return  # the crowd has nothing to say here
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found:
            return
        if head.startswith(b"POST"):
            length = _LENGTH.search(head)
            assert length is not None
            if len(body) < int(length[1]):
                return
            self._tell(body)
        else:
            self._open(head)
        self._read = b""

    def _open(self, head: bytes) -> None:
        key = _KEY.search(head)
        assert key is not None
        accepted = base64.b64encode(hashlib.sha1(key[1] + GUID).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n"
        )
        self._room.add(self._transport)

    def _tell(self, event: bytes) -> None:
        frame = framed(event)
        for transport in self._room:
            transport.write(frame)
        self._transport.write(_DONE)


class Bare(Commands):
    def __init__(self, port: int) -> None:
        self._port = port

    async def do_port(self) -> dict[str, Any]:
        return {"port": self._port}


async def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    room: set[asyncio.Transport] = set()
    server = await asyncio.get_running_loop().create_server(lambda: Line(room), sock=listening)
    async with server:
        await serve(Bare(listening.getsockname()[1]))
        for transport in tuple(room):
            transport.abort()


if __name__ == "__main__":
    uvloop.run(main())
