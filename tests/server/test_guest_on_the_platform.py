"""The whole platform: a viewer becomes a guest, the room sees both, he is sent away, it sees its host again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import httpx2

from streaming.media.wire import h264
from tests.platform import platform
from tests.server.test_bad_input import Member, member, until_live
from tests.streaming.media.peer import VIDEO, Peer
from tests.streaming.media.pictures import BLUE, decode, encode_colour, encode_tone
from tests.waiting import until
from transcode.ffmpeg import publish_synthetic_host

CANVAS, CAMERA = (320, 240), (180, 320)


def announced(viewer: Peer) -> tuple[int, int]:
    """The size that the newest keyframe says."""
    for view in reversed(viewer.heard.of(VIDEO)):
        if h264.starts_keyframe(view.payload) and (found := h264.picture_size(view.payload)) is not None:
            return found
    return 0, 0


@asynccontextmanager
async def playing(guest: Peer) -> AsyncIterator[None]:
    """The guest sends pictures and a tone, again and again."""

    async def play() -> None:
        while True:
            await guest.stream(encode_colour(BLUE, 10, size=(160, 120)), encode_tone(1000, 10), pause_s=0.06)

    task = asyncio.create_task(play())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def code(peer: Peer) -> tuple[int, object]:
    return peer.status, peer.problem.get("code")


async def test_a_viewer_is_brought_on_stage_seen_given_a_gift_and_sent_away(tmp_path: Path) -> None:
    small = {"MIXER_WIDTH": "320", "MIXER_HEIGHT": "240", "MIXER_FPS": "10"}
    async with platform(tmp_path / "data", **small) as place:
        async with httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http:
            ann = await member(http, "Ann", host=True)
            bob, eve = await member(http, "Bob", host=False), await member(http, "Eve", host=False)
            publisher = publish_synthetic_host(
                f"{place.address}/whip/{ann.room}", ann.token, "Ann", 440, "red", *CAMERA
            )
            try:
                await until_live(http, ann.room, publisher)
                watched = await _watch_as_moderator(http, ann, place.admin_password)
                await _visit(place.address, http, ann, bob, eve)
                await _is_cut(http, watched)
            finally:
                await asyncio.to_thread(publisher.stop)


@dataclass(frozen=True)
class Watched:
    admin: dict[str, str]
    moderator: str
    camera: Peer


async def _watch_as_moderator(http: httpx2.AsyncClient, ann: Member, password: str) -> Watched:
    """Somebody who stands on no stage, and watches Ann's camera by his role."""
    session = (await http.post("/api/v1/sessions", json={"name": "admin", "password": password})).json()
    admin = {"Authorization": f"Bearer {session['token']}"}
    mod = await member(http, "Mod", host=False)
    wanted = {"roles": ["moderator"], "reason": "he helps"}
    assert (await http.put(f"/api/v1/admin/users/{mod.user}/roles", json=wanted, headers=admin)).status_code == 200
    session = (await http.post("/api/v1/sessions", json={"name": "Mod", "password": "long enough"})).json()
    camera = await Peer().connect(f"{http.base_url}/whep/{ann.room}/camera", token=session["token"])
    assert camera.status == 201, camera.problem
    return Watched(admin, mod.user, camera)


async def _is_cut(http: httpx2.AsyncClient, watched: Watched) -> None:
    """He has watched all the time, and watches no longer when his role is gone."""
    assert (await http.get(watched.camera.location)).status_code == 204
    wanted = {"roles": [], "reason": "he helps no more"}
    answer = await http.put(f"/api/v1/admin/users/{watched.moderator}/roles", json=wanted, headers=watched.admin)
    assert answer.status_code == 200

    async def cut() -> bool:
        return (await http.get(watched.camera.location)).status_code == 404

    await until(cut, "what he watched is over")
    await watched.camera.close()


async def _visit(address: str, http: httpx2.AsyncClient, ann: Member, bob: Member, eve: Member) -> None:
    guests, media = f"/api/v1/rooms/{ann.room}/guests", f"{address}/whip/{ann.room}/guest"
    viewer = await Peer().connect(f"{address}/whep/{ann.room}")
    assert code(await Peer().connect(media, token=bob.token)) == (403, "not-on-stage")
    await http.post(guests, headers=bob.headers)
    assert (await http.post(f"{guests}/{bob.user}/approve", headers=ann.headers)).status_code == 204
    guest = await Peer().connect(media, token=bob.token)
    async with playing(guest):

        async def shown(wanted: tuple[int, int]) -> bool:
            return announced(viewer) == wanted

        await until(lambda: shown(CANVAS), "the room sees the composite")
        direct = f"{address}/whep/{ann.room}/guest/{bob.user}"
        assert code(await Peer().connect(direct, token=eve.token)) == (403, "not-on-stage")
        host = await Peer().connect(direct, token=ann.token)
        camera = await Peer().connect(f"{address}/whep/{ann.room}/camera", token=bob.token)
        assert (host.status, camera.status) == (201, 201)
        gift = {"gift": "rose", "to": bob.user}
        given = await http.post(
            f"/api/v1/rooms/{ann.room}/gifts", json=gift, headers=eve.headers | {"Idempotency-Key": "1"}
        )
        assert (given.json()["to"], given.json()["guest"]) == (ann.user, bob.user)
        assert (await http.delete(f"{guests}/{bob.user}", headers=ann.headers)).status_code == 204
        await until(lambda: shown(CAMERA), "the room sees its host again")

        async def cut() -> bool:
            return (await http.get(camera.location)).status_code == 404

        await until(cut, "what he watched is over")
        assert (await http.get(guest.location)).json()["reason"] == "removed"
    sizes = [(frame.width, frame.height) for frame in decode(viewer.heard.pictures())]
    assert [size for size, _ in groupby(sizes)] == [CAMERA, CANVAS, CAMERA], "one stream, and every picture decodes"
    for peer in (viewer, host):
        await peer.close()
