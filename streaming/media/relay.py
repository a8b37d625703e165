"""The program of a crowded room, taken once from its home over the media pipe, to be fanned out by this worker.

Pictures and sounds come with the capture times of the home's clock; both clocks are the platform's, so they are kept.
A switch of the home's source is only other pictures here. There are no chains: a home gives nothing that it relays.
"""

import asyncio
from collections.abc import Callable

import structlog

from foundation.tasks import first_of
from streaming.media.frame_packets import FramePackets
from streaming.media.source import Source
from transcode.media_pipe import (
    AudioPacket,
    End,
    Heartbeat,
    Hello,
    PipeInlet,
    PipeMalformed,
    PipeReader,
    PipeRefused,
    PipeWriter,
    VideoUnit,
)
from transcode.media_pipe.wire import HEARTBEAT_EVERY_S, parse_answer

log = structlog.get_logger(__name__)

CONNECT_S = 1.0
AGAIN_S = 0.2


class Relay:
    """`pipe` is the home's `host:port`. `source` gets the frames as packets; it must be set before `run`."""

    source: Source

    def __init__(self, room: str, pipe: str, token: str, now_us: Callable[[], int], patience_s: float) -> None:
        self.room = room
        self.pipe = pipe
        self.used_us = now_us()
        """When somebody here last watched it."""
        self._token = token
        self._now_us = now_us
        self._patience_s = patience_s
        self._wishes = PipeInlet()
        self._packets = FramePackets()

    def request_keyframe(self) -> None:
        self._wishes.request_keyframe()

    async def run(self) -> bool:
        """Take until the home has ended the program (True), or could not be reached for too long (False)."""
        loop = asyncio.get_running_loop()
        reached_s = loop.time()
        while loop.time() - reached_s < self._patience_s:
            try:
                async with asyncio.timeout(CONNECT_S):
                    reader, writer = await self._connect()
            except PipeRefused as refused:
                log.info("a home gives no program", room=self.room, code=refused.code)
                return refused.code == "unknown-room"
            except (OSError, EOFError, TimeoutError, PipeMalformed) as error:
                log.info("a home is not reached", room=self.room, reason=repr(error))
                await asyncio.sleep(AGAIN_S)
                continue
            try:
                if await first_of(self._hear(PipeReader(reader)), self._ask(PipeWriter(writer))):
                    return True
            except (OSError, EOFError, TimeoutError, PipeMalformed) as error:
                log.info("a home was lost", room=self.room, reason=repr(error))
            finally:
                writer.transport.abort()
            reached_s = loop.time()
            await asyncio.sleep(AGAIN_S)
        return False

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, _, port = self.pipe.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        try:
            writer.write(Hello(self._token, "take", self.room, "program").line())
            parse_answer(await PipeReader(reader).line())
        except BaseException:
            writer.transport.abort()
            raise
        return reader, writer

    async def _hear(self, reader: PipeReader) -> bool:
        while True:
            match await reader.read():
                case VideoUnit() | AudioPacket() as frame:
                    now_us = self._now_us()
                    for kind, packet in self._packets.of(frame, frame.pts_us, now_us):
                        self.source.push(kind, packet)
                case End():
                    return True
                case Heartbeat():
                    pass
                case other:
                    raise PipeMalformed(f"a home sent a {type(other).__name__}")

    async def _ask(self, writer: PipeWriter) -> bool:
        while True:
            await writer.write(await self._wishes.next(HEARTBEAT_EVERY_S))
