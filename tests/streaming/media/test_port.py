"""The UDP port: where datagrams go, which addresses are announced, and what sending can cost."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aioice import stun

from streaming.media.counters import Counters
from streaming.media.dtls_seam import self_test
from streaming.media.endpoint import (
    ADDRESSES_MAX,
    ALLOWANCE,
    ANSWERED_FOR_S,
    RETURN_AFTER_S,
    THERE_FOR_S,
    Endpoint,
)
from streaming.media.port import DATAGRAM_MAX, Port
from streaming.media.udp import addresses_of_this_machine
from tests.streaming.media.dtls_peer import DtlsPeer
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


@asynccontextmanager
async def moving() -> AsyncIterator[tuple[Port, Counters, Endpoint, list[socket.socket]]]:
    """A peer who has answered from the first of two sockets of his."""
    async with opened() as (port, counters):
        known = Endpoint(lambda _: True, lambda: None, peer_ufrag="peer", peer_password="p" * 22)
        port.add(known)
        both = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for each in both:
            each.bind(("127.0.0.1", 0))
            each.settimeout(2)
        try:
            port.received(check(known), both[0].getsockname())
            port.say(known, b"\x16a flight")
            known.has_answered(both[0].getsockname(), time.monotonic())
            for _ in range(2):
                both[0].recv(2_000)
            yield port, counters, known, both
        finally:
            for each in both:
                each.close()


def asked(to: socket.socket) -> stun.Message:
    """The server's check, past its answers to ours."""
    while True:
        message = stun.parse_message(to.recv(2_000))
        if message.message_class == stun.Class.REQUEST:
            return message


def answering(question: stun.Message, key: str = "p" * 22) -> bytes:
    answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=question.transaction_id)
    answer.attributes["XOR-MAPPED-ADDRESS"] = ("127.0.0.1", 1)
    answer.add_message_integrity(key.encode())
    return bytes(answer)


async def test_media_go_to_another_address_when_he_has_answered_from_there() -> None:
    async with moving() as (port, counters, known, (old, new)):
        port.received(check(known), new.getsockname())
        assert known.remote == old.getsockname()
        question = asked(new)
        assert question.attributes["USERNAME"] == f"peer:{known.ufrag}"
        assert question.check_message_integrity(b"p" * 22) and "ICE-CONTROLLED" in question.attributes
        for wrong, source in (
            (answering(question, "q" * 22), new.getsockname()),
            (answering(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)), new.getsockname()),
            (answering(question), old.getsockname()),
            (answering(question), ("127.0.0.1", 9)),
            (answering(question)[:-8], new.getsockname()),
        ):
            port.received(wrong, source)
            assert known.remote == old.getsockname()
        assert counters.checks_refused == 5
        port.received(answering(question), new.getsockname())
        assert known.remote == new.getsockname()
        port.received(check(known), old.getsockname())
        assert known.remote == old.getsockname(), "who has answered there just now is not asked again"
        assert counters.checks_sent == 1


async def test_a_question_that_gets_lost_is_asked_again_twice_and_no_more() -> None:
    async with moving() as (port, counters, known, (_, new)):
        port.received(check(known), new.getsockname())
        for _ in range(5):
            port.received(check(known), new.getsockname())
        assert counters.checks_sent == 1
        questions = [asked(new)]
        await until(lambda: counters.checks_sent == 3, "the repetitions", 3)
        questions += [asked(new), asked(new)]
        assert len({each.transaction_id for each in questions}) == 1
        port.received(answering(questions[0]), new.getsockname())
        assert known.remote == new.getsockname()


async def test_who_points_at_many_addresses_makes_us_send_each_hardly_more_than_he_sends() -> None:
    async with moving() as (port, _, known, (_, new)):
        sent = 0
        for _ in range(20):
            request = check(known)
            sent += len(request)
            port.received(request, new.getsockname())
        new.setblocking(False)
        heard = 0
        with suppress(BlockingIOError):
            while True:
                heard += len(new.recv(2_000))
        assert heard < 1.5 * sent


async def test_an_authentic_packet_from_a_forged_address_does_not_draw_media_there() -> None:
    async with moving() as (port, counters, known, (old, new)):
        port.received(check(known, nominate=False), new.getsockname())
        known._moved_at -= RETURN_AFTER_S
        port.received(b"\x80authentic", new.getsockname())
        assert known.remote == old.getsockname() and counters.checks_sent == 1
        port.received(answering(asked(new)), new.getsockname())
        assert known.remote == new.getsockname()


async def test_after_a_restart_he_is_asked_with_the_credentials_that_his_check_had() -> None:
    async with moving() as (port, _, known, (_, new)):
        former = known.ufrag
        unused = check(known)
        port.restart(known, "fresh", "f" * 22)
        port.received(unused, new.getsockname())
        question = asked(new)
        assert question.attributes["USERNAME"] == f"peer:{former}" and question.check_message_integrity(b"p" * 22)
        port.received(check(known), new.getsockname())
        known.question = None
        port.received(check(known), new.getsockname())
        question = asked(new)
        assert question.attributes["USERNAME"] == f"fresh:{known.ufrag}" and question.check_message_integrity(b"f" * 22)


async def test_little_goes_where_nothing_was_answered_from() -> None:
    async with opened() as (port, counters):
        known = endpoint()
        port.add(known)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            port.received(check(known), peer.getsockname())
            for _ in range(20):
                port.say(known, bytes(1_000))
            assert counters.sends_withheld == 20 - ALLOWANCE // 1_000
            port.received(b"\x16" + bytes(1_200), peer.getsockname())
            port.say(known, bytes(1_000))
            assert counters.sends_withheld == 20 - ALLOWANCE // 1_000, "as much as came"
            known.has_answered(peer.getsockname(), time.monotonic())
            for _ in range(20):
                port.say(known, bytes(1_000))
            assert counters.sends_withheld == 20 - ALLOWANCE // 1_000


async def test_what_was_answered_long_ago_is_asked_again() -> None:
    known = endpoint()
    known.spoken = True
    known.has_answered(("127.0.0.1", 1), 100.0)
    known.move(("127.0.0.1", 1), 100.0)
    known.has_answered(("127.0.0.1", 2), 200.0)
    known.move(("127.0.0.1", 2), 200.0)
    assert known.may_move(("127.0.0.1", 1), 200.0 + ANSWERED_FOR_S - 1), "media went there until now"
    assert not known.may_move(("127.0.0.1", 1), 200.0 + ANSWERED_FOR_S)
    assert not known.may_move(("127.0.0.1", 3), 200.0)


async def test_hellos_of_strangers_make_the_port_wary_and_nothing_else_does() -> None:
    async with opened() as (port, _):
        hello = DtlsPeer().say()
        for strange in (b"\x80media", b"\x16" + bytes(60), hello[:30], b"\x15" + hello[1:]):
            port.received(strange, ("127.0.0.1", 5))
        assert not port.wary
        port.received(hello, ("127.0.0.1", 5))
        assert port.wary


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
            port.restart(each, "peer", "p" * 22)
            port.restart(each, "peer", "q" * 22)
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
