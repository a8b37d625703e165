"""The two ways by which a client gives: a request over HTTP, and ``gift.send`` on the feed of a room."""

import asyncio
import contextlib
from typing import Protocol

import orjson

from bench.gifts.lean import Socket
from bench.gifts_proof.line import ANSWER_S, Answer, Gone, Line

ACCEPTED = 201


class Giving(Protocol):
    """One gift at a time; after ``Gone`` the next one connects anew. ``close`` when done."""

    async def give(self, room: str, key: str, wish: dict[str, object]) -> Answer:
        """``Gone`` when there was no answer."""

    async def close(self) -> None: ...


class OverHttp:
    def __init__(self, port: int, token: str) -> None:
        self._line = Line(port)
        self._token = token

    async def give(self, room: str, key: str, wish: dict[str, object]) -> Answer:
        return await self._line.ask("POST", f"/api/v1/rooms/{room}/gifts", self._token, key, wish)

    async def close(self) -> None:
        await self._line.close()


class OverFeed:
    """A socket to each room that something is given in. An answer has the status that it would have over HTTP."""

    def __init__(self, port: int, token: str) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._token = token
        self._sockets: dict[str, Socket] = {}

    async def open(self, room: str) -> Socket:
        """Where it is open already, the same."""
        if room not in self._sockets:
            socket = await Socket.open(self._address, f"/api/v1/rooms/{room}/feed?token={self._token}&v=1")
            await socket.hear()
            self._sockets[room] = socket
        return self._sockets[room]

    async def give(self, room: str, key: str, wish: dict[str, object]) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_S):
                socket = await self.open(room)
                socket.say(orjson.dumps({"t": "gift.send", "id": key, "d": {**wish, "key": key}}))
                return await _answer(socket, key)
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            raise Gone(repr(error)) from error

    async def close(self) -> None:
        opened, self._sockets = self._sockets, {}
        for socket in opened.values():
            with contextlib.suppress(OSError):
                socket.close()


async def _answer(socket: Socket, key: str) -> Answer:
    while True:
        said = orjson.loads(await socket.hear())
        if said["t"] in ("reply", "error") and said["d"].pop("id") == key:
            told = said["d"]
            status = ACCEPTED if told.pop("ok", False) else told["status"]
            return Answer(status, {}, orjson.dumps(told))
