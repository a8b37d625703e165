"""The one file that touches private names of aiortc and pylibsrtp.

`MediaTransport` is aiortc's DTLS transport with three differences. SRTP does not go through its queue and task: a
datagram is unprotected where it arrives and handed to `on_rtp` or `on_rtcp` (the taps `_handle_rtp_data` and
`_handle_rtcp_data` of aiortc, unchanged since 2018, without the awaits). One spoofed datagram cannot end it: plaintext
alerts are cut out of a handshake, and no exception but a peer's own farewell ends the pump. The SSL context is shared
by all transports of a worker, the SSL object released soon after the handshake: most of what aiortc needs a viewer.

`Sealer` protects whole trains of packets in one reused buffer, for UDP GSO.
"""

import asyncio
import contextlib
import importlib.metadata
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pylibsrtp
import structlog
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)
from OpenSSL import SSL
from pylibsrtp._binding import ffi, lib

from streaming.media.bucket import Bucket
from streaming.media.counters import Counters

log = structlog.get_logger(__name__)

PINNED = {"aiortc": "1.16.0", "aioice": "0.13.0", "pylibsrtp": "1.0.0"}
INBOX_MAX = 64
EARLY_MAX = 128
SSRCS_MAX = 64
"""Streams of one peer: libsrtp keeps a replay window for each that was authentic, and forgets none."""
REPORTS_A_SECOND = 200
"""RTCP of one peer; a browser that loses much sends 50."""
TRAIN_BYTES_MAX = 1 << 16
_HANDSHAKE_FLIGHT_MAX = 1500
_HANDSHAKE_RECORDS = frozenset({20, 22, 26})
"""ChangeCipherSpec, Handshake, and ACK of DTLS 1.3."""
_UNIFIED_HEADER = 32
"""From here on the first byte of a record that DTLS 1.3 has encrypted (RFC 9147, section 4)."""


class SharedCertificate(RTCCertificate):
    """One certificate and one SSL context for all transports of a worker."""

    _context: SSL.Context | None = None
    _fingerprints: list[RTCDtlsFingerprint] | None = None

    def getFingerprints(self) -> list[RTCDtlsFingerprint]:
        """Digests of a certificate that never changes: every handshake and every answer asks for them."""
        if self._fingerprints is None:
            self._fingerprints = super().getFingerprints()
        return self._fingerprints

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
        return self._context

    @property
    def sha256(self) -> str:
        return next(each.value for each in self.getFingerprints() if each.algorithm == "sha-256")


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


class _Ice:
    """What aiortc wants of an ICE transport: `role`, `_recv` and `_send`."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._write = send
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue(INBOX_MAX)

    async def _recv(self) -> bytes:
        return await self.inbox.get()

    async def _send(self, datagram: bytes) -> None:
        self._write(datagram)


class Taps(Protocol):
    def on_rtp(self, packet: bytes) -> None: ...

    def on_rtcp(self, packet: bytes) -> None: ...

    def on_heard(self) -> None:
        """An authenticated packet has come."""


class MediaTransport(RTCDtlsTransport):
    """DTLS and SRTP of one peer. `send` writes a datagram to him; taps get what he sent, decrypted."""

    def __init__(
        self, certificate: SharedCertificate, send: Callable[[bytes], None], taps: Taps, counters: Counters
    ) -> None:
        self._ice = _Ice(send)
        super().__init__(self._ice, [certificate])  # type: ignore[arg-type]
        self._taps = taps
        self._counters = counters
        self._write = send
        self._early: deque[bytes] = deque(maxlen=EARLY_MAX)
        self._ssrcs: set[bytes] = set()
        self._reports = Bucket(REPORTS_A_SECOND, REPORTS_A_SECOND)
        self._timer_over = False
        self.outbound: Outbound | None = None
        self.ended = asyncio.Event()

    @property
    def tables(self) -> dict[str, int]:
        """How much is remembered of what has come in; each has its bound."""
        return {"inbox": self._ice.inbox.qsize(), "early": len(self._early), "ssrcs": len(self._ssrcs)}

    async def connect(self, fingerprints: Sequence[tuple[str, str]], active: bool) -> bool:
        """Do the handshake as client (`active`) or server; False if it failed. The caller sets the deadline."""
        self._set_role("client" if active else "server")
        remote = [RTCDtlsFingerprint(algorithm=algorithm, value=value) for algorithm, value in fingerprints]
        try:
            await self.start(RTCDtlsParameters(fingerprints=remote))
        except (SSL.Error, pylibsrtp.Error, ValueError) as error:
            log.info("handshake failed", error=repr(error))
            return False
        if self.state != "connected":
            return False
        assert self._ssl is not None, "it has just done the handshake"
        selected = self._ssl.get_selected_srtp_profile()
        profile = next(each for each in self._srtp_profiles if each.openssl_profile == selected)
        self.outbound = Outbound(self._tx_srtp, 16 if profile.salt_length == 12 else 10)
        while self._early:
            self.receive(self._early.popleft())
        return True

    def receive(self, datagram: bytes) -> bool:
        """A datagram of the peer's address; returns whether it was authentic SRTP or SRTCP. Never raises."""
        first = datagram[0]
        if 127 < first < 192:
            if self._rx_srtp is None:
                self._early.append(datagram)
            elif len(datagram) >= 12:
                return self._unprotect(datagram)
        elif 19 < first < 64:
            if not self.encrypted:
                datagram = plausible_records(datagram)
                if not datagram:
                    self._counters.alerts_dropped += 1
                    return False
            try:
                self._ice.inbox.put_nowait(datagram)
            except asyncio.QueueFull:
                self._counters.inbox_overflows += 1
        return False

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
        try:
            clear = self._rx_srtp.unprotect_rtcp(datagram) if control else self._rx_srtp.unprotect(datagram)
        except (pylibsrtp.Error, ValueError):
            self._counters.unprotect_failures += 1
            return False
        self._ssrcs.add(ssrc)  # only now: anybody can write any SSRC
        self._taps.on_heard()
        if control:
            self._reports.pay()  # only authentic ones are counted: a forger could else silence the peer
            self._taps.on_rtcp(clear)
        else:
            self._taps.on_rtp(clear)
        return True

    async def _recv_next(self) -> None:
        """aiortc's pump, for DTLS records only. A farewell of the peer is a ConnectionError; nothing else ends it."""
        timeout = None if self._timer_over or self._ssl is None else self._ssl.DTLSv1_get_timeout()
        if timeout is None and self.encrypted:
            self._timer_over = True
        try:
            async with asyncio.timeout(timeout):
                datagram = await self._ice._recv()
        except TimeoutError:
            if self._ssl is not None:
                self._ssl.DTLSv1_handle_timeout()
                await self._write_ssl()
            return
        if self._ssl is None:
            return  # released: nothing is left to say in DTLS
        try:
            self._ssl.bio_write(datagram)
            self._ssl.recv(_HANDSHAKE_FLIGHT_MAX)
        except SSL.ZeroReturnError as farewell:
            raise ConnectionError("the peer has closed DTLS") from farewell
        except (SSL.Error, ValueError):
            pass  # want-read, or a record that OpenSSL does not take: the next one may be good
        await self._write_ssl()

    def _set_state(self, state: Any) -> None:
        super()._set_state(state)
        if self.state in ("closed", "failed"):
            self.ended.set()

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send one compound RTCP packet; silently nothing before the handshake and after the end."""
        if self.outbound is None or self.state != "connected":
            return
        try:
            self._write(self._tx_srtp.protect_rtcp(packet))
        except (pylibsrtp.Error, ValueError) as error:
            log.warning("could not protect RTCP", error=str(error))

    def send_rtp(self, packet: bytes) -> None:
        """The slow way, for tools and tests: one packet, one datagram."""
        assert self.outbound is not None, "connect first"
        self._write(self._tx_srtp.protect(packet))

    def release_ssl(self) -> None:
        """Give back what only the handshake needed; a later DTLS record (a farewell) is then not understood."""
        self._timer_over = True
        self._ssl = None

    async def disconnect(self) -> None:
        """Say farewell if SSL is still there, stop the pump, wait for it."""
        pump = self._task
        with contextlib.suppress(SSL.Error):
            await self.stop()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)
        self.ended.set()


def plausible_records(datagram: bytes) -> bytes:
    """The DTLS records (RFC 6347, section 4.1) of a datagram that may belong to a handshake.

    Until it is done anybody can forge a record of epoch 0. Alerts among them could only end it, and application data
    are never sent in it; records that break the format would be read by nobody.
    """
    kept = []
    position = 0
    while position < len(datagram):
        if datagram[position] >= _UNIFIED_HEADER:
            kept.append(datagram[position:])
            break
        if position + 13 > len(datagram):
            break
        end = position + 13 + int.from_bytes(datagram[position + 11 : position + 13], "big")
        if end > len(datagram) or datagram[position + 1] != 0xFE:
            break
        if datagram[position + 3 : position + 5] != b"\0\0" or datagram[position] in _HANDSHAKE_RECORDS:
            kept.append(datagram[position:end])
        position = end
    return b"".join(kept)


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
    for name in ("_recv_next", "_set_state", "_set_role", "_write_ssl", "start", "stop"):
        if not callable(getattr(RTCDtlsTransport, name, None)):
            raise RuntimeError(f"aiortc's DTLS transport has no {name}")
