"""Offers of real publishers and viewers, and what happens to all the others."""

import random
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Refusal
from streaming.media.answer import AnswerParameters, write_answer
from streaming.media.errors import CodecUnsupported, OfferMalformed, OfferTooLarge, OfferUnsupported
from streaming.media.offer import Offer, Role, read_offer
from streaming.media.wire import transport_cc
from tests.streaming.media.peer import offer_text

FOLDER = Path(__file__).parent / "offers"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sdp"))
PARAMETERS = AnswerParameters(
    session="s",
    ufrag="ours",
    password="w" * 32,
    fingerprint=":".join(["AB"] * 32),
    setup="passive",
    port=8189,
    addresses=("192.0.2.1", "2001:db8::1", "127.0.0.1"),
    ssrcs=(("video", 7), ("audio", 8)),
)


def recorded(name: str) -> bytes:
    return (FOLDER / f"{name}.sdp").read_bytes()


def role_of(name: str) -> Role:
    return "publish" if name.endswith("publishes") else "watch"


@pytest.mark.parametrize("name", NAMES)
def test_offers_of_known_clients_are_answered(name: str) -> None:
    role = role_of(name)
    offer = read_offer(recorded(name), role)
    answer = SessionDescription.parse(write_answer(offer, PARAMETERS, role))
    offered = SessionDescription.parse(recorded(name).decode())
    assert [media.kind for media in answer.media] == [media.kind for media in offered.media]
    for ours, theirs in zip(answer.media, offered.media, strict=True):
        assert ours.rtp.muxId == theirs.rtp.muxId
        assert ours.direction == ("recvonly" if role == "publish" else "sendonly")
        assert ours.rtcp_mux
        (codec,) = ours.rtp.codecs
        same = next(each for each in theirs.rtp.codecs if each.payloadType == codec.payloadType)
        assert same.name.lower() == codec.name.lower()
        assert {(fb.type, fb.parameter) for fb in codec.rtcpFeedback} <= {
            (fb.type, fb.parameter) for fb in same.rtcpFeedback
        }
        assert {(e.id, e.uri) for e in ours.rtp.headerExtensions} <= {
            (e.id, e.uri) for e in theirs.rtp.headerExtensions
        }
        assert [candidate.ip for candidate in ours.ice_candidates] == list(PARAMETERS.addresses)
        priorities = [candidate.priority for candidate in ours.ice_candidates]
        assert priorities == sorted(priorities, reverse=True), "loopback last"
        assert ours.ice is not None and ours.ice.iceLite


def test_constrained_baseline_is_preferred_to_baseline() -> None:
    video = read_offer(recorded("chromium_156_watches"), "watch").track("video")
    assert video is not None and video.profile_level_id == "42e01f"


def test_ffmpeg_wants_us_to_call() -> None:
    assert read_offer(recorded("ffmpeg_9_publishes"), "publish").setup == "server"


def test_publishers_get_transport_cc_and_viewers_do_not() -> None:
    host = read_offer(recorded("chromium_156_publishes"), "publish")
    assert host.extension(transport_cc.URI) == 3
    answer = write_answer(host, PARAMETERS, "publish")
    assert "transport-cc" in answer and transport_cc.URI in answer and "goog-remb" not in answer
    viewer = read_offer(recorded("chromium_156_watches"), "watch")
    assert "transport" not in write_answer(viewer, PARAMETERS, "watch")
    obs = read_offer(recorded("obs_31_publishes"), "publish")
    assert "goog-remb" in write_answer(obs, PARAMETERS, "publish")


@pytest.mark.parametrize("kinds", ["audio", "video", "video audio"])
def test_either_kind_alone_and_any_order_are_fine(kinds: str) -> None:
    offer = read_offer(offer_text("sendonly", kinds=kinds).encode(), "publish")
    assert [track.kind for track in offer.tracks] == kinds.split()


GOOD = offer_text("sendonly")


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("packetization-mode=1", "packetization-mode=0", CodecUnsupported),
        ("42e01f", "640c1f", CodecUnsupported),
        ("42e01f", "42e0ff", CodecUnsupported),
        ("H264", "VP8", CodecUnsupported),
        ("opus/48000/2", "PCMU/8000", CodecUnsupported),
        ("a=sendonly", "a=recvonly", OfferUnsupported),
        ("a=sendonly", "a=inactive", OfferUnsupported),
        ("m=audio", "m=application", OfferUnsupported),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=video 9 UDP/TLS/RTP/SAVPF 111", OfferUnsupported),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", OfferUnsupported),
        ("a=setup:actpass", "a=setup:holdconn", OfferMalformed),
        ("a=setup:actpass\r\n", "", OfferMalformed),
        ("a=ice-pwd:" + "p" * 24, "a=ice-pwd:short", OfferMalformed),
        ("a=ice-ufrag:peer\r\n", "", OfferMalformed),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1", OfferMalformed),
        ("a=mid:video", "a=mid:audio", OfferMalformed),
        ("a=mid:video\r\n", "", OfferMalformed),
        ("102", "111", OfferMalformed),
        ("m=", "x=", OfferMalformed),
        ("v=0", "v=zero", OfferMalformed),
    ],
)
def test_what_is_wrong_with_an_offer_is_said(old: str, new: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read_offer(GOOD.replace(old, new).encode(), "publish")


def test_offers_are_bounded() -> None:
    with pytest.raises(OfferTooLarge):
        read_offer(GOOD.encode() + b"a=x\r\n" * 20_000, "publish")
    with pytest.raises(OfferTooLarge):
        read_offer(GOOD.encode() + b"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 8, "publish")


INSERTED = [b":", b"/", b" ", b"\r\n", b"=", b"-1", b"99999999999", b"\0", b"\xff"]


def mutated(original: bytes, seed: int) -> bytes:
    generator = random.Random(seed)
    body = bytearray(original)
    lines = original.split(b"\r\n")
    for _ in range(generator.randint(1, 4)):
        match generator.randrange(5):
            case 0:
                body[generator.randrange(len(body))] = generator.randrange(256)
            case 1:
                start = generator.randrange(len(body) - 20)
                del body[start : start + generator.randint(1, 20)]
            case 2:
                start = generator.randrange(len(body))
                body[start:start] = generator.choice(
                    [b":", b"/", b" ", b"\r\n", b"=", b"-1", b"99999999999", b"\0", b"\xff"]
                )
            case 3:
                body = bytearray(b"\r\n".join(generator.sample(lines, generator.randint(1, len(lines)))))
            case 4:
                body += generator.choice(lines) + b"\r\n"
        if len(body) < 40:
            break
    return bytes(body)


def offer_or_refusal(body: bytes, role: Role) -> Offer | Refusal:
    try:
        return read_offer(body, role)
    except Refusal as refusal:
        return refusal


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(NAMES), st.integers(0, 1 << 32))
def test_a_mutated_offer_is_answered_or_refused_and_never_anything_else(name: str, seed: int) -> None:
    role = role_of(name)
    offer = offer_or_refusal(mutated(recorded(name), seed), role)
    if isinstance(offer, Refusal):
        assert 400 <= offer.status < 500 and offer.code != "refused"
        return
    answer = write_answer(offer, PARAMETERS, role)
    parsed = SessionDescription.parse(answer)
    assert len(parsed.media) == len(offer.tracks)
    assert answer.count("\r\n") == answer.count("\n"), "nothing of the offer has made lines of its own"


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        read_offer(body, "watch")
