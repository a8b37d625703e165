"""Bad input on the whole platform: each kind has its own typed error and stable code, and nothing is left behind."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import websockets

from foundation.ids import new_id
from foundation.nodes import RedisNodes
from foundation.redis import connect
from server.settings import kept_secrets
from tests.platform import Platform, platform
from tests.waiting import pause
from transcode.ffmpeg import Publisher, publish_synthetic_host

PATIENCE_S = 30
NOBODY = new_id()
NEVER = -1  # Redis: a key without an expiry


@dataclass(frozen=True)
class Member:
    """Somebody signed in: his token and, if he is a host, his room."""

    user: str
    token: str
    room: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Town:
    """A platform with one live host, two hosts who are not live, and a viewer."""

    place: Platform
    http: httpx2.AsyncClient
    live: Member
    idle: Member
    fan: Member

    async def code(
        self, method: str, path: str, who: Member | None, body: object = None, **more: Any
    ) -> tuple[int, str]:
        """Status and code of a refusal; fails when it is not a problem document."""
        headers = {**(who.headers if who else {}), **more.pop("headers", {})}
        answer = await self.http.request(method, path, json=body, headers=headers, **more)
        assert answer.headers["content-type"] == "application/problem+json", (answer.status_code, answer.text)
        problem = answer.json()
        assert problem["status"] == answer.status_code and problem["type"].endswith(problem["code"])
        return answer.status_code, problem["code"]


async def member(http: httpx2.AsyncClient, name: str, *, host: bool) -> Member:
    session = (await http.post("/api/v1/accounts", json={"name": name, "password": "long enough"})).json()
    known = Member(session["account"]["user"], session["token"], "")
    if not host:
        return known
    room = (await http.post("/api/v1/rooms", json={"title": name}, headers=known.headers)).json()["room"]
    return Member(known.user, known.token, room)


async def until_live(http: httpx2.AsyncClient, room: str, publisher: Publisher) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not (await http.get(f"/api/v1/rooms/{room}")).json()["live"]:
            assert publisher.poll() is None
            await pause()


@asynccontextmanager
async def open_town(folder: Path) -> AsyncIterator[Town]:
    async with platform(folder / "data", BATTLE_INVITATION_S="600") as place:
        async with httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http:
            live = await member(http, "Live", host=True)
            idle = await member(http, "Idle", host=True)
            fan = await member(http, "Fan", host=False)
            publisher = publish_synthetic_host(f"{place.address}/whip/{live.room}", live.token, "Live", 440, "red")
            try:
                await until_live(http, live.room, publisher)
                yield Town(place, http, live, idle, fan)
            finally:
                await asyncio.to_thread(publisher.stop)


async def test_bad_input_is_refused_by_name_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        before = await left_behind(town)
        for check in CHECKS:
            await check(town)
        now = before | {"keys": []}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (now := await left_behind(town)) != before:
                    await pause()
        except TimeoutError:
            assert now == before
            raise


def _text(key: bytes | str) -> str:
    return key.decode() if isinstance(key, bytes) else key


async def left_behind(town: Town) -> dict[str, object]:
    """What could be left: sessions and rooms of the media worker, sockets, battles, keys that never expire."""
    internal = kept_secrets(town.place.data_dir)["internal_token"]
    redis = connect(f"unix://{town.place.data_dir / 'valkey' / 'valkey.sock'}", "test")
    lasting = [_text(key) for key in await redis.keys("*") if await redis.ttl(key) == NEVER]
    media = (await RedisNodes(redis).alive("media"))[0]
    await redis.aclose()
    state = (await town.http.get(f"{media.url}/internal/rooms", headers={"X-Ringside-Internal": internal})).json()
    return {
        "sessions": state["sessions"],
        "rooms": len(state["rooms"]),
        "viewers": (await town.http.get(f"/api/v1/rooms/{town.live.room}")).json()["viewers"],
        "battle": (await town.http.get(f"/api/v1/rooms/{town.live.room}/battle")).json(),
        "keys": sorted(lasting),
    }


async def tokens_that_are_wrong(town: Town) -> None:
    forged = town.fan.token[:-6] + "AAAAAA"
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    unsigned = f"{header}.{town.fan.token.split('.')[1]}."
    for token in (forged, unsigned, "nonsense", "rk_" + "x" * 40):
        bad = Member("", token, "")
        assert await town.code("GET", "/api/v1/wallet", bad) == (401, "token-invalid")
        offer = {"content": "v=0", "headers": {"Content-Type": "application/sdp"}}
        assert await town.code("POST", f"/whip/{town.live.room}", bad, **offer) == (401, "token-invalid")
    assert await town.code("GET", "/api/v1/wallet", None) == (401, "unauthorised")


async def rooms_that_are_not_there(town: Town) -> None:
    offer = {"content": "v=0", "headers": {"Content-Type": "application/sdp"}}
    assert await town.code("POST", f"/whep/{NOBODY}", None, **offer) == (404, "room-unknown")
    assert await town.code("POST", f"/whip/{NOBODY}", town.live, **offer) == (404, "room-unknown")
    assert await town.code("POST", f"/whip/{town.live.room}", town.idle, **offer) == (403, "not-your-room")
    assert await town.code("POST", f"/whep/{town.idle.room}", None, **offer) == (409, "not-live")
    assert await town.code("POST", f"/whep/{town.live.room}/camera", town.fan, **offer) == (403, "not-in-battle")
    assert await town.code("GET", "/api/v1/rooms/..%2F..%2Fetc", None) == (404, "not-found")


async def offers_that_cannot_be_answered(town: Town) -> None:
    async def publish(body: bytes) -> tuple[int, str]:
        return await town.code(
            "POST", f"/whip/{town.live.room}", town.live, content=body, headers={"Content-Type": "application/sdp"}
        )

    whole = OFFER.replace("\n", "\r\n").encode()
    assert await publish(b"this is no offer") == (400, "offer-malformed")
    assert await publish(b"") == (400, "offer-malformed")
    assert await publish(whole + b"a=x:" + b"y" * 70_000) == (413, "offer-too-large")
    assert await publish(b"v" * 200_000) == (413, "body-too-large")
    assert await publish(whole.replace(b"H264/90000", b"VP8/90000")) == (422, "codec-unsupported")
    assert await publish(whole.replace(b"opus/48000/2", b"G722/8000")) == (422, "codec-unsupported")
    assert await town.code(
        "POST", f"/whip/{town.live.room}", town.live, content=whole, headers={"Content-Type": "text/plain"}
    ) == (415, "media-type-unsupported")
    whip = f"/whip/{town.live.room}/sessions/nobody.nothing.{'0' * 32}"
    assert await town.code("DELETE", whip, town.live) == (404, "session-unknown")


async def gifts_that_cannot_be_sent(town: Town) -> None:
    async def send(who: Member, room: str, gift: str, count: object) -> tuple[int, str]:
        wish = {"gift": gift, "count": count}
        return await town.code("POST", f"/api/v1/rooms/{room}/gifts", who, wish, headers={"Idempotency-Key": new_id()})

    for count in (-1, 0, 1000, 2**63):
        assert await send(town.fan, town.live.room, "rose", count) == (422, "gift-count-invalid"), count
    for strange in (1.5, "10", True, None):
        assert (await send(town.fan, town.live.room, "rose", strange))[0] == 422, strange
    assert await send(town.fan, town.live.room, "crown", 150) == (409, "insufficient-coins")
    assert await send(town.fan, town.live.room, "no-such-gift", 1) == (404, "gift-unknown")
    assert await send(town.live, town.live.room, "rose", 1) == (422, "gift-to-self")
    assert await send(town.fan, town.idle.room, "rose", 1) == (409, "not-live")
    assert await send(town.fan, NOBODY, "rose", 1) == (404, "room-unknown")
    assert await town.code("POST", f"/api/v1/rooms/{town.live.room}/gifts", town.fan, {"gift": "rose", "count": 1}) == (
        422,
        "idempotency-key-invalid",
    )
    wallet = (await town.http.get("/api/v1/wallet", headers=town.fan.headers)).json()
    assert wallet["coins"] == 10_000 and len(wallet["entries"]) == 1


async def invitations_that_are_refused(town: Town) -> None:
    async def invite(who: Member, room: str, opponent: str) -> tuple[int, str]:
        return await town.code("POST", f"/api/v1/rooms/{room}/battles", who, {"opponent_room": opponent})

    assert await invite(town.live, town.live.room, town.live.room) == (409, "invite-self")
    assert await invite(town.live, town.live.room, town.idle.room) == (409, "host-offline")
    assert await invite(town.idle, town.idle.room, town.live.room) == (409, "host-offline")
    assert await invite(town.fan, town.live.room, town.idle.room) == (403, "not-your-room")
    assert await invite(town.live, town.live.room, NOBODY) == (404, "room-unknown")
    assert await invite(town.live, town.live.room, "short") == (422, "malformed")
    assert await town.code("POST", f"/api/v1/battles/{NOBODY}/accept", town.live) == (404, "battle-unknown")


async def words_that_the_feed_does_not_know(town: Town) -> None:
    address = town.place.address.replace("http", "ws", 1)
    feed = f"{address}/api/v1/rooms/{{}}/feed?v=1&token={town.fan.token}"
    async with websockets.connect(feed.format(town.live.room)) as socket:
        for said, code in (
            ({"t": "no.such.thing", "id": "1", "d": {}}, "unknown-type"),
            ({"t": "chat.say", "id": "2", "d": {"text": "x" * 301}}, None),
            ({"t": "chat.say", "id": "3", "d": {"text": 7}}, None),
            ({"t": "gift.send", "id": "4", "d": {"gift": "rose", "count": 0, "key": "k-1"}}, "gift-count-invalid"),
            ({"t": "like", "id": "5", "d": {"count": -5}}, "malformed"),
        ):
            await socket.send(json.dumps(said))
            answer = await heard(socket, str(said["id"]))
            assert answer["t"] == "error" and (code is None or answer["d"]["code"] == code), answer
    assert await closed_with(feed.format(town.live.room), "x" * 20_000) == 4409
    assert await closed_with(feed.format(town.live.room), "x" * 100_000) == 1009
    assert await closed_with(feed.format(NOBODY), None) == 4404
    assert await closed_with(feed.format(town.live.room).replace("token=", "token=x"), None) == 4002


async def heard(socket: websockets.ClientConnection, command: str) -> dict[str, Any]:
    """The answer to ``command``, whatever else is said meanwhile."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["d"].get("id") == command:
                return message


async def closed_with(address: str, said: str | None) -> int | None:
    """The code with which the feed closes, after ``said``."""
    async with websockets.connect(address) as socket, asyncio.timeout(PATIENCE_S):
        if said is not None:
            await socket.send(said)
        with contextlib.suppress(websockets.ConnectionClosedError):
            async for _ in socket:
                pass
        return socket.close_code


CHECKS = (
    tokens_that_are_wrong,
    rooms_that_are_not_there,
    offers_that_cannot_be_answered,
    gifts_that_cannot_be_sent,
    invitations_that_are_refused,
    words_that_the_feed_does_not_know,
)

OFFER = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=rtcp-mux
a=sendonly
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
a=setup:actpass
a=rtpmap:111 opus/48000/2
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=rtcp-mux
a=sendonly
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF
a=setup:actpass
a=rtpmap:96 H264/90000
a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
"""
