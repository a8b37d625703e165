"""A worker's certificate: one for all its peers, who know it by its fingerprint (RFC 8827, section 6.5)."""

import datetime
import secrets

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from streaming.media.srtp_profiles import PROFILES
from streaming.media.wire.dtls import DATAGRAM_MAX

# RFC 8827, section 6.5, demands the first. Those without AEAD are for peers who know nothing better.
_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
)
_DTLS_1_2 = 0xFEFD
_VALID = datetime.timedelta(days=30)
_A_DAY = datetime.timedelta(days=1)


class SharedCertificate:
    """With one SSL context for all: a context of its own is the dearest that a connection can have."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.sha256 = ":".join(f"{byte:02X}" for byte in certificate.fingerprint(hashes.SHA256()))
        self._context = SSL.Context(SSL.DTLS_METHOD)
        self._context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION)
        self._context.set_min_proto_version(_DTLS_1_2)
        self._context.set_max_proto_version(_DTLS_1_2)  # `farewell` is written for its records
        self._context.set_mode(SSL.MODE_RELEASE_BUFFERS)
        self._context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        # Whoever he is, his certificate is held against the fingerprint in his offer.
        self._context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        self._context.use_certificate(certificate)
        self._context.use_privatekey(key)
        self._context.set_cipher_list(":".join(_CIPHERS).encode())
        self._context.set_tlsext_use_srtp(b":".join(each.name for each in PROFILES))
        self._context.set_cookie_generate_callback(lambda connection: connection.get_app_data())
        self._context.set_cookie_verify_callback(
            lambda connection, cookie: secrets.compare_digest(cookie, connection.get_app_data())
        )

    @classmethod
    def generate(cls) -> "SharedCertificate":
        """A self-signed one, valid from yesterday on: clocks differ."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, secrets.token_hex(16))])
        now = datetime.datetime.now(tz=datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - _A_DAY).not_valid_after(now + _VALID)
        return cls(key, builder.sign(key, hashes.SHA256()))

    def connection(self, *, client: bool, cookie: bytes = b"") -> SSL.Connection:
        """A handshake that has not begun. `cookie`: what DTLSv1_listen wants to see in a hello."""
        made = SSL.Connection(self._context)
        made.set_ciphertext_mtu(DATAGRAM_MAX)
        made.set_app_data(cookie)
        if client:
            made.set_connect_state()
        else:
            made.set_accept_state()
        return made
