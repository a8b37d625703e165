"""A DTLS 1.2 handshake with one peer (RFC 6347), without a socket and without a task: datagrams in, datagrams out.

Anybody who forges the peer's address can write in it as long as it is not done. So no alert of ours is sent, for it
would end the peer's own handshake; and what comes is read by the handshake that it belongs to:

* The first ClientHello is answered at once, so that no round trip is lost: unless we have to be wary, because forgers
  are about. What we say to a forged hello would reach the peer as if it was said to his.
* Any other one (by its random bytes) is asked for a cookie, which only he can repeat who reads at the peer's address
  (RFC 6347, section 4.2.1). Who repeats it is the peer, and his handshake replaces what was forged.
"""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from OpenSSL import SSL, crypto

from streaming.media.certificate import SharedCertificate
from streaming.media.srtp_profiles import EXPORTER_LABEL, PROFILES, SrtpProfile
from streaming.media.wire.dtls import datagrams, hello_random
from streaming.media.wire.dtls_farewell import Farewell, farewell

COOKIE_BYTES = 16
_READ_BYTES = 1 << 14


class PeerUnacceptable(Exception):
    """The handshake is done, but not with whom, or not on what, the offer said."""


class Secured(NamedTuple):
    """What a handshake was for. Secrets are master keys with their salts."""

    profile: SrtpProfile
    sending: bytes
    receiving: bytes
    flight: bytes
    """Our last one, when it is the last of all: the peer may have to ask for it again."""
    farewell: Farewell | None


class Handshake:
    """`begin`, then `take` until it returns something; `remind` when `wait` has passed."""

    def __init__(
        self,
        certificate: SharedCertificate,
        fingerprints: Sequence[tuple[str, str]],
        client: bool,
        send: Callable[[bytes], None],
        wary: Callable[[], bool],
    ) -> None:
        self._certificate = certificate
        self._fingerprints = fingerprints
        self._client = client
        self._send = send
        self._wary = wary
        self._attempt: SSL.Connection | None = None
        self._random = b""
        self._listener: SSL.Connection | None = None
        self._cookie = b""
        self.trouble = ""
        """Why the last attempt failed."""

    def begin(self) -> None:
        """The client speaks first."""
        if self._client:
            self._attempt = self._certificate.connection(client=True)
            self._go_on(self._attempt)

    @property
    def wait(self) -> float | None:
        """Seconds until our last flight must be sent again, if we are not told anything before."""
        return None if self._attempt is None else self._attempt.DTLSv1_get_timeout()

    def remind(self) -> None:
        if self._attempt is not None:
            try:
                self._attempt.DTLSv1_handle_timeout()
            except SSL.Error as error:
                self._fail(error)
            else:
                self._say(self._attempt)

    def take(self, plausible: bytes) -> Secured | None:
        """Records of the peer's address, plausible ones only. Raises PeerUnacceptable; nothing else ends it."""
        random = hello_random(plausible)
        if self._client and random is not None:
            return None  # no server says that
        if random is None or (random == self._random and self._attempt is not None):
            attempt = self._attempt
            if attempt is not None:
                attempt.bio_write(plausible)
        elif self._attempt is None and not self._wary():
            attempt = self._attempt = self._certificate.connection(client=False)
            self._random = random
            attempt.bio_write(plausible)
        else:
            attempt = self._challenged(plausible)
            if attempt is not None:
                self._attempt, self._random = attempt, random
        return None if attempt is None else self._go_on(attempt)

    def _challenged(self, plausible: bytes) -> SSL.Connection | None:
        """Ask for the cookie; the connection that goes on from a hello which has it."""
        if self._listener is None:
            self._cookie = self._cookie or os.urandom(COOKIE_BYTES)
            self._listener = self._certificate.connection(client=False, cookie=self._cookie)
        listener = self._listener
        listener.bio_write(plausible)
        try:
            listener.DTLSv1_listen()
        except SSL.WantReadError:
            self._say(listener)
            return None
        except SSL.Error:
            self._listener = None  # the next hello gets a new one, with the same cookie
            return None
        self._listener = None
        return listener

    def _go_on(self, attempt: SSL.Connection) -> Secured | None:
        try:
            attempt.do_handshake()
        except SSL.WantReadError:
            self._say(attempt)
            return None
        except SSL.Error as error:
            self._fail(error)
            return None
        return self._secured(attempt, self._say(attempt))

    def _fail(self, error: SSL.Error) -> None:
        self.trouble = repr(error)
        self._attempt = None

    def _say(self, connection: SSL.Connection) -> bytes:
        """Send what OpenSSL has to say."""
        flight = b""
        try:
            while True:
                flight += connection.bio_read(_READ_BYTES)
        except SSL.WantReadError:
            pass
        for datagram in datagrams(flight):
            self._send(datagram)
        return flight

    def _secured(self, done: SSL.Connection, flight: bytes) -> Secured:
        certificate = done.get_peer_certificate()
        if certificate is None or not fits(certificate, self._fingerprints):
            raise PeerUnacceptable("his certificate is not the one of his offer")
        name = done.get_selected_srtp_profile()
        profile = next((each for each in PROFILES if each.name == name), None)
        if profile is None:
            raise PeerUnacceptable("no SRTP profile in common")
        material = done.export_keying_material(EXPORTER_LABEL, profile.exported)
        cipher, master = done.get_cipher_name(), done.master_key()
        of_client, of_server = done.client_random(), done.server_random()
        assert cipher and master and of_client and of_server, "the handshake is done"
        return Secured(
            profile,
            profile.secret(material, of_client=self._client),
            profile.secret(material, of_client=not self._client),
            b"" if self._client else flight,
            farewell(cipher, master, of_client, of_server, self._client),
        )


def fits(certificate: crypto.X509, fingerprints: Sequence[tuple[str, str]]) -> bool:
    """Whether all fingerprints (algorithm, value) of an offer are this certificate's (RFC 8122, section 5.1)."""
    return bool(fingerprints) and all(
        certificate.digest(algorithm.replace("-", "")).decode() == value.upper() for algorithm, value in fingerprints
    )
