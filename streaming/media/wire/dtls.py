"""PURE. DTLS 1.2 records (RFC 6347, section 4.1) as they look to somebody who holds no keys yet."""

CHANGE_CIPHER, ALERT, HANDSHAKE, ACK = 20, 21, 22, 26
HEADER = 13
DATAGRAM_MAX = 1200
_UNIFIED_HEADER = 32
"""From here on the first byte of a record that DTLS 1.3 has encrypted (RFC 9147, section 4)."""
_OF_A_HANDSHAKE = frozenset({CHANGE_CIPHER, HANDSHAKE, ACK})
_CLIENT_HELLO = 1
_MESSAGE_HEADER = 12


def records(datagram: bytes) -> list[bytes]:
    """Up to the first one that breaks the format: what follows would be read by nobody."""
    found = []
    position = 0
    while position < len(datagram):
        if datagram[position] >= _UNIFIED_HEADER:
            found.append(datagram[position:])
            break
        if position + HEADER > len(datagram):
            break
        end = position + HEADER + int.from_bytes(datagram[position + 11 : position + 13], "big")
        if end > len(datagram) or datagram[position + 1] != 0xFE:
            break
        found.append(datagram[position:end])
        position = end
    return found


def in_the_clear(record: bytes) -> bool:
    """Whether it is of epoch 0: anybody can write it."""
    return record[0] < _UNIFIED_HEADER and record[3:5] == b"\0\0"


def plausible_records(datagram: bytes) -> bytes:
    """What of a datagram may belong to a handshake.

    Until it is done anybody can forge a record of epoch 0. Alerts among them could only end it, and application data
    are never sent in it.
    """
    return b"".join(each for each in records(datagram) if not in_the_clear(each) or each[0] in _OF_A_HANDSHAKE)


def hello_random(plausible: bytes) -> bytes | None:
    """The 32 random bytes of a ClientHello at the beginning of a datagram: they tell one handshake from another.

    A hello that is sent again, with or without a cookie, keeps them (RFC 6347, section 4.2.1).
    """
    body = plausible[HEADER + _MESSAGE_HEADER :]
    message = plausible[HEADER : HEADER + _MESSAGE_HEADER]
    if plausible[:1] != bytes([HANDSHAKE]) or plausible[3:5] != b"\0\0" or len(body) < 34:
        return None
    first_fragment = message[6:9] == b"\0\0\0"
    return body[2:34] if message[0] == _CLIENT_HELLO and first_fragment else None


def datagrams(flight: bytes) -> list[bytes]:
    """The records of a flight, as many in each datagram as fit."""
    found: list[bytes] = []
    for record in records(flight):
        if found and len(found[-1]) + len(record) <= DATAGRAM_MAX:
            found[-1] += record
        else:
            found.append(record)
    return found
