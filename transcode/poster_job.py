"""The job that makes posters: of each room of a round it takes one keyframe from the media pipe and lets go.

``run`` is the function that a transcode node runs for jobs of kind ``posters``. It is told when it is started:

    redis       where posters are kept
    token       opens the media pipes

and while it runs, again and again, the rooms of the next round:

    {"round": [{"room": room, "broadcast": id, "pipe": host:port}, ...], "kept_s": how long their posters are kept}

The program of a room begins with its cached keyframe; without one the worker asks the source for one. A round that is
not over when the next one comes is given up: what counts are the newest pictures.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from foundation.own_process import go_last
from foundation.redis import RedisAway, connect
from foundation.stopping import end
from transcode.job import JobContext
from transcode.media_pipe import Hello, PipeMalformed, PipeReader, PipeRefused, VideoUnit
from transcode.media_pipe.wire import End, parse_answer
from transcode.posters import KEPT_MOST_S, KEPT_S, Poster, Posters
from transcode.still import Undecodable, still
from transcode.store_redis import RedisPosters

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.1
HEARTBEAT_EVERY = 10  # looks
AT_ONCE = 16
KEYFRAME_S = 2.0  # a room whose keyframe has not come by then has no new picture this time
MOST = 64  # rooms of a round


@dataclass(frozen=True)
class Sitter:
    """A room whose program is to be pictured."""

    room: str
    broadcast: str
    pipe: str


def sitters(message: Mapping[str, Any]) -> list[Sitter]:
    """``KeyError``, ``TypeError`` or ``ValueError`` if it is no round."""
    said = message["round"]
    if len(said) > MOST:
        raise ValueError(f"{len(said)} rooms are too many for a round")
    return [Sitter(str(each["room"]), str(each["broadcast"]), str(each["pipe"])) for each in said]


def kept_s(message: Mapping[str, Any]) -> int:
    """How long the posters of a round are kept; ``TypeError`` or ``ValueError`` if that is no number of seconds."""
    return min(max(int(message.get("kept_s", KEPT_S)), KEPT_S), KEPT_MOST_S)


class Photographer:
    """``counted``: ``keyframes`` taken, pictures ``decoded`` and ``kept``, and rooms ``missed``."""

    def __init__(self, posters: Posters, token: str) -> None:
        self._posters = posters
        self._token = token
        self._free = asyncio.Semaphore(AT_ONCE)
        self._complaint = ""
        self.counted: Counter[str] = Counter()

    async def round(self, rooms: Sequence[Sitter], kept_s: int = KEPT_S) -> None:
        """One picture of each; who gives none is left out."""
        async with asyncio.TaskGroup() as group:
            for sitter in rooms:
                group.create_task(self._picture(sitter, kept_s))

    async def _picture(self, sitter: Sitter, kept_s: int) -> None:
        async with self._free:
            try:
                async with asyncio.timeout(KEYFRAME_S):
                    keyframe = await self._keyframe(sitter)
                self.counted["keyframes"] += 1
                jpeg = still(keyframe)
                self.counted["decoded"] += 1
                await self._posters.keep(sitter.room, Poster(sitter.broadcast, jpeg), kept_s)
                self.counted["kept"] += 1
            except (*RedisAway, EOFError, TimeoutError, PipeMalformed, PipeRefused, Undecodable, ValueError):
                self.counted["missed"] += 1  # the next round is soon
            except Exception as error:  # of one room's picture: it must not take those of the others along
                self.counted["missed"] += 1
                self._complain(sitter.room, error)

    def _complain(self, room: str, error: Exception) -> None:
        """Say it loudly once: the same picture fails again in the next round."""
        if repr(error) != self._complaint:
            log.error("a poster could not be made", room=room, exc_info=error)
        self._complaint = repr(error)

    async def _keyframe(self, sitter: Sitter) -> bytes:
        host, _, port = sitter.pipe.rpartition(":")
        stream, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        try:
            writer.write(Hello(self._token, "take", sitter.room, "program").line())
            reader = PipeReader(stream)
            parse_answer(await reader.line())
            while True:
                match await reader.read():
                    case VideoUnit(keyframe=True) as unit:
                        return unit.payload
                    case End():
                        raise EOFError("the program is over")
        finally:
            writer.transport.abort()


def run(context: JobContext) -> None:
    """The job. ``KeyError`` for arguments that say too little."""
    go_last()  # a picture may be late, a mixer's may not
    asyncio.run(_work(context, str(context.arguments["redis"]), str(context.arguments["token"])))


async def _work(context: JobContext, redis_url: str, token: str) -> None:
    redis = connect(redis_url, "posters")
    photographer = Photographer(RedisPosters(redis), token)
    working: asyncio.Task[None] | None = None
    context.ready()
    looks = 0
    try:
        while not context.stopping.is_set():
            for message in context.messages()[-1:]:
                with suppress(KeyError, TypeError, ValueError):  # from a control process of another version
                    rooms, kept = sitters(message), kept_s(message)
                    await _over(working)
                    working = asyncio.create_task(photographer.round(rooms, kept))
            if looks % HEARTBEAT_EVERY == 0:
                context.heartbeat(dict(photographer.counted))
            looks += 1
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await _over(working)
        await redis.aclose()


async def _over(working: asyncio.Task[None] | None) -> None:
    if working is not None:
        await end(working)
