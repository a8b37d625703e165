import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcode.media_pipe import wire
from transcode.media_pipe.wire import (
    AudioPacket,
    Decoder,
    End,
    Heartbeat,
    Hello,
    KeyframeRequest,
    Message,
    PipeMalformed,
    PipeRefused,
    VideoUnit,
    encode,
)

PTS = st.integers(-(2**63), 2**63 - 1)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(VideoUnit, PTS, st.booleans(), st.binary(min_size=1, max_size=5000)),
    st.builds(AudioPacket, PTS, st.binary(min_size=1, max_size=1275)),
    st.builds(KeyframeRequest),
    st.builds(Heartbeat, PTS),
    st.builds(End),
)


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=12), st.data())
def test_messages_come_out_as_they_went_in_however_the_bytes_are_cut(
    messages: list[Message], data: st.DataObject
) -> None:
    stream = b"".join(encode(message) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    decoder = Decoder()
    decoded: list[Message] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        decoded += decoder.feed(stream[start:end])
    assert decoded == messages


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_bytes_are_messages_or_one_typed_error(portions: list[bytes]) -> None:
    decoder = Decoder()
    for portion in portions:
        try:
            for message in decoder.feed(portion):
                assert encode(message)
        except PipeMalformed:
            with pytest.raises(PipeMalformed):
                decoder.feed(encode(End()))
            return


@settings(deadline=None)
@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**32 - 1))
def test_a_lie_about_the_length_is_found_before_its_payload_is_waited_for(kind: int, flags: int, length: int) -> None:
    header = wire._HEADER.pack(length, kind, flags, 0)
    size = length - wire.HEADER_SIZE
    limits = {1: wire.MAX_PAYLOAD, 2: wire.MAX_AUDIO_PAYLOAD}
    legal = 0 < size <= limits[kind] and flags <= (kind == 1) if kind in limits else kind <= 5 and size == flags == 0
    if legal and kind != 0:
        Decoder().feed(header)
    else:
        with pytest.raises(PipeMalformed):
            Decoder().feed(header)


@pytest.mark.parametrize(
    "message", [VideoUnit(0, True, b"x" * (wire.MAX_PAYLOAD + 1)), VideoUnit(0, True, b""), AudioPacket(0, bytes(9000))]
)
def test_an_impossible_payload_is_refused_by_the_sender(message: Message) -> None:
    with pytest.raises(ValueError, match="payload"):
        encode(message)


def test_a_hello_is_read_back() -> None:
    hello = Hello("secret", "give", "01room", "composite:01battle")
    assert wire.parse_hello(hello.line()) == hello


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"[]\n",
        b"null\n",
        b"{}\n",
        b"\xff\xfe\n",
        b"[" * 4000,
        json.dumps({"token": "t", "verb": "steal", "room": "r", "source": "camera"}).encode(),
        json.dumps({"token": 7, "verb": "take", "room": "r", "source": "camera"}).encode(),
        json.dumps({"token": "t", "verb": "take", "room": ["r"], "source": "camera"}).encode(),
        json.dumps({"token": "t" * 5000, "verb": "take", "room": "r", "source": "camera"}).encode(),
    ],
)
def test_a_malformed_hello_is_one_typed_error(line: bytes) -> None:
    with pytest.raises(PipeMalformed):
        wire.parse_hello(line)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_line_is_a_hello_or_one_typed_error(line: bytes) -> None:
    with pytest.raises(PipeMalformed):
        wire.parse_hello(line)


def test_an_answer_says_yes_or_why_not() -> None:
    wire.parse_answer(wire.answer_line(None))
    with pytest.raises(PipeRefused, match="unknown-room"):
        wire.parse_answer(wire.answer_line("unknown-room"))
    with pytest.raises(PipeMalformed):
        wire.parse_answer(b'{"ok": "perhaps"}')


def test_a_hello_that_would_be_refused_for_its_length_is_not_sent() -> None:
    with pytest.raises(ValueError, match="too long"):
        Hello("t", "take", "r" * 5000, "camera").line()
