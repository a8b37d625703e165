"""Hosts who send one picture in several sizes: offers and answers."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.media.answer import AnswerParameters, write_answer
from streaming.media.errors import OfferMalformed
from streaming.media.offer import Offer, read_offer
from streaming.media.wire import capture_time, stream_id
from tests.streaming.media.peer import offer_text

PARAMETERS = AnswerParameters(
    session="s",
    ufrag="ours",
    password="w" * 32,
    fingerprint=":".join(["AB"] * 32),
    setup="passive",
    port=8189,
    addresses=("192.0.2.1",),
    ssrcs=(("video", 7), ("audio", 8)),
)
RIDS = "a=rid:l send\r\na=rid:m send\r\na=rid:h send\r\n"
EXTENSIONS = f"a=extmap:4 {stream_id.MID_URI}\r\na=extmap:10 {stream_id.RID_URI}\r\n"


def read(lines: str, *, extensions: str = EXTENSIONS, kinds: str = "audio video") -> Offer:
    """The offer of a host with these lines in his last section."""
    return read_offer((offer_text("sendonly", kinds=kinds) + extensions + lines).encode(), "publish")


def rids(lines: str, **changed: str) -> tuple[str, ...]:
    video = read(lines, **changed).track("video")
    assert video is not None
    return video.rids


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (RIDS + "a=simulcast:send l;h\r\n", ("l", "h")),
        (RIDS + "a=simulcast:send h;l\r\n", ("h", "l")),
        (RIDS + "a=simulcast:send l;m;h\r\n", ("l", "m", "h")),
        (RIDS + "a=simulcast: send l;h recv r\r\n", ("l", "h")),
        (RIDS + "a=simulcast:recv r send l;h\r\n", ("l", "h")),
        (RIDS + "a=simulcast:send l,m;h\r\n", ("l", "h")),  # the preferred alternative
        (RIDS + "a=simulcast:send x,m;h\r\n", ("m", "h")),  # the described alternative
        (RIDS + "a=simulcast:send ~l;h\r\n", ("l", "h")),
        (RIDS + "a=simulcast:send l;h;l\r\n", ("l", "h")),
        (RIDS + "a=rid:four send\r\na=simulcast:send l;m;h;four\r\n", ("l", "m", "h")),
        (RIDS + "a=simulcast:send l;unknown;h\r\n", ("l", "h")),
        ("a=rid:a send pt=102;max-width=640\r\na=rid:b send max-br=9\r\na=simulcast:send a;b\r\n", ("a", "b")),
        ("a=rid:a send pt=96\r\na=rid:b send\r\na=rid:c send pt=96,102\r\na=simulcast:send a;b;c\r\n", ("b", "c")),
        (RIDS + "a=simulcast:send l\r\n", ()),  # one encoding is no simulcast
        (RIDS + "a=simulcast:recv l;h\r\n", ()),
        (RIDS, ()),
        ("", ()),
    ],
)
def test_the_rids_are_those_the_host_will_send_in_his_order(lines: str, expected: tuple[str, ...]) -> None:
    assert rids(lines) == expected


def test_without_the_rid_extension_there_is_one_encoding() -> None:
    lines = RIDS + "a=simulcast:send l;h\r\n"
    assert rids(lines, extensions="") == ()
    assert rids(lines, extensions=f"a=extmap:15 {stream_id.RID_URI}\r\n") == (), "an id for two-byte headers"


@pytest.mark.parametrize(
    "lines",
    [
        RIDS + "a=simulcast:send\r\n",
        RIDS + "a=simulcast:\r\n",
        RIDS + "a=simulcast:both l;h\r\n",
        RIDS + "a=simulcast:send l;h send m\r\n",
        RIDS + "a=simulcast:send l;h recv\r\n",
        RIDS + "a=simulcast:send l;;h\r\n",
        RIDS + "a=simulcast:send l;h!\r\n",
        RIDS + "a=simulcast:send l;" + "h" * 17 + "\r\n",
        RIDS + "a=simulcast:send " + ";".join("l" * 17) + "\r\n",
        RIDS + "a=simulcast:send l;h\r\na=simulcast:send l;m\r\n",
        "a=rid:l\r\na=simulcast:send l;h\r\n",
        "a=rid:l sideways\r\na=simulcast:send l;h\r\n",
        "a=rid:\u00e9 send\r\na=simulcast:send l;h\r\n",
        "a=rid:l send\r\n" * 17 + "a=simulcast:send l;h\r\n",
    ],
)
def test_malformed_lines_are_said_to_be(lines: str) -> None:
    with pytest.raises(OfferMalformed):
        read(lines)


@settings(deadline=None)
@given(st.text(alphabet="~,; lhmsendrecv:=1", max_size=40), st.text(alphabet="lh sendrecvpt=102;,", max_size=30))
def test_any_lines_are_read_or_refused(simulcast: str, rid: str) -> None:
    lines = f"{RIDS}a=rid:{rid}\r\na=simulcast:{simulcast}\r\n"
    found: tuple[str, ...] = ()
    with contextlib.suppress(OfferMalformed):
        found = rids(lines)
    assert len(found) in (0, 2, 3) and len(set(found)) == len(found)


def test_the_answer_takes_every_encoding_and_leaves_a_pausing_one_asleep() -> None:
    answer = write_answer(read(RIDS + "a=simulcast:send ~l;m;h\r\n"), PARAMETERS, "publish")
    lines = answer.split("\r\n")
    assert [line for line in lines if line.startswith("a=rid:")] == ["a=rid:l recv", "a=rid:m recv", "a=rid:h recv"]
    assert "a=simulcast:recv ~l;m;h" in lines
    assert f"a=extmap:10 {stream_id.RID_URI}" in lines and f"a=extmap:4 {stream_id.MID_URI}" in lines


def test_an_ordinary_host_is_answered_without_a_word_of_it() -> None:
    answer = write_answer(read(RIDS), PARAMETERS, "publish")
    assert "simulcast" not in answer and "rid:" not in answer and stream_id.RID_URI not in answer
    assert stream_id.MID_URI not in answer


def test_viewers_and_sound_have_no_encodings() -> None:
    lines = RIDS + "a=simulcast:send l;h\r\n"
    viewer = read_offer((offer_text("recvonly") + EXTENSIONS + lines).encode(), "watch").track("video")
    assert viewer is not None and not viewer.rids and not viewer.extensions
    sound = read(lines, kinds="video audio").track("audio")
    assert sound is not None and not sound.rids


def test_capture_times_are_answered_to_who_offers_them() -> None:
    both = offer_text("recvonly").replace("a=fmtp", f"a=extmap:9 {capture_time.URI}\r\na=fmtp")
    both = both.replace("a=mid:audio", f"a=extmap:9 {capture_time.URI}\r\na=mid:audio")
    for role, text in (("watch", both), ("publish", both.replace("recvonly", "sendonly"))):
        offer = read_offer(text.encode(), "watch" if role == "watch" else "publish")
        for track in offer.tracks:
            assert track.extension(capture_time.URI) == 9
        answer = write_answer(offer, PARAMETERS, "watch" if role == "watch" else "publish")
        assert answer.count(f"a=extmap:9 {capture_time.URI}\r\n") == 2


def test_a_host_is_told_to_begin_richly_and_viewers_are_told_nothing_of_it() -> None:
    host = write_answer(read(""), PARAMETERS, "publish")
    assert "x-google-start-bitrate=1500\r\n" in host
    viewer = read_offer(offer_text("recvonly").encode(), "watch")
    assert "x-google" not in write_answer(viewer, PARAMETERS, "watch")
