"""A conversation with the platform that can be recorded once, and had again later with a newer platform.

Steps are JSON. ``{"who", "joins": ROOM}`` opens a feed, after closing the one before; ``{"who", "says": FRAME}`` speaks
on it; ``{"who", "hears": TYPE}`` waits for the next message of that type; ``{"who", "asks": [METHOD, PATH, BODY]}`` is
a request. In every text ``{red}``, ``{red.room}`` and the like stand for people and rooms, and for what a step has
kept: ``"keep": {NAME: MEMBER}``. A recorded step also has ``"heard"`` or ``"answered"``.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.server.test_bad_input import Member
from tests.waiting import pause

HEARS_S = 15.0
# Members whose value is a word of the protocol, on which clients act: it must be the same word.
# What a client only compares and gives back: whether it is a number or a text concerns nobody.
HANDLES = ("id",)
WORDS = frozenset({"t", "phase", "state", "code", "side", "winner", "gift", "ok", "protocol"})
# What has happened in a room before: its form is the same, but others have given other gifts.
PAST = frozenset({"gifts", "chat"})


class Conversation:
    """``http`` is at the platform; ``people`` by name, of whom hosts have a room."""

    def __init__(self, http: httpx2.AsyncClient, people: Mapping[str, Member]) -> None:
        self._http = http
        self._people = people
        self._known: dict[str, str] = {}
        for name, person in people.items():
            self._known |= {name: person.user, f"{name}.room": person.room, f"{name}.token": person.token}
        self._feeds: dict[str, Feed] = {}

    async def have(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Go through ``steps``; they are returned with what was heard and answered."""
        try:
            return [await self._do(step) for step in steps]
        finally:
            for feed in self._feeds.values():
                await feed.close()

    async def _do(self, step: dict[str, Any]) -> dict[str, Any]:
        who, done = step["who"], dict(step)
        if "joins" in step:
            await self._join(who, step["joins"])
        elif "says" in step:
            await self._feeds[who].socket.send(json.dumps(self._filled(step["says"])))
        elif "hears" in step:
            done["heard"] = await self._feeds[who].next(step["hears"])
        else:
            done["answered"] = await self._ask(who, *self._filled(step["asks"]))
        for name, member in step.get("keep", {}).items():
            said = done["heard"]["d"] if "heard" in done else done["answered"][1]
            assert member in said, (step.get("asks", step.get("hears")), said)
            self._known[name] = str(said[member])
        return done

    async def _join(self, who: str, room: str) -> None:
        if who in self._feeds:
            await self._feeds[who].close()
        address = str(self._http.base_url).rstrip("/").replace("http", "ws", 1)
        token = f"&token={self._people[who].token}" if who in self._people else ""
        socket = await connect(
            f"{address}/api/v1/rooms/{self._filled(room)}/feed?v=1{token}", proxy=None, max_queue=None
        )
        self._feeds[who] = Feed(socket)

    async def _ask(self, who: str, method: str, path: str, body: object = None, key: str = "") -> list[object]:
        headers = dict(self._people[who].headers) if who in self._people else {}
        headers |= {"Idempotency-Key": key} if key else {}
        async with asyncio.timeout(HEARS_S):
            answer = await self._http.request(method, path, json=body, headers=headers)
            while answer.status_code == 503:  # a machine that is too busy for a battle at the moment says when to come
                await pause()
                answer = await self._http.request(method, path, json=body, headers=headers)
        return [answer.status_code, answer.json() if answer.content else None]

    def _filled(self, said: Any) -> Any:
        if isinstance(said, str):
            for name, value in self._known.items():
                said = said.replace(f"{{{name}}}", value)
            return said
        if isinstance(said, list):
            return [self._filled(each) for each in said]
        return {name: self._filled(each) for name, each in said.items()} if isinstance(said, dict) else said


async def hosts_are_free(http: httpx2.AsyncClient, hosts: Sequence[Member]) -> None:
    """End the battle in which the last conversation has left them."""
    async with asyncio.timeout(HEARS_S):
        while (found := (await http.get(f"/api/v1/rooms/{hosts[0].room}/battle")).json()) is not None:
            for host, verb in ((hosts[1], "surrender"), (hosts[0], "end")):
                await http.post(f"/api/v1/battles/{found['battle']}/{verb}", headers=host.headers)
            await pause()


class Feed:
    """A socket of the feed that lets types pass which nobody waits for, as old clients do."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._unread: list[dict[str, Any]] = []
        self._offset = 0  # of the hello: what is older may still be on its way, and is in the snapshot

    async def next(self, kind: str) -> dict[str, Any]:
        """The first message of that type that was not read yet."""
        try:
            async with asyncio.timeout(HEARS_S):
                while not (found := [each for each in self._unread if each["t"] == kind]):
                    self._take(json.loads(await self.socket.recv()))
        except TimeoutError:
            raise AssertionError(f"{kind} does not come, but {[each['t'] for each in self._unread]}") from None
        self._unread.remove(found[0])
        return found[0]

    def _take(self, message: dict[str, Any]) -> None:
        if message["t"] == "hello":
            self._offset = message["d"].get("offset", 0)
        if message.get("o", self._offset + 1) > self._offset:
            self._unread.append(message)

    async def close(self) -> None:
        with suppress(TimeoutError):
            await self.socket.close()


def compared(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What the client of a recorded step would not find in the same step today."""
    if "answered" in then:
        (status, body), (status_now, body_now) = then["answered"], now["answered"]
        if status != status_now:
            return [f"{then['asks'][:2]} was answered {status} and is {status_now}: {body_now}"]
        return missing(body, body_now, " ".join(then["asks"][:2]))
    return missing(then.get("heard"), now.get("heard"), then.get("hears", ""))


def missing(then: object, now: object, where: str = "", words: frozenset[str] = WORDS) -> list[str]:
    """What a client finds in ``then`` and would not find in ``now``: members gone, of another kind, other ``words``."""
    if isinstance(then, dict):
        if not isinstance(now, dict):
            return [f"{where} is {now!r}"]
        return [each for name, value in then.items() for each in _missing_member(value, now, name, where, words)]
    if isinstance(then, list):
        if not isinstance(now, list) or len(now) < min(len(then), 1):
            return [f"{where} is {now!r}"]
        pairs = enumerate(zip(then, now, strict=False))
        return [each for n, (one, other) in pairs for each in missing(one, other, f"{where}[{n}]", words)]
    if then is None or _kind(then) == _kind(now):
        return []
    return [f"{where} was {then!r} and is {now!r}"]


def _missing_member(value: object, now: dict[str, Any], name: str, where: str, words: frozenset[str]) -> list[str]:
    path = f"{where}.{name}" if where else name
    if name not in now:
        return [f"{path} is gone"]
    if name in HANDLES and isinstance(value, str | int) and isinstance(now[name], str | int):
        return []
    if name in words and isinstance(value, str | int) and now[name] != value:
        return [f"{path} was {value!r} and is {now[name]!r}"]
    return missing(value, now[name], path, frozenset() if name in PAST else words)


def _kind(value: object) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)
