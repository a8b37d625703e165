"""One peer of the worker, publisher or viewer: his place behind the port, his handshake, when he was last heard."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from streaming.media.certificate import SharedCertificate
from streaming.media.counters import Counters
from streaming.media.dtls_seam import MediaTransport
from streaming.media.offer import Offer, Role
from streaming.media.port import Endpoint, Port
from streaming.media.settings import MediaSettings


class SessionOwner(Protocol):
    def connected(self, session: "Session") -> None:
        """The handshake is done: media may flow."""

    def over(self, session: "Session") -> None:
        """The handshake failed, or the peer said farewell. The owner closes the session."""


class Media(Protocol):
    """What a session does with its peer's decrypted packets."""

    def on_rtp(self, packet: bytes) -> None: ...

    def on_rtcp(self, compound: bytes) -> None: ...


class Session:
    """`media` must be set before `run`."""

    media: Media

    def __init__(
        self,
        session_id: str,
        role: Role,
        room: str,
        track: str,
        user: str,
        offer: Offer,
        port: Port,
        certificate: SharedCertificate,
        counters: Counters,
        now_us: Callable[[], int],
        credential: str = "",
    ) -> None:
        self.id = session_id
        self.role = role
        self.room = room
        self.track = track
        """What is published or watched: program, camera or a guest's; check: published to nobody."""
        self.user = user
        self.credential = credential
        """Fingerprint of the stream key that he came with; empty for a token."""
        self.offer = offer
        self._port = port
        self._counters = counters
        self._now_us = now_us
        self.opened_us = self.heard_us = now_us()
        self.connected = False
        self.endpoint = Endpoint(
            on_datagram=self._receive, on_heard=self.on_heard, peer_ufrag=offer.ufrag, peer_password=offer.password
        )
        self.transport = MediaTransport(certificate, self._send, self, counters)
        port.add(self.endpoint)

    @property
    def watches_stage(self) -> bool:
        """Whether it shows him somebody on a stage directly, and not the program."""
        return self.role == "watch" and self.track != "program"

    @property
    def active(self) -> bool:
        """Whether we are the DTLS client: only when the peer insists on being the server (FFmpeg does)."""
        return self.offer.setup == "server"

    @property
    def peer_ufrag(self) -> str:
        return self.endpoint.peer_ufrag

    def restart_ice(self, peer_ufrag: str, peer_password: str) -> None:
        """Fresh credentials on both sides; media, DTLS and SRTP go on (RFC 9725, section 4.3.3)."""
        self._port.restart(self.endpoint, peer_ufrag, peer_password)

    def _send(self, datagram: bytes) -> None:
        self._port.say(self.endpoint, datagram)

    def _receive(self, datagram: bytes) -> bool:
        return self.transport.receive(datagram)

    def on_heard(self) -> None:
        self.heard_us = self._now_us()

    def on_rtp(self, packet: bytes) -> None:
        self.media.on_rtp(packet)

    def on_rtcp(self, packet: bytes) -> None:
        self.media.on_rtcp(packet)

    async def run(self, settings: MediaSettings, owner: SessionOwner) -> None:
        """From the answer to the end of the handshake: who is connected needs no task. `close` may cancel it."""
        if not await self._handshake(settings.handshake_ms / 1000):
            self._counters.handshakes_failed += 1
            owner.over(self)
            return
        self.connected = True
        owner.connected(self)
        self.transport.on_ended = lambda: owner.over(self)
        if self.transport.ended:
            owner.over(self)

    async def _handshake(self, deadline_s: float) -> bool:
        try:
            async with asyncio.timeout(deadline_s):
                # As client we speak first, and must know to whom; as server only a checked address gets through.
                await self.endpoint.bound.wait()
                well = await self.transport.connect(self.offer.fingerprints, self.active, lambda: self._port.wary)
        except TimeoutError:
            return False
        if well and self.endpoint.remote is not None:
            # He could not have gone on without what we have sent there.
            self.endpoint.has_answered(self.endpoint.remote, time.monotonic())
        return well

    def close(self) -> None:
        self.transport.disconnect()
        self._port.remove(self.endpoint)
