"""Strangers and forgers at the port: nothing they send ends a stream, takes memory or reaches a session."""

import random
import socket
from contextlib import suppress

import pytest
from aioice import stun
from aiortc.rtp import RtcpRrPacket

from streaming.media.endpoint import RETURN_AFTER_S
from tests.streaming.media.dtls_peer import DtlsPeer
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import RED, decode, encode_colour
from tests.streaming.media.rig import running, until

ALERT = b"\x15\xfe\xfd\0\0\0\0\0\0\0\0\0\x02\x02\x28"
CLOSE_NOTIFY = b"\x15\xfe\xfd\0\0\0\0\0\0\0\0\0\x02\x01\0"
HANDSHAKE = b"\x16\xfe\xfd\0\0\0\0\0\0\0\x01\0\x04abcd"


def forged(generator: random.Random, count: int) -> list[bytes]:
    """Datagrams of every class of RFC 7983, of every length that breaks things."""
    fixed = [
        b"",
        b"\0",
        bytes(2000),
        ALERT,
        CLOSE_NOTIFY,
        HANDSHAKE,
        b"\x80",
        b"\x80\x60",
        b"\x80\xc8\0\0",
        bytes([130]),
    ]
    first = [0, 1, 20, 21, 22, 23, 63, 64, 79, 128, 144, 176, 191, 192, 255]
    made = [
        bytes([generator.choice(first)]) + generator.randbytes(generator.choice([0, 3, 11, 12, 60, 1499]))
        for _ in range(count)
    ]
    return fixed + made


async def test_forged_datagrams_from_the_hosts_own_address_do_not_end_his_stream() -> None:
    async with running() as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        units = encode_colour(RED, 20)
        await ann.stream(units[:10])
        for datagram in forged(random.Random(7), 400):
            ann.send(datagram)  # the very address that has passed the check: the worst case of spoofing
            bob.send(datagram)
        await ann.stream(units[10:])
        assert len(decode(await bob.seen(20))) == 20
        assert len(rig.worker.sessions) == 2
        await ann.close()
        await bob.close()


async def test_forged_datagrams_during_the_handshake_do_not_end_it() -> None:
    async with running() as rig:
        ann = Peer()
        check = ann.check

        def check_and_forge() -> None:
            check()
            for datagram in (b"", ALERT, CLOSE_NOTIFY, bytes(1600), b"\x80" * 40, HANDSHAKE[:10]):
                ann.send(datagram)

        ann.check = check_and_forge  # type: ignore[method-assign]
        await ann.connect(f"{rig.url}/whip/r1", token="ann")
        await ann.stream(encode_colour(RED, 3))
        await until(lambda: rig.worker.counters.packets_in > 0, "his packets come in")
        assert rig.worker.counters.alerts_dropped >= 2
        await ann.close()


async def test_strangers_are_dropped_before_any_session() -> None:
    async with running() as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.setblocking(False)
            generator = random.Random(1)
            for number in range(200):
                stranger.sendto(bytes([128, 102]) + generator.randbytes(60), ann.remote)
                stranger.sendto(check_of(ann, password="w" * 32, ufrag=f"u{number}"), ann.remote)
                stranger.sendto(check_of(ann, password="w" * 32), ann.remote)
            await until(lambda: rig.worker.counters.checks_refused >= 400, "forged checks are refused")
            assert rig.worker.counters.datagrams_of_strangers >= 200
            with pytest.raises(BlockingIOError):
                stranger.recv(2000)  # not a byte in return: no reflection
        assert rig.worker.counters.packets_in == 0
        await ann.close()


async def test_a_host_whose_address_changes_goes_on_after_his_next_check() -> None:
    async with running() as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        units = encode_colour(RED, 10)
        await ann.stream(units[:5])
        await bob.seen(5)
        await ann.move()
        await ann.stream(units[5:])
        assert len(decode(await bob.seen(10))) == 10
        await ann.close()
        await bob.close()


async def test_a_forged_hello_before_his_own_does_not_fail_his_handshake() -> None:
    """Who guesses at addresses does so all the time: he cannot know when the peer's is let in."""
    async with running() as rig:
        ann = Peer()
        honest = ann.send

        def send(datagram: bytes) -> None:
            honest(DtlsPeer().say())
            honest(datagram)
            honest(DtlsPeer().say())

        ann.send = send  # type: ignore[method-assign]
        await ann.connect(f"{rig.url}/whip/r1", token="ann")
        await ann.stream(encode_colour(RED, 3))
        await until(lambda: rig.worker.counters.packets_in > 0, "his packets come in")
        ann.send = honest  # type: ignore[method-assign]
        await ann.close()


async def test_a_viewer_cannot_point_his_stream_at_somebody_else() -> None:
    """He has valid credentials and keys, and forges the source of his checks, reports and answers to questions."""
    units = encode_colour(RED, 30)
    async with running() as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        await ann.stream(units[:10])
        await bob.seen(10)
        endpoint = next(each.endpoint for each in rig.worker.sessions.values() if each.role == "watch")
        endpoint._moved_at -= RETURN_AFTER_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
            victim.bind(("127.0.0.3", 0))
            victim.setblocking(False)
            honest, sent = bob.send, []

            def forged_source(datagram: bytes) -> None:
                sent.append(datagram)
                victim.sendto(datagram, bob.remote)

            bob.send = forged_source  # type: ignore[method-assign]
            for place in range(10, 30):
                bob.check()
                bob.secure._write = forged_source
                bob.secure.send_rtcp(bytes(RtcpRrPacket(ssrc=9)))
                bob.secure._write = honest
                await ann.stream(units[place : place + 1])
            bob.send = honest  # type: ignore[method-assign]
            await bob.seen(30)
            heard = []
            with suppress(BlockingIOError):
                while True:
                    heard.append(victim.recv(2_000))
            assert endpoint.remote == bob.local
            assert heard and all(datagram[0] < 4 for datagram in heard), "answers and a few questions, no media"
            assert sum(map(len, heard)) < 1.5 * sum(map(len, sent))
        await ann.close()
        await bob.close()


async def test_a_viewer_who_really_moves_loses_nothing_that_is_not_sent_again() -> None:
    units = encode_colour(RED, 30)
    async with running() as rig:
        ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        await ann.stream(units[:10])
        await bob.seen(10)
        endpoint = next(each.endpoint for each in rig.worker.sessions.values() if each.role == "watch")
        await bob.move()
        await until(lambda: endpoint.remote == bob.local, "he has answered")
        await ann.stream(units[10:])
        assert len(decode(await bob.seen(30))) == 30
        assert rig.worker.counters.checks_sent == 1
        await ann.close()
        await bob.close()


def check_of(peer: Peer, password: str, ufrag: str = "") -> bytes:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = (ufrag or peer.said(r"a=ice-ufrag:(\S+)")) + ":peer"
    request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity(password.encode())
    return bytes(request)
