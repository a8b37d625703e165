"""The crowd's sockets: opened, read and counted by a few hundred lines of C (``crowd.c``) in a thread of their own."""

import ctypes
import os
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ANSWERS = 4
DELAYS = 100_000
DELAY_MS = 0.1
SOURCE = Path(__file__).with_name("crowd.c")


class CrowdFailed(RuntimeError):
    """A socket could not be made at all."""


@dataclass(frozen=True)
class Manners:
    """What a contestant's clients say.

    A client is ready when a text begins with ``ready`` (empty: when its handshake is done); a text that begins with a
    key of ``answers`` is answered with its value; everybody says ``beat`` once in ``beat_ms`` (0: never).
    """

    ready: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    beat: str = ""
    beat_ms: int = 0


class _Manners(ctypes.Structure):
    _fields_ = (
        ("ready", ctypes.c_char * 64),
        ("heard", ctypes.c_char * 16 * ANSWERS),
        ("said", ctypes.c_char * 16 * ANSWERS),
        ("beat", ctypes.c_char * 126),
        ("beat_ms", ctypes.c_int32),
    )


class _Totals(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("opened", "ready", "failed", "texts", "reads", "bytes")),
        *((name, ctypes.c_int64) for name in ("events", "again", "longest_us", "first")),
        ("delays", ctypes.c_uint32 * DELAYS),
        ("fault", ctypes.c_char * 256),
    )


@dataclass(frozen=True)
class Heard:
    """``delays``: how many events came in which tenth of a millisecond; the last one stands for all that is longer.

    ``again`` are those that came a second time or after a later one, ``reads`` those that brought an event. All but the
    clients: since the last ``restart``.
    """

    opened: int
    ready: int
    failed: int
    fault: str
    texts: int
    reads: int
    bytes: int
    events: int
    again: int
    longest_ms: float
    delays: Sequence[int]


def compiled(folder: Path) -> Path:
    """The C part as a shared library in ``folder``."""
    library = folder / "crowd.so"
    if not library.exists():
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
    return library


class Crowd:
    """At most ``capacity`` clients of one server on 127.0.0.1; ``close`` when done."""

    def __init__(self, library: Path, capacity: int, manners: Manners) -> None:
        self._c = ctypes.CDLL(str(library))
        self._c.crowd_new.restype = ctypes.c_void_p
        self._totals = _Totals()
        said = _Manners(ready=manners.ready.encode(), beat=manners.beat.encode(), beat_ms=manners.beat_ms)
        for number, (heard, answer) in enumerate(manners.answers.items()):
            said.heard[number].value, said.said[number].value = heard.encode(), answer.encode()
        self._crowd = ctypes.c_void_p(self._c.crowd_new(capacity, ctypes.byref(said), ctypes.byref(self._totals)))
        self._thread = threading.Thread(target=self._c.crowd_run, args=(self._crowd,), name="crowd")
        self._thread.start()

    def open(self, port: int, path: str) -> None:
        """One more client; whether it became ready is seen in ``heard``."""
        request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: cmluZ3NpZGUgYmVuY2htYQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()
        fault = self._c.crowd_open(self._crowd, port, request, ctypes.c_size_t(len(request)))
        if fault:
            raise CrowdFailed(os.strerror(fault))

    @property
    def events(self) -> int:
        return int(self._totals.events)

    @property
    def waiting(self) -> int:
        """Clients that are opened and neither ready nor lost."""
        return int(self._totals.opened - self._totals.ready - self._totals.failed)

    def restart(self, first: int) -> None:
        """Count anew, and of events those only that have the number ``first`` or a higher one."""
        self._c.crowd_restart(self._crowd, ctypes.c_int64(first))

    def heard(self) -> Heard:
        totals = self._totals
        return Heard(
            opened=totals.opened,
            ready=totals.ready,
            failed=totals.failed,
            fault=totals.fault.decode(errors="replace"),
            texts=totals.texts,
            reads=totals.reads,
            bytes=totals.bytes,
            events=totals.events,
            again=totals.again,
            longest_ms=totals.longest_us / 1000,
            delays=list(totals.delays),
        )

    def close(self) -> None:
        self._c.crowd_stop(self._crowd)
        self._thread.join()
        self._c.crowd_end(self._crowd)
