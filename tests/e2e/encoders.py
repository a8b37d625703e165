"""Hosts without a browser: FFmpeg with a picture of one colour and a tone, and what their pages would say."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import imageio_ffmpeg
from websockets.asyncio.client import connect

from tests.e2e.cameras import Look
from tests.platform import Platform
from tests.server.test_bad_input import Member, member
from tests.waiting import pause

PATIENCE_S = 40


@asynccontextmanager
async def encoder(whip: str, key: str, colour: str, tone_hz: int = 440) -> AsyncIterator[asyncio.subprocess.Process]:
    """FFmpeg with a picture of one colour (RRGGBB); whatever is left of it is killed at the end."""
    picture = f"-re -f lavfi -i color=0x{colour}:size=320x240:rate=15 -re -f lavfi -i sine=frequency={tone_hz}"
    codecs = "-c:v libx264 -profile:v baseline -preset ultrafast -tune zerolatency -g 30 -pix_fmt yuv420p -b:v 300k"
    sound = "-c:a libopus -ar 48000 -ac 2 -b:a 48k"
    command = f"-nostdin -loglevel error {picture} {codecs} {sound} -f whip -authorization {key}"
    process = await asyncio.create_subprocess_exec(imageio_ffmpeg.get_ffmpeg_exe(), *command.split(), whip)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def synthetic_host(place: Platform, http: httpx2.AsyncClient, name: str, look: Look) -> AsyncIterator[Member]:
    """A host who is live as long as the context lasts."""
    host = await member(http, name, host=True)
    colour = "".join(f"{channel:02x}" for channel in look.colour)
    async with encoder(f"{place.address}/whip/{host.room}", host.token, colour, look.tone_hz) as process:
        async with asyncio.timeout(PATIENCE_S):
            while not (await http.get(f"/api/v1/rooms/{host.room}")).json()["live"]:
                assert process.returncode is None, "FFmpeg has ended"
                await pause()
        yield host


async def says_hello(place: Platform, host: Member) -> None:
    """As his studio does: for a minute he can be invited to battles of many."""
    feed = f"{place.address.replace('http', 'ws')}/api/v1/rooms/{host.room}/feed?v=1&token={host.token}"
    async with connect(feed) as socket, asyncio.timeout(PATIENCE_S):
        await socket.send(json.dumps({"t": "studio.hello", "id": "hello", "d": {"battles": 2}}))
        while (message := json.loads(await socket.recv()))["t"] != "reply":
            assert message["t"] != "error", message
