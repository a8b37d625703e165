"""Commands that come in over the feed: parsed, let through at a bearable pace, dispatched by a table, answered."""

import asyncio
from collections.abc import Sequence

import orjson
import structlog

from foundation.away import StoreAway
from foundation.clock import Clock
from foundation.errors import Malformed, Refusal, Unauthorised, Unavailable
from streaming.errors import TooFast
from streaming.feed.connection import CloseCode, Closing, Connection, ProtocolBroken, frame
from streaming.feed.errors import UnknownType
from streaming.feed.rules import FeedRules
from streaming.feed_port import CALLER_ADDRESS, FeedCommand

log = structlog.get_logger(__name__)

ID_LENGTH = 64


class Allowance:
    """A token bucket in memory, on a monotonic clock in seconds: what one socket may say."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = float(burst)
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        passed = 0.0 if self._at_s is None else now_s - self._at_s
        self._at_s = now_s
        self._tokens = min(self._burst, self._tokens + passed * self._per_s)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Commands:
    """The table of an api process; ``listener`` makes the ear of one connection."""

    def __init__(self, commands: Sequence[FeedCommand], clock: Clock, rules: FeedRules) -> None:
        self._table = {command.type: command for command in commands}
        assert len(self._table) == len(commands), "two commands of one type"
        self._clock = clock
        self._rules = rules
        self._turns = asyncio.Semaphore(rules.commands_at_once)

    def listener(self, connection: Connection) -> "Listener":
        return Listener(self, connection, Allowance(self._rules.commands_per_s, self._rules.commands_burst))

    async def answer(self, connection: Connection, type_: str, command_id: object, body: dict[str, object]) -> bytes:
        """Do what is asked; the frame that answers it."""
        if type_ == "ping":
            return frame("pong", {"id": command_id, "now_ms": self._clock.now_ms()})
        command = self._table.get(type_)
        if command is None:
            raise UnknownType(f"{type_[:40]!r} is not known here")
        if connection.principal is None:
            raise Unauthorised
        CALLER_ADDRESS.set(connection.address)
        if command.deadline_s is None:
            reply = await command.handle(connection.principal, connection.room, body)
        else:
            async with asyncio.timeout(command.deadline_s), self._turns:  # waiting for a turn counts too
                reply = await command.handle(connection.principal, connection.room, body)
        return frame("reply", {**reply, "id": command_id, "ok": True})


class Listener:
    """The ear of one connection: called with each message, one after the other."""

    def __init__(self, commands: Commands, connection: Connection, allowance: Allowance) -> None:
        self._commands = commands
        self._connection = connection
        self._allowance = allowance

    async def __call__(self, text: str) -> None:
        command_id: object = None
        try:
            message = _object(text)
            command_id = _id(message)
            if not self._allowance.take(asyncio.get_running_loop().time()):
                raise TooFast(retry_after_s=1)
            type_, body = message.get("t"), message.get("d", {})
            if not isinstance(type_, str) or not isinstance(body, dict):
                raise Malformed("t: a string, d: an object")
            answer = await self._commands.answer(self._connection, type_, command_id, body)
        except Refusal as refusal:
            answer = _error(command_id, refusal)
        except StoreAway as error:  # a deadline that passed too
            log.warning("a command could not be done", error=repr(error))
            answer = _error(command_id, Unavailable(retry_after_s=1))
        self._connection.answer(answer)


def _object(text: str) -> dict[str, object]:
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise ProtocolBroken(Closing(CloseCode.PROTOCOL, "json-object-wanted"))
    return message


def _id(message: dict[str, object]) -> object:
    """The client's own name for its command, given back with the answer."""
    command_id = message.get("id")
    if isinstance(command_id, bool) or not isinstance(command_id, str | int | None):
        raise Malformed("id: a string or a number")
    if isinstance(command_id, str) and len(command_id) > ID_LENGTH:
        raise Malformed(f"id: at most {ID_LENGTH} characters")
    return command_id


def _error(command_id: object, refusal: Refusal) -> bytes:
    body = {"id": command_id, "code": refusal.code, "detail": refusal.detail, "status": refusal.status}
    if refusal.retry_after_s is not None:
        body["retry_after_s"] = refusal.retry_after_s
    extra = {name: value for name, value in refusal.extra.items() if name not in body}
    return frame("error", {**extra, **body})
