"""Looks after one media worker of this machine: takes its pulse, and kills it when it is dead but still there."""

import asyncio
import time
from typing import Protocol

import structlog

from foundation.errors import Refusal
from foundation.internal import InternalClient
from server.pulse import Judge, Pulse

log = structlog.get_logger(__name__)

EVERY_S = 0.5
DEADLINE_S = 0.75


class Watched(Protocol):
    """The supervisor's child."""

    name: str

    @property
    def url(self) -> str:
        """Its internal address; another one after each start."""

    @property
    def pid(self) -> int | None: ...

    def kill(self) -> None: ...


async def watch(child: Watched, token: str) -> None:
    """Until cancelled. Who is killed here is started again by the supervisor, like whoever dies by himself."""
    internal = InternalClient(token, timeout_s=DEADLINE_S)
    judge, judged = Judge(), child.pid
    try:
        while True:
            if child.pid != judged:
                judge, judged = Judge(), child.pid
            asked_s = time.monotonic()
            if judged is not None:
                pulse = await _pulse(internal, child.url)
                verdict = judge.look(asked_s, pulse) if child.pid == judged else None
                if verdict is not None:
                    log.error("a media worker is dead and is killed", process=child.name, verdict=verdict.value)
                    child.kill()
            await asyncio.sleep(max(0.0, asked_s + EVERY_S - time.monotonic()))
    finally:
        await internal.close()


async def _pulse(internal: InternalClient, url: str) -> Pulse | None:
    try:
        async with asyncio.timeout(DEADLINE_S):
            answer = await internal.call("GET", f"{url}/internal/pulse")
    except (Refusal, TimeoutError):
        return None
    return Pulse(int(answer["due"]), int(answer["out"]))
