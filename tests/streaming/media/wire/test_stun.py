"""Reading checks and writing answers: held against aioice, and against everything that a stranger can send."""

import struct

import pytest
from aioice import stun as other
from hypothesis import given
from hypothesis import strategies as st

from streaming.media.wire import stun

KEY = b"k" * 32
OPTIONAL = {"SOFTWARE": "browser", "ICE-CONTROLLING": 7}


def check(*, key: bytes = KEY, username: str = "ours:theirs", **attributes: object) -> bytes:
    request = other.Message(other.Method.BINDING, other.Class.REQUEST)
    request.attributes = {"USERNAME": username, "PRIORITY": 1, **OPTIONAL}
    request.attributes |= {name.replace("_", "-"): value for name, value in attributes.items()}
    request.add_message_integrity(key)
    return bytes(request)


def resigned(body: bytes, kind: int = stun.REQUEST) -> bytes:
    """A message of any attributes, signed rightly."""
    head = struct.pack("!HHI12s", kind, len(body) + 24, stun.COOKIE, b"t" * 12)
    integrity = other.message_integrity(head + body, KEY)
    return head + body + struct.pack("!HH", 8, 20) + integrity


def taken(message: bytes) -> stun.Check | None:
    try:
        return stun.read(message)
    except stun.StunMalformed:
        return None


def test_a_browsers_check_is_read() -> None:
    message = check(USE_CANDIDATE=None)
    read = stun.read(message)
    assert stun.ufrag(message) == b"ours"
    assert read is not None and read.nominated and not read.controlled and not read.unknown
    assert read.transaction == message[8:20]
    assert stun.signed(message, read, KEY)
    assert not stun.signed(message, read, b"wrong")


def test_a_check_without_a_fingerprint_is_taken_and_one_with_a_wrong_fingerprint_is_not() -> None:
    bare = resigned(struct.pack("!HH", 6, 4) + b"ours")
    assert (read := stun.read(bare)) is not None and stun.signed(bare, read, KEY)
    message = bytearray(check())
    message[-1] ^= 1
    with pytest.raises(stun.StunMalformed):
        stun.read(bytes(message))


def test_what_follows_the_signature_is_not_believed() -> None:
    message = resigned(struct.pack("!HH", 6, 4) + b"ours") + struct.pack("!HH", 0x25, 0)
    message = message[:2] + (len(message) - 20).to_bytes(2, "big") + message[4:]
    read = stun.read(message)
    assert read is not None and not read.nominated and stun.signed(message, read, KEY)


def test_role_and_unknown_attributes_are_noticed() -> None:
    assert (read := stun.read(check(ICE_CONTROLLED=7))) is not None and read.controlled
    strange = resigned(struct.pack("!HHHH", 0x7FFE, 0, 0x8FFE, 0))
    assert (read := stun.read(strange)) is not None and read.unknown == (0x7FFE,)


@pytest.mark.parametrize("kind", [0x0011, 0x0101, 0x0111, 0x0003])
def test_only_binding_requests_are_checks(kind: int) -> None:
    assert stun.read(resigned(b"", kind)) is None


def test_an_unsigned_request_is_no_check() -> None:
    assert stun.read(struct.pack("!HHI12s", 1, 0, stun.COOKIE, bytes(12))) is None


def test_hundreds_of_attributes_are_refused_without_a_walk_over_all() -> None:
    many = resigned(struct.pack("!HH", 0x8FFE, 0) * 300)
    with pytest.raises(stun.StunMalformed):
        stun.read(many)
    hidden = struct.pack("!HHI12s", 1, 1208, stun.COOKIE, bytes(12)) + struct.pack("!HH", 0x8FFE, 0) * 300
    assert stun.ufrag(hidden + struct.pack("!HH", 6, 4) + b"ours") == b""


@pytest.mark.parametrize("cut", range(0, 100, 3))
def test_a_truncated_check_is_malformed(cut: int) -> None:
    whole = check()
    with pytest.raises(stun.StunMalformed):
        stun.read(whole[: min(cut, len(whole) - 1)])


@given(st.binary(max_size=1500))
def test_noise_is_refused_with_one_error(noise: bytes) -> None:
    stun.ufrag(noise)
    taken(noise)
    taken(b"\x00\x01" + (len(noise) & ~3).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + noise)


@given(st.data())
def test_a_changed_byte_of_a_check_is_never_believed(data: st.DataObject) -> None:
    message = bytearray(check(USE_CANDIDATE=None))
    end = len(message) - 8  # the signature does not cover the fingerprint behind it
    place = data.draw(st.integers(0, end - 1))
    message[place] ^= data.draw(st.integers(1, 255))
    read = taken(bytes(message[:end]))
    assert read is None or not stun.signed(bytes(message[:end]), read, KEY)


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=12))
def test_any_attributes_are_read_or_refused(attributes: list[tuple[int, bytes]]) -> None:
    body = b"".join(struct.pack("!HH", k, len(v)) + v + bytes(-len(v) % 4) for k, v in attributes)
    taken(resigned(body))


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
    ],
)
def test_an_answer_is_what_an_agent_expects(host: str, said: str) -> None:
    message = check()
    read = stun.read(message)
    assert read is not None
    answer = other.parse_message(stun.success(read, host, 40_000, KEY))  # also compares the fingerprint
    assert answer.message_class is other.Class.RESPONSE and answer.transaction_id == message[8:20]
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == (said, 40_000)
    assert answer.check_message_integrity(KEY) and "FINGERPRINT" in answer.attributes


def test_errors_are_signed_and_name_what_was_not_understood() -> None:
    strange = stun.read(resigned(struct.pack("!HHHHHH", 0x7FFE, 0, 0x7FFD, 0, 0x7FFC, 0)))
    assert strange is not None
    wire = stun.error(strange, stun.UNKNOWN_ATTRIBUTE, KEY)
    answer = other.parse_message(wire)
    assert answer.message_class is other.Class.ERROR and answer.error_code == 420
    assert answer.check_message_integrity(KEY)
    assert struct.pack("!HHHHH", 0x000A, 6, 0x7FFE, 0x7FFD, 0x7FFC) in wire
    conflict = other.parse_message(stun.error(strange, stun.ROLE_CONFLICT, KEY))
    assert conflict.error_code == 487 and conflict.check_message_integrity(KEY)
