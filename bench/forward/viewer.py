"""One viewer of the load: ICE and DTLS in earnest, then reports as a browser sends them; media is only counted.

A decoder (one viewer in a hundred) also decrypts everything and keeps the picture's packets for judgement.
"""

import asyncio
import random
import secrets
import time

import av
from aioice import stun
from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket

from bench.forward.ears import Ears, StreamState
from bench.forward.signalling import VIDEO, Local, Refused, Remote, Signalling
from streaming.media.certificate import SharedCertificate
from streaming.media.counters import Counters
from streaming.media.dtls_seam import MediaTransport
from streaming.media.wire import h264, rtp

CHECK_EVERY_S = 0.05
HANDSHAKE_S = 20.0
OUR_SSRC = 9
NACK_SHARE = 0.01
SENDER_REPORT = 200
_CERTIFICATE = SharedCertificate.generate()


class Viewer:
    """``connect``; then ``report`` twice a second, ``consent`` every 2.5 s, ``heard`` for each copied datagram."""

    def __init__(self, ears: Ears, signalling: Signalling, decodes: bool, chance: random.Random) -> None:
        self.decodes = decodes
        self.first_picture_s: float | None = None
        """From the request to the arrival of the last packet of a complete keyframe."""
        self.seen = asyncio.Event()
        """He has seen his first picture."""
        self.units: dict[int, list[rtp.RtpView]] = {}
        """A decoder's pictures: RTP timestamp -> packets."""
        self._ears = ears
        self._signalling = signalling
        self._chance = chance
        self._counters = Counters()
        self._checked = asyncio.Event()
        self._remote: Remote | None = None
        self._asked_s = 0.0
        self._arrived_s = 0.0
        self._reported: dict[int, tuple[int, int]] = {}
        self._numbers: dict[int, int] = {}
        self._sender_reports: dict[int, tuple[int, float]] = {}
        self.number, self._socket = ears.open(signalling.host)
        self._local = Local(
            secrets.token_hex(4), secrets.token_hex(12), _CERTIFICATE.sha256, self._socket.getsockname()
        )
        self.transport = MediaTransport(_CERTIFICATE, self._send, self, self._counters)

    # --- coming and going

    async def connect(self) -> None:
        """Raises Refused when the server does not want him, TimeoutError when it does not finish."""
        self._asked_s = time.time()
        self._remote = remote = await self._signalling.meet(self._local)
        async with asyncio.timeout(HANDSHAKE_S):
            while not self._checked.is_set():
                self.consent()
                try:
                    async with asyncio.timeout(CHECK_EVERY_S):
                        await self._checked.wait()
                except TimeoutError:
                    continue
            if not await self.transport.connect([("sha-256", remote.fingerprint)], active=not remote.active):
                raise Refused("the handshake failed")

    async def close(self, politely: bool = True) -> None:
        try:
            if politely:
                await self._signalling.leave()
        finally:
            self.transport.disconnect()
            self._ears.close(self.number)

    @property
    def cipher(self) -> str:
        assert self.transport.outbound is not None, "connect first"
        return "AES-GCM" if self.transport.outbound.tag == 16 else "AES-CM-SHA1"

    # --- what he sends

    def _send(self, datagram: bytes) -> None:
        if self._remote is not None:
            self._socket.sendto(datagram, self._remote.address)

    def consent(self) -> None:
        """An ICE check (RFC 7675)."""
        assert self._remote is not None
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._remote.ufrag}:{self._local.ufrag}"
        request.attributes["PRIORITY"] = 1853824767
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote.password.encode())
        request.add_fingerprint()
        self._send(bytes(request))

    def report(self, sound_too: bool) -> None:
        """Receiver reports, one compound a stream as libwebrtc sends them: the picture's with a NACK.

        One picture packet in a hundred is asked for again, although it came.
        """
        for stream in self._ears.streams(self.number):
            if stream.payload_type == VIDEO:
                lost = self._missed(stream)
                compound = self._receiver_report(stream)
                if lost:
                    compound += bytes(RtcpRtpfbPacket(fmt=1, ssrc=OUR_SSRC, media_ssrc=stream.ssrc, lost=lost))
                self.transport.send_rtcp(compound)
            elif sound_too:
                self.transport.send_rtcp(self._receiver_report(stream))

    def _missed(self, stream: StreamState) -> list[int]:
        came = max(0, stream.highest - self._numbers.get(stream.ssrc, stream.highest))
        self._numbers[stream.ssrc] = stream.highest
        wanted = int(came * NACK_SHARE + self._chance.random())
        return sorted({(stream.highest - self._chance.randint(3, 24)) & 0xFFFF for _ in range(wanted)})

    def _receiver_report(self, stream: StreamState) -> bytes:
        expected, missing = self._reported.get(stream.ssrc, (0, 0))
        self._reported[stream.ssrc] = (stream.expected, stream.lost)
        new, gone = max(1, stream.expected - expected), max(0, stream.lost - missing)
        lsr, at_s = self._sender_reports.get(stream.ssrc, (0, 0.0))
        block = RtcpReceiverInfo(
            ssrc=stream.ssrc,
            fraction_lost=min(255, 256 * gone // new),
            packets_lost=min(stream.lost, 0x7FFFFF),
            highest_sequence=stream.highest & 0xFFFFFFFF,
            jitter=0,
            lsr=lsr,
            dlsr=round((time.time() - at_s) * 65536) & 0xFFFFFFFF if lsr else 0,
        )
        return bytes(RtcpRrPacket(ssrc=OUR_SSRC, reports=[block]))

    # --- what he hears

    def heard(self, datagram: bytes, at_ns: int) -> None:
        if datagram[0] < 4:
            self._stun(datagram)
            return
        self._arrived_s = at_ns / 1e9
        self.transport.receive(datagram)

    def _stun(self, datagram: bytes) -> None:
        message = stun.parse_message(datagram)
        if message.message_class == stun.Class.RESPONSE:
            self._checked.set()
        elif message.message_class == stun.Class.REQUEST and self._remote is not None:
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=message.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = self._remote.address
            answer.add_message_integrity(self._local.password.encode())
            answer.add_fingerprint()
            self._send(bytes(answer))

    def on_rtp(self, packet: bytes) -> None:
        view = rtp.parse(packet)
        if view.payload_type != VIDEO or not view.payload:
            return
        unit = self.units.setdefault(view.timestamp, [])
        unit.append(view)
        if not self.seen.is_set() and _whole(unit) and any(h264.starts_keyframe(each.payload) for each in unit):
            self.first_picture_s = self._arrived_s - self._asked_s
            self.seen.set()
            if not self.decodes:
                self.units.clear()
                self._ears.copy(self.number, False)

    def on_rtcp(self, packet: bytes) -> None:
        """Sender reports, for LSR and DLSR (RFC 3550, section 6.4.1): servers take the round trip from them."""
        position = 0
        while position + 20 <= len(packet):
            if packet[position + 1] == SENDER_REPORT:
                ssrc = int.from_bytes(packet[position + 4 : position + 8], "big")
                self._sender_reports[ssrc] = (int.from_bytes(packet[position + 10 : position + 14], "big"), time.time())
            position += 4 * (int.from_bytes(packet[position + 2 : position + 4], "big") + 1)

    def on_heard(self) -> None:
        pass


def _whole(unit: list[rtp.RtpView]) -> bool:
    """Whether all packets of an access unit are there, as far as its own numbers tell."""
    ends = [view.sequence for view in unit if view.marker]
    if not ends:
        return False
    back = {(ends[0] - view.sequence) & 0xFFFF: view.payload for view in unit}
    first = back[max(back)]
    goes_on = first[0] & 0x1F == h264.FU_A and not first[1] & 0x80  # its first fragment has not come
    return len(back) == max(back) + 1 and not goes_on


def whole_units(units: dict[int, list[rtp.RtpView]]) -> list[bytes]:
    """The complete access units, Annex B, in the order of their arrival."""
    found = []
    for unit in units.values():
        if _whole(unit):
            last = next(view.sequence for view in unit if view.marker)
            ordered = {(last - view.sequence) & 0xFFFF: view.payload for view in unit}
            parts = (ordered[place] for place in sorted(ordered, reverse=True))
            found.append(b"".join(H264PayloadDescriptor.parse(payload)[1] for payload in parts))
    return found


def decoded(units: list[bytes]) -> int:
    """How many pictures a decoder makes of ``units``, from the first keyframe on."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    start = next((place for place, unit in enumerate(units) if h264.starts_keyframe(_first_nal(unit))), len(units))
    pictures = 0
    for unit in units[start:]:
        pictures += len(decoder.decode(av.Packet(unit)))
    return pictures + len(decoder.decode(None))


def _first_nal(unit: bytes) -> bytes:
    return h264.nal_units(unit)[0]
