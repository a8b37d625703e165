"""Starts every process of one machine, starts again what dies, and stops all of them together."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from foundation.tasks import TaskOwner
from server import valkey
from server.settings import Settings
from server.spare import Spare
from server.spawn import spawn
from server.watchdog import watch

log = structlog.get_logger(__name__)

KINDS = ("media", "transcode", "control", "api")
POLL_S = 0.1
# Beyond the time that media workers give people to move.
STOP_S = 6.0
# A process that dies again and again is started at most this often.
SLOWEST_RESTART_S = 5.0
STEADY_AFTER_S = 10.0


@dataclass
class Child:
    """One process that must be there: its name, command, and how often it has died lately."""

    name: str
    command: list[str]
    environment: dict[str, str]
    passed: tuple[int, ...] = ()  # file descriptors that it inherits
    listens_on: str = ""  # where its internal HTTP listens, on a socket that is made at each start and passed to it
    last: bool = False  # it is stopped after the others
    index: int = 0
    spare: Spare | None = None  # a process that is there already and can become this one
    url: str = ""
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    not_before: float = field(default=0.0)

    def start(self) -> None:
        taken = None if self.spare is None else self.spare.take(self.index)
        self.process, self.url = taken or spawn(self.command, self.environment, self.passed, self.listens_on)
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    def watch(self, now: float) -> None:
        """Start the process if it is not there and its time has come."""
        if self.process is None:
            if now >= self.not_before:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        steady = now - self.started_at > STEADY_AFTER_S
        self.restarts = 1 if steady else self.restarts + 1
        wait = 0.0 if self.restarts == 1 else min(SLOWEST_RESTART_S, 0.25 * 2**self.restarts)
        log.error("a process ended and is started again", process=self.name, code=code, wait_s=wait)
        self.process, self.not_before = None, now + wait
        if wait == 0:
            self.start()


class Supervisor:
    """Owns the children of one machine: of each of ``kinds`` as many as ``settings`` say, which must be resolved.

    Api processes serve on ``listener``.
    """

    def __init__(
        self, settings: Settings, kinds: Iterable[str] = KINDS, *, listener: socket.socket | None = None
    ) -> None:
        assert settings.internal_token is not None, "settings must be resolved"
        kinds = tuple(kinds)
        self._stop_s = STOP_S + settings.media_drain_s
        self._token = settings.internal_token.get_secret_value()
        self._children: list[Child] = []
        environment = settings.environment()
        self.spare = Spare(environment, settings.internal_host) if "media" in kinds and settings.media_spare else None
        counts = {
            "media": settings.media_workers,
            "transcode": settings.transcode_processes,
            "control": settings.control_processes,
            "api": settings.api_processes,
        }
        for kind in kinds:
            for index in range(counts[kind]):
                command = [sys.executable, "-m", "server", kind, "--index", str(index)]
                passed: tuple[int, ...] = ()
                if kind == "api":
                    assert listener is not None
                    # Bound once, here: a restarted api finds the callers who came meanwhile waiting in the socket.
                    command += ["--listen-fd", str(listener.fileno())]
                    passed = (listener.fileno(),)
                child = Child(f"{kind}-{index}", command, environment, passed, index=index)
                if kind == "media":
                    child.listens_on, child.spare = settings.internal_host, self.spare
                self._children.append(child)

    def add_valkey(self, folder: Path) -> None:
        """Look after a private Valkey as well; it is started first and stopped last."""
        self._children.insert(0, Child("valkey", valkey.command(folder), {}, last=True))

    @property
    def names(self) -> list[str]:
        return [child.name for child in self._children]

    @property
    def processes(self) -> dict[str, int]:
        """Pid by name of the children that run."""
        return {child.name: child.process.pid for child in self._children if child.process is not None}

    async def run(self, stop: asyncio.Event) -> None:
        """Keep every child alive until ``stop``; then end them, Valkey last."""
        watching = TaskOwner("watchdog")
        for child in self._children:
            if child.listens_on:
                watching.start(watch(child, self._token), child.name)
        try:
            while not stop.is_set():
                for child in self._children:
                    child.watch(time.monotonic())
                self._keep_a_spare(time.monotonic())
                try:
                    async with asyncio.timeout(POLL_S):
                        await stop.wait()
                except TimeoutError:
                    continue
        finally:
            await watching.close()
            await self._stop()

    def _keep_a_spare(self, now: float) -> None:
        if self.spare is not None:
            everybody = all(child.process is not None for child in self._children)
            self.spare.watch(now, max(child.started_at for child in self._children) if everybody else now)

    async def _stop(self) -> None:
        first = [child for child in self._children if not child.last]
        last = [child for child in self._children if child.last]
        for group in (first, last):  # the processes still speak to Valkey while they end
            running = [child.process for child in group if child.process is not None]
            if group is first and self.spare is not None and self.spare.process is not None:
                running.append(self.spare.process)
            for process in running:
                process.send_signal(signal.SIGTERM)
            await asyncio.gather(*(asyncio.to_thread(_end, process, self._stop_s) for process in running))


def _end(process: subprocess.Popen[bytes], patience_s: float) -> None:
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
