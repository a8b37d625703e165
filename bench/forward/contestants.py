"""Who is measured: each is started afresh for each input, on the server's core, with the load on the other one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.forward.child import SERVER_CORE, Child, child
from bench.forward.janus import absent, janus
from bench.forward.ours import Ours, ours
from bench.forward.recording import Shape, recorded, repeated
from server.settings import Settings

LAPS = 24


@dataclass(frozen=True)
class Running:
    """A server that serves and a load that has no viewers yet."""

    load: Child
    pid: int
    counters: dict[str, str] | None = None
    place: Ours | None = None
    host: Child | None = None

    async def measure(self, seconds: float) -> dict[str, Any]:
        return await self.load.ask("measure", seconds=seconds, pid=self.pid, counters=self.counters)


@dataclass(frozen=True)
class Contestant:
    """``figure`` is the suffix of its figures."""

    name: str
    figure: str
    missing: str = ""
    """Why it cannot be measured here."""
    settings: dict[str, str] = field(default_factory=dict)


def python_path() -> dict[str, str]:
    """The setting that keeps our worker from its native fan-out; empty: there is none."""
    name = next((each for each in Settings.model_fields if each.endswith("native")), None)
    return {name.upper(): "false"} if name else {}


def contestants() -> list[Contestant]:
    without = "" if python_path() else "there is no native fan-out to do without"
    return [
        Contestant("ours", ""),
        Contestant("python", "_python", without, python_path()),
        Contestant("stock", "_stock_aiortc"),
        Contestant("janus", "_janus", absent()),
    ]


@asynccontextmanager
async def running(
    contestant: Contestant, shape: Shape, folder: Path, *, when_asked: bool = False
) -> AsyncIterator[Running]:
    """``folder`` keeps recordings, the compiled ears, and the logs."""
    recording = recorded(shape, folder)
    async with AsyncExitStack() as stack:
        log = folder / "children.log"
        if contestant.name == "stock":
            server = await stack.enter_async_context(
                child("stock", log, str(repeated(recording, LAPS)), core=SERVER_CORE)
            )
            port = (await server.ask("port"))["port"]
            load = await stack.enter_async_context(
                child("load", log, f"whep:http://127.0.0.1:{port}/whep", str(folder))
            )
            yield Running(load, server.pid)
        elif contestant.name == "janus":
            gateway = await stack.enter_async_context(janus(folder))
            host = await stack.enter_async_context(child("host", log))
            await host.ask(
                "plain", audio_port=gateway.audio_port, video_port=gateway.video_port, recording=str(recording)
            )
            load = await stack.enter_async_context(child("load", log, f"janus:{gateway.websocket}", str(folder)))
            yield Running(load, gateway.pid, host=host)
        else:
            place = await stack.enter_async_context(ours(folder, **contestant.settings))
            host = await stack.enter_async_context(child("host", log))
            published = await host.ask(
                "publish", url=place.whip, token=place.key, recording=str(recording), when_asked=when_asked
            )
            if published.get("failed"):
                raise RuntimeError(f"the host could not publish: {published['failed']}")
            await place.live()
            load = await stack.enter_async_context(child("load", log, f"whep:{place.whep}", str(folder)))
            yield Running(load, place.pid, place.counters, place, host)
