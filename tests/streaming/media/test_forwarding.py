"""Publishing and watching through the real worker on loopback; judged by decoded pictures and sounds."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from streaming.events import CameraEnded, CameraStarted
from streaming.media.viewer import RESENDS_MAX
from tests.streaming.media.peer import AUDIO, VIDEO, Peer, delete
from tests.streaming.media.pictures import (
    BLUE,
    RED,
    alike,
    colour_of,
    decode,
    encode_colour,
    encode_tone,
    loudest_hertz,
)
from tests.streaming.media.rig import Rig, running, until


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def host(rig: Rig, room: str = "r1", token: str = "ann", **offer: str) -> Peer:
    peer = await Peer().connect(f"{rig.url}/whip/{room}", token=token, **offer)
    assert peer.status == 201, peer.problem
    return peer


async def viewer(rig: Rig, path: str = "/whep/r1", **offer: str) -> Peer:
    peer = await Peer().connect(rig.url + path, **offer)
    assert peer.status == 201, peer.problem
    return peer


async def test_a_viewer_sees_and_hears_the_host(rig: Rig) -> None:
    ann = await host(rig)
    bob = await viewer(rig)
    await ann.stream(encode_colour(RED, 30), encode_tone(440, 30))
    pictures = await bob.seen(30)
    assert all(alike(colour_of(frame), RED) for frame in decode(pictures))
    assert len(decode(pictures)) == 30
    await until(lambda: len(bob.heard.sounds()) == 30, "30 sounds")
    assert abs(loudest_hertz(bob.heard.sounds()) - 440) < 15
    await ann.close()
    await bob.close()


async def test_a_newcomer_gets_the_cached_pictures_without_asking_the_host(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 20), encode_tone(440, 20))
    await until(lambda: rig.told(CameraStarted), "the camera has started")
    bob = await viewer(rig)
    pictures = await bob.seen(20)
    assert len(decode(pictures)) == 20
    assert ann.heard.keyframe_requests() <= 1  # at most the one before the first picture came
    await ann.stream(encode_colour(RED, 5))
    stamps = [view.timestamp for view in bob.heard.of(VIDEO)]
    assert stamps == sorted(stamps), "squashed timestamps increase"
    assert (stamps[19] - stamps[0]) & 0xFFFFFFFF < 20 * 100, "cached pictures are shown at once"
    await ann.close()
    await bob.close()


async def test_a_lost_packet_is_sent_again_byte_for_byte(rig: Rig) -> None:
    ann = await host(rig)
    units = encode_colour(RED, 12)
    await ann.stream(units[:2])
    bob = await viewer(rig)
    await bob.seen(2)
    last = max(view.sequence for view in bob.heard.of(VIDEO))
    bob.deaf = {(last + 3) & 0xFFFF}
    await ann.stream(units[2:])
    await until(lambda: not bob.deaf, "a packet was lost")
    lost = (last + 3) & 0xFFFF
    ssrc = int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)"))
    bob.nack(ssrc, [lost])

    def copies() -> list[bytes]:
        # The cipher has no randomness but key and number: equal on the wire means equal in the clear.
        return [each for each in bob.raw if each[2:4] == lost.to_bytes(2, "big") and each[1] & 0x7F == VIDEO]

    await until(lambda: len(copies()) == 2, "it came again")
    assert len(set(copies())) == 1
    assert len(decode(await bob.seen(12))) == 12
    await ann.close()
    await bob.close()


async def test_viewers_wishes_for_keyframes_are_one_request_a_second(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 3))
    viewers = [await viewer(rig) for _ in range(3)]
    before = rig.worker.counters.keyframes_requested
    for bob in viewers:
        await bob.seen(3)
        for _ in range(5):
            bob.ask_for_keyframe(int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)")))
    await until(lambda: ann.heard.keyframe_requests() >= 1, "the host is asked")
    assert rig.worker.counters.keyframes_requested - before <= 1
    for peer in (ann, *viewers):
        await peer.close()


async def test_a_publisher_who_wants_to_be_dtls_server_is_called(rig: Rig) -> None:
    ann = await host(rig, setup="passive")
    assert "a=setup:active" in ann.answer
    bob = await viewer(rig)
    await ann.stream(encode_colour(BLUE, 10))
    assert alike(colour_of(decode(await bob.seen(10))[-1]), BLUE)
    await ann.close()
    await bob.close()


async def test_a_host_without_picture_is_heard_behind_the_card(rig: Rig) -> None:
    ann = await host(rig, kinds="audio")
    tone = encode_tone(600, 40)
    for packet in tone[:5]:
        ann.say(packet)
    await until(lambda: rig.told(CameraStarted), "the broadcast has started")
    bob = await viewer(rig)
    card = decode(await bob.seen(1))[0]
    for packet in tone[5:]:
        ann.say(packet)
    await until(lambda: len(bob.heard.sounds()) >= 35, "sounds")
    assert abs(loudest_hertz(bob.heard.sounds()) - 600) < 15
    assert (card.width, card.height) == (360, 640)
    await ann.close()
    await bob.close()


async def test_a_viewer_may_take_sound_only(rig: Rig) -> None:
    ann = await host(rig)
    bob = await viewer(rig, kinds="audio")
    await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
    await until(lambda: len(bob.heard.sounds()) == 10, "sounds")
    assert not bob.heard.of(VIDEO)
    await ann.close()
    await bob.close()


async def test_the_newer_publisher_wins_and_viewers_stay(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 5))
    bob = await viewer(rig)
    await bob.seen(5)
    again = await host(rig)
    await until(lambda: rig.told(CameraEnded), "the older one is closed")
    ended = rig.told(CameraEnded)[0]
    assert isinstance(ended, CameraEnded) and ended.reason == "replaced"
    await again.stream(encode_colour(BLUE, 10))
    frames = decode(await bob.seen(15))
    assert alike(colour_of(frames[0]), RED) and alike(colour_of(frames[-1]), BLUE)
    for peer in (ann, again, bob):
        await peer.close()


async def test_delete_ends_the_broadcast_and_leaves_nothing_behind(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 5))
    bob = await viewer(rig)
    await bob.seen(5)
    assert await delete(rig.url, ann.location) == 200
    assert await delete(rig.url, bob.location) == 200
    await until(lambda: not rig.worker.rooms, "the room is forgotten")
    assert not rig.worker.sessions
    assert [fact.reason for fact in rig.told(CameraEnded) if isinstance(fact, CameraEnded)] == ["left"]
    assert await delete(rig.url, ann.location) == 404
    await ann.close()
    await bob.close()


async def test_a_banned_user_is_closed_wherever_he_is(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 5))
    bob = await Peer().connect(f"{rig.url}/whep/r1", token="bob")
    other = await Peer().connect(f"{rig.url}/whep/r1", token="eve")
    await rig.client.close_user(rig.url, "bob")
    assert {session.user for session in rig.worker.sessions.values()} == {"ann", "eve"}
    await rig.client.close_user(rig.url, "ann")
    await until(lambda: rig.told(CameraEnded), "the broadcast is over")
    assert rig.told(CameraEnded)[0].reason == "banned"  # type: ignore[attr-defined]
    for peer in (ann, bob, other):
        await peer.close()


async def test_the_host_is_told_when_his_packets_arrived(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 40), pause_s=0.01)
    await until(lambda: len(ann.heard.feedback) >= 4, "transport-cc feedback")
    counts = [packet[19] for packet in ann.heard.feedback]
    assert counts == list(range(len(counts))), "feedback packets are numbered without gaps"
    await ann.close()


async def test_a_gap_in_the_hosts_packets_is_asked_for_again(rig: Rig) -> None:
    ann = await host(rig)
    units = encode_colour(RED, 6)
    ann.show(units[0])
    packets = [ann.frame_packets(unit) for unit in units[1:]]
    lost = packets[1][0]
    for packet in (packet for frame in packets for packet in frame if packet is not lost):
        ann.secure.send_rtp(packet)
    sequence = int.from_bytes(lost[2:4], "big")
    await until(lambda: sequence in ann.heard.nacked(), "a NACK")
    bob = await viewer(rig)
    ann.secure.send_rtp(lost)
    assert len(decode(await bob.seen(6))) == 6
    await ann.close()
    await bob.close()


async def test_the_camera_has_numbers_of_its_own(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 5), encode_tone(440, 5))
    bob, eve = await viewer(rig), await viewer(rig, "/whep/r1/camera")
    await asyncio.gather(bob.seen(5), eve.seen(5))
    ours = {view.ssrc for view in bob.heard.of(VIDEO) + bob.heard.of(AUDIO)}
    theirs = {view.ssrc for view in eve.heard.of(VIDEO) + eve.heard.of(AUDIO)}
    assert not ours & theirs
    for peer in (ann, bob, eve):
        await peer.close()


WRAPPING = {"sequence": 65_530, "timestamp": (1 << 32) - 10 * 3_000}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (WRAPPING, {}),
        ({"sequence": 40_000, "timestamp": 1 << 31}, {"sequence": 7, "timestamp": 500, "ssrc": 0x3333}),
        ({"sequence": 100, "timestamp": 1 << 31}, {"sequence": 120, "timestamp": (1 << 31) - 20 * 90_000}),
        ({"sequence": 100, "timestamp": 5}, {"sequence": 30_000, "timestamp": 3_000_000_000}),
    ],
    ids=["both counters wrap", "another SSRC", "time jumps back", "everything jumps"],
)
async def test_viewers_follow_a_host_whose_numbers_jump(
    rig: Rig, before: dict[str, int], after: dict[str, int]
) -> None:
    ann = await host(rig)
    ann.restart(**before)
    await ann.stream(encode_colour(RED, 20))
    bob = await viewer(rig)
    await bob.seen(20)
    if after:
        ann.restart(**after)
    await ann.stream(encode_colour(BLUE, 20))
    frames = decode(await bob.seen(40))
    assert len(frames) == 40
    assert alike(colour_of(frames[0]), RED) and alike(colour_of(frames[-1]), BLUE)
    stamps = [view.timestamp for view in sorted(bob.heard.of(VIDEO), key=lambda view: view.sequence)]
    assert all((late - early) & 0xFFFFFFFF < 1 << 31 for early, late in itertools.pairwise(stamps))
    await ann.close()
    await bob.close()


async def test_viewers_are_told_which_picture_belongs_to_which_sound(rig: Rig) -> None:
    ann = await host(rig)
    units, tone = encode_colour(RED, 61), encode_tone(440, 61)
    await ann.stream(units[:1], tone[:1])
    await until(lambda: rig.worker.counters.packets_in >= 2, "both streams are known")
    ann.report(picture_late_us=300_000)  # his pictures were captured 300 ms before the sounds sent with them
    await ann.stream(units[1:], tone[1:])
    bob = await viewer(rig)
    await bob.seen(61)
    ann.show(units[0])
    ann.say(tone[0])
    await until(lambda: bob.heard.sounds() and len(bob.heard.pictures()) >= 62, "the last picture and sound")
    await until(lambda: {VIDEO, AUDIO} <= bob.captured().keys(), "a sender report of both")
    captured = bob.captured()
    # 61 pictures of 1/30 s and 61 sounds of 20 ms later:
    expected = 61 * (1 / 30 - 0.020) - 0.3
    assert abs((captured[VIDEO] - captured[AUDIO]) / 1e6 - expected) < 0.03
    assert abs(captured[AUDIO] - rig.worker.now_us()) < 60e6, "on our clock, though the host's is an hour slow"
    await ann.close()
    await bob.close()


async def test_one_report_of_losses_costs_a_bounded_burst(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 100), pause_s=0.001)
    bob = await viewer(rig)
    await bob.seen(100)
    sequences = [view.sequence for view in bob.heard.of(VIDEO)]
    bob.nack(int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)")), sequences)
    await until(lambda: rig.worker.counters.packets_resent >= RESENDS_MAX, "resends")
    assert rig.worker.counters.packets_resent == RESENDS_MAX < len(sequences)
    await ann.close()
    await bob.close()


async def test_what_a_viewer_never_got_is_not_sent_again(rig: Rig) -> None:
    ann = await host(rig)
    await ann.stream(encode_colour(RED, 5))
    await ann.stream(encode_colour(BLUE, 5))
    await until(lambda: rig.worker.counters.packets_in >= 10, "two groups of pictures")
    bob = await viewer(rig)
    await bob.seen(5)
    first = bob.heard.of(VIDEO)[0].sequence
    ssrc = int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)"))
    bob.nack(ssrc, [(first - 1) & 0xFFFF])
    bob.nack(ssrc, [first])
    await until(lambda: rig.worker.counters.packets_resent, "a resend")
    assert rig.worker.counters.packets_resent == 1
    await ann.close()
    await bob.close()
