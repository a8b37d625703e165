"""Keeps one media worker warm, to take the place of one that died: most of a start is imports (``server.warm``)."""

import socket
import subprocess
import sys

import structlog

from server.spawn import Spawned, spawn
from server.warm import READY

log = structlog.get_logger(__name__)

# After the last start of any process: a spare must slow none of them.
AFTER_S = 5.0
# One that ended by itself is replaced no sooner.
AGAIN_S = 30.0


class Spare:
    """At most one process, which inherits ``environment`` and a socket that listens on ``listens_on``, an address."""

    def __init__(self, environment: dict[str, str], listens_on: str) -> None:
        self._environment = environment
        self._listens_on = listens_on
        self._spawned: Spawned | None = None
        self._channel: socket.socket | None = None
        self._ready = False
        self._not_before = 0.0

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return None if self._spawned is None else self._spawned.process

    def watch(self, now: float, last_start: float) -> None:
        """Start it if it is not there and its time has come; ``last_start`` is that of the youngest other process."""
        if self._spawned is None:
            if now >= max(last_start + AFTER_S, self._not_before):
                try:
                    self._start()
                except (OSError, subprocess.SubprocessError) as error:  # memory or files are short: do without
                    log.warning("no spare media worker", error=str(error))
                    self._not_before = now + AGAIN_S
        elif (code := self._spawned.process.poll()) is not None:
            log.warning("the spare media worker ended", code=code)
            self.close()
            self._not_before = now + AGAIN_S

    def take(self, index: int) -> Spawned | None:
        """From now on it is the media worker with this index, and the caller's; None: there is none that is ready."""
        taken = self._spawned
        if taken is None or taken.process.poll() is not None or not self._is_ready():
            return None
        assert self._channel is not None
        try:
            self._channel.send(f"{index}\n".encode())
        except OSError:  # it has just died: the next watch finds it
            return None
        self.close()
        return taken

    def _start(self) -> None:
        ours, its = socket.socketpair()
        with its:
            command = [sys.executable, "-m", "server.warm", "--channel-fd", str(its.fileno())]
            try:
                self._spawned = spawn(command, self._environment, (its.fileno(),), self._listens_on)
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        self._channel = ours

    def _is_ready(self) -> bool:
        assert self._channel is not None
        if not self._ready:
            try:
                self._ready = self._channel.recv(len(READY)) == READY
            except OSError:  # nothing said yet, or it has just died
                return False
        return self._ready

    def close(self) -> None:
        """Let go of it: one that still waits ends by itself."""
        if self._channel is not None:
            self._channel.close()
        self._spawned, self._channel, self._ready = None, None, False
