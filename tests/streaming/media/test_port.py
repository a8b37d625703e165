"""The UDP port: where datagrams go, which addresses are announced, and what sending can cost."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aioice import stun

from streaming.media.counters import Counters
from streaming.media.dtls_seam import self_test
from streaming.media.endpoint import ADDRESSES_MAX, RETURN_AFTER_S, THERE_FOR_S, Endpoint
from streaming.media.port import DATAGRAM_MAX, Port
from streaming.media.udp import addresses_of_this_machine
from tests.streaming.media.rig import until

IP_RECVERR = 11
RMEM_MAX = int(Path("/proc/sys/net/core/rmem_max").read_text())


@asynccontextmanager
async def opened(host: str = "127.0.0.1", announced: tuple[str, ...] = ()) -> AsyncIterator[tuple[Port, Counters]]:
    counters = Counters()
    port = Port(host, 0, announced, counters)
    port.start()
    try:
        yield port, counters
    finally:
        port.close()


def endpoint(heard: Callable[[bytes], None] = lambda _: None, authentic: bool = False) -> Endpoint:
    def on_datagram(datagram: bytes) -> bool:
        heard(datagram)
        return authentic

    return Endpoint(on_datagram=on_datagram, on_heard=lambda: None)


def check(to: Endpoint, nominate: bool = True) -> bytes:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{to.ufrag}:peer"
    if nominate:
        request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(to.password.encode())
    return bytes(request)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
async def test_one_port_answers_checks_on_both_families(family: socket.AddressFamily, host: str) -> None:
    async with opened("::") as (port, _):
        known = endpoint()
        port.add(known)
        with socket.socket(family, socket.SOCK_DGRAM) as peer:
            peer.setblocking(False)
            peer.bind((host, 0))
            peer.sendto(check(known), (host, port.number))
            answer = stun.parse_message(await asyncio.get_running_loop().sock_recv(peer, 2_000))
            assert answer.check_message_integrity(known.password.encode())
            assert answer.attributes["XOR-MAPPED-ADDRESS"] == (host, peer.getsockname()[1])


async def test_only_checked_addresses_get_through() -> None:
    heard: list[bytes] = []
    async with opened() as (port, counters):
        known = endpoint(heard.append)
        port.add(known)
        port.received(b"\x80media", ("127.0.0.1", 5))
        assert not heard and counters.datagrams_of_strangers == 1
        port.received(check(known), ("127.0.0.1", 5))
        port.received(b"\x80media", ("127.0.0.1", 5))
        port.received(b"\x80media", ("127.0.0.1", 6))
        assert heard == [b"\x80media"]
        port.remove(known)
        port.received(b"\x80media", ("127.0.0.1", 5))
        assert len(heard) == 1 and port.endpoints == 0


async def test_empty_and_overlong_datagrams_go_no_further() -> None:
    heard: list[bytes] = []
    async with opened() as (port, counters):
        known = endpoint(heard.append)
        port.add(known)
        port.received(check(known), ("127.0.0.1", 5))
        for datagram in (b"", b"\x80" * (DATAGRAM_MAX + 1)):
            port.received(datagram, ("127.0.0.1", 5))
        assert not heard and counters.datagrams_malformed == 2


async def test_only_a_nominated_pair_moves_the_peer_and_old_addresses_are_forgotten() -> None:
    async with opened() as (port, _):
        known = endpoint()
        port.add(known)
        port.received(check(known), ("127.0.0.1", 1))
        port.received(check(known, nominate=False), ("127.0.0.1", 2))
        assert known.remote == ("127.0.0.1", 1)
        port.received(check(known), ("127.0.0.1", 3))
        assert known.remote == ("127.0.0.1", 3)
        for number in range(10, 40):
            port.received(check(known), ("127.0.0.1", number))
        assert len(known.known) == ADDRESSES_MAX


async def test_a_train_arrives_as_single_datagrams_with_and_without_offload() -> None:
    async with opened() as (port, _):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
            sink.bind(("127.0.0.1", 0))
            sink.settimeout(2)
            train = memoryview(b"a" * 100 + b"b" * 100 + b"c" * 40)
            for segments in (True, False):
                port.segments = segments
                port.send_train(train, 100, sink.getsockname())
                assert [sink.recv(2_000) for _ in range(3)] == [b"a" * 100, b"b" * 100, b"c" * 40]


async def test_what_cannot_be_sent_is_counted_and_costs_nothing_else() -> None:
    async with opened() as (port, counters):
        port.send(bytes(65_530), ("127.0.0.1", 9))  # EMSGSIZE
        port.send_train(memoryview(bytes(66_000)), 1_200, ("127.0.0.1", 9))
        assert counters.sends_lost >= 2
        assert port.segments, "one viewer's refusal says nothing about the kernel"


async def test_every_usable_address_is_announced_loopback_last() -> None:
    found = addresses_of_this_machine()
    assert found and found[-1] in ("127.0.0.1", "::1")
    async with opened("::") as (port, _):
        assert port.addresses == found
    async with opened("::", ("203.0.113.9",)) as (port, _):
        assert port.addresses == ("203.0.113.9",)


async def test_closing_gives_the_socket_back() -> None:
    async with opened() as (port, _):
        number = port.number
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(("127.0.0.1", number))
    await until(lambda: True, "the loop goes on")


def test_the_seam_finds_the_libraries_it_was_written_for() -> None:
    self_test()


# --- ICE


def answered(port: Port, request: bytes) -> stun.Message | None:
    """What the port says to a request from a socket of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        port.received(request, peer.getsockname())
        try:
            return stun.parse_message(peer.recv(2_000))
        except BlockingIOError:
            return None


def asking(to: Endpoint, **attributes: object) -> bytes:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes = {"USERNAME": f"{to.ufrag}:peer", **{k.replace("_", "-"): v for k, v in attributes.items()}}
    request.add_message_integrity(to.password.encode())
    return bytes(request)


async def test_a_peer_who_takes_himself_for_the_controlled_one_is_told_of_the_conflict() -> None:
    async with opened() as (port, counters):
        known = endpoint()
        port.add(known)
        answer = answered(port, asking(known, ICE_CONTROLLED=1))
        assert answer is not None and answer.error_code == 487
        assert answer.check_message_integrity(known.password.encode())
        assert known.remote is None and not known.known and counters.checks_in_error == 1


async def test_what_a_check_demands_and_we_do_not_understand_is_named() -> None:
    async with opened() as (port, _):
        known = endpoint()
        port.add(known)
        answer = answered(port, asking(known, REQUESTED_TRANSPORT=17))
        assert answer is not None and answer.error_code == 420
        assert known.remote is None


async def test_who_has_not_proved_himself_gets_no_answer() -> None:
    async with opened() as (port, counters):
        known = endpoint()
        port.add(known)
        unsigned = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": f"{known.ufrag}:p"})
        assert answered(port, bytes(unsigned)) is None
        impostor = Endpoint(known.on_datagram, known.on_heard, ufrag=known.ufrag)
        assert answered(port, asking(impostor, ICE_CONTROLLED=1)) is None
        assert counters.checks_refused == 2


async def test_a_recorded_check_sent_from_elsewhere_does_nothing() -> None:
    heard: list[bool] = []
    async with opened() as (port, counters):
        known = Endpoint(lambda _: True, lambda: heard.append(True))
        port.add(known)
        recorded = check(known)
        port.received(recorded, ("127.0.0.1", 1))
        port.received(recorded, ("127.0.0.1", 2))
        assert known.remote == ("127.0.0.1", 1) and known.known == [("127.0.0.1", 1)]
        assert counters.checks_replayed == 1 and len(heard) == 1
        port.received(recorded, ("127.0.0.1", 1))  # the peer's own retransmission is answered, and is no sign of life
        assert counters.checks_answered == 2 and len(heard) == 1


async def test_media_return_to_where_authentic_packets_come_from() -> None:
    async with opened() as (port, _):
        known = endpoint(authentic=True)
        moves: list[object] = []
        known.on_moved = lambda: moves.append(known.remote)
        port.add(known)
        port.received(check(known), ("127.0.0.1", 1))
        port.received(check(known), ("127.0.0.1", 2))
        port.received(b"\x80late", ("127.0.0.1", 1))
        assert known.remote == ("127.0.0.1", 2), "a packet that was on its way says nothing"
        known.proved(("127.0.0.1", 1), time.monotonic() + RETURN_AFTER_S)
        assert known.remote == ("127.0.0.1", 1) and len(moves) == 3


async def test_a_peer_cannot_take_the_address_of_another_who_is_there() -> None:
    async with opened() as (port, counters):
        victim, thief = endpoint(authentic=True), endpoint()
        port.add(victim)
        port.add(thief)
        port.received(check(victim), ("127.0.0.1", 1))
        port.received(b"\x80media", ("127.0.0.1", 1))
        port.received(check(thief), ("127.0.0.1", 1))
        assert thief.remote is None and counters.checks_refused == 1
        assert not victim.there(("127.0.0.1", 1), time.monotonic() + THERE_FOR_S), "a NAT may give it to another later"


async def test_tables_are_as_they_were_when_everybody_has_gone() -> None:
    async with opened() as (port, _):
        everybody = [endpoint() for _ in range(50)]
        for number, each in enumerate(everybody):
            port.add(each)
            port.restart(each)
            port.restart(each)
            for candidate in range(12):
                port.received(check(each), ("127.0.0.1", 1 + number * 20 + candidate))
        assert port.tables["addresses"] == 50 * ADDRESSES_MAX
        assert port.tables["credentials"] == 50
        for each in everybody:
            port.remove(each)
        assert set(port.tables.values()) == {0}


async def test_an_error_of_the_socket_does_not_end_reading() -> None:
    heard: list[bytes] = []
    async with opened() as (port, counters):
        known = endpoint(heard.append)
        port.add(known)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            with socket.socket(fileno=os.dup(port.fileno())) as same:
                same.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
            for number in (9, 11, 13):
                port.send(b"nobody is there", ("127.0.0.1", number))
            peer.sendto(check(known), ("127.0.0.1", port.number))
            peer.sendto(b"\x80media", ("127.0.0.1", port.number))
            await until(lambda: heard, "the datagram behind the errors")
            assert counters.reads_failed + counters.sends_lost >= 1


async def test_what_has_no_way_is_counted() -> None:
    async with opened() as (port, counters):  # bound to loopback, which has no way out
        port.send(b"x", ("192.0.2.1", 9))
        port.send_train(memoryview(bytes(300)), 100, ("192.0.2.1", 9))
        assert counters.sends_refused >= 2


async def test_buffers_are_as_large_as_the_system_lets_us() -> None:
    async with opened() as (port, _):
        with socket.socket(fileno=os.dup(port.fileno())) as same:
            granted = same.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        assert granted >= min(4 << 20, 2 * RMEM_MAX)
