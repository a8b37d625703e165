"""Who is measured: each is started afresh for each round, on the server's core, with the load on the other one."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.feed.crowd import Manners
from bench.feed.judge import Found
from bench.feed.nchan import absent as no_nchan
from bench.feed.nchan import nchan
from bench.feed.ours import ours
from bench.feed.place import Place
from bench.feed.socket_io import absent as no_socket_io
from bench.feed.socket_io import socket_io
from bench.forward.child import SERVER_CORE, Child, child

OPENED_AT_ONCE = 250


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
        """So many sockets more."""
        paths = self.place.paths(count)
        for start in range(0, count, OPENED_AT_ONCE):
            answer = await self.load.ask("open", paths=paths[start : start + OPENED_AT_ONCE])
            if answer["lacking"]:
                raise RuntimeError(f"{answer['lacking']} of {answer['asked']} sockets are not there: {answer['fault']}")

    async def measure(self, per_s: float, seconds: float) -> Found:
        place = self.place
        answer = await self.load.ask("measure", per_s=per_s, seconds=seconds, pids=place.pids, beside=place.beside)
        return Found(**answer)


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
    async with contestant.start(folder) as place:
        async with child("bench.feed.load", folder / "children.log", str(folder)) as load:
            await load.ask("meet", port=place.port, capacity=sockets, manners=asdict(place.manners), way=place.way)
            yield Running(place, load)
