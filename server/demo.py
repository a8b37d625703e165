"""``make demo``: two synthetic hosts who battle over and over, and bots that chat and give, by the public API."""

import asyncio
import contextlib
import hashlib
import hmac
import random
from dataclasses import dataclass

import httpx2
import orjson
import structlog
import websockets
from rich.console import Console

from foundation.ids import new_id
from server.settings import Settings
from transcode.ffmpeg import Publisher, publish_synthetic_host

log = structlog.get_logger(__name__)

READY_S = 60
FOREVER_S = 30 * 86_400.0
PICTURE_S = 20
AGAIN_AFTER_S = 2.0
BETWEEN_BATTLES_S = 6.0
TALK_EVERY_S = (2.0, 7.0)
GIFT_EVERY_S = (1.0, 5.0)


@dataclass(frozen=True)
class SyntheticPerson:
    name: str
    title: str
    colour: str
    tone_hz: int


HOSTS = (
    SyntheticPerson("Ruby", "Ruby sings in red", "0xB3202C", 440),
    SyntheticPerson("Sapphire", "Sapphire plays in blue", "0x2040B0", 660),
)
BOTS = ("Mina", "Otto", "Lin", "Aya", "Theo")
LINES = (
    "hello everybody",
    "what a match!",
    "red red red",
    "go blue!",
    "加油！",
    "last seconds, send everything",
    "that was close",
    "rematch please",
    "好听！",
    "who is ahead?",
)


class Member:
    """One account of the demo, signed in through the public API."""

    def __init__(self, client: httpx2.AsyncClient, session: dict[str, object]) -> None:
        self._client = client
        self.token = str(session["token"])

    async def ask(self, method: str, path: str, body: object | None = None, **headers: str) -> httpx2.Response:
        headers["Authorization"] = f"Bearer {self.token}"
        return await self._client.request(method, path, json=body, headers=headers)


class Demo:
    """``run`` until told to stop. Accounts are made at the first demo and used again at the next."""

    def __init__(self, settings: Settings, console: Console, address: str) -> None:
        assert settings.secret_key is not None
        self._secret = settings.secret_key.get_secret_value()
        self._data_dir = settings.data_dir
        self._console = console
        self._address = address
        self._client = httpx2.AsyncClient(base_url=address, trust_env=False, timeout=10, verify=False)
        self._publishers: list[Publisher] = []

    async def run(self, stop: asyncio.Event) -> None:
        work = asyncio.create_task(self._work(), name="demo")
        told = asyncio.create_task(stop.wait(), name="demo/stop")
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, told):
            task.cancel()
        await asyncio.gather(work, told, return_exceptions=True)
        for publisher in self._publishers:
            await asyncio.to_thread(publisher.stop)
        await self._client.aclose()
        if work.done() and not work.cancelled() and (fault := work.exception()) is not None and not stop.is_set():
            self._console.print(f"the demo ended: {fault}", style="red")

    async def _work(self) -> None:
        await self._until_ready()
        members = [await self._member(host.name) for host in HOSTS]
        rooms = [await self._room(member, host) for member, host in zip(members, HOSTS, strict=True)]
        async with asyncio.TaskGroup() as group:
            for member, room, host in zip(members, rooms, HOSTS, strict=True):
                group.create_task(self._keep_publishing(member, room, host))
            group.create_task(self._battle_for_ever(members, rooms))
            for number, name in enumerate(BOTS):
                group.create_task(self._keep_watching(name, rooms[number % 2]))

    async def _until_ready(self) -> None:
        async with asyncio.timeout(READY_S):
            while True:
                with contextlib.suppress(httpx2.HTTPError):
                    if (await self._client.get("/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.2)

    async def _member(self, name: str) -> Member:
        """Sign in; sign up when the account is not there yet."""
        password = hmac.new(self._secret.encode(), f"demo:{name}".encode(), hashlib.sha256).hexdigest()
        credentials = {"name": name, "password": password}
        answer = await self._client.post("/api/v1/sessions", json=credentials)
        if answer.status_code == 401:
            answer = await self._client.post("/api/v1/accounts", json=credentials)
        answer.raise_for_status()
        return Member(self._client, answer.json())

    async def _room(self, member: Member, host: SyntheticPerson) -> str:
        answer = await member.ask("POST", "/api/v1/rooms", {"title": host.title})
        answer.raise_for_status()
        return str(answer.json()["room"])

    async def _keep_publishing(self, member: Member, room: str, host: SyntheticPerson) -> None:
        while True:
            key = str((await member.ask("POST", "/api/v1/stream-key")).json()["key"])
            publisher = publish_synthetic_host(
                f"{self._address}/whip/{room}",
                key,
                host.name,
                host.tone_hz,
                host.colour,
                log=self._data_dir / f"demo-{host.name.lower()}.log",
            )
            self._publishers.append(publisher)
            self._console.print(f"  {host.name} goes live     {self._address}/rooms/{room}")
            code = await asyncio.to_thread(publisher.wait, FOREVER_S)
            self._publishers.remove(publisher)
            log.warning("a synthetic host ended and is started again", host=host.name, code=code)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _battle_for_ever(self, members: list[Member], rooms: list[str]) -> None:
        while True:
            invited = await members[0].ask("POST", f"/api/v1/rooms/{rooms[0]}/battles", {"opponent_room": rooms[1]})
            if invited.status_code == 201:
                battle = invited.json()["battle"]
                accepted = await members[1].ask("POST", f"/api/v1/battles/{battle}/accept")
                if accepted.status_code == 200:
                    await self._until_over(members[0], battle)
                    await asyncio.sleep(BETWEEN_BATTLES_S)
                    continue
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _until_over(self, member: Member, battle: str) -> None:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                answer = await member.ask("GET", f"/api/v1/battles/{battle}")
                if answer.status_code == 404 or answer.json().get("phase") == "ended":
                    return
            await asyncio.sleep(1)

    async def _keep_watching(self, name: str, room: str) -> None:
        """One bot: its place in the room, its chat, its gifts; comes back after every failure."""
        number = 0
        while True:
            try:
                member = await self._member(name if number == 0 else f"{name} {number + 1}")
                spent = await self._watch(member, room)
                number += spent
            except (httpx2.HTTPError, OSError, websockets.WebSocketException) as error:
                log.info("a bot lost its place", bot=name, error=str(error))
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _watch(self, member: Member, room: str) -> bool:
        """Until the feed closes; whether the bot has spent all its coins."""
        address = self._address.replace("http", "ws", 1)
        async with websockets.connect(f"{address}/api/v1/rooms/{room}/feed?token={member.token}&v=1") as feed:
            async with asyncio.TaskGroup() as group:
                talking = group.create_task(self._talk(feed))
                reading = group.create_task(self._read(feed))
                spent = await self._give(member, room)
                talking.cancel()
                reading.cancel()
        return spent

    async def _talk(self, feed: websockets.ClientConnection) -> None:
        while True:
            await asyncio.sleep(random.uniform(*TALK_EVERY_S))
            said = {"t": "chat.say", "id": new_id(), "d": {"text": random.choice(LINES)}}
            await feed.send(orjson.dumps(said).decode())
            liked = {"t": "like", "id": new_id(), "d": {"count": random.randint(1, 9)}}
            await feed.send(orjson.dumps(liked).decode())

    async def _read(self, feed: websockets.ClientConnection) -> None:
        async for _ in feed:
            pass

    async def _give(self, member: Member, room: str) -> bool:
        catalogue = (await self._client.get("/api/v1/gifts")).json()["gifts"]
        cheap = sorted(catalogue, key=lambda item: item["price"])[:4]
        while True:
            await asyncio.sleep(random.uniform(*GIFT_EVERY_S))
            wish = {"gift": random.choice(cheap)["id"], "count": random.choice((1, 1, 1, 2, 5))}
            answer = await member.ask("POST", f"/api/v1/rooms/{room}/gifts", wish, **{"Idempotency-Key": new_id()})
            if answer.status_code == 401:
                return False  # the token is over: come back with another
            if answer.status_code >= 400 and answer.json().get("code") == "insufficient-coins":
                return True
