"""An encoder that dies comes back with its stream key: the same broadcast, in the viewers' same sessions."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.encoders import encoder
from tests.e2e.screen import CARD, Screen
from tests.platform import platform
from tests.server.test_bad_input import member
from tests.server.test_rolling_restart import joined
from tests.streaming.media.pictures import BLUE, RED
from tests.streaming.media.rig import until

PATIENCE_S = 40
RGB = {RED: "ff0000", BLUE: "0000ff"}


async def said(feed: ClientConnection, wanted: str) -> dict[str, Any]:
    """The body of the next message of this type."""
    async with asyncio.timeout(PATIENCE_S):
        while (message := json.loads(await feed.recv()))["t"] != wanted:
            pass
    body: dict[str, Any] = message["d"]
    return body


async def test_an_encoder_that_is_killed_resumes_the_same_broadcast_and_its_viewer_keeps_his_session(
    tmp_path: Path,
) -> None:
    async with (
        platform(tmp_path / "data") as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
    ):
        ann = await member(http, "Ann", host=True)
        key = (await http.post("/api/v1/stream-key", headers=ann.headers)).json()["key"]
        whip, whep = f"{place.address}/whip/{ann.room}", f"{place.address}/whep/{ann.room}"
        async with connect(f"{place.address.replace('http', 'ws')}/api/v1/rooms/{ann.room}/feed?v=1") as feed:
            async with encoder(whip, key, RGB[RED]) as first:
                broadcast = await said(feed, "broadcast.started")
                bob = await joined(whep)
                screen = Screen(bob)
                await until(lambda: screen.shows(RED), "the viewer sees the host", PATIENCE_S)
                first.kill()
                await until(lambda: screen.shows(CARD), "he sees the card", PATIENCE_S)
            lost = await said(feed, "broadcast.reconnecting")
            assert lost["id"] == broadcast["id"] and lost["reconnect_until_ms"] - lost["started_at_ms"] > 50_000
            async with encoder(whip, key, RGB[BLUE]):
                resumed = await said(feed, "broadcast.resumed")
                await until(lambda: screen.shows(BLUE), "he sees the host again", PATIENCE_S)
                assert (await http.get(bob.location)).status_code == 204, "his session has been there all the time"
                room = (await http.get(f"/api/v1/rooms/{ann.room}")).json()
        assert broadcast["id"] == resumed["id"] == room["broadcast"]["id"]
        assert len(screen.ssrcs) == 1 and (resumed["state"], resumed["started_at_ms"]) == (
            "live",
            broadcast["started_at_ms"],
        )
        await bob.close()
