"""As much HTTP/1.1 (RFC 9112) as our own processes need for each other: kept connections, framed answers, a deadline.

A general client takes 1.5 ms of processor a call, more than what most calls ask for. httptools, which our servers
parse requests with, parses the answers.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

# Shorter than our servers keep them (`server.http.IDLE_S`): who asks closes first.
IDLE_S = 5.0
CONNECTIONS_MAX = 100
"""At once, of one client; more calls wait."""
ANSWER_BYTES_MAX = 16 << 20


@dataclass(frozen=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpFailed(Exception):
    """No answer, or none that can be read."""


class HttpClient:
    """``headers`` go with every request; each has ``timeout_s`` in all, connecting and waiting for a turn included."""

    def __init__(self, headers: Mapping[str, str], timeout_s: float) -> None:
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._timeout_s = timeout_s
        self._turns = asyncio.Semaphore(CONNECTIONS_MAX)
        self._idle: defaultdict[tuple[str, int], list[_Connection]] = defaultdict(list)

    async def request(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """``body`` is JSON. Only plain ``http:`` addresses; raises HttpFailed."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        head = f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{self._headers}"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        request = head.encode("latin-1") + b"\r\n" + (body or b"")
        try:
            async with asyncio.timeout(self._timeout_s), self._turns:
                return await self._exchange((host, port), request)
        except (OSError, TimeoutError) as error:
            raise HttpFailed(type(error).__name__) from error

    async def _exchange(self, address: tuple[str, int], request: bytes) -> Answer:
        connection = self._kept(address)
        if connection is None:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, *address)
        try:
            answer = await connection.exchange(request)
        except BaseException:
            connection.close()  # what is still to come belongs to nobody
            raise
        if connection.usable:
            self._idle[address].append(connection)
        return answer

    def _kept(self, address: tuple[str, int]) -> "_Connection | None":
        """The one that was used last; with it what has waited for too long is let go."""
        waiting = self._idle[address]
        fresh_since = asyncio.get_running_loop().time() - IDLE_S
        while waiting and (waiting[0].used_at < fresh_since or not waiting[0].usable):
            waiting.pop(0).close()
        while waiting:
            connection = waiting.pop()
            if connection.usable:
                return connection
        return None

    async def close(self) -> None:
        for waiting in self._idle.values():
            for connection in waiting:
                connection.close()
        self._idle.clear()


class _Connection(asyncio.Protocol):
    """One exchange at a time. The methods named ``on_`` are what httptools calls."""

    def __init__(self) -> None:
        self.usable = True
        """Whether another request may be sent on it."""
        self.used_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    async def exchange(self, request: bytes) -> Answer:
        assert self._transport is not None, "it is connected"
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self._transport.write(request)
        answer = await self._answer
        self.used_at = loop.time()
        return answer

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    # --- of the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(HttpFailed(f"not an answer: {error}"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        self._fail(HttpFailed("the connection was closed"))

    def _fail(self, error: HttpFailed) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    # --- of the parser

    def on_message_begin(self) -> None:
        if self._answer is None or self._answer.done():
            raise HttpFailed("nothing was asked")
        self._headers = {}
        self._body = bytearray()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, portion: bytes) -> None:
        self._body += portion
        if len(self._body) > ANSWER_BYTES_MAX:
            raise HttpFailed("it is too large")

    def on_message_complete(self) -> None:
        self.usable = self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Answer(self._parser.get_status_code(), self._headers, bytes(self._body)))
