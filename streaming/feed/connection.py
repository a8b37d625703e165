"""One socket of the room feed: a bounded outbox, one task that writes it, one that reads commands, a code at the end.

    4000 protocol error      4001 slow reader, reconnect      4002 token expired, reconnect with a new one
    4403 banned, do not      4404 unknown room, do not        4409 message too large      1012 restart, reconnect

A frozen reader blocks ``send`` for good (uvicorn waits for the transport to drain), so nobody but this socket's own
writer ever waits for it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from accounts.principal import Principal
from foundation.stopping import end, heed_cancellation
from streaming.feed.rules import FeedRules

log = structlog.get_logger(__name__)


class CloseCode(IntEnum):
    PROTOCOL = 4000
    SLOW = 4001
    TOKEN = 4002
    BANNED = 4403
    UNKNOWN_ROOM = 4404
    TOO_LARGE = 4409
    RESTART = 1012
    FAILED = 1011


@dataclass(frozen=True)
class Closing:
    code: CloseCode
    reason: str


class ProtocolBroken(Exception):
    """The client said something that cannot be answered; the socket closes with ``closing``."""

    def __init__(self, closing: Closing) -> None:
        super().__init__(closing.reason)
        self.closing = closing


def frame(type_: str, body: object) -> str:
    """A message to one socket only: it has no offset."""
    return orjson.dumps({"t": type_, "d": body}).decode()


class Connection:
    """``serve`` runs it; ``put`` and ``close`` may be called at any time and never wait."""

    def __init__(
        self,
        connection_id: str,
        room: str,
        principal: Principal | None,
        token: str,
        socket: WebSocket,
        rules: FeedRules,
    ) -> None:
        self.id = connection_id
        self.room = room
        self.principal = principal
        self.token = token
        self.watching = True  # counted in the audience
        self._socket = socket
        self._rules = rules
        self._outbox: deque[str] = deque()
        self._filled = asyncio.Event()
        self._closed: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self._sending_since: float | None = None

    @property
    def user(self) -> str:
        return "" if self.principal is None else self.principal.user_id

    def put(self, text: str) -> None:
        """Queue a frame. A socket whose outbox is full is closed: it must come back and take a snapshot."""
        if self._closed.done():
            return
        if len(self._outbox) >= self._rules.outbox_frames:
            self.close(CloseCode.SLOW, "slow-reader")
            return
        self._outbox.append(text)
        self._filled.set()

    def greet(self, *texts: str) -> None:
        """Queue the first frames before whatever has been said since the connection joined."""
        self._outbox.extendleft(reversed(texts))
        self._filled.set()

    def close(self, code: CloseCode, reason: str) -> None:
        """Close the socket; the first code given stands."""
        if not self._closed.done():
            self._closed.set_result(Closing(code, reason))
            self._outbox.clear()

    def stuck(self, now_s: float) -> bool:
        """Whether the reader has taken nothing for too long."""
        return self._sending_since is not None and now_s - self._sending_since > self._rules.stuck_s

    async def serve(self, heard: Callable[[str], Awaitable[None]]) -> None:
        """Until the client goes or the socket is closed. ``heard`` gets each message; its failure closes the socket."""
        writing = asyncio.create_task(self._write(), name=f"feed-write-{self.id}")
        reading = asyncio.create_task(self._read(heard), name=f"feed-read-{self.id}")
        try:
            await asyncio.wait((writing, reading, self._closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            outcomes = await end(writing, reading)
        self._judge(outcomes)
        if self._closed.done():
            await self.say_farewell(self._closed.result())

    def _judge(self, outcomes: Iterable[BaseException | None]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, ProtocolBroken):
                self.close(outcome.closing.code, outcome.closing.reason)
            elif isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                log.error("a feed socket failed", room=self.room, exc_info=outcome)
                self.close(CloseCode.FAILED, "internal")

    async def _write(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            while not self._outbox:
                self._filled.clear()
                await self._filled.wait()
            text = self._outbox.popleft()
            self._sending_since = now()
            await self._socket.send_text(text)
            self._sending_since = None

    async def _read(self, heard: Callable[[str], Awaitable[None]]) -> None:
        while True:
            heed_cancellation()
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                raise ProtocolBroken(Closing(CloseCode.PROTOCOL, "text-only"))
            if len(text) > self._rules.message_bytes or len(text.encode()) > self._rules.message_bytes:
                raise ProtocolBroken(Closing(CloseCode.TOO_LARGE, "message-too-large"))
            await heard(text)

    async def say_farewell(self, closing: Closing) -> None:
        if WebSocketState.DISCONNECTED in (self._socket.client_state, self._socket.application_state):
            return
        try:
            async with asyncio.timeout(self._rules.farewell_s):
                await self._socket.send_text(frame("closing", {"code": closing.code, "reason": closing.reason}))
                await self._socket.close(closing.code, closing.reason)
        except (TimeoutError, WebSocketDisconnect):
            # It does not even take its close code: leaving the endpoint closes the transport.
            log.info("a feed socket took no farewell", room=self.room, code=closing.code)
