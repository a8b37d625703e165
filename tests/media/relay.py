"""A UDP relay that loses, delays, reorders, duplicates, throttles and cuts: a bad network without `tc netem`.

Clients send to `Relay.port`; each gets an upstream socket of his own, so the worker sees him under an address of his
own. Both directions have `conditions` that may be changed at any time, and a seed, so that one run is like another.
"""

import asyncio
import heapq
import itertools
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

CLIENTS_MAX = 256
WAITING_MAX = 8_192
READS_A_WAKE = 64
REORDERED_BY_MS = (5.0, 30.0)
_LOOPBACK = "127.0.0.1"
_BUFFER = 1 << 20

Send = Callable[[bytes], None]


@dataclass(frozen=True)
class Conditions:
    """One direction of a network. Shares are of datagrams, 0 to 1. Applied in the order of the fields' groups."""

    cut: bool = False
    loss: float = 0.0
    """Share lost in the long run."""
    burst: float = 1.0
    """Mean length of a run of losses, in datagrams (Gilbert's model); 1: each is lost for itself."""
    rate_bps: int = 0
    """Bits a second with a drop-tail queue of `queue_ms` before it; 0: no limit."""
    queue_ms: float = 200.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """Up to so much more delay, uniformly; keeps the order."""
    reorder: float = 0.0
    """Share that is held back by `REORDERED_BY_MS` while those behind overtake."""
    duplicate: float = 0.0


CLEAN = Conditions()


@dataclass
class Tally:
    """What has become of the datagrams of one direction."""

    came: int = 0
    went: int = 0
    lost: int = 0
    cut: int = 0
    overflowed: int = 0
    duplicated: int = 0
    reordered: int = 0
    late_ms: float = 0.0
    """How much later than due a datagram went at worst: above some 20 ms the machine, not the network, was judged."""


class Direction:
    """Set `conditions` whenever you like; what is on its way already arrives under the old ones."""

    def __init__(self, seed: int) -> None:
        self.conditions = CLEAN
        self.tally = Tally()
        self._random = random.Random(seed)
        self._losing = False
        self._free_at = 0.0
        self._latest = 0.0
        self._waiting: list[tuple[float, int, bytes, Send]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def take(self, datagram: bytes, send: Send) -> None:
        """Hand `datagram` to `send` when it is due, once, twice or never."""
        now, conditions, tally = asyncio.get_running_loop().time(), self.conditions, self.tally
        tally.came += 1
        if conditions.cut:
            tally.cut += 1
        elif self._loses(conditions):
            tally.lost += 1
        elif (through := self._throttled(now, conditions, len(datagram))) is None:
            tally.overflowed += 1
        else:
            self._pass(through, now, datagram, send)
            if conditions.duplicate and self._random.random() < conditions.duplicate:
                tally.duplicated += 1
                self._pass(through, now, datagram, send)

    def _loses(self, conditions: Conditions) -> bool:
        if not conditions.loss:
            self._losing = False
            return False
        if conditions.loss >= 1.0:
            return True
        # Mean run of losses 1 / leave, share of losses enter / (enter + leave).
        leave = 1.0 / max(1.0, conditions.burst)
        enter = conditions.loss * leave / (1.0 - conditions.loss)
        if conditions.burst <= 1.0:
            self._losing = self._random.random() < conditions.loss
        else:
            self._losing = self._random.random() >= leave if self._losing else self._random.random() < enter
        return self._losing

    def _throttled(self, now: float, conditions: Conditions, size: int) -> float | None:
        """When the datagram has passed the bottleneck; None: its queue is full."""
        if not conditions.rate_bps:
            return now
        begins = max(now, self._free_at)
        if begins - now > conditions.queue_ms / 1000:
            return None
        self._free_at = begins + size * 8 / conditions.rate_bps
        return self._free_at

    def _pass(self, through: float, now: float, datagram: bytes, send: Send) -> None:
        conditions = self.conditions
        due = through + (conditions.delay_ms + self._random.random() * conditions.jitter_ms) / 1000
        due = max(due, self._latest)
        if conditions.reorder and self._random.random() < conditions.reorder:
            self.tally.reordered += 1
            due += self._random.uniform(*REORDERED_BY_MS) / 1000
        else:
            self._latest = due
        if due <= now and not self._waiting:
            self.tally.went += 1
            send(datagram)
        elif len(self._waiting) >= WAITING_MAX:
            self.tally.overflowed += 1
        else:
            heapq.heappush(self._waiting, (due, next(self._order), datagram, send))
            self._arm()

    def _arm(self) -> None:
        due = self._waiting[0][0]
        if self._timer is None or self._timer.when() > due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(due, self._release)

    def _release(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][0] <= now:
            due, _, datagram, send = heapq.heappop(self._waiting)
            self.tally.late_ms = max(self.tally.late_ms, (now - due) * 1000)
            self.tally.went += 1
            send(datagram)
        if self._waiting:
            self._arm()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()


class Relay:
    """`up` is from the clients to the worker, `down` from the worker to them."""

    def __init__(self, worker_port: int, seed: int = 1) -> None:
        self.up, self.down = Direction(seed), Direction(seed + 1)
        self._worker = (_LOOPBACK, worker_port)
        self._front = open_socket()
        self._upstream: dict[tuple[str, int], socket.socket] = {}
        self._listen(self._front, self._from_client)

    @property
    def port(self) -> int:
        number: int = self._front.getsockname()[1]
        return number

    @property
    def both(self) -> tuple[Direction, Direction]:
        return self.up, self.down

    def set(self, conditions: Conditions) -> None:
        """Both directions alike."""
        self.up.conditions = self.down.conditions = conditions

    def rebind(self) -> None:
        """What a NAT does that has forgotten its clients: from now on they come from other ports."""
        for opened in self._upstream.values():
            self._shut(opened)
        self._upstream.clear()

    def close(self) -> None:
        for direction in self.both:
            direction.close()
        self.rebind()
        self._shut(self._front)

    def _from_client(self, datagram: bytes, client: tuple[str, int]) -> None:
        if client not in self._upstream:
            if len(self._upstream) >= CLIENTS_MAX:
                return
            opened = self._upstream[client] = open_socket()
            self._listen(opened, lambda answer, _: self._from_worker(answer, client))
        self.up.take(datagram, lambda passed: self._to_worker(client, passed))

    def _to_worker(self, client: tuple[str, int], datagram: bytes) -> None:
        opened = self._upstream.get(client)
        if opened is not None:
            _send(opened, datagram, self._worker)

    def _from_worker(self, datagram: bytes, client: tuple[str, int]) -> None:
        self.down.take(datagram, lambda passed: _send(self._front, passed, client))

    def _listen(self, opened: socket.socket, heard: Callable[[bytes, tuple[str, int]], None]) -> None:
        def readable() -> None:
            for _ in range(READS_A_WAKE):
                try:
                    datagram, address = opened.recvfrom(2048)
                except OSError:  # nothing more, or closed by what was heard
                    return
                heard(datagram, address)

        asyncio.get_running_loop().add_reader(opened.fileno(), readable)

    @staticmethod
    def _shut(opened: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(opened.fileno())
        opened.close()


def open_socket() -> socket.socket:
    """A UDP socket on loopback with a buffer for some hundred datagrams."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        opened.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
    opened.setblocking(False)
    opened.bind((_LOOPBACK, 0))
    return opened


def _send(opened: socket.socket, datagram: bytes, address: tuple[str, int]) -> None:
    try:
        opened.sendto(datagram, address)
    except OSError:
        return  # a full buffer loses it, as networks do


@asynccontextmanager
async def relay(worker_port: int, seed: int = 1) -> AsyncIterator[Relay]:
    """A relay before the worker's UDP port, closed at the end."""
    opened = Relay(worker_port, seed)
    try:
        yield opened
    finally:
        opened.close()
