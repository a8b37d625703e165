"""The job's own process: from the fork server to the job's function, and its side of the channel to the runner.

The channel is a SEQPACKET socket, so a message is whole or absent even if a process is stopped in the middle of it:
    to the runner   {"say": "ready"}, {"say": "heartbeat", "figures": {...}}, {"say": "failed", "detail": ...}
    to the job      {"say": "stop"}, {"say": "tell", "message": {...}}
"""

import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import structlog

from foundation.own_process import call_myself, die_with_parent, go_first
from transcode.job import JobContext

MAX_MESSAGE = 48 * 1024
NOT_PRELOADED = 3
_MESSAGES_KEPT = 64


class ChildContext:
    """The ``JobContext`` of this process. A thread watches the channel: its end means that the runner is gone."""

    def __init__(self, channel: socket.socket, arguments: Mapping[str, Any]) -> None:
        self.arguments = arguments
        self.stopping = threading.Event()
        self._channel = channel
        self._messages: deque[Mapping[str, Any]] = deque(maxlen=_MESSAGES_KEPT)
        threading.Thread(target=self._listen, name="channel", daemon=True).start()

    def ready(self) -> None:
        self.say({"say": "ready"})

    def heartbeat(self, figures: Mapping[str, float]) -> None:
        with suppress(BlockingIOError):  # the runner is stopped; a job does not wait for it
            self.say({"say": "heartbeat", "figures": dict(figures)}, socket.MSG_DONTWAIT)

    def messages(self) -> Sequence[Mapping[str, Any]]:
        taken = []
        while self._messages:
            taken.append(self._messages.popleft())
        return taken

    def say(self, message: Mapping[str, Any], flags: int = 0) -> None:
        try:
            self._channel.send(json.dumps(message).encode(), flags)
        except ConnectionError:
            os._exit(1)  # the runner is gone

    def _listen(self) -> None:
        while True:
            received = self._channel.recv(MAX_MESSAGE)
            if not received:
                os._exit(1)
            message = json.loads(received)
            if message["say"] == "stop":
                self.stopping.set()
            else:
                self._messages.append(message["message"])


def warm() -> None:
    """Do nothing: when this process has ended well the fork server has loaded everything."""
    sys.exit(0 if "transcode.fork_server" in sys.modules else NOT_PRELOADED)


def main(channel: socket.socket, kind: str, function: str, arguments: Mapping[str, Any]) -> None:
    """Run ``function`` (``package.module:name``), a job of ``kind``. Exit status 0 if it returned, 1 if it raised."""
    die_with_parent()
    call_myself(f"rs-{kind}")
    go_first()
    _log_warnings_only()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the runner decides what it means
    context = ChildContext(channel, arguments)
    signal.signal(signal.SIGTERM, lambda *_: context.stopping.set())
    try:
        _resolve(function)(context)
    except Exception as error:
        traceback.print_exc()
        context.say({"say": "failed", "detail": f"{type(error).__name__}: {error}"[:500]})
        sys.stdout.flush()
        os._exit(1)
    # Not a return: threads that a job left behind (a decoder, a reader) shall not hold the process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _log_warnings_only() -> None:
    """JSON lines on stderr, like every process of the platform; what a job does all day goes into its heartbeat."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _resolve(function: str) -> Callable[[JobContext], None]:
    module, _, name = function.partition(":")
    return cast(Callable[[JobContext], None], getattr(importlib.import_module(module), name))
