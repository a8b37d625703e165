"""The room feed's address: a WebSocket at ``/api/v1/rooms/{room}/feed?token=...&v=2&since=EPOCH.OFFSET``."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter
from starlette.websockets import WebSocket

from accounts.principal import Principal, TokenExpired, Tokens
from foundation import problem
from foundation.address import subject_of
from foundation.away import StoreAway
from foundation.clock import Clock
from foundation.errors import Unauthorised
from foundation.ids import is_id, new_id
from moderation.gate import Gate, Sanctioned, Scope
from streaming.feed import protocol
from streaming.feed.commands import Commands
from streaming.feed.connection import CloseCode, Closing, Connection, frame
from streaming.feed.door import Door
from streaming.feed.errors import TooManySockets
from streaming.feed.feed import Feed
from streaming.feed.line import LINE, Line
from streaming.feed.metrics import FeedMetrics
from streaming.feed.rules import FeedRules
from streaming.feed.shelf import Shelf
from streaming.feed.store import Head
from streaming.presence import RoomCard

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FeedParts:
    """What the endpoint works with. ``origins`` may connect besides pages of the same host."""

    feed: Feed
    shelf: Shelf
    commands: Commands
    tokens: Tokens
    gate: Gate
    clock: Clock
    rules: FeedRules
    metrics: FeedMetrics
    origins: Collection[str] = ()


def router(parts: FeedParts) -> APIRouter:
    routes = APIRouter()
    routes.add_websocket_route("/api/v1/rooms/{room}/feed", FeedEndpoint(parts).serve)
    return routes


@dataclass(frozen=True)
class Arrival:
    """Somebody at the door of ``card``'s room; ``since``: up to where he has heard, when he comes back."""

    card: RoomCard
    version: int
    since: Head | None


class FeedEndpoint:
    def __init__(self, parts: FeedParts) -> None:
        self._parts = parts
        self._greetings = asyncio.Semaphore(parts.rules.at_once)
        self._door = Door(parts.rules)

    async def serve(self, socket: WebSocket) -> None:
        if not may_connect(socket.headers.get("origin"), socket.headers.get("host", ""), self._parts.origins):
            await socket.close()  # before accept: the handshake is answered with 403
            return
        principal, refused = self._principal(socket.query_params.get("token", ""))
        address = "" if socket.client is None else socket.client.host
        try:
            with self._door.inside(subject_of(address), "" if principal is None else principal.user_id):
                await self._let_in(socket, address, principal, refused)
        except TooManySockets as refusal:
            self._parts.metrics.refused.inc()
            await socket.send_denial_response(problem.response(refusal))

    async def _let_in(
        self, socket: WebSocket, address: str, principal: Principal | None, refused: Closing | None
    ) -> None:
        await socket.accept()
        said = socket.query_params
        room, version = socket.path_params["room"], protocol.spoken(said.get("v", "1"))
        card = await self._card(room)
        if isinstance(card, Closing):
            refused = card
        elif version is None:
            refused = Closing(CloseCode.PROTOCOL, "protocol-version")
        line: Line = socket.scope["extensions"][LINE]
        connection = Connection(new_id(), room, principal, said.get("token", ""), line, self._parts.rules)
        if refused is not None:
            connection.close(refused.code, refused.reason)
            return
        assert isinstance(card, RoomCard) and version is not None
        connection.watching = connection.user != card.host_user
        connection.address = address
        since = None if version < protocol.RESUMES else protocol.since(said.get("since", ""))
        try:
            await self._attend(socket, connection, Arrival(card, version, since))
        finally:
            await self._parts.feed.leave(connection)

    async def _card(self, room: str) -> RoomCard | Closing:
        try:
            card = await self._parts.shelf.card(room) if is_id(room) else None
        except StoreAway as error:
            log.warning("a newcomer's room could not be looked up", error=repr(error))
            return Closing(CloseCode.RESTART, "not-ready")
        return Closing(CloseCode.UNKNOWN_ROOM, "room-unknown") if card is None else card

    def _principal(self, token: str) -> tuple[Principal | None, Closing | None]:
        if not token:
            return None, None
        try:
            return self._parts.tokens.principal(token), None
        except TokenExpired:
            return None, Closing(CloseCode.TOKEN, "token-expired")
        except Unauthorised:
            return None, Closing(CloseCode.TOKEN, "token-invalid")

    async def _attend(self, socket: WebSocket, connection: Connection, arrival: Arrival) -> None:
        try:
            await self._greet(connection, arrival)
        except Sanctioned:
            connection.close(CloseCode.BANNED, "banned")
        except StoreAway as error:
            log.warning("a newcomer could not be greeted", error=repr(error))
            connection.close(CloseCode.RESTART, "not-ready")
        await connection.serve(socket, self._parts.commands.listener(connection))

    async def _greet(self, connection: Connection, arrival: Arrival) -> None:
        parts = self._parts
        async with self._greetings:
            # Joined before the ban is looked up: one that is imposed meanwhile is not missed.
            resumed = await parts.feed.join(connection, arrival.since)
            if connection.user:
                await parts.gate.check(connection.user, Scope.PLATFORM)
            if resumed is not None:  # read after what was missed: a line that was deleted meanwhile is not in it
                at, told = resumed.at, resumed.missed
                told += await parts.shelf.present(connection.room)
            else:
                alone = arrival.version < protocol.RESUMES
                shown = await parts.shelf.show(connection, arrival.card, alone=alone)
                at, told = shown.at, shown.snapshot + shown.after
        hello = self._hello(connection, arrival.version, at, resumed=resumed is not None)
        connection.greet(frame("hello", hello), told)

    def _hello(self, connection: Connection, version: int, at: Head, *, resumed: bool) -> dict[str, object]:
        rules = self._parts.rules
        body: dict[str, object] = {
            "protocol": version,
            "connection": connection.id,
            "epoch": at.epoch,
            "offset": at.offset,
            "now_ms": self._parts.clock.now_ms(),
        }
        if version < protocol.RESUMES:
            return {**body, "heartbeat_s": rules.heartbeat_s}
        told = {"resumed": resumed, "user": connection.user or None}
        return {**body, "heartbeat_s": rules.quiet_s, **told}


def may_connect(origin: str | None, host: str, allowed: Collection[str]) -> bool:
    """A page may connect from its own host or an allowed origin; what is no browser sends no Origin."""
    if origin is None:
        return True
    if origin in allowed:
        return True
    try:
        return origin != "null" and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # it is no address at all
        return False
