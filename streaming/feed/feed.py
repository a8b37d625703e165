"""The feed of one api process: who is connected, and until when. One reader takes messages from the wire."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from accounts.principal import TokenExpired, Tokens
from foundation.away import StoreAway
from foundation.bus import Bus
from foundation.clock import Clock
from foundation.errors import Unauthorised
from foundation.stopping import end, heed_cancellation
from moderation.events import SanctionImposed
from moderation.gate import Bans, Scope
from streaming.audience.audience import Audience
from streaming.feed.connection import CloseCode, Connection
from streaming.feed.crowd import Crowd
from streaming.feed.rules import FeedRules
from streaming.feed.since import Since
from streaming.feed.store import Head, Posted, Wire

log = structlog.get_logger(__name__)

SWEEP_EVERY_S = 1.0
ANEW_AFTER_S = 0.2
# A ban may be written a while after the moment that it names.
OVERLAP_MS = 60_000


@dataclass(frozen=True)
class Resumed:
    """How somebody came back: he is told ``missed``, what was said beyond ``at``, and then whatever is said."""

    at: Head
    missed: bytes


class Feed:
    """``run`` for as long as the process serves; ``join`` and ``leave`` for each socket."""

    def __init__(
        self, wire: Wire, audience: Audience, bus: Bus, bans: Bans, tokens: Tokens, clock: Clock, rules: FeedRules
    ) -> None:
        self._wire = wire
        self._audience = audience
        self._bus = bus
        self._bans = bans
        self._tokens = tokens
        self._clock = clock
        self._rules = rules
        self._rooms: dict[str, Crowd] = {}
        self._users: defaultdict[str, set[Connection]] = defaultdict(set)
        self._turns: deque[tuple[float, Connection]] = deque()  # when whose token is looked at again, in order
        self._looked_ms = clock.now_ms()
        self._leaving = asyncio.Semaphore(rules.at_once)

    @property
    def connections(self) -> list[Connection]:
        return [connection for room in self._rooms.values() for connection in room.connections]

    async def run(self) -> None:
        """Until cancelled; then every socket is asked to come back. After a failure too, and the feed begins anew."""
        while True:
            # A task of its own: a group whose task fails leaves the one that waits for it marked as cancelled.
            serving = asyncio.create_task(self._serve(), name="feed/serve")
            try:
                await asyncio.wait((serving,))
            finally:
                (outcome,) = await end(serving)
            log.error("the feed has failed and begins anew", exc_info=outcome)
            await asyncio.sleep(ANEW_AFTER_S)

    async def _serve(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(), name="feed/carry")
                group.create_task(self._heed_bans(), name="feed/bans")
                group.create_task(self._sweep(), name="feed/sweep")
                group.create_task(self._look_up_sanctions(), name="feed/sanctions")
                group.create_task(self._audience.run(), name="feed/audience")
        finally:
            for connection in self.connections:
                connection.close(CloseCode.RESTART, "restart")

    async def join(self, connection: Connection, since: Head | None = None) -> Resumed | None:
        """Its room is listened to from the return on. Follow it by ``leave`` in any case.

        ``since``: up to where he has heard who comes back. None: he must be shown the room (``Shelf.show``).
        """
        room = self._rooms.get(connection.room)
        if room is None:
            room = self._rooms[connection.room] = Crowd(self._rules, self._clock)
        room.connections.add(connection)
        if connection.user:
            self._users[connection.user].add(connection)
            self._turns.append((asyncio.get_running_loop().time() + self._rules.token_every_s, connection))
            self._check_token(connection)  # it was good at the door, which may be a while ago
        await self._wire.listen(connection.room)
        if connection.watching:
            await self._audience.enter(connection.room, connection.id, connection.principal)
        else:
            self._audience.enter_beside(connection.room, connection.id)
        if since is None:
            return None
        head = await self.begin(connection.room)
        if since.epoch != head.epoch or since.offset > head.offset:
            return None
        await room.recall(since, partial(self._wire.history, connection.room))
        missed = room.resume(connection, since)
        return None if missed is None else Resumed(since, missed)

    async def begin(self, room: str) -> Head:
        """How far a room has come in which somebody is."""
        head = await self._wire.head(room)
        if room in self._rooms:  # its last socket may have gone meanwhile
            self._rooms[room].begin(head)
        return head

    async def present(self, room: str, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """``Crowd.present``, of a room in which somebody is."""
        return await self._rooms[room].present(read)

    def record(self, room: str, for_s: float) -> Since:
        """``Crowd.record``, of a room in which somebody is."""
        crowd = self._rooms.get(room)
        if crowd is not None:
            return crowd.record(for_s)
        nothing = Since(0.0)
        nothing.end()
        return nothing

    def hear_since(self, connection: Connection, at: Head, since: Since) -> bytes | None:
        return self._rooms[connection.room].hear_since(connection, at, since)

    def hear(self, connection: Connection, at: Head) -> bytes:
        return self._rooms[connection.room].hear(connection, at)

    async def leave(self, connection: Connection) -> None:
        room = self._rooms.get(connection.room)
        if room is not None:  # it may have been closed before it joined
            room.leave(connection)
        of_user = self._users[connection.user]
        of_user.discard(connection)
        if not of_user:
            del self._users[connection.user]
        try:
            async with self._leaving:
                try:
                    await self._audience.leave(connection.room, connection.id)
                finally:
                    await self._forget(connection.room)
        except StoreAway as error:
            log.warning("a connection left while redis was away", error=repr(error))  # its heartbeat ends anyway

    async def _forget(self, name: str) -> None:
        """Stop listening to a room without sockets."""
        room = self._rooms.get(name)
        if room is not None and not room.connections:
            room.stop()
            del self._rooms[name]
            await self._wire.unlisten(name)

    def close_user(self, user: str, code: CloseCode, reason: str) -> None:
        for connection in tuple(self._users.get(user, ())):
            connection.close(code, reason)

    async def _carry(self) -> None:
        async for posted in self._wire.posted():
            self.take(posted)

    def take(self, posted: Posted) -> None:
        """What has come over the wire."""
        room = self._rooms.get(posted.room)
        if room is not None:
            room.take(posted)

    async def _heed_bans(self) -> None:
        async with self._bus.subscribe(SanctionImposed) as facts:
            heed_cancellation()
            async for fact in facts:
                if isinstance(fact, SanctionImposed) and fact.scope == Scope.PLATFORM:
                    self.close_user(fact.user, CloseCode.BANNED, "banned")

    async def _sweep(self) -> None:
        """Ask who is there, close who cannot follow, who is silent, and who has outlived his token."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            now_s = loop.time()
            for room in self._rooms.values():
                room.ping(now_s)
            for connection in self.connections:
                connection.look(now_s)
            self.check_tokens(now_s)

    def check_tokens(self, now_s: float) -> None:
        """Close the sockets whose token is over, each in its turn."""
        while self._turns and self._turns[0][0] <= now_s:
            _, connection = self._turns.popleft()
            if connection.open:
                self._check_token(connection)
                self._turns.append((now_s + self._rules.token_every_s, connection))

    def check_user(self, user: str) -> None:
        """Judge one user's tokens at once: call it when they are judged otherwise than a moment ago."""
        for connection in tuple(self._users.get(user, ())):
            self._check_token(connection)

    def _check_token(self, connection: Connection) -> None:
        try:
            connection.principal = self._tokens.principal(connection.token)
        except TokenExpired:
            connection.close(CloseCode.TOKEN, "token-expired")
        except Unauthorised:
            connection.close(CloseCode.TOKEN, "token-invalid")

    async def _look_up_sanctions(self) -> None:
        while True:
            heed_cancellation()
            await asyncio.sleep(self._rules.sanctions_every_s)
            try:
                await self.check_sanctions()
            except StoreAway as error:
                log.warning("sanctions could not be looked up", error=repr(error))

    async def check_sanctions(self) -> None:
        """Close the sockets of those banned since the last look: for the ban whose fact was missed."""
        now_ms = self._clock.now_ms()
        for user in await self._bans.banned_since(self._looked_ms - OVERLAP_MS):
            self.close_user(user, CloseCode.BANNED, "banned")
        self._looked_ms = now_ms
