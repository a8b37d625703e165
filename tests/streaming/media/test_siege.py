"""A live stream under siege: whoever sends what, picture and sound go on, tables stay, the log is silent."""

import random
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

import pytest
import structlog
from aioice import stun
from aiortc.rtp import RtcpPsfbPacket, RtcpRrPacket, pack_rtcp_packet

from streaming.media.dtls_seam import REPORTS_A_SECOND, SSRCS_MAX
from streaming.media.endpoint import TRANSACTIONS_MAX
from streaming.media.viewer import RESENDS_MAX
from tests.streaming.media.peer import AUDIO, VIDEO, Peer
from tests.streaming.media.pictures import RED, alike, colour_of, decode, encode_colour, encode_tone, loudest_hertz
from tests.streaming.media.rig import Rig, running, until

PICTURES = 30
VOLLEYS_LOG_LINES_MAX = 3
_HELLO_BODY = b"\xfe\xfd" + bytes(32) + b"\0\0\0\x02\xc0\x2b\x01\0"
_HELLO_MESSAGE = b"\x01\0\0\x2a\0\0\0\0\0\0\0\x2a" + _HELLO_BODY
CLIENT_HELLO = b"\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x36" + _HELLO_MESSAGE
ALERT = b"\x15\xfe\xfd\0\0\0\0\0\0\0\0\0\x02\x02\x28"
CLOSE_NOTIFY = b"\x15\xfe\xfd\0\0\0\0\0\0\0\0\0\x02\x01\0"
CHANGE_CIPHER = b"\x14\xfe\xfd\0\0\0\0\0\0\0\x09\0\x01\x01"
EARLY_DATA = b"\x17\xfe\xfd\0\0\0\0\0\0\0\x09\0\x04abcd"
SEALED = b"\x16\xfe\xfd\0\x01\0\0\0\0\0\0\0\x20" + bytes(32)
RECORDS = [CLIENT_HELLO, ALERT, CLOSE_NOTIFY, CHANGE_CIPHER, EARLY_DATA, SEALED, SEALED[:20], b"\x16", b"\x3f" * 90]


@dataclass
class Siege:
    """A host, a viewer, and somebody at another address; `checks` and `sent` (SRTP) are what the host has sent."""

    rig: Rig
    host: Peer
    viewer: Peer
    stranger: socket.socket
    checks: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(3))

    def shout(self, datagram: bytes) -> None:
        with suppress(BlockingIOError):
            self.stranger.sendto(datagram, self.host.remote)

    def check(self, key: str = "", ufrag: str = "", **attributes: object) -> bytes:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes = {"USERNAME": (ufrag or self.host.said(r"a=ice-ufrag:(\S+)")) + ":peer"}
        request.attributes |= {"USE-CANDIDATE": None, **attributes}
        request.add_message_integrity((key or "w" * 32).encode())
        return bytes(request)

    def remembered(self) -> dict[str, int]:
        """The sizes of everything that could grow with what comes in."""
        worker = self.rig.worker
        sizes = {"sessions": len(worker.sessions), "rooms": len(worker.rooms), **worker._port.tables}
        for session in worker.sessions.values():
            sizes[f"{session.role} known"] = len(session.endpoint.known)
            sizes |= {f"{session.role} {name}": size for name, size in session.transport.tables.items()}
        return sizes


@asynccontextmanager
async def besieged() -> AsyncIterator[Siege]:
    async with running() as rig:
        ann = Recorded()
        await ann.connect(f"{rig.url}/whip/r1", token="ann")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            stranger.setblocking(False)
            siege = Siege(rig, ann, bob, stranger, ann.checks, ann.sent)
            yield siege
        await ann.close()
        await bob.close()


class Recorded(Peer):
    """Keeps what it sends, as somebody on the path would."""

    def __init__(self) -> None:
        super().__init__()
        self.checks: list[bytes] = []
        self.sent: list[bytes] = []

    def send(self, datagram: bytes) -> None:
        if datagram and datagram[0] < 4:
            self.checks.append(datagram)
        elif datagram and datagram[0] > 127:
            self.sent.append(datagram)
        super().send(datagram)


@contextmanager
def a_silent_log() -> Iterator[None]:
    with structlog.testing.capture_logs() as lines:
        yield
    assert len(lines) <= VOLLEYS_LOG_LINES_MAX, lines


def junk(siege: Siege, volley: int) -> None:
    for first in range(256):
        siege.shout(bytes([first]) + siege.dice.randbytes(siege.dice.choice([0, 1, 11, 12, 40, 1_400])))


def checks_of_strangers(siege: Siege, volley: int) -> None:
    good = siege.checks[0]
    for number in range(20):
        siege.shout(siege.check(ufrag=f"stranger{number}"))
        siege.shout(siege.check())
        siege.shout(good)  # recorded, from a new address
        siege.shout(good[: siege.dice.randrange(len(good))])
        siege.shout(good + bytes(1_480 - len(good)))
    many = struct.pack("!HH", 0x8FFE, 0) * 300
    siege.shout(struct.pack("!HHI12s", 1, len(many), 0x2112A442, bytes(12)) + many)
    siege.host.send(siege.check())  # and with the host's own address


def handshakes_of_strangers(siege: Siege, volley: int) -> None:
    for record in RECORDS:
        siege.shout(record)
        siege.host.send(record)
        siege.viewer.send(record)


def replays(siege: Siege, volley: int) -> None:
    for datagram in siege.sent[-20:]:
        Peer.send(siege.host, datagram)
        siege.shout(datagram)
        flipped = bytearray(datagram)
        flipped[siege.dice.randrange(len(flipped))] ^= 1 << siege.dice.randrange(8)
        Peer.send(siege.host, bytes(flipped))


def sizes_nobody_expects(siege: Siege, volley: int) -> None:
    for datagram in (b"", b"\x80" * 1_501, bytes(3_000), b"\x80", b"\x80\xc9", b"\x16" * 1_501, b"\x80\x66" + bytes(9)):
        siege.shout(datagram)
        Peer.send(siege.host, datagram)
        Peer.send(siege.viewer, datagram)


def broken_reports(siege: Siege, volley: int) -> None:
    for _ in range(3):
        kind = siege.dice.choice([200, 201, 202, 203, 204, 205, 206, 207])
        body = siege.dice.randbytes(4 * siege.dice.randrange(1, 20))
        head = struct.pack("!BBH", 0x80 | siege.dice.randrange(64), kind, siege.dice.choice([0, 1, 5, 0xFFFF]))
        for peer in (siege.host, siege.viewer):
            peer.secure.send_rtcp(head + body)
    nonsense = b"REMB\xff\xff\xff\xff"
    siege.viewer.secure.send_rtcp(bytes(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=nonsense)))


def streams_without_end(siege: Siege, volley: int) -> None:
    for number in range(40):
        for peer, kind in ((siege.host, 35 + number % 20), (siege.viewer, VIDEO)):
            ssrc = 1_000 + volley * 40 + number
            peer.secure.send_rtp(struct.pack("!BBHII", 0x80, kind, number, 0, ssrc) + bytes(20))


@pytest.mark.parametrize(
    ("attack", "counted"),
    [
        (junk, ["datagrams_of_strangers", "checks_refused"]),
        (checks_of_strangers, ["checks_refused", "checks_replayed", "datagrams_malformed"]),
        (handshakes_of_strangers, ["datagrams_of_strangers"]),
        (replays, ["unprotect_failures", "datagrams_of_strangers"]),
        (sizes_nobody_expects, ["datagrams_malformed", "datagrams_of_strangers"]),
        (broken_reports, ["packets_malformed"]),
        (streams_without_end, ["ssrcs_refused", "packets_malformed"]),
    ],
)
async def test_pictures_and_sound_go_on_under(attack: Callable[[Siege, int], None], counted: list[str]) -> None:
    units, tone = encode_colour(RED, PICTURES), encode_tone(500, PICTURES)
    async with besieged() as siege:
        host, viewer = siege.host, siege.viewer
        with a_silent_log():
            for place in range(PICTURES):
                await host.stream(units[place : place + 1], tone[place : place + 1])
                attack(siege, place)
                if place == PICTURES // 2:
                    midway = siege.remembered()
            await viewer.seen(PICTURES)
            await until(lambda: len(viewer.heard.sounds()) == PICTURES, "the sounds")
        frames = decode(viewer.heard.pictures())
        assert len(frames) == PICTURES and all(alike(colour_of(frame), RED) for frame in frames)
        assert abs(loudest_hertz(viewer.heard.sounds()) - 500) < 20
        for kind in (VIDEO, AUDIO):
            numbers = [view.sequence for view in viewer.heard.of(kind)]
            assert len(numbers) == (numbers[-1] - numbers[0]) % 65_536 + 1, "a gap or a packet twice"
        counters = siege.rig.worker.counters
        media = sum(packet[1] & 0x7F in (VIDEO, AUDIO) for packet in siege.sent)
        assert counters.packets_in == media, "nothing but what the host sent, each packet once"
        assert all(counters.as_dict()[name] for name in counted)
        after = siege.remembered()
        assert {key: size for key, size in after.items() if "ssrcs" not in key} == {
            key: size for key, size in midway.items() if "ssrcs" not in key
        }
        assert max(size for key, size in after.items() if "ssrcs" in key) <= SSRCS_MAX
        assert len(siege.rig.worker.sessions) == 2
        remotes = {session.role: session.endpoint.remote for session in siege.rig.worker.sessions.values()}
        assert remotes == {"publish": host.local, "watch": viewer.local}


@pytest.mark.parametrize("setup", ["actpass", "passive"])
async def test_forged_records_between_all_flights_do_not_end_a_handshake(setup: str) -> None:
    async with running() as rig:
        ann = Peer()
        honest = ann.send

        def send(datagram: bytes) -> None:
            for record in (*RECORDS, b"", bytes(1_600), b"\x80" * 40):
                honest(record)
            honest(datagram)

        ann.send = send  # type: ignore[method-assign]
        await ann.connect(f"{rig.url}/whip/r1", token="ann", setup=setup)
        await ann.stream(encode_colour(RED, 3))
        await until(lambda: rig.worker.counters.packets_in > 0, "his packets come in")
        ann.send = honest  # type: ignore[method-assign]
        await ann.close()


async def test_an_old_check_leads_no_media_astray() -> None:
    """Somebody has recorded more checks than we remember, and sends an old one from his own address."""
    units = encode_colour(RED, 30)
    async with running() as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        bob = Recorded()
        await bob.connect(f"{rig.url}/whep/r1")
        await ann.stream(units[:10])
        await bob.seen(10)
        endpoint = next(each.endpoint for each in rig.worker.sessions.values() if each.role == "watch")
        for _ in range(TRANSACTIONS_MAX + 1):
            bob.check()
        counters = rig.worker.counters
        await until(lambda: counters.checks_answered >= TRANSACTIONS_MAX + 3, "the checks")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
            thief.bind(("127.0.0.2", 0))
            thief.setblocking(False)
            thief.sendto(bob.checks[0], bob.remote)
            await until(lambda: counters.checks_sent, "he is asked")
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE)
            answer.add_message_integrity(b"p" * 24)
            thief.sendto(bytes(answer), bob.remote)
            await ann.stream(units[10:])
            await bob.seen(30)
            assert endpoint.remote == bob.local and counters.checks_refused
            heard = []
            with suppress(BlockingIOError):
                while True:
                    heard.append(thief.recv(2_000))
            assert heard and all(datagram[0] < 4 for datagram in heard)
        await ann.close()
        await bob.close()


async def test_a_storm_of_wishes_reaches_the_host_once_a_second() -> None:
    async with besieged() as siege:
        units = encode_colour(RED, 20)
        await siege.host.stream(units[:10])
        await siege.viewer.seen(10)
        ssrc = int(siege.viewer.said(r"m=video[\s\S]*?a=ssrc:(\d+)"))
        counters, began = siege.rig.worker.counters, siege.rig.worker.now_us()
        before = counters.keyframes_requested
        for _ in range(20):
            for _ in range(50):
                siege.viewer.ask_for_keyframe(ssrc)
            await siege.host.stream(units[10:11])
        await until(lambda: counters.reports_refused, "more than a second's allowance is not even decrypted")
        seconds = (siege.rig.worker.now_us() - began) / 1e6
        assert counters.keyframes_requested - before <= 1 + seconds
        await until(siege.host.heard.keyframe_requests, "the wish of them all")
        assert siege.host.heard.keyframe_requests() <= counters.keyframes_requested


async def test_a_viewer_who_asks_for_everything_again_gets_a_bounded_share() -> None:
    async with besieged() as siege:
        await siege.host.stream(encode_colour(RED, 40), pause_s=0.001)
        await siege.viewer.seen(40)
        ssrc = int(siege.viewer.said(r"m=video[\s\S]*?a=ssrc:(\d+)"))
        everything = b"".join(struct.pack("!HH", number, 0xFFFF) for number in range(0, 65_536, 17))
        counters, began = siege.rig.worker.counters, siege.rig.worker.now_us()
        for start in range(0, len(everything), 1_200):
            fci = everything[start : start + 1_200]
            siege.viewer.secure.send_rtcp(
                bytes(RtcpRrPacket(ssrc=9)) + pack_rtcp_packet(205, 1, struct.pack("!II", 9, ssrc) + fci)
            )
        sequences = [view.sequence for view in siege.viewer.heard.of(VIDEO)]
        for _ in range(REPORTS_A_SECOND * 2):
            siege.viewer.nack(ssrc, sequences)
        await until(lambda: counters.reports_refused, "the storm has been read")
        seconds = (siege.rig.worker.now_us() - began) / 1e6
        assert counters.packets_resent <= RESENDS_MAX + 10 * (seconds / 0.05 + 2)
        assert len(siege.rig.worker.sessions) == 2
