"""The one file that touches private names of pylibsrtp, and what a peer's media go through: DTLS, then SRTP.

`MediaTransport` has no task and no queue: a datagram is taken where it arrives. When the handshake is done two SRTP
sessions are left of it, and two keys to understand a farewell.

`Sealer` protects whole trains of packets in one reused buffer, for UDP GSO.
"""

import asyncio
import importlib.metadata
import os
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import pylibsrtp
import structlog
from pylibsrtp._binding import ffi, lib

from streaming.media.bucket import Bucket
from streaming.media.certificate import SharedCertificate
from streaming.media.counters import Counters
from streaming.media.handshake import Handshake, PeerUnacceptable, Secured
from streaming.media.wire.dtls import HANDSHAKE, in_the_clear, plausible_records, records
from streaming.media.wire.dtls_farewell import Farewell

log = structlog.get_logger(__name__)

PINNED = {"pylibsrtp": "1.0.0"}
EARLY_MAX = 128
SSRCS_MAX = 64
"""Streams of one peer: libsrtp keeps a replay window for each that was authentic, and forgets none."""
REPORTS_A_SECOND = 200
"""RTCP of one peer; a browser that loses much sends 50."""
LAST_FLIGHTS_MAX = 10
WINDOW = 1024
"""Of replays, in packets: wider than the ring from which packets are sent again."""
TRAIN_BYTES_MAX = 1 << 16
_ROOM = ffi.new("char[]", 1500)
_ROOM_VIEW = ffi.buffer(_ROOM)


def _session(secret: bytes, direction: int, profile: int) -> pylibsrtp.Session:
    """All sessions work in one buffer; nothing waits in the middle of it."""
    policy = pylibsrtp.Policy(secret, direction, 0, profile)
    policy.allow_repeat_tx = True
    policy.window_size = WINDOW
    session = pylibsrtp.Session(policy)
    session._cdata, session._buffer = _ROOM, _ROOM_VIEW
    return session


class Outbound:
    """The sending half of a peer's SRTP: what a `Sealer` needs."""

    __slots__ = ("address", "handle", "session", "tag")

    def __init__(self, session: pylibsrtp.Session, tag: int) -> None:
        self.session = session
        self.handle = session._srtp[0]
        self.address = int(ffi.cast("uintptr_t", self.handle))
        """Of libsrtp's session, for native code; good while `session` is kept."""
        self.tag = tag
        """Bytes by which a packet grows."""


class Taps(Protocol):
    def on_rtp(self, packet: bytes) -> None: ...

    def on_rtcp(self, packet: bytes) -> None: ...

    def on_heard(self) -> None:
        """An authenticated packet has come."""


def _nothing() -> None: ...


class MediaTransport:
    """DTLS and SRTP of one peer. `send` writes a datagram to him; taps get what he sent, decrypted."""

    __slots__ = (
        "_certificate",
        "_counters",
        "_early",
        "_farewell",
        "_flight",
        "_flights",
        "_handshake",
        "_receiving",
        "_reports",
        "_secured",
        "_ssrcs",
        "_taps",
        "_timer",
        "_write",
        "ended",
        "on_ended",
        "outbound",
    )

    def __init__(
        self, certificate: SharedCertificate, send: Callable[[bytes], None], taps: Taps, counters: Counters
    ) -> None:
        self._certificate = certificate
        self._write = send
        self._taps = taps
        self._counters = counters
        self._early: list[bytes] = []
        """What came before the keys were there, or before the handshake was begun."""
        self._handshake: Handshake | None = None
        self._secured: asyncio.Future[bool] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._receiving: pylibsrtp.Session | None = None
        self._flight = b""
        self._flights = 0
        self._farewell: Farewell | None = None
        self._ssrcs: set[bytes] = set()
        self._reports = Bucket(REPORTS_A_SECOND, REPORTS_A_SECOND)
        self.outbound: Outbound | None = None
        self.ended = False
        self.on_ended: Callable[[], None] = _nothing
        """Told when the peer says farewell."""

    @property
    def tables(self) -> dict[str, int]:
        """How much is remembered of what has come in; each has its bound."""
        return {"early": len(self._early), "ssrcs": len(self._ssrcs)}

    # --- the handshake

    async def connect(
        self, fingerprints: Sequence[tuple[str, str]], active: bool, wary: Callable[[], bool] = lambda: False
    ) -> bool:
        """Do the handshake as client (`active`) or server; False if it failed. The caller sets the deadline."""
        self._handshake = handshake = Handshake(self._certificate, fingerprints, active, self._write, wary)
        secured: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._secured = secured
        try:
            handshake.begin()
            self._wind()
            self._read_early()
            return await secured
        finally:
            if self.outbound is None:
                log.info("handshake failed", error=handshake.trouble)
            self._handshake = self._secured = None
            self._unwind()

    def _read_early(self) -> None:
        early, self._early = self._early, []
        for datagram in early:
            self.receive(datagram)

    def _keep(self, datagram: bytes) -> None:
        if len(self._early) < EARLY_MAX:
            self._early.append(datagram)
        else:
            self._counters.inbox_overflows += 1

    def _shake(self, datagram: bytes) -> None:
        plausible = plausible_records(datagram)
        if not plausible:
            self._counters.alerts_dropped += 1
        elif self._handshake is None:
            self._keep(datagram)
        else:
            try:
                secured = self._handshake.take(plausible)
            except PeerUnacceptable as refusal:
                self._handshake.trouble = str(refusal)
                self._decide(False)
                return
            if secured is None:
                self._wind()
            else:
                self._secure(secured)

    def _wind(self) -> None:
        """Set the clock for the flight that may get lost."""
        self._unwind()
        wait = None if self._handshake is None else self._handshake.wait
        if wait is not None:
            self._timer = asyncio.get_running_loop().call_later(wait, self._remind)

    def _unwind(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _remind(self) -> None:
        if self._handshake is not None:
            self._handshake.remind()
            self._wind()

    def _secure(self, secured: Secured) -> None:
        profile = secured.profile
        sending = _session(secured.sending, pylibsrtp.Policy.SSRC_ANY_OUTBOUND, profile.number)
        self._receiving = _session(secured.receiving, pylibsrtp.Policy.SSRC_ANY_INBOUND, profile.number)
        self._flight, self._farewell = secured.flight, secured.farewell
        self.outbound = Outbound(sending, profile.tag)
        self._decide(True)
        self._read_early()

    def _decide(self, well: bool) -> None:
        if self._secured is not None and not self._secured.done():
            self._secured.set_result(well)

    # --- what comes

    def receive(self, datagram: bytes) -> bool:
        """A datagram of the peer's address; returns whether it was authentic SRTP or SRTCP. Never raises."""
        first = datagram[0]
        if 127 < first < 192:
            if self._receiving is None:
                self._keep(datagram)
            elif len(datagram) >= 12:
                return self._unprotect(datagram)
        elif 19 < first < 64:
            if self.outbound is None:
                self._shake(datagram)
            else:
                self._after(datagram)
        return False

    def _after(self, datagram: bytes) -> None:
        """DTLS when the handshake is done: he has not got our last flight (RFC 6347, section 4.2.4), or he goes."""
        for record in records(datagram):
            if in_the_clear(record):
                if record[0] == HANDSHAKE and self._flight and self._flights < LAST_FLIGHTS_MAX:
                    self._flights += 1
                    self._write(self._flight)
                    return
            elif self._farewell is not None and not self.ended and self._farewell.read(record):
                self.vanish()
                self.on_ended()
                return

    def _unprotect(self, datagram: bytes) -> bool:
        # RFC 5761, section 4: RTCP is told from RTP by its packet types 192 to 223.
        control = 192 <= datagram[1] <= 223
        ssrc = datagram[4:8] if control else datagram[8:12]
        if ssrc not in self._ssrcs and len(self._ssrcs) >= SSRCS_MAX:
            self._counters.ssrcs_refused += 1
            return False
        if control and not self._reports.left(time.monotonic()):
            self._counters.reports_refused += 1
            return False
        assert self._receiving is not None
        try:
            clear = self._receiving.unprotect_rtcp(datagram) if control else self._receiving.unprotect(datagram)
        except (pylibsrtp.Error, ValueError):
            self._counters.unprotect_failures += 1
            return False
        self._ssrcs.add(ssrc)  # only now: anybody can write any SSRC
        self._flight = b""  # who has the keys has got it
        self._taps.on_heard()
        if control:
            self._reports.pay()  # only authentic ones are counted: a forger could else silence the peer
            self._taps.on_rtcp(clear)
        else:
            self._taps.on_rtp(clear)
        return True

    # --- what goes

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send one compound RTCP packet; silently nothing before the handshake and after the end."""
        if self.outbound is None or self.ended:
            return
        try:
            self._write(self.outbound.session.protect_rtcp(packet))
        except (pylibsrtp.Error, ValueError) as error:
            log.warning("could not protect RTCP", error=str(error))

    def send_rtp(self, packet: bytes) -> None:
        """The slow way, for tools and tests: one packet, one datagram."""
        assert self.outbound is not None, "connect first"
        self._write(self.outbound.session.protect(packet))

    def disconnect(self) -> None:
        """Say farewell, once."""
        if self._farewell is not None and not self.ended:
            self._write(self._farewell.write())
        self.vanish()

    def vanish(self) -> None:
        """The end, without a word."""
        self.ended = True
        self._decide(False)


class Sealer:
    """Protects trains of RTP packets in one buffer that is used again and again; one a worker."""

    def __init__(self) -> None:
        self._buffer = ffi.new("unsigned char[]", TRAIN_BYTES_MAX)
        self._length = ffi.new("int *")
        self.view = memoryview(ffi.buffer(self._buffer))

    def seal(self, outbound: Outbound, laid: bytes, places: Sequence[tuple[int, int]]) -> int:
        """Protect the packets at `places` (offset, length) of `laid`, which has room for a tag behind each.

        The result is in `view`, packet behind packet; returns its length, or 0 when libsrtp refuses.
        """
        buffer, length, handle, protect = self._buffer, self._length, outbound.handle, lib.srtp_protect
        ffi.memmove(buffer, laid, len(laid))
        end = 0
        for offset, size in places:
            length[0] = size
            if protect(handle, buffer + offset, length):
                return 0
            end = offset + length[0]
        return end


def protect_address() -> int:
    """The address of libsrtp's `srtp_protect(session, packet, length)`, which pylibsrtp has inside."""
    return int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_protect")))


def self_test() -> None:
    """Refuse to start on versions or behaviours other than those that this file was written for."""
    for package, version in PINNED.items():
        found = importlib.metadata.version(package)
        if found != version:
            raise RuntimeError(f"streaming.media needs {package} {version}, found {found}")
    key = os.urandom(44)
    profile = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM
    sending = pylibsrtp.Session(pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND, 0, profile))
    receiving = pylibsrtp.Session(pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_INBOUND, 0, profile))
    packet = bytes([0x80, 96, 0, 1]) + bytes(8) + b"ringside"
    sealer = Sealer()
    end = sealer.seal(Outbound(sending, 16), packet + bytes(16), [(0, len(packet))])
    if end != len(packet) + 16 or receiving.unprotect(bytes(sealer.view[:end])) != packet:
        raise RuntimeError("libsrtp does not protect in place as expected")
    if _session(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND, profile).protect(packet) == packet:
        raise RuntimeError("libsrtp does not work in a buffer of ours as expected")
