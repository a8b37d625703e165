"""One socket of the room feed: frames go out in a write, commands come in by ``serve``, a code at the end.

    4000 protocol error      4001 slow reader, reconnect      4002 token expired, reconnect with a new one
    4403 banned, do not      4404 unknown room, do not        4409 message too large      1012 restart, reconnect

What a frozen reader does not take waits in his own socket until ``slowness`` closes it: nobody waits for him.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

import orjson
import structlog
from starlette.websockets import WebSocket

from accounts.principal import Principal
from foundation.stopping import heed_cancellation
from streaming.feed import framing, slowness
from streaming.feed.line import Line
from streaming.feed.rules import FeedRules
from streaming.feed.store import Head

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


def frame(type_: str, body: object, at: Head | None = None) -> bytes:
    """A message that is not of the room's: to one socket only, or ``at`` where the room has come to."""
    where = {} if at is None else {"e": at.epoch, "o": at.offset}
    return framing.text(orjson.dumps({"t": type_, **where, "d": body}))


class Connection:
    """``write`` and ``close`` never wait. Before ``greet`` what is written is kept until the greeting has gone out."""

    __slots__ = (
        "_behind_since_s",
        "_early",
        "_line",
        "_rules",
        "address",
        "fd",
        "id",
        "open",
        "principal",
        "room",
        "token",
        "user",
        "watching",
        "write",
    )

    def __init__(
        self, connection_id: str, room: str, principal: Principal | None, token: str, line: Line, rules: FeedRules
    ) -> None:
        self.id = connection_id
        self.room = room
        self.principal = principal
        self.user = "" if principal is None else principal.user_id
        self.token = token
        self.watching = True  # counted in the audience
        self.address = ""  # of the client; empty where it is not known
        self.open = not line.lost  # only then may be written; he may have gone while his room was looked up
        self.fd = -1  # where a telling may be sent instead, as nothing waits that was written before
        self._line = line
        self._rules = rules
        self._behind_since_s = 0.0
        self._early: list[bytes] = []
        self.write: Callable[[bytes], None] = self._early.append
        line.on_lost = self._lost

    def _lost(self) -> None:
        self.open = False
        self.fd = -1

    def _waits(self, waiting: bool) -> None:
        self.fd = -1 if waiting else self._line.fd

    def greet(self, *frames: bytes) -> None:
        """The first frames, before whatever has been said since the connection joined."""
        if self.open:
            self._line.write(b"".join((*frames, *self._early)))
            self.write = self._line.write
            self._line.on_waiting = self._waits
            self._waits(self._line.waiting > 0)
        self._early.clear()

    def answer(self, answer: bytes) -> None:
        if self.open:
            self.write(answer)

    def close(self, code: CloseCode, reason: str) -> None:
        """Close the socket; the first code given stands."""
        if self.open:
            closing = frame("closing", {"code": code, "reason": reason})
            self._line.farewell(closing, code, reason, self._rules.farewell_s)
            self._lost()

    def look(self, now_s: float) -> None:
        """Hang up on whom nothing comes from any more, close him who cannot follow."""
        line, rules = self._line, self._rules
        if now_s - line.heard_s > rules.silent_s:
            line.abort()
            return
        waiting = line.waiting
        if self._early:
            waiting += sum(map(len, self._early))
        if not waiting and not self._behind_since_s:
            return  # as nearly everybody, each second
        self._behind_since_s = slowness.behind_since(self._behind_since_s, waiting, now_s)
        if slowness.too_slow(self._behind_since_s, waiting, now_s, rules):
            self.close(CloseCode.SLOW, "slow-reader")

    async def serve(self, socket: WebSocket, heard: Callable[[str], Awaitable[None]]) -> None:
        """Until the client goes or the socket is closed. ``heard`` gets each message; its failure closes the socket."""
        try:
            while self.open:
                heed_cancellation()
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if self.open:
                    await heard(self._text(message.get("text")))
        except ProtocolBroken as broken:
            self.close(broken.closing.code, broken.closing.reason)
        except Exception:
            log.exception("a feed socket failed", room=self.room)
            self.close(CloseCode.FAILED, "internal")

    def _text(self, text: str | None) -> str:
        if text is None:
            raise ProtocolBroken(Closing(CloseCode.PROTOCOL, "text-only"))
        if len(text) > self._rules.message_bytes or len(text.encode()) > self._rules.message_bytes:
            raise ProtocolBroken(Closing(CloseCode.TOO_LARGE, "message-too-large"))
        return text
