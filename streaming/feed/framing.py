"""PURE: frames that a server sends (RFC 6455, section 5.2): whole, unmasked, uncompressed.

Made once and written to any number of sockets; several of them in one ``bytes`` are as good as one after the other.
"""

_TEXT, _PING = 0x81, 0x89  # with FIN
_TWO_BYTES, _EIGHT_BYTES = 126, 127
LONGEST_PING = 125


def text(payload: bytes) -> bytes:
    """A text message of ``payload``, UTF-8."""
    return _frame(_TEXT, payload)


def ping(payload: bytes = b"") -> bytes:
    """Every client answers it by itself; of at most ``LONGEST_PING`` bytes."""
    assert len(payload) <= LONGEST_PING
    return _frame(_PING, payload)


def _frame(head: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < _TWO_BYTES:
        return bytes((head, length)) + payload
    if length < 1 << 16:
        return bytes((head, _TWO_BYTES)) + length.to_bytes(2) + payload
    return bytes((head, _EIGHT_BYTES)) + length.to_bytes(8) + payload
