"""A client's HTTP connection, as thin as it can be: what it costs is not to be mistaken for the server's."""

import asyncio
import contextlib
from dataclasses import dataclass

import orjson

ANSWER_S = 20.0
_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def replayed(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    def json(self) -> dict[str, object]:
        said: dict[str, object] = orjson.loads(self.body)
        return said


class Gone(ConnectionError):
    """There was no answer: whether the request was served, nobody knows."""


class Line:
    """One request at a time; after ``Gone`` the next one connects anew. ``close`` when done."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, token: str = "", key: str = "", body: object = None) -> Answer:
        content = b"" if body is None else orjson.dumps(body)
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        if key:
            head += f"Idempotency-Key: {key}\r\n"
        if content:
            head += "Content-Type: application/json\r\n"
        try:
            async with asyncio.timeout(ANSWER_S):
                self._open = self._open or await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._open
                writer.write(f"{head}\r\n".encode() + content)
                return await _answer(reader)
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            raise Gone(repr(error)) from error

    async def close(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened[1].close()
            with contextlib.suppress(OSError):
                await opened[1].wait_closed()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(_END)).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body)
