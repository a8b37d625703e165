"""Who is measured: each is started afresh for each round, on the server's core, with the load on the other one."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.feed.crowd import Manners
from bench.feed.judge import Found, Opened
from bench.feed.judge_flood import Spoken
from bench.feed.nchan import absent as no_nchan
from bench.feed.nchan import nchan
from bench.feed.ours import ours
from bench.feed.place import Place
from bench.feed.socket_io import absent as no_socket_io
from bench.feed.socket_io import socket_io
from bench.forward.child import SERVER_CORE, Child, child

ASKED_AT_ONCE = 250
OPENED_AT_ONCE = 16


@dataclass(frozen=True)
class Contestant:
    name: str
    start: Callable[[Path], AbstractAsyncContextManager[Place]]
    missing: str = ""
    """Why it cannot be measured here."""


@dataclass(frozen=True)
class Running:
    """A server that serves and a load that has no sockets yet."""

    place: Place
    load: Child

    async def open(self, count: int) -> None:
        """So many sockets more, a few at a time."""
        paths = self.place.paths(count)
        for start in range(0, count, ASKED_AT_ONCE):
            opened = await self.storm(paths[start : start + ASKED_AT_ONCE], at_once=OPENED_AT_ONCE)
            lacking = opened.asked - opened.ready
            if lacking:
                raise RuntimeError(f"{lacking} of {opened.asked} sockets are not there: {opened.fault}")

    async def storm(self, paths: Sequence[str], at_once: int | None = None) -> Opened:
        """A socket more for each of ``paths``, all at the same time."""
        return Opened(**await self.load.ask("open", paths=paths, at_once=at_once or len(paths)))

    async def measure(self, per_s: float, seconds: float) -> Found:
        return Found(**await self.load.ask("measure", per_s=per_s, seconds=seconds, **self._processes()))

    async def flood(self, per_s: float, seconds: float, speakers: int, lines_per_s: float) -> tuple[Found, Spoken]:
        speaking = {"speakers": speakers, "lines_per_s": lines_per_s}
        answer = await self.load.ask("flood", per_s=per_s, seconds=seconds, **self._processes(), **speaking)
        return Found(**answer["found"]), Spoken(**answer["spoken"])

    def _processes(self) -> dict[str, object]:
        return {"pids": self.place.pids, "beside": self.place.beside}


def contestants() -> list[Contestant]:
    return [
        Contestant("ours", ours),
        Contestant("socketio", socket_io, no_socket_io()),
        Contestant("nchan", nchan, no_nchan()),
        Contestant("bare", bare),
    ]


@asynccontextmanager
async def bare(folder: Path) -> AsyncIterator[Place]:
    async with child("bench.feed.bare", folder / "children.log", core=SERVER_CORE) as server:
        port = (await server.ask("port"))["port"]
        way = {"address": f"http://127.0.0.1:{port}", "path": "/event"}
        yield Place(port, [server.pid], Manners(), way, lambda count: ["/feed"] * count)


@asynccontextmanager
async def running(contestant: Contestant, folder: Path, sockets: int) -> AsyncIterator[Running]:
    """``folder`` is fresh: it keeps settings, data and logs. ``sockets``: the most that will be opened."""
    async with contestant.start(folder) as place, loaded(place, folder, sockets, place.manners) as server:
        yield server


@asynccontextmanager
async def loaded(place: Place, folder: Path, sockets: int, manners: Manners) -> AsyncIterator[Running]:
    """The same server with another load."""
    async with child("bench.feed.load", folder / "children.log", str(folder)) as load:
        await load.ask("meet", port=place.port, capacity=sockets, manners=asdict(manners), way=place.way)
        yield Running(place, load)
