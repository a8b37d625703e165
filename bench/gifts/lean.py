"""Clients that cost next to nothing: WebSocket frames (RFC 6455) and HTTP/1.1 answers, cut out of what arrives."""

import asyncio
import os
from base64 import b64encode
from urllib.parse import urlsplit

OPEN_S = 20.0
TEXT, CLOSE = 1, 8


async def connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(address)
    return await asyncio.wait_for(asyncio.open_connection(parts.hostname, parts.port, limit=1 << 22), OPEN_S)


class Socket:
    """A WebSocket of texts. Its mask is nothing, which the standard allows and costs nothing."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: str, path: str) -> "Socket":
        reader, writer = await connected(address)
        key = b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Origin: {address}\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), OPEN_S)
        assert head.startswith(b"HTTP/1.1 101"), head
        return cls(reader, writer)

    def say(self, text: bytes) -> None:
        size = len(text)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._writer.write(bytes([0x80 | TEXT]) + length + b"\0\0\0\0" + text)

    async def hear(self) -> bytes:
        """The next text; ``ConnectionError`` when the server closes."""
        while True:
            first, second = await self._reader.readexactly(2)
            size = second & 127
            if size > 125:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
            payload = await self._reader.readexactly(size)
            if first & 15 == TEXT:
                return payload
            if first & 15 == CLOSE:
                raise ConnectionError(payload)

    def close(self) -> None:
        self._writer.close()


class Http:
    """One connection that is kept; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    @classmethod
    async def open(cls, address: str) -> "Http":
        reader, writer = await connected(address)
        return cls(reader, writer, urlsplit(address).netloc)

    async def post(self, path: str, headers: str, body: bytes) -> tuple[int, bytes]:
        """Status and body. ``headers`` are whole lines."""
        self._writer.write(
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{headers}\r\n".encode()
            + body
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(size)

    def close(self) -> None:
        self._writer.close()
