"""Hosts and viewers of the soak: processes that come, go, and are killed."""

from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from bench.forward.child import Child, child

VIEWERS_MAX = 24


class Crew:
    """One room: its host and its viewers. Killed processes are started again when they are needed."""

    def __init__(self, room: str, url: str, recording: Path, folder: Path, chance: Random, through: int) -> None:
        self.room = room
        self.viewers = 0
        self.live = False
        self._url = url
        self._recording = recording
        self._folder = folder
        self._chance = chance
        self._through = through
        self._stacks: dict[str, AsyncExitStack] = {}
        self._children: dict[str, Child] = {}

    async def _child(self, kind: str, *arguments: str) -> Child:
        if kind not in self._children:
            stack = self._stacks[kind] = AsyncExitStack()
            self._children[kind] = await stack.enter_async_context(child(kind, self._folder / "crew.log", *arguments))
        return self._children[kind]

    async def _kill(self, kind: str) -> None:
        """SIGKILL: nobody says farewell."""
        if kind in self._children:
            self._children.pop(kind).process.kill()
            await self._stacks.pop(kind).aclose()

    async def publish(self) -> None:
        """Come, or come again; a host who is live is replaced by himself."""
        host = await self._child("host")
        if self.live:
            await host.ask("stop")
        published = await host.ask(
            "publish",
            url=f"{self._url}/whip/{self.room}",
            token=self.room,
            recording=str(self._recording),
            through=self._through,
        )
        self.live = not published.get("failed")

    async def host_dies(self) -> None:
        await self._kill("host")
        self.live = False

    async def join(self, more: int = 0) -> None:
        """``more``: so many; 0: some."""
        load = await self._child("load", f"whep:{self._url}/whep/{self.room}", str(self._folder))
        wanted = min(VIEWERS_MAX, self.viewers + (more or self._chance.randint(1, 6)))
        self.viewers = (await load.ask("join", count=wanted))["viewers"]

    async def leave(self, how: str) -> None:
        """``how``: leave (DELETE) or vanish (without a word)."""
        if "load" in self._children:
            self.viewers = self._chance.randint(0, self.viewers)
            await self._children["load"].ask(how, count=self.viewers)

    async def viewers_die(self) -> None:
        await self._kill("load")
        self.viewers = 0

    async def go(self) -> None:
        """Everybody leaves."""
        for kind, last in (("load", "leave"), ("host", "stop")):
            if kind in self._children:
                await self._children[kind].ask(last)
        self.viewers, self.live = 0, False

    async def close(self) -> None:
        for stack in self._stacks.values():
            await stack.aclose()
        self._stacks.clear()
        self._children.clear()
