"""The viewers' sockets: read and counted by a few lines of C (``sink.c``), for a load cheaper than any server.

Losses are told from gaps in the sequence numbers, resends from numbers that come again, the time between packets from
the kernel's arrival stamps.
"""

import ctypes
import select
import socket
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CAPACITY = 4096
_OUT = 1 << 20
_BUDGET = 4_000
_COPY = struct.Struct("=iiQ")
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_RECEIVE_BUFFER = 1 << 20


class _Stream(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("ssrc", "payload_type", "highest", "first")),
        *((name, ctypes.c_uint64) for name in ("unique", "again", "bytes", "last_ns")),
        ("seen", ctypes.c_uint64 * 16),
    )


class _Ear(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int32) for name in ("fd", "copied", "number", "streams")),
        ("datagrams", ctypes.c_uint64),
        ("stream", _Stream * 2),
    )


class _Total(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_uint64) for name in ("datagrams", "packets", "bytes", "audio", "again")),
        ("gaps", ctypes.c_uint64 * 1024),
        ("longest_ns", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class Heard:
    """Since the last ``restart``. ``deaf``: how many viewers got nothing at all."""

    packets: int
    bytes: int
    audio: int
    again: int
    expected: int
    lost: int
    deaf: int
    gap_p99_ms: int
    gap_longest_ms: float


@dataclass(frozen=True)
class StreamState:
    """What a receiver report says of one stream."""

    ssrc: int
    payload_type: int
    highest: int
    expected: int
    lost: int


def compiled(folder: Path) -> Path:
    """The C part as a shared library in ``folder``."""
    library = folder / "sink.so"
    if not library.exists():
        source = Path(__file__).with_name("sink.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


class Ears:
    """At most CAPACITY sockets. ``listen`` gives what was copied: (number of the ear, datagram, arrival in ns)."""

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library), use_errno=True)
        self._epoll = select.epoll()
        self._ears = (_Ear * CAPACITY)()
        self._total = _Total()
        self._out = ctypes.create_string_buffer(_OUT)
        self._sockets: dict[int, socket.socket] = {}
        self._free = list(range(CAPACITY - 1, -1, -1))

    def open(self, host: str) -> tuple[int, socket.socket]:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
        except PermissionError:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        opened.setblocking(False)
        opened.bind((host, 0))
        number = self._free.pop()
        ctypes.memset(ctypes.byref(self._ears[number]), 0, ctypes.sizeof(_Ear))
        self._ears[number].fd = opened.fileno()
        self._ears[number].number = number
        self._ears[number].copied = 1
        self._sockets[number] = opened
        self.hear(number)
        return number, opened

    def close(self, number: int) -> None:
        self._sockets.pop(number).close()
        ctypes.memset(ctypes.byref(self._ears[number]), 0, ctypes.sizeof(_Ear))
        self._free.append(number)

    def hear(self, number: int) -> None:
        if self._library.ears_hear(self._epoll.fileno(), self._sockets[number].fileno(), number):
            raise OSError(ctypes.get_errno(), "epoll_ctl")

    def ignore(self, number: int) -> None:
        """Leave the socket unread: the kernel drops what does not fit, and nobody is woken."""
        self._epoll.unregister(self._sockets[number])

    def copy(self, number: int, wanted: bool) -> None:
        """Whether media of this ear is copied too, not only STUN and DTLS."""
        self._ears[number].copied = wanted

    def listen(self) -> Iterator[tuple[int, bytes, int]]:
        length = self._library.ears_listen(
            self._epoll.fileno(), self._ears, ctypes.byref(self._total), self._out, _OUT, _BUDGET
        )
        if not length:
            return
        out, position = self._out.raw[:length], 0
        while position < length:
            number, size, at_ns = _COPY.unpack_from(out, position)
            position += _COPY.size
            yield number, out[position : position + size], at_ns
            position += size

    def restart(self) -> None:
        ctypes.memset(ctypes.byref(self._total), 0, ctypes.sizeof(_Total))
        self._library.ears_restart(self._ears, CAPACITY)

    def streams(self, number: int) -> list[StreamState]:
        ear = self._ears[number]
        found = []
        for place in range(ear.streams):
            stream = ear.stream[place]
            expected = max(0, stream.highest + 1 - stream.first)
            lost = max(0, expected - stream.unique)
            found.append(StreamState(stream.ssrc, stream.payload_type, stream.highest, expected, lost))
        return found

    def heard(self) -> Heard:
        expected = lost = deaf = 0
        for number in self._sockets:
            streams = self.streams(number)
            expected += sum(each.expected for each in streams)
            lost += sum(each.lost for each in streams)
            deaf += not any(each.expected for each in streams)
        total = self._total
        return Heard(
            packets=total.packets,
            bytes=total.bytes,
            audio=total.audio,
            again=total.again,
            expected=expected,
            lost=lost,
            deaf=deaf,
            gap_p99_ms=_percentile(list(total.gaps), 0.99),
            gap_longest_ms=round(total.longest_ns / 1e6, 1),
        )


def _percentile(counts: list[int], share: float) -> int:
    """The value (an index, rounded up) below which ``share`` of all counted ones are."""
    wanted, seen = share * sum(counts), 0
    for value, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return value + 1 if seen else 0
    return len(counts)
