"""Both fan-outs, native and Python, on real sockets: what arrives decrypts to just what was meant for each viewer."""

import os
import socket as sockets
from collections.abc import Iterator
from dataclasses import dataclass, field

import pylibsrtp
import pytest

from streaming.media import fan_out_native
from streaming.media.counters import Counters
from streaming.media.dtls_seam import Outbound
from streaming.media.fan_out import RESENDS_AT_ONCE, FanOut, PythonFanOut
from streaming.media.group import Group
from streaming.media.native import build, library
from streaming.media.port import Endpoint, Port
from streaming.media.space import RtpSpace
from streaming.media.train import KINDS, Wire
from streaming.media.viewer import Profile, Viewer
from streaming.media.wire import rtp

VIDEO, AUDIO = 102, 111
PROFILE = Profile(VIDEO, AUDIO)
CIPHERS = {
    "AES-256-GCM": (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44, 16),
    "AES-128-GCM": (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28, 16),
    "AES-CM-SHA1": (pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30, 10),
}


@dataclass
class Receiver:
    """A viewer's own socket, and the keys to what comes there."""

    host: str
    cipher: str = "AES-256-GCM"
    socket: sockets.socket = field(init=False)
    viewer: Viewer = field(init=False)

    def __post_init__(self) -> None:
        family = sockets.AF_INET6 if ":" in self.host else sockets.AF_INET
        self.socket = sockets.socket(family, sockets.SOCK_DGRAM)
        self.socket.bind((self.host, 0))
        self.socket.settimeout(2)
        profile, length, tag = CIPHERS[self.cipher]
        key = os.urandom(length)
        sending = pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND, 0, profile)
        sending.allow_repeat_tx = True
        receiving = pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_INBOUND, 0, profile)
        self._session = pylibsrtp.Session(receiving)
        endpoint = Endpoint(on_datagram=lambda datagram: False, on_heard=lambda: None)
        address = self.socket.getsockname()
        # The port takes both families, and knows IPv4 by its mapped form.
        endpoint.remote = address if family == sockets.AF_INET6 else (f"::ffff:{self.host}", address[1], 0, 0)
        outbound = Outbound(pylibsrtp.Session(sending), tag)
        self.viewer = Viewer(endpoint, outbound, lambda compound: None, PROFILE)
        self.viewer.begin("video", RtpSpace(90_000, 0, 0), 0)
        self.viewer.begin("audio", RtpSpace(48_000, 0, 0), 0)

    def packets(self, count: int) -> list[rtp.RtpView]:
        """As many as were sent; fails when one does not come or does not decrypt."""
        return [rtp.parse(self._session.unprotect(self.socket.recv(2_048))) for _ in range(count)]


def wire(kind: str, number: int, size: int, timestamp: int = 3_000) -> Wire:
    payload_type = VIDEO if kind == "video" else AUDIO
    head = rtp.HEADER.pack(0x80, payload_type, number & 0xFFFF, timestamp, 1 + KINDS[kind])  # type: ignore[index]
    return Wire(KINDS[kind], head + bytes([number & 0xFF]) * size)  # type: ignore[index]


BURST = [*(wire("video", number, 900) for number in range(100, 120)), wire("video", 120, 300), wire("audio", 7, 60)]


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
async def port(counters: Counters) -> Iterator[Port]:  # type: ignore[misc]
    opened = Port("::", 0, (), counters)
    opened.start()
    yield opened
    opened.close()


@pytest.fixture(params=["native", "python"])
def fan_out(request: pytest.FixtureRequest, port: Port, counters: Counters) -> FanOut:
    if request.param == "python":
        return PythonFanOut(port, counters)
    assert build.build(), "a compiler is part of the set-up"
    made = fan_out_native.best(port, counters, native=True)
    assert isinstance(made, fan_out_native.NativeFanOut)
    return made


def group_of(*receivers: Receiver) -> Group:
    group = Group(PROFILE)
    for receiver in receivers:
        group.add(receiver.viewer)
    return group


@pytest.mark.parametrize("cipher", CIPHERS)
def test_each_viewer_gets_every_packet_in_order(fan_out: FanOut, counters: Counters, cipher: str) -> None:
    receivers = [Receiver("127.0.0.1", cipher) for _ in range(20)] + [Receiver("::1", cipher)]
    group = group_of(*receivers)
    fan_out.send(group, BURST)
    fan_out.send(group, [wire("video", 121, 20)])
    for receiver in receivers:
        views = receiver.packets(len(BURST) + 1)
        assert [view.sequence for view in views] == [*range(100, 121), 7, 121]
        assert [len(view.payload) for view in views] == [900] * 20 + [300, 60, 20]
        assert all(set(view.payload) == {view.sequence} for view in views)
    assert counters.packets_out == 21 * (len(BURST) + 1)
    assert counters.sends_lost == counters.trains_unsealed == 0


def test_a_viewer_s_deltas_change_his_packets_and_nobody_else_s(fan_out: FanOut) -> None:
    plain, moved = Receiver("127.0.0.1"), Receiver("127.0.0.1")
    group = group_of(plain, moved)
    fan_out.send(group, [wire("video", 5, 10)])
    moved.viewer.stretches["video"][-1].number = -4
    moved.viewer.stretches["video"][-1].timestamp = -3_001
    moved.viewer.stretches["audio"][-1].number = 0x10002
    moved.viewer.touched()
    fan_out.send(group, [wire("video", 6, 10), wire("audio", 0xFFFF, 5)])
    assert [(view.sequence, view.timestamp) for view in plain.packets(3)] == [(5, 3000), (6, 3000), (0xFFFF, 3000)]
    assert [(view.sequence, view.timestamp) for view in moved.packets(3)] == [(5, 3000), (2, 0xFFFFFFFF), (1, 3000)]


def test_a_viewer_whose_address_changes_is_served_at_the_new_one(fan_out: FanOut) -> None:
    first, second = Receiver("127.0.0.1"), Receiver("127.0.0.1")
    group = group_of(first)
    fan_out.send(group, [wire("video", 1, 10)])
    first.packets(1)
    first.viewer.endpoint.remote = second.viewer.endpoint.remote
    first.viewer.touched()
    fan_out.send(group, [wire("video", 2, 10)])
    assert rtp.parse(first._session.unprotect(second.socket.recv(2_048))).sequence == 2


def test_one_who_cannot_be_reached_costs_nobody_else_anything(fan_out: FanOut, counters: Counters) -> None:
    good, nowhere, unknown = Receiver("127.0.0.1"), Receiver("127.0.0.1"), Receiver("127.0.0.1")
    nowhere.viewer.endpoint.remote = ("::ffff:255.255.255.255", 9, 0, 0)  # broadcast is not allowed
    unknown.viewer.endpoint.remote = None
    last = Receiver("127.0.0.1")
    fan_out.send(group_of(good, nowhere, unknown, last), BURST)
    for receiver in (good, last):
        assert len(receiver.packets(len(BURST))) == len(BURST)
    assert counters.sends_lost >= 1
    assert counters.sends_refused >= 1


def test_without_segmentation_offload_packets_go_out_one_by_one(fan_out: FanOut, port: Port) -> None:
    port.segments = False
    receivers = [Receiver("127.0.0.1"), Receiver("127.0.0.1")]
    fan_out.send(group_of(*receivers), BURST)
    for receiver in receivers:
        assert [view.sequence for view in receiver.packets(len(BURST))] == [*range(100, 121), 7]


def test_a_resend_is_the_packet_as_it_is(fan_out: FanOut) -> None:
    receiver = Receiver("127.0.0.1")
    fan_out.send(group_of(receiver), BURST)
    receiver.packets(len(BURST))
    receiver.viewer.stretches["video"][-1].number = 50
    fan_out.resend(receiver.viewer, [wire("video", 130, 10)])
    assert receiver.packets(1)[0].sequence == 130


def test_resends_go_together_and_reach_a_viewer_who_has_moved(fan_out: FanOut, counters: Counters) -> None:
    first, second = Receiver("127.0.0.1"), Receiver("127.0.0.1")
    wires = [wire("video", number, 500) for number in range(130, 140)]
    fan_out.resend(first.viewer, wires)
    assert [view.sequence for view in first.packets(10)] == [*range(130, 140)]
    first.viewer.endpoint.remote = second.viewer.endpoint.remote
    first.viewer.touched()
    fan_out.resend(first.viewer, [wire("video", 140, 500)])
    assert rtp.parse(first._session.unprotect(second.socket.recv(2_048))).sequence == 140
    assert counters.packets_resent == counters.packets_out == 11


def test_the_worker_resends_no_more_than_it_can_afford(fan_out: FanOut, counters: Counters) -> None:
    receiver = Receiver("127.0.0.1")
    wires = [wire("video", number, 10) for number in range(500)]
    for _ in range(20):
        fan_out.resend(receiver.viewer, wires)
    assert RESENDS_AT_ONCE <= counters.packets_resent < 10_000
    assert counters.packets_resent + counters.resends_refused == 10_000


def test_one_viewer_alone_gets_his_deltas_once_and_resends_without_them(fan_out: FanOut) -> None:
    receiver = Receiver("127.0.0.1")
    for shift in (7, 9):
        receiver.viewer.stretches["video"][-1].number = shift
        receiver.viewer.touched()
        fan_out.send_to(receiver.viewer, [wire("video", 20, 10)])
        fan_out.resend(receiver.viewer, [wire("video", 30 + shift, 10)])
        assert [view.sequence for view in receiver.packets(2)] == [20 + shift, 30 + shift]


def test_the_python_path_serves_where_nothing_was_built(
    port: Port, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "load", lambda: None)
    assert isinstance(fan_out_native.best(port, counters, native=True), PythonFanOut)
    assert isinstance(fan_out_native.best(port, counters, native=False), PythonFanOut)
