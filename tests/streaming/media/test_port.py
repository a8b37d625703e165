"""The UDP port: where datagrams go, which addresses are announced, and what sending can cost."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aioice import stun

from streaming.media.counters import Counters
from streaming.media.dtls_seam import self_test
from streaming.media.port import ADDRESSES_MAX, DATAGRAM_MAX, Endpoint, Port, addresses_of_this_machine
from tests.streaming.media.rig import until


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
