"""PURE. STUN as we need it: reading connectivity checks, writing their answers, and checks of our own (RFC 8489, 8445).

A check is read in two steps, because most of a flood needs only the first: `ufrag` finds whom it is for at the cost of
a few comparisons; `read` walks over all attributes and is worth its price only for somebody whom we know.
"""

import hmac
import socket
import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

COOKIE = 0x2112A442
REQUEST, SUCCESS, ERROR = 0x0001, 0x0101, 0x0111
ROLE_CONFLICT, UNKNOWN_ATTRIBUTE = 487, 420
LENGTH_MAX = 1280
ATTRIBUTES_MAX = 32
"""A browser's check has about ten."""
USERNAME_WITHIN = 8
"""Agents write it first or second; a stranger may not make us look further."""

_USERNAME, _INTEGRITY, _ERROR_CODE, _UNKNOWN_ATTRIBUTES = 0x0006, 0x0008, 0x0009, 0x000A
_XOR_MAPPED_ADDRESS, _PRIORITY, _USE_CANDIDATE = 0x0020, 0x0024, 0x0025
_FINGERPRINT, _CONTROLLED = 0x8028, 0x8029
_PEER_REFLEXIVE = (110 << 24 | 0xFFFF << 8 | 255).to_bytes(4, "big")
"""The priority of our side of a pair that a check of ours may discover (RFC 8445, section 5.1.2.1)."""
_UNDERSTOOD = frozenset({_USERNAME, _INTEGRITY, _PRIORITY, _USE_CANDIDATE})
_OPTIONAL = 0x8000  # RFC 8489, section 14: from here on comprehension is optional
_COOKIE = COOKIE.to_bytes(4, "big")
_HEAD = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_WORD = struct.Struct("!I")
_FINGERPRINT_XOR = 0x5354554E
_REASON = {ROLE_CONFLICT: b"Role Conflict", UNKNOWN_ATTRIBUTE: b"Unknown Attribute"}


class StunMalformed(ValueError):
    """Not a STUN message, or not a whole one."""


class Check(NamedTuple):
    """A Binding request. `integrity` is where its MESSAGE-INTEGRITY begins: nothing behind it is believed."""

    transaction: bytes
    integrity: int
    nominated: bool
    """USE-CANDIDATE is there."""
    controlled: bool
    """The peer takes himself for the controlled agent, which is our part."""
    unknown: tuple[int, ...]
    """Attributes that we would have to understand and do not."""


def ufrag(message: bytes) -> bytes:
    """The addressee's user fragment in a message's USERNAME (RFC 8445, section 7.2.2), or nothing; never raises."""
    if message[4:8] != _COOKIE:
        return b""
    position, end = 20, len(message) - 4
    for _ in range(USERNAME_WITHIN):
        if position > end:
            break
        kind, length = _ATTRIBUTE.unpack_from(message, position)
        position += 4
        if kind == _USERNAME:
            return message[position : position + length].partition(b":")[0]
        position += length + 3 & ~3
    return b""


def read(message: bytes) -> Check | None:
    """The check that `message` is; None for a whole message that is no signed Binding request; else StunMalformed."""
    return _read(message, REQUEST)


def answers(message: bytes, transaction: bytes, key: bytes) -> bool:
    """Whether `message` is a success response to the check of this transaction, signed with `key`."""
    if message[:2] != SUCCESS.to_bytes(2, "big") or message[8:20] != transaction:
        return False
    try:
        found = _read(message, SUCCESS)
    except StunMalformed:
        return False
    return found is not None and signed(message, found, key)


def _read(message: bytes, wanted: int) -> Check | None:
    if not 20 <= len(message) <= LENGTH_MAX:
        raise StunMalformed("length")
    kind, length, cookie, transaction = _HEAD.unpack_from(message)
    if cookie != COOKIE or kind > 0x3FFF or length & 3 or length + 20 != len(message):
        raise StunMalformed("header")
    position, end, integrity = 20, len(message), 0
    nominated = controlled = False
    unknown: list[int] = []
    for _ in range(ATTRIBUTES_MAX):
        if position == end:
            break
        attribute, length = _ATTRIBUTE.unpack_from(message, position)
        if position + 4 + length > end:
            raise StunMalformed("attribute truncated")
        if attribute == _FINGERPRINT:
            if length != 4 or position + 8 != end or not _fingerprint_fits(message, position):
                raise StunMalformed("fingerprint")
        elif integrity:
            pass  # RFC 8489, section 14.5: what follows the signature is not signed
        elif attribute == _INTEGRITY:
            if length != 20:
                raise StunMalformed("integrity")
            integrity = position
        elif attribute == _USE_CANDIDATE:
            nominated = True
        elif attribute == _CONTROLLED:
            controlled = True
        elif attribute < _OPTIONAL and attribute not in _UNDERSTOOD:
            unknown.append(attribute)
        position += 4 + (length + 3 & ~3)
    if position != end:
        raise StunMalformed("more attributes than any check has")
    if kind != wanted or not integrity:
        return None
    return Check(transaction, integrity, nominated, controlled, tuple(unknown))


def _fingerprint_fits(message: bytes, position: int) -> bool:
    said: int = _WORD.unpack_from(message, position + 4)[0]
    return said == zlib.crc32(memoryview(message)[:position]) ^ _FINGERPRINT_XOR


def signed(message: bytes, check: Check, key: bytes) -> bool:
    """Whether the check's MESSAGE-INTEGRITY (HMAC-SHA1, RFC 8489, section 14.5) was made with `key`."""
    place = check.integrity
    covered = message[:2] + (place + 4).to_bytes(2, "big") + message[4:place]
    return hmac.compare_digest(message[place + 4 : place + 24], hmac.digest(key, covered, "sha1"))


def success(check: Check, host: str, port: int, key: bytes) -> bytes:
    """The answer to a check that came from `host` and `port`; an IPv4-mapped address is said as IPv4."""
    return _message(SUCCESS, check.transaction, _mapped(check.transaction, host, port), key)


def request(transaction: bytes, username: str, tie_breaker: bytes, key: bytes) -> bytes:
    """A check of the controlled agent's. `username`: the addressee's user fragment, a colon, and ours."""
    attributes = _attribute(_USERNAME, username.encode())
    attributes += _attribute(_PRIORITY, _PEER_REFLEXIVE) + _attribute(_CONTROLLED, tie_breaker)
    return _message(REQUEST, transaction, attributes, key)


def error(check: Check, code: int, key: bytes) -> bytes:
    reason = _REASON[code]
    attributes = _attribute(_ERROR_CODE, struct.pack("!HBB", 0, code // 100, code % 100) + reason)
    if code == UNKNOWN_ATTRIBUTE:
        attributes += _attribute(_UNKNOWN_ATTRIBUTES, _halfwords(check.unknown))
    return _message(ERROR, check.transaction, attributes, key)


def _halfwords(values: Sequence[int]) -> bytes:
    return struct.pack(f"!{len(values)}H", *values)


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _mapped(transaction: bytes, host: str, port: int) -> bytes:
    host = host.partition("%")[0].removeprefix("::ffff:")
    version6 = ":" in host
    packed = socket.inet_pton(socket.AF_INET6 if version6 else socket.AF_INET, host)
    pad = _WORD.pack(COOKIE) + transaction
    hidden = int.from_bytes(packed, "big") ^ int.from_bytes(pad[: len(packed)], "big")
    head = struct.pack("!HHBBH", _XOR_MAPPED_ADDRESS, 4 + len(packed), 0, 2 if version6 else 1, port ^ COOKIE >> 16)
    return head + hidden.to_bytes(len(packed), "big")


def _message(kind: int, transaction: bytes, attributes: bytes, key: bytes) -> bytes:
    """Sign as RFC 8489, sections 14.5 and 14.7, say: each length covers the attribute that is being made."""
    unsigned = _HEAD.pack(kind, len(attributes) + 24, COOKIE, transaction) + attributes
    signature = _attribute(_INTEGRITY, hmac.digest(key, unsigned, "sha1"))
    whole = _HEAD.pack(kind, len(attributes) + 32, COOKIE, transaction) + attributes + signature
    return whole + _attribute(_FINGERPRINT, _WORD.pack(zlib.crc32(whole) ^ _FINGERPRINT_XOR))
