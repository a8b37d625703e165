"""The sockets of one room in this process, and what they are told next: merged per tick, one write a socket.

A telling is cut into pieces between which everything else of the process has its turn, and a room never has two at
once. Nothing in it waits, so nobody waits for a slow reader. What was told of late is kept for those who come back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from math import inf

from foundation.clock import Clock
from streaming.feed import framing, pace, teller_native
from streaming.feed.connection import CloseCode, Connection, frame
from streaming.feed.ring import Ring
from streaming.feed.rules import FeedRules
from streaming.feed.since import Since
from streaming.feed.store import Head, History, Posted
from streaming.feed.teller import Teller
from streaming.feed.tick import Batch, Tick, told

TAKES_BACK = frozenset(("chat.deleted", "chat.muted"))  # nobody who comes later is shown what was there before
APPLIES = frozenset(("guest.applied", "guest.withdrawn"))  # who must be shown a snapshot of his own is another one
ENDS_A_SNAPSHOT = TAKES_BACK | APPLIES
PIECE = 256  # sockets: about two milliseconds
PING = framing.ping()


class Crowd:
    def __init__(self, rules: FeedRules, clock: Clock) -> None:
        self.connections: set[Connection] = set()
        self._hearing: set[Connection] = set()  # those of them who are told from the next telling on
        self._new: dict[Connection, Head] = {}  # of them, who knows already what has still to be told: up to where
        self._rules = rules
        self._clock = clock
        self._teller = teller_native.best(rules.native)
        self._tick = Tick(rules.samples_per_tick)
        self._ring = Ring(rules.resume_ms, rules.resume_bytes)
        self._since: Since | None = None
        self._taken: Head | None = None
        self._recalling = asyncio.Lock()
        self._asked = count(1)
        self._reading = asyncio.Lock()
        self._present = (0, b"")  # and of which moment of asking it is
        self._recalled = ""  # the epoch of which was read what was told elsewhere, and before
        self._next: asyncio.Handle | None = None  # a telling that is due or going on
        self._first_s = 0.0
        self._earliest_s = 0.0
        self._pinged_s = asyncio.get_running_loop().time()
        self._ping = False

    def begin(self, head: Head) -> None:
        """How far the room has come, asked since it is listened to: of what is beyond nothing will be missed."""
        if self._ring.epoch != head.epoch:
            self._ring.begin(head.epoch, head.offset)

    async def recall(self, since: Head, history: Callable[[], Awaitable[History]]) -> None:
        """Learn what was told beyond ``since`` before this crowd was here, if it is known anywhere. It is read once."""
        async with self._recalling:
            if self._recalled != since.epoch and not self._ring.reaches(since.epoch, since.offset):
                found, now_ms = await history(), self._clock.now_ms()
                whole_after = found.whole_after
                self._ring.precede(whole_after.epoch, whole_after.offset, map(told, found.posted), now_ms)
                self._recalled = since.epoch

    async def present(self, read: Callable[[], Awaitable[bytes]]) -> bytes:
        """What ``read`` gives, begun after the call: those who ask while it is being read share the next one."""
        asked = next(self._asked)
        async with self._reading:
            if self._present[0] < asked:
                self._present = next(self._asked), await read()
            return self._present[1]

    def resume(self, connection: Connection, since: Head) -> bytes | None:
        """As ``hear``; None, and it is told nothing yet, when it is not known what was told since."""
        return self.hear(connection, since) if self._ring.reaches(since.epoch, since.offset) else None

    def hear(self, connection: Connection, at: Head) -> bytes:
        """From now on it is told what is said beyond ``at``. Returns what was told of that before, as far as known."""
        self._hearing.add(connection)
        missed = self._ring.since(at.epoch, at.offset, connection.user)
        self._new[connection] = at if missed is None else Head(at.epoch, max(at.offset, self._ring.newest))
        return missed or b""

    def record(self, for_s: float) -> Since:
        """What is told from now on, for so many seconds; the former one ends."""
        if self._since is not None:
            self._since.end()
        self._since = Since(asyncio.get_running_loop().time() + for_s)
        return self._since

    def hear_since(self, connection: Connection, at: Head, since: Since) -> bytes | None:
        """As ``hear``, chat and totals too: ``at`` has been asked after ``since`` began. None when it is not whole."""
        if not since.whole:
            return None
        self._hearing.add(connection)
        self._new[connection] = since.newest(at)
        return since.beyond(at, connection.user)

    def leave(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._hearing.discard(connection)
        self._new.pop(connection, None)

    def take(self, posted: Posted) -> None:
        if posted.after_gap:
            self._start_over(posted)
        if posted.silent:
            return
        if posted.type in ENDS_A_SNAPSHOT:
            self._end_record()
        if not self._tick:
            self._first_s = asyncio.get_running_loop().time()
        self._tick.add(posted)
        self._taken = Head(posted.epoch, posted.offset)
        self._arm()

    def _start_over(self, posted: Posted) -> None:
        """Nobody here has heard what came right before ``posted``: everybody comes again and is shown all."""
        self._ring.begin(posted.epoch, posted.offset - 1)
        self._recalled = ""
        self._end_record()
        for connection in tuple(self._hearing):
            connection.close(CloseCode.RESTART, "missed")

    def ping(self, now_s: float) -> None:
        """Ask everybody whether he is still there, when it is time; with the next telling, if one is due."""
        if now_s - self._pinged_s >= self._rules.ping_every_s:
            self._pinged_s, self._ping = now_s, True
            if not self._tick:
                self._first_s = now_s
            self._arm()

    def _arm(self) -> None:
        if self._next is None:
            due_s = pace.due(self._first_s, self._earliest_s, len(self._hearing), self._rules)
            self._next = asyncio.get_running_loop().call_at(due_s, self._tell)

    def _tell(self) -> None:
        began_s = asyncio.get_running_loop().time()  # putting it together is a part of the telling
        batch, now_ms = self._tick.drain(), self._clock.now_ms()
        for each in batch.parts:
            self._ring.keep(each, now_ms)
        if self._since is not None and not self._since.keep(batch.parts, began_s):
            self._since = None
        if self._ping:
            self._ping = False
            # All that was taken has been told with it: up to here everybody has heard.
            batch = batch.followed_by(PING + frame("beat", {"now_ms": now_ms}, self._taken))
        self._tell_piece(self._telling(batch, began_s), 0)

    def _telling(self, batch: Batch, began_s: float) -> "_Telling":
        firsts: dict[str, int] = {}
        for each in batch.parts:
            firsts.setdefault(each.epoch, each.offset)
        new = {connection: at for connection, at in self._new.items() if firsts.get(at.epoch, inf) <= at.offset}
        self._new = {connection: at for connection, at in self._new.items() if not self._is_past(at)}
        return _Telling(self._teller, batch, tuple(self._hearing), new, began_s)

    def _is_past(self, at: Head) -> bool:
        taken = self._taken
        return taken is not None and (taken.epoch != at.epoch or taken.offset >= at.offset)

    def _tell_piece(self, telling: "_Telling", start: int) -> None:
        loop, end = asyncio.get_running_loop(), start + PIECE
        try:
            telling.write(start, end)
        finally:
            if end < len(telling.connections):
                self._next = loop.call_soon(self._tell_piece, telling, end)
            else:
                self._next, self._earliest_s = None, pace.earliest(telling.began_s, loop.time(), self._rules)
                if self._tick or self._ping:
                    self._arm()

    def _end_record(self) -> None:
        if self._since is not None:
            self._since.end()
            self._since = None

    def stop(self) -> None:
        self._end_record()
        if self._next is not None:
            self._next.cancel()


@dataclass(frozen=True, slots=True)
class _Telling:
    teller: Teller
    batch: Batch
    connections: tuple[Connection, ...]
    new: dict[Connection, Head]
    """Who knows a part of it already."""
    began_s: float

    def write(self, start: int, end: int) -> None:
        piece, shared = self.connections[start:end], self.batch.shared
        if self.batch.own or self.new:
            piece = tuple(each for each in piece if not self._tell_apart(each))
        if shared:
            self.teller.tell(piece, shared)

    def _tell_apart(self, connection: Connection) -> bool:
        """Whether what it is told is not what all are told; then it has been."""
        shared = self.batch.shared
        frames = self.batch.own.get(connection.user, shared)
        if connection in self.new:
            frames = self.batch.beyond(self.new[connection], connection.user)
        if frames is shared:
            return False
        if frames and connection.open:
            connection.write(frames)
        return True
