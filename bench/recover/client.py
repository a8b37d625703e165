"""A WHEP client without a browser or feed: stock aiortc, which comes again when told, or after a silence."""

import asyncio
import contextlib
import random
import time

import httpx2
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

SILENCE_S = 2.0
AGAIN_S = 0.3
SDP = {"Content-Type": "application/sdp"}


class Client:
    """`run` until cancelled. `first_s` has, by session, when its first decoded picture came (time.time)."""

    def __init__(self, whep: str) -> None:
        self._whep = whep
        self.first_s: list[float] = []

    async def run(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=3) as http:
            while True:
                connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
                try:
                    wait_s = await self._watch(http, connection)
                finally:
                    await connection.close()
                await asyncio.sleep(wait_s * (1 + random.random() / 4))

    async def _watch(self, http: httpx2.AsyncClient, connection: RTCPeerConnection) -> float:
        """One session, until it is silent or refused; how long to wait before the next."""
        receivers = [connection.addTransceiver(kind, "recvonly").receiver for kind in ("video", "audio")]
        await connection.setLocalDescription(await connection.createOffer())
        try:
            answer = await http.post(self._whep, content=connection.localDescription.sdp, headers=SDP)
        except httpx2.HTTPError:
            return AGAIN_S
        if answer.status_code != 201:
            return float(answer.headers.get("Retry-After", AGAIN_S))
        await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        picture, sound_of = (each.track for each in receivers)  # there are none before the answer
        sound = asyncio.create_task(_drain(sound_of))
        try:
            await self._pictures(picture)
        finally:
            sound.cancel()
            await asyncio.gather(sound, return_exceptions=True)
        return 0.0

    async def _pictures(self, track: MediaStreamTrack) -> None:
        seen = False
        with contextlib.suppress(TimeoutError, MediaStreamError):
            while True:
                async with asyncio.timeout(SILENCE_S):  # wait_for of Python 3.11 can lose a cancellation
                    await track.recv()
                if not seen:
                    self.first_s.append(time.time())
                    seen = True


async def _drain(track: MediaStreamTrack) -> None:
    with contextlib.suppress(MediaStreamError):
        while True:
            await track.recv()
