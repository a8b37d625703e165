"""PURE. The end of a DTLS 1.2 connection whose handshake is all that it was for: close_notify, read and written.

SRTP takes its keys from the handshake and needs DTLS no more (RFC 5764); what may still come in it is an alert. For
that we keep two keys instead of an SSL object of a hundred kilobytes.
"""

import hmac
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from streaming.media.wire.dtls import ALERT, HEADER

_CLOSE_NOTIFY = b"\x01\x00"
_FATAL = 2
_TAG = 16
_SEQUENCE = (1 << 32).to_bytes(6, "big")
"""Of the only record that we write: beyond any that OpenSSL has written in this epoch (RFC 6347, section 4.1.2.6)."""
_EPOCH = b"\0\1"
_VERSION = b"\xfe\xfd"


class _Cipher(NamedTuple):
    key: int
    fixed: int
    """Bytes of the nonce that come from the handshake."""
    explicit: int
    """Bytes of the nonce that stand in the record; with none, its number is mixed in (RFC 7905, section 2)."""
    aead: type[AESGCM] | type[ChaCha20Poly1305]


_CIPHERS = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": _Cipher(16, 4, 8, AESGCM),  # RFC 5288, section 3
    "ECDHE-ECDSA-CHACHA20-POLY1305": _Cipher(32, 12, 0, ChaCha20Poly1305),
}


class Farewell:
    """Of one connection, after its handshake."""

    __slots__ = ("_cipher", "_reading", "_writing")

    def __init__(self, cipher: _Cipher, reading: bytes, writing: bytes) -> None:
        self._cipher = cipher
        self._reading = reading
        self._writing = writing

    def read(self, record: bytes) -> bool:
        """Whether this record is the peer's: authentic, and close_notify or a fatal alert (RFC 5246, section 7.2)."""
        explicit = self._cipher.explicit
        sealed = record[HEADER + explicit :]
        if record[:5] != bytes([ALERT]) + _VERSION + _EPOCH or len(sealed) != len(_CLOSE_NOTIFY) + _TAG:
            return False
        nonce = self._nonce(self._reading, record[3:11], record[HEADER : HEADER + explicit])
        try:
            alert = self._aead(self._reading).decrypt(nonce, sealed, _associated(record[3:11]))
        except InvalidTag:
            return False
        return alert == _CLOSE_NOTIFY or alert[0] == _FATAL

    def write(self) -> bytes:
        """Ours; always the same record."""
        number = _EPOCH + _SEQUENCE
        explicit = number[: self._cipher.explicit]
        nonce = self._nonce(self._writing, number, explicit)
        body = explicit + self._aead(self._writing).encrypt(nonce, _CLOSE_NOTIFY, _associated(number))
        return bytes([ALERT]) + _VERSION + number + len(body).to_bytes(2, "big") + body

    def _aead(self, secret: bytes) -> AESGCM | ChaCha20Poly1305:
        return self._cipher.aead(secret[: self._cipher.key])

    def _nonce(self, secret: bytes, number: bytes, explicit: bytes) -> bytes:
        fixed = secret[self._cipher.key :]
        if self._cipher.explicit:
            return fixed + explicit
        return bytes(a ^ b for a, b in zip(fixed, bytes(4) + number, strict=True))


def _associated(number: bytes) -> bytes:
    return number + bytes([ALERT]) + _VERSION + len(_CLOSE_NOTIFY).to_bytes(2, "big")


def farewell(cipher: str, master: bytes, client_random: bytes, server_random: bytes, client: bool) -> Farewell | None:
    """From what a handshake has agreed; `client`: whether we are. None for a cipher suite without AEAD."""
    found = _CIPHERS.get(cipher)
    if found is None:
        return None
    key, fixed = found.key, found.fixed
    # RFC 5246, section 6.3: the client's key, the server's, then what is fixed of the client's and the server's nonces.
    block = _expanded(master, b"key expansion" + server_random + client_random, 2 * (key + fixed))
    of_client = block[:key] + block[2 * key : 2 * key + fixed]
    of_server = block[key : 2 * key] + block[2 * key + fixed :]
    return Farewell(found, of_server, of_client) if client else Farewell(found, of_client, of_server)


def _expanded(secret: bytes, seed: bytes, length: int) -> bytes:
    """P_SHA256 (RFC 5246, section 5)."""
    chain, found = seed, b""
    while len(found) < length:
        chain = hmac.digest(secret, chain, "sha256")
        found += hmac.digest(secret, chain + seed, "sha256")
    return found[:length]
