"""A DTLS client of OpenSSL's own, with a cipher suite of one's choice: what a `Handshake` is held against."""

import datetime
from contextlib import suppress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

GCM, CHACHA, CBC = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-SHA"
LABEL = b"EXTRACTOR-dtls_srtp"
_READ = 1 << 16


class DtlsPeer:
    """`hear` a datagram, `say` what there is to say; `fingerprints` as in an offer."""

    def __init__(self, cipher: str = GCM, profiles: bytes = b"SRTP_AEAD_AES_256_GCM") -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
        now = datetime.datetime.now(tz=datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        certificate = builder.sign(key, hashes.SHA256())
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.use_certificate(certificate)
        context.use_privatekey(key)
        context.set_cipher_list(cipher.encode())
        if profiles:
            context.set_tlsext_use_srtp(profiles)
        self.fingerprints = [("sha-256", ":".join(f"{byte:02X}" for byte in certificate.fingerprint(hashes.SHA256())))]
        self.ssl = SSL.Connection(context)
        self.ssl.set_ciphertext_mtu(1200)
        self.ssl.set_connect_state()
        self.done = False
        self.closed = False

    def hear(self, datagram: bytes) -> None:
        self.ssl.bio_write(datagram)
        if self.done:
            with suppress(SSL.WantReadError):
                try:
                    self.ssl.recv(_READ)
                except SSL.ZeroReturnError:
                    self.closed = True
        else:
            self.go_on()

    def go_on(self) -> None:
        with suppress(SSL.WantReadError):
            self.ssl.do_handshake()
            self.done = True

    def say(self) -> bytes:
        """One flight; empty when there is nothing to say."""
        self.go_on()
        try:
            return self.ssl.bio_read(_READ)
        except SSL.WantReadError:
            return b""

    def farewell(self) -> bytes:
        with suppress(SSL.Error):
            self.ssl.shutdown()
        return self.say()
