"""Two media workers, and the one where a broadcast lives is told to stop: its host moves, then his viewers do."""

import asyncio
import base64
import json
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.platform import Platform, platform
from tests.processes import descendants, exists, named
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import BLUE, RED, Colour, alike, colour_of, decode, encode_colour, encode_tone
from tests.streaming.media.rig import until

PATIENCE_S = 30
RETRY_S = 1.0


def worker_of(peer: Peer) -> str:
    """The worker's id, which is part of a session's address."""
    where = peer.location.rpartition("/")[2].partition(".")[0]
    return base64.urlsafe_b64decode(where + "=" * (-len(where) % 4)).decode()


def pid_of(place: Platform, worker: str) -> int:
    found = re.match(r"media-(\d+)@", worker)
    assert found, worker
    for pid in named(descendants(place.process.pid), f"rs-media-{found[1]}"):
        return pid
    raise AssertionError(f"{worker} is not there")


@asynccontextmanager
async def on_air(ann: Peer, colour: Colour) -> AsyncIterator[None]:
    """A host who sends pictures and sounds in real time."""
    pictures, tone = encode_colour(colour, 30), encode_tone(440, 30)

    async def send() -> None:
        while True:
            await ann.stream(pictures, tone, pause_s=1 / 30)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def told_to_move(feed: ClientConnection) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while json.loads(await feed.recv())["t"] != "media.moved":
            pass


async def joined(url: str, token: str = "") -> Peer:
    """As pages do: a refusal that says when to come back is obeyed."""
    async with asyncio.timeout(PATIENCE_S):
        while (peer := await Peer().connect(url, token=token)).status != 201:
            assert peer.status in (409, 503), peer.problem
            come_back_s = time.monotonic() + RETRY_S
            await until(lambda: time.monotonic() > come_back_s, "a second has passed")  # noqa: B023
    return peer


def sees(viewer: Peer, colour: Colour) -> bool:
    frames = decode(viewer.heard.pictures())
    return bool(frames) and alike(colour_of(frames[-1]), colour)


async def test_the_host_and_then_his_viewers_move_when_their_worker_is_told_to_stop(tmp_path: Path) -> None:
    async with (
        platform(tmp_path / "data", MEDIA_PROCESSES="2", MEDIA_DRAIN_S="20") as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
    ):
        account = (await http.post("/api/v1/accounts", json={"name": "Ann", "password": "long enough"})).json()
        token = account["token"]
        opened = await http.post("/api/v1/rooms", json={}, headers={"Authorization": f"Bearer {token}"})
        room = opened.json()["room"]
        whip, whep = f"{place.address}/whip/{room}", f"{place.address}/whep/{room}"
        feed = f"{place.address.replace('http', 'ws')}/api/v1/rooms/{room}/feed?v=1"
        ann = await joined(whip, token)
        async with connect(f"{feed}&token={token}") as hosts, connect(feed) as guests:
            async with on_air(ann, RED):
                bob = await joined(whep)
                await until(lambda: sees(bob, RED), "the viewer sees the host", PATIENCE_S)
                home = worker_of(ann)
                leaving = pid_of(place, home)
                os.kill(leaving, signal.SIGTERM)
                await told_to_move(hosts)
                before = len(bob.heard.pictures())
                await until(lambda: len(bob.heard.pictures()) > before, "the old home still forwards", PATIENCE_S)
                assert (await http.get(ann.location)).status_code == 404
                again = await joined(whip, token)
            async with on_air(again, BLUE):
                await told_to_move(guests)
                assert (await http.get(bob.location)).status_code == 404
                anew = await joined(whep)
                await until(lambda: sees(anew, BLUE), "the picture goes on", PATIENCE_S)
                await until(lambda: not exists(leaving), "the old worker ends by itself", PATIENCE_S)
                assert worker_of(again) == worker_of(anew) != home
        for peer in (ann, bob, again, anew):
            await peer.close()
