"""A WebRTC peer without a browser: a full ICE agent on loopback, DTLS, SRTP, and RTP written by the test."""

import asyncio
import re
import secrets
import struct
import time
from dataclasses import dataclass, field

import httpx2
from aioice import stun
from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)

from streaming.media.certificate import SharedCertificate
from streaming.media.counters import Counters
from streaming.media.dtls_seam import MediaTransport
from streaming.media.wire import rtp, transport_cc
from streaming.media.wire.reception import ntp_from_us, us_from_ntp
from tests.streaming.media.pictures import payloads_of
from tests.streaming.media.rig import until

VIDEO, AUDIO = 102, 111
VIDEO_SSRC, AUDIO_SSRC = 0x1111, 0x2222
CERTIFICATE = SharedCertificate.generate()
HOST_CLOCK_SLOW_US = 3_600_000_000
FRAME_TICKS, AUDIO_TICKS = 3_000, 960


def offer_text(
    direction: str, *, setup: str = "actpass", kinds: str = "audio video", ufrag: str = "peer", more: str = ""
) -> str:
    """`more` are lines for the last section, each with its end."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + kinds]
    for kind in kinds.split():
        number = VIDEO if kind == "video" else AUDIO
        codec = "H264/90000" if kind == "video" else "opus/48000/2"
        lines += [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{kind}",
            f"a={direction}",
            "a=rtcp-mux",
            f"a=ice-ufrag:{ufrag}",
            "a=ice-pwd:" + "p" * 24,
            f"a=fingerprint:sha-256 {CERTIFICATE.sha256}",
            f"a=setup:{setup}",
            f"a=rtpmap:{number} {codec}",
            f"a=rtcp-fb:{number} transport-cc",
            f"a=extmap:3 {transport_cc.URI}",
        ]
        if kind == "video":
            lines += [
                f"a=fmtp:{number} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
                f"a=rtcp-fb:{number} nack",
                f"a=rtcp-fb:{number} nack pli",
            ]
    return "\r\n".join(lines) + "\r\n" + more


@dataclass
class Heard:
    """What the server has sent us, decrypted, in the order of arrival."""

    packets: list[tuple[bytes, rtp.RtpView]] = field(default_factory=list)
    rtcp: list[AnyRtcpPacket] = field(default_factory=list)
    feedback: list[bytes] = field(default_factory=list)

    def of(self, payload_type: int) -> list[rtp.RtpView]:
        return [view for _, view in self.packets if view.payload_type == payload_type]

    def pictures(self) -> list[bytes]:
        """Access units of what came, in sequence order, by aiortc's reading of RFC 6184."""
        unwrap = rtp.Unwrapper(16).unwrap
        ordered = sorted({unwrap(view.sequence): view for view in self.of(VIDEO) if view.payload}.items())
        units: list[bytes] = []
        unit = b""
        for _, view in ordered:
            unit += H264PayloadDescriptor.parse(view.payload)[1]
            if view.marker:
                units.append(unit)
                unit = b""
        return units

    def sounds(self) -> list[bytes]:
        return [view.payload for view in self.of(AUDIO)]

    def keyframe_requests(self) -> int:
        return sum(isinstance(packet, RtcpPsfbPacket) and packet.fmt == 1 for packet in self.rtcp)

    def nacked(self) -> list[int]:
        lists = (p.lost for p in self.rtcp if isinstance(p, RtcpRtpfbPacket) and p.fmt == 1)
        return [number for numbers in lists for number in numbers]

    def on_rtp(self, packet: bytes) -> None:
        self.packets.append((packet, rtp.parse(packet)))

    def on_rtcp(self, packet: bytes) -> None:
        self.rtcp += RtcpPacket.parse(packet)
        position = 0
        while position < len(packet):  # what aiortc does not keep of a packet: transport-cc's body
            length = 4 * (int.from_bytes(packet[position + 2 : position + 4], "big") + 1)
            if packet[position + 1] == 205 and packet[position] & 0x1F == 15:
                self.feedback.append(packet[position : position + length])
            position += length

    def on_heard(self) -> None:
        pass


class Peer(asyncio.DatagramProtocol):
    """`connect` posts an offer and waits for the handshake; `close` goes away without a word."""

    def __init__(self, through: int = 0, address: str = "127.0.0.1") -> None:
        self.address = address
        """Ours, and the one of the server's candidates that we take."""
        self.through = through
        """The UDP port of a relay to send to instead of the worker's own."""
        self.heard = Heard()
        self.status = 0
        self.answer = ""
        self.location = ""
        self.etag = ""
        self.links = ""
        self.problem: dict[str, object] = {}
        self.raw: list[bytes] = []
        """Every datagram of media that has come, as it was on the wire."""
        self.deaf: set[int] = set()
        """Sequence numbers of video that get lost on the way to us, once each."""
        self._sequences = {VIDEO: secrets.randbelow(1 << 16), AUDIO: secrets.randbelow(1 << 16)}
        self._timestamps = {VIDEO: secrets.randbits(32), AUDIO: secrets.randbits(32)}
        self._transport_sequence = 0
        self._ssrc = VIDEO_SSRC
        self._checked = asyncio.Event()
        self.passwords = {"peer": "p" * 24}
        """Ours, by user fragment."""
        self.reachable = True
        """Whether checks of the server's are answered."""
        self.secure: MediaTransport

    async def connect(self, url: str, *, token: str = "", **offer: str) -> "Peer":
        direction = "sendonly" if "/whip/" in url else "recvonly"
        text = offer_text(direction, **offer)
        headers = {"Content-Type": "application/sdp"} | ({"Authorization": f"Bearer {token}"} if token else {})
        # Plain HTTP: reading the list of authorities would hold up everybody in this process for 60 ms.
        async with httpx2.AsyncClient(trust_env=False, verify=False) as client:
            response = await client.post(url, content=text, headers=headers)
        self.status = response.status_code
        if response.status_code != 201:
            self.problem = response.json()
            return self
        self.answer, self.location = response.text, response.headers["Location"]
        self.etag = response.headers["ETag"]
        self.links = response.headers.get("Link", "")
        await self._secure(offer.get("setup", "actpass"))
        return self

    async def choose(self, url: str, layer: str) -> None:
        """Watching: another layer of the picture, or `sound`; `url` is the server's."""
        async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
            (await client.post(f"{self.location}/layer", json={"rid": layer})).raise_for_status()

    def said(self, pattern: str) -> str:
        found = re.search(pattern, self.answer)
        assert found, pattern
        return found[1]

    async def _secure(self, setup: str) -> None:
        candidate = rf"udp \d+ {re.escape(self.address)} (\d+) typ host"
        self.remote = (self.address, self.through or int(self.said(candidate)))
        self.socket = await self.open_socket()
        self.secure = MediaTransport(CERTIFICATE, self.send, self.heard, Counters())
        self.check()
        async with asyncio.timeout(5):
            await self._checked.wait()
            fingerprint = ("sha-256", self.said(r"a=fingerprint:sha-256 (\S+)"))
            assert await self.secure.connect([fingerprint], active=setup != "passive")

    async def open_socket(self) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        opened, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.address, 0))
        return opened

    def check(self) -> None:
        """One ICE check, as a browser sends it."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = self.said(r"a=ice-ufrag:(\S+)") + ":peer"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self.said(r"a=ice-pwd:(\S+)").encode())
        self.send(bytes(request))

    def _answer(self, asked: stun.Message, address: object) -> None:
        """The server asks whether we are here (RFC 8445, section 7.3.1.4)."""
        ours, _, theirs = asked.attributes["USERNAME"].partition(":")
        password = self.passwords[ours].encode()
        assert asked.check_message_integrity(password)
        assert theirs in self.answer and "ICE-CONTROLLED" in asked.attributes
        if self.reachable and isinstance(address, tuple):
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=asked.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = address
            answer.add_message_integrity(password)
            answer.add_fingerprint()
            self.socket.sendto(bytes(answer), address)

    @property
    def local(self) -> tuple[str, int]:
        address: tuple[str, int] = self.socket.get_extra_info("sockname")[:2]
        return address

    def send(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, self.remote)

    def datagram_received(self, datagram: bytes, address: object) -> None:
        if datagram[0] < 4:
            answer = stun.parse_message(datagram)
            if answer.message_class == stun.Class.REQUEST:
                self._answer(answer, address)
                return
            assert answer.check_message_integrity(self.said(r"a=ice-pwd:(\S+)").encode())
            assert self.through or answer.attributes["XOR-MAPPED-ADDRESS"] == self.local
            self._checked.set()
            return
        self.raw.append(datagram)
        sequence = int.from_bytes(datagram[2:4], "big")
        if datagram[0] > 127 and datagram[1] & 0x7F == VIDEO and sequence in self.deaf:
            self.deaf.discard(sequence)
            return
        self.secure.receive(datagram)

    # --- publishing

    def rtp(self, payload_type: int, payload: bytes, marker: bool) -> bytes:
        """The next packet of a stream, numbered, with a transport-wide number."""
        self._sequences[payload_type] = (self._sequences[payload_type] + 1) & 0xFFFF
        self._transport_sequence = (self._transport_sequence + 1) & 0xFFFF
        ssrc = self._ssrc if payload_type == VIDEO else AUDIO_SSRC
        timestamp = self._timestamps[payload_type] & 0xFFFFFFFF
        second = (0x80 if marker else 0) | payload_type
        head = struct.pack("!BBHII", 0x90, second, self._sequences[payload_type], timestamp, ssrc)
        return head + b"\xbe\xde\x00\x01\x31" + struct.pack("!H", self._transport_sequence) + b"\0" + payload

    def restart(self, *, sequence: int, timestamp: int, ssrc: int = VIDEO_SSRC) -> None:
        """Go on with the picture under other numbers, as an encoder that has been started again."""
        self._sequences[VIDEO], self._timestamps[VIDEO], self._ssrc = sequence, timestamp, ssrc

    def frame_packets(self, unit: bytes) -> list[bytes]:
        self._timestamps[VIDEO] += FRAME_TICKS
        payloads = payloads_of(unit)
        return [self.rtp(VIDEO, payload, place == len(payloads) - 1) for place, payload in enumerate(payloads)]

    def show(self, unit: bytes) -> None:
        for packet in self.frame_packets(unit):
            self.secure.send_rtp(packet)

    def say(self, opus: bytes) -> None:
        self._timestamps[AUDIO] += AUDIO_TICKS
        self.secure.send_rtp(self.rtp(AUDIO, opus, False))

    async def stream(self, units: list[bytes], tone: list[bytes] | None = None, pause_s: float = 0.004) -> None:
        """Send pictures (and sounds) one after the other, faster than life."""
        loop = asyncio.get_running_loop()
        for place, unit in enumerate(units):
            self.show(unit)
            if tone:
                self.say(tone[place % len(tone)])
            turn = loop.create_future()
            loop.call_later(pause_s, turn.set_result, None)
            await turn

    def report(self, picture_late_us: int) -> None:
        """Sender reports: the picture now was captured `picture_late_us` before the sound now."""
        now_us = time.time_ns() // 1_000 - HOST_CLOCK_SLOW_US
        compound = b""
        for kind, ssrc, at_us in ((VIDEO, self._ssrc, now_us - picture_late_us), (AUDIO, AUDIO_SSRC, now_us)):
            sender = RtcpSenderInfo(ntp_from_us(at_us), self._timestamps[kind] & 0xFFFFFFFF, 1, 1)
            compound += bytes(RtcpSrPacket(ssrc=ssrc, sender_info=sender))
        self.secure.send_rtcp(compound)

    # --- watching

    def captured(self) -> dict[int, int]:
        """When the newest picture and sound were captured, in microseconds, by the server's latest reports."""
        found = {}
        for report in self.heard.rtcp:
            for kind, rate in ((VIDEO, 90_000), (AUDIO, 48_000)):
                views = self.heard.of(kind)
                if isinstance(report, RtcpSrPacket) and views and views[0].ssrc == report.ssrc:
                    stamp = report.sender_info.rtp_timestamp
                    behind = (stamp - views[-1].timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
                    found[kind] = us_from_ntp(report.sender_info.ntp_timestamp) - behind * 1_000_000 // rate
        return found

    def ask_for_keyframe(self, ssrc: int) -> None:
        self.secure.send_rtcp(bytes(RtcpRrPacket(ssrc=9)) + bytes(RtcpPsfbPacket(fmt=1, ssrc=9, media_ssrc=ssrc)))

    def nack(self, ssrc: int, sequences: list[int]) -> None:
        lost = RtcpRtpfbPacket(fmt=1, ssrc=9, media_ssrc=ssrc, lost=sequences)
        self.secure.send_rtcp(bytes(RtcpRrPacket(ssrc=9)) + bytes(lost))

    async def seen(self, pictures: int) -> list[bytes]:
        await until(lambda: len(self.heard.pictures()) >= pictures, f"{pictures} pictures")
        return self.heard.pictures()

    async def move(self) -> None:
        """Go on from another address, as behind a NAT that forgot us; returns when that has been checked."""
        self.socket.close()
        self.socket = await self.open_socket()
        self._checked.clear()
        self.check()
        await self._checked.wait()

    async def close(self) -> None:
        self.secure.disconnect()
        self.socket.close()


async def delete(rig_url: str, location: str) -> int:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return (await client.delete(rig_url + location)).status_code
