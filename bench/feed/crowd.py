"""The crowd's sockets: opened, read, counted and made to speak by some C (``crowd.c``) in a thread of their own."""

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
LOOKS_PER_S = 4  # of those who read slowly
HERE = Path(__file__).parent
SOURCES = [HERE / name for name in ("crowd.c", "hearing.c", "speaking.c")]


class CrowdFailed(RuntimeError):
    """A socket could not be made at all."""


@dataclass(frozen=True)
class Manners:
    """What a contestant's clients say.

    A client is ready when a text begins with ``ready`` (empty: when its handshake is done); a text that begins with a
    key of ``answers`` is answered with its value; everybody says ``beat`` once in ``beat_ms`` (0: never). A line of a
    speaker stands between ``before`` and ``after``; a text that begins with ``refused`` does not let him.
    """

    ready: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    beat: str = ""
    beat_ms: int = 0
    before: str = ""
    after: str = ""
    refused: str = ""


class _Manners(ctypes.Structure):
    _fields_ = (
        ("ready", ctypes.c_char * 64),
        ("heard", ctypes.c_char * 16 * ANSWERS),
        ("said", ctypes.c_char * 16 * ANSWERS),
        ("beat", ctypes.c_char * 126),
        ("beat_ms", ctypes.c_int32),
        ("before", ctypes.c_char * 64),
        ("after", ctypes.c_char * 16),
        ("refused", ctypes.c_char * 32),
    )


class _Totals(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("opened", "ready", "failed", "texts", "reads", "bytes")),
        *((name, ctypes.c_int64) for name in ("counted", "lost", "events", "again", "longest_us", "first")),
        *((name, ctypes.c_int64) for name in ("said", "own", "refused", "lines", "closed", "code")),
        *((name, ctypes.c_uint32 * DELAYS) for name in ("delays", "own_delays", "joins")),
        ("fault", ctypes.c_char * 256),
    )


@dataclass(frozen=True)
class Heard:
    """``delays``: how many events came in which tenth of a millisecond; the last one stands for all that is longer.

    ``again`` are those that came a second time or after a later one, ``reads`` those that brought an event, ``lost``
    those clients among the counted ones that are there no more. Of what speakers ``said`` so much was ``refused``, and
    so much heard by who said it (``own``) and by the witness (``lines``). ``joins``: how long it took to become ready.
    So many were ``closed`` by a code, the latest by ``code``. All but the clients: since the last ``restart``.
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
    lost: int
    said: int
    own: int
    refused: int
    lines: int
    closed: int
    code: int
    delays: Sequence[int]
    own_delays: Sequence[int]
    joins: Sequence[int]


def compiled(folder: Path) -> Path:
    """The C part as a shared library in ``folder``."""
    library = folder / "crowd.so"
    if not library.exists():
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library, *SOURCES], check=True)
    return library


class Crowd:
    """At most ``capacity`` clients of one server on 127.0.0.1; ``close`` when done."""

    def __init__(self, library: Path, capacity: int, manners: Manners) -> None:
        self._c = ctypes.CDLL(str(library))
        self._c.crowd_new.restype = ctypes.c_void_p
        self._totals = _Totals()
        words = {name: getattr(manners, name).encode() for name in ("ready", "beat", "before", "after", "refused")}
        said = _Manners(**words, beat_ms=manners.beat_ms)
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
    def ready(self) -> int:
        return int(self._totals.ready)

    @property
    def waiting(self) -> int:
        """Clients that are opened and neither ready nor lost."""
        return int(self._totals.opened - self._totals.ready - self._totals.failed)

    @property
    def unheard(self) -> int:
        """Lines of speakers that were not refused and that they have not heard themselves."""
        return int(self._totals.said - self._totals.refused - self._totals.own)

    def restart(self, first: int, counted: int | None = None) -> None:
        """Count anew: events from the number ``first`` on, as heard by the first ``counted`` clients."""
        counted = int(self._totals.opened) if counted is None else counted
        self._c.crowd_restart(self._crowd, ctypes.c_int64(first), ctypes.c_int64(counted))

    def speak(self, speakers: int, witness: int, per_s: float, lines: int) -> "ctypes.Array[ctypes.c_uint32]":
        """The first ``speakers`` clients begin to say ``lines`` in all.

        What is returned fills: how many lines of each speaker the client ``witness`` has heard.
        """
        self._heard_of = (ctypes.c_uint32 * speakers)()
        arguments = (speakers, witness, ctypes.c_double(per_s), ctypes.c_int64(lines), self._heard_of)
        self._c.crowd_speak(self._crowd, *arguments)
        return self._heard_of

    def dull(self, clients: range, bytes_per_s: int = 0) -> None:
        """They read nothing more until ``wake``, or so little for good; one group of the latter at a time."""
        self._c.crowd_dull(self._crowd, clients.start, clients.stop, ctypes.c_int64(bytes_per_s // LOOKS_PER_S))

    def wake(self, clients: range) -> None:
        self._c.crowd_wake(self._crowd, clients.start, clients.stop)

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
            lost=totals.lost,
            said=totals.said,
            own=totals.own,
            refused=totals.refused,
            lines=totals.lines,
            closed=totals.closed,
            code=totals.code,
            delays=list(totals.delays),
            own_delays=list(totals.own_delays),
            joins=list(totals.joins),
        )

    def close(self) -> None:
        self._c.crowd_stop(self._crowd)
        self._thread.join()
        self._c.crowd_end(self._crowd)
