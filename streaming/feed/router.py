"""The room feed's address: a WebSocket at ``/api/v1/rooms/{room}/feed?token=...&v=1``."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter
from starlette.websockets import WebSocket

from accounts.principal import Principal, TokenExpired, Tokens
from foundation.away import StoreAway
from foundation.clock import Clock
from foundation.errors import Unauthorised
from foundation.ids import is_id, new_id
from moderation.gate import Gate, Sanctioned, Scope
from streaming.feed.commands import Commands
from streaming.feed.connection import CloseCode, Closing, Connection, frame
from streaming.feed.feed import Feed
from streaming.feed.line import LINE, Line
from streaming.feed.rules import FeedRules
from streaming.feed.snapshot import Snapshots
from streaming.feed.store import Wire
from streaming.lobby import Lobby
from streaming.presence import RoomCard

log = structlog.get_logger(__name__)

PROTOCOL = 1
OLDEST_PROTOCOL = 1


@dataclass(frozen=True)
class FeedParts:
    """What the endpoint works with. ``origins`` may connect besides pages of the same host."""

    feed: Feed
    wire: Wire
    lobby: Lobby
    snapshots: Snapshots
    commands: Commands
    tokens: Tokens
    gate: Gate
    clock: Clock
    rules: FeedRules
    origins: Collection[str] = ()


def router(parts: FeedParts) -> APIRouter:
    routes = APIRouter()
    routes.add_websocket_route("/api/v1/rooms/{room}/feed", FeedEndpoint(parts).serve)
    return routes


class FeedEndpoint:
    def __init__(self, parts: FeedParts) -> None:
        self._parts = parts
        self._greetings = asyncio.Semaphore(parts.rules.at_once)

    async def serve(self, socket: WebSocket) -> None:
        if not may_connect(socket.headers.get("origin"), socket.headers.get("host", ""), self._parts.origins):
            await socket.close()  # before accept: the handshake is answered with 403
            return
        await socket.accept()
        token = socket.query_params.get("token", "")
        principal, refused = self._principal(token)
        room = socket.path_params["room"]
        card = await self._parts.lobby.room(room) if is_id(room) else None
        if card is None:
            refused = Closing(CloseCode.UNKNOWN_ROOM, "room-unknown")
        elif not _speaks(socket.query_params.get("v", str(PROTOCOL))):
            refused = Closing(CloseCode.PROTOCOL, "protocol-version")
        line: Line = socket.scope["extensions"][LINE]
        connection = Connection(new_id(), room, principal, token, line, self._parts.rules)
        if refused is not None or card is None:
            assert refused is not None
            connection.close(refused.code, refused.reason)
            return
        connection.watching = connection.user != card.host_user
        connection.address = "" if socket.client is None else socket.client.host
        try:
            await self._attend(socket, connection, card)
        finally:
            await self._parts.feed.leave(connection)

    def _principal(self, token: str) -> tuple[Principal | None, Closing | None]:
        if not token:
            return None, None
        try:
            return self._parts.tokens.principal(token), None
        except TokenExpired:
            return None, Closing(CloseCode.TOKEN, "token-expired")
        except Unauthorised:
            return None, Closing(CloseCode.TOKEN, "token-invalid")

    async def _attend(self, socket: WebSocket, connection: Connection, card: RoomCard) -> None:
        try:
            await self._greet(connection, card)
        except Sanctioned:
            connection.close(CloseCode.BANNED, "banned")
        except StoreAway as error:
            log.warning("a newcomer could not be greeted", error=repr(error))
            connection.close(CloseCode.RESTART, "not-ready")
        await connection.serve(socket, self._parts.commands.listener(connection))

    async def _greet(self, connection: Connection, card: RoomCard) -> None:
        parts = self._parts
        async with self._greetings:
            # Joined before the ban is looked up and the snapshot is taken: what happens meanwhile is not missed.
            await parts.feed.join(connection)
            if connection.user:
                await parts.gate.check(connection.user, Scope.PLATFORM)
            head = await parts.wire.head(card.room)
            snapshot = await parts.snapshots.take(card, connection.principal)
        hello = {
            "protocol": PROTOCOL,
            "connection": connection.id,
            "epoch": head.epoch,
            "offset": head.offset,
            "now_ms": parts.clock.now_ms(),
            "heartbeat_s": parts.rules.heartbeat_s,
        }
        connection.greet(frame("hello", hello), frame("snapshot", snapshot))


def _speaks(version: str) -> bool:
    return version.isascii() and version.isdigit() and int(version[:4]) >= OLDEST_PROTOCOL


def may_connect(origin: str | None, host: str, allowed: Collection[str]) -> bool:
    """A page may connect from its own host or an allowed origin; what is no browser sends no Origin."""
    if origin is None:
        return True
    return origin in allowed or (origin != "null" and urlsplit(origin).netloc.lower() == host.lower())
