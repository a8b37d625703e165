"""Stands between our processes and a store on a unix socket, and makes it slow, silent or unreachable for them."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Self

_CHUNK = 1 << 16


class Way(Enum):
    OPEN = auto()
    SILENT = auto()  # connections are taken and nothing is ever said on them
    SHUT = auto()  # nobody is let in


@dataclass(eq=False)
class _Road:
    """One connection; a ``dead`` one says nothing to either end any more, not even that it is over."""

    ends: list[asyncio.StreamWriter] = field(default_factory=list)
    dead: bool = False


class Between:
    """Listens at ``at`` and passes on to ``to``. What was cut off stays cut off; who connects anew is let through."""

    def __init__(self, at: Path, to: Path) -> None:
        self._at = at
        self._to = to
        self._way = Way.OPEN
        self._delay_s = 0.0
        self._roads: set[_Road] = set()
        self._over = asyncio.Event()
        self._served: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._accept, self._at)
        return self

    async def __aexit__(self, *how: object) -> None:
        assert self._server is not None
        self._server.close()
        self._over.set()
        self._abort()
        await asyncio.gather(*self._served, return_exceptions=True)
        await self._server.wait_closed()

    def open(self, delay_s: float = 0.0) -> None:
        """From now on; every answer comes so much later."""
        self._way, self._delay_s = Way.OPEN, delay_s

    def silence(self) -> None:
        """As a network that loses every packet."""
        self._way = Way.SILENT
        for road in self._roads:
            road.dead = True

    def shut(self) -> None:
        """As a server that has died."""
        self._way = Way.SHUT
        self._abort()

    def _abort(self) -> None:
        for road in self._roads:
            for end in road.ends:
                end.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connected(reader, writer))
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        road = _Road([writer], dead=self._way is Way.SILENT)
        self._roads.add(road)
        try:
            if road.dead:
                await self._over.wait()
            elif self._way is Way.OPEN:
                with suppress(OSError):
                    await self._join(road, reader, writer)
        finally:
            self._roads.discard(road)
            for end in road.ends:
                end.transport.abort()

    async def _join(self, road: _Road, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_store, to_store = await asyncio.open_unix_connection(self._to)
        road.ends.append(to_store)
        pumps = [
            asyncio.create_task(self._pump(road, reader, to_store, answers=False)),
            asyncio.create_task(self._pump(road, from_store, writer, answers=True)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for end in road.ends:
            end.transport.abort()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, road: _Road, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if road.dead:
                    break
                if answers and self._delay_s:
                    asyncio.get_running_loop().call_later(self._delay_s, writer.write, chunk)
                else:
                    writer.write(chunk)
                    await writer.drain()
        if road.dead:
            await self._over.wait()
