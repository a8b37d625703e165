"""An api process with nothing but the room feed: real uvicorn on an ephemeral port, real Valkey."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import orjson
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from accounts.principal import Role
from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from server.websocket_line import WebSocketLine
from streaming.audience.audience import Audience
from streaming.audience.rules import AudienceRules
from streaming.audience.store_redis import RedisAudiences
from streaming.chat.deed import DeleteFromChat, MuteInChat
from streaming.chat.likes import Like
from streaming.chat.limits import ChatLimits
from streaming.chat.say import SayInChat
from streaming.chat.service import ChatOrder, ChatPart, ChatStores
from streaming.chat.store_memory_orders import MemoryOrders
from streaming.chat.store_redis import RedisOrderCopies, RedisTalk
from streaming.feed.commands import Commands
from streaming.feed.feed import Feed
from streaming.feed.metrics import FeedMetrics
from streaming.feed.router import FeedParts, router
from streaming.feed.rules import FeedRules
from streaming.feed.shelf import Shelf
from streaming.feed.snapshot import Snapshots
from streaming.feed.store_redis import RedisWire
from streaming.feed_port import FeedCommand, SnapshotPart
from streaming.lobby import Lobby
from streaming.presence import RoomCard
from streaming.store_memory import MemoryBroadcasts, MemoryRooms
from tests.streaming.scene import NOW, ToldGate, ToldTokens, card, until

# What the server sets: our own limit answers first, this one protects the parser.
WS_MAX_SIZE = 64 * 1024
# So that tests need not wait, nor be held back where they ask for nothing else.
QUICK_AUDIENCE = AudienceRules(count_every_s=0.05, beat_every_s=0.2)
QUICK_CHAT = ChatLimits(burst=200, address_burst=2_000, room_burst=2_000, likes_every_s=0.02)

CHAT_KEY = b"the key that hides addresses"


class NoHurry:
    """Nobody is too fast."""

    async def take(self, user: str) -> None:
        return


class House:
    """``url`` of a running feed, and everything behind it."""

    def __init__(
        self,
        redis: Redis,
        rules: FeedRules,
        commands: Sequence[FeedCommand] = (),
        parts: Sequence[SnapshotPart] = (),
        beside: "House | None" = None,
        audience: AudienceRules = QUICK_AUDIENCE,
        chat: ChatLimits = QUICK_CHAT,
    ) -> None:
        """``beside``: another api process of the same platform."""
        self.clock = SystemClock()
        self.bus: MemoryBus = MemoryBus() if beside is None else beside.bus
        self.rooms: MemoryRooms = MemoryRooms() if beside is None else beside.rooms
        self.broadcasts: MemoryBroadcasts = MemoryBroadcasts() if beside is None else beside.broadcasts
        self.gate: ToldGate = ToldGate() if beside is None else beside.gate
        self.tokens: ToldTokens = ToldTokens() if beside is None else beside.tokens
        self.talk = RedisTalk(redis)
        self.wire = RedisWire(redis)
        self.audience = Audience(RedisAudiences(redis), self.wire, self.clock, audience)
        self.lobby = Lobby(self.rooms, self.broadcasts)
        self.like = Like(self.talk, self.wire, chat)
        self.followed: set[tuple[str, str]] = set() if beside is None else beside.followed
        self.orders: MemoryOrders = MemoryOrders(self.rooms) if beside is None else beside.orders
        stores = ChatStores(self.orders, RedisOrderCopies(redis), self.talk)
        self.order = ChatOrder(stores, self.wire, self.tokens, NoHurry(), self.clock, chat)
        say = SayInChat(self.talk, self.wire, self.gate, self.order, self, self.clock, chat, CHAT_KEY)
        deeds = (DeleteFromChat(self.order), MuteInChat(self.order, chat))
        self.feed = Feed(self.wire, self.audience, self.bus, self.gate, self.tokens, self.clock, rules)
        self.registry = CollectorRegistry()
        self.metrics = FeedMetrics(self.registry)
        self.snapshots = Snapshots(self.lobby, self.audience, self.talk, [ChatPart(self.order), *parts])
        self.shelf = Shelf(self.feed, self.snapshots, self.lobby.room, self.metrics)
        self.parts = FeedParts(
            feed=self.feed,
            shelf=self.shelf,
            commands=Commands([say, *deeds, self.like, *commands], self.clock, rules),
            tokens=self.tokens,
            gate=self.gate,
            clock=self.clock,
            rules=rules,
            metrics=self.metrics,
            origins=("https://partner.example",),
        )
        self.port = 0
        self.running: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["House"]:
        app = FastAPI()
        app.include_router(router(self.parts))
        config = uvicorn.Config(
            app,
            log_level="error",
            lifespan="off",
            ws=WebSocketLine,
            ws_max_size=WS_MAX_SIZE,
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
            self.running = asyncio.create_task(self.feed.run())
            liking = asyncio.create_task(self.like.run())
            serving = asyncio.create_task(server.serve([listener]))
            await until(lambda: server.started, "uvicorn serves")
            try:
                yield self
            finally:
                for task in (self.running, liking):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
                server.should_exit = True
                await serving
                await self.shelf.close()
                await self.wire.close()

    async def follows(self, user: str, other: str) -> bool:
        return (user, other) in self.followed

    async def room(self) -> RoomCard:
        """A room whose host is called Ann, token ``Ann``."""
        host = self.tokens.people.get("Ann") or self.tokens.add("Ann", Role.HOST)
        return (await self.rooms.create(card(host.user_id), NOW)).card

    @asynccontextmanager
    async def visit(
        self, room: str, token: str = "", version: str = "1", since: str = "", **options: Any
    ) -> AsyncIterator["Visitor"]:
        """A socket in ``room``, as the user ``token``, that may have been closed already."""
        query = urlencode({"v": version, "token": token, **({"since": since} if since else {})})
        url = f"ws://127.0.0.1:{self.port}/api/v1/rooms/{room}/feed?{query}"
        async with connect(url, compression=None, max_queue=None, **options) as client:
            yield Visitor(client)

    @asynccontextmanager
    async def visitor(self, room: str, token: str = "", **options: Any) -> AsyncIterator["Visitor"]:
        """As ``visit``, greeted with ``hello`` and ``snapshot``; who resumes also with what he has missed."""
        async with self.visit(room, token, **options) as visitor:
            visitor.hello = await visitor.next("hello")
            if visitor.hello.get("resumed"):
                visitor.resumed = await visitor.next("resumed")
            else:
                visitor.snapshot = await visitor.next("snapshot")
            yield visitor


class Visitor:
    def __init__(self, client: ClientConnection) -> None:
        self.client = client
        self.hello: dict[str, Any] = {}
        self.snapshot: dict[str, Any] = {}
        self.resumed: dict[str, Any] = {}
        self.raw: list[str] = []
        """Every text that came, as it came."""

    @property
    def since(self) -> str:
        """Up to where he has heard, as he says it when he comes back."""
        epoch, offset = self.hello["epoch"], self.hello["offset"]
        for message in map(orjson.loads, self.raw):
            if "o" in message:
                epoch, offset = message["e"], message["o"]
        return f"{epoch}.{offset}"

    def heard(self, type_: str) -> list[Any]:
        """The bodies of all messages of this type that came so far."""
        return [message["d"] for message in map(orjson.loads, self.raw) if message["t"] == type_]

    async def next(self, *types: str) -> Any:
        """The body of the next message of one of ``types``; others are passed over."""
        return (await self.message(*types))["d"]

    async def message(self, *types: str) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                text = await self.client.recv()
                assert isinstance(text, str)
                self.raw.append(text)
                message: dict[str, Any] = orjson.loads(text)
                if message["t"] in types:
                    return message

    async def say(self, type_: str, command_id: object = 1, **body: object) -> None:
        await self.client.send(orjson.dumps({"t": type_, "id": command_id, "d": body}).decode())

    async def ask(self, type_: str, command_id: object = 1, **body: object) -> Any:
        """Say it and return the body of the reply or error."""
        await self.say(type_, command_id, **body)
        return await self.next("reply", "error", "pong")

    async def code(self) -> int:
        """The code with which the socket closes."""
        async with asyncio.timeout(10):
            while True:
                try:
                    self.raw.append(str(await self.client.recv()))
                except ConnectionClosed as closed:
                    return 1006 if closed.rcvd is None else closed.rcvd.code
