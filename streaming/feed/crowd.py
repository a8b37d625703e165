"""The sockets of one room in this process, and what they are told next: merged per tick, one write a socket.

A telling is cut into pieces between which everything else of the process has its turn, and a room never has two at
once. Nothing in it waits, so nobody waits for a slow reader.
"""

import asyncio

from streaming.feed import framing, pace
from streaming.feed.connection import Connection
from streaming.feed.rules import FeedRules
from streaming.feed.store import Posted
from streaming.feed.tick import Batch, Tick

PIECE = 256  # sockets: about two milliseconds
PING = framing.ping()


class Crowd:
    def __init__(self, rules: FeedRules) -> None:
        self.connections: set[Connection] = set()
        self._rules = rules
        self._tick = Tick(rules.samples_per_tick)
        self._next: asyncio.Handle | None = None  # a telling that is due or going on
        self._first_s = 0.0
        self._earliest_s = 0.0
        self._pinged_s = asyncio.get_running_loop().time()
        self._ping = False

    def take(self, posted: Posted) -> None:
        if not self._tick:
            self._first_s = asyncio.get_running_loop().time()
        self._tick.add(posted)
        self._arm()

    def ping(self, now_s: float) -> None:
        """Ask everybody whether he is still there, when it is time; with the next telling, if one is due."""
        if now_s - self._pinged_s >= self._rules.ping_every_s:
            self._pinged_s, self._ping = now_s, True
            if not self._tick:
                self._first_s = now_s
            self._arm()

    def _arm(self) -> None:
        if self._next is None:
            due_s = pace.due(self._first_s, self._earliest_s, len(self.connections), self._rules)
            self._next = asyncio.get_running_loop().call_at(due_s, self._tell)

    def _tell(self) -> None:
        batch = self._tick.drain()
        if self._ping:
            self._ping, batch = False, batch.followed_by(PING)
        self._tell_piece(batch, tuple(self.connections), 0, asyncio.get_running_loop().time())

    def _tell_piece(self, batch: Batch, connections: tuple[Connection, ...], start: int, began_s: float) -> None:
        loop, end = asyncio.get_running_loop(), start + PIECE
        try:
            _write(batch, connections[start:end])
        finally:
            if end < len(connections):
                self._next = loop.call_soon(self._tell_piece, batch, connections, end, began_s)
            else:
                self._next, self._earliest_s = None, pace.earliest(began_s, loop.time(), self._rules)
                if self._tick or self._ping:
                    self._arm()

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()


def _write(batch: Batch, connections: tuple[Connection, ...]) -> None:
    shared, own = batch.shared, batch.own
    for connection in connections:
        frames = own.get(connection.user, shared) if own else shared
        if frames and connection.open:
            connection.write(frames)
