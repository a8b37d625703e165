"""asyncio framing of the pipe: messages out of a StreamReader and into a StreamWriter, with deadlines."""

import asyncio
from collections import deque

from transcode.media_pipe.wire import SILENCE_LIMIT_S, Decoder, Message, PipeMalformed, encode

_PORTION = 64 * 1024


class PipeReader:
    """Messages from a stream, one at a time."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self._decoder = Decoder()
        self._decoded: deque[Message] = deque()

    async def line(self, timeout_s: float = SILENCE_LIMIT_S) -> bytes:
        """The JSON line before the messages. ``PipeMalformed`` if there is none, ``TimeoutError`` if it is late."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._stream.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise PipeMalformed("there is no first line") from error

    async def read(self, timeout_s: float = SILENCE_LIMIT_S) -> Message:
        """The next message. ``EOFError`` at the end, ``TimeoutError`` after ``timeout_s`` without a single byte."""
        while not self._decoded:
            async with asyncio.timeout(timeout_s):
                portion = await self._stream.read(_PORTION)
            if not portion:
                raise EOFError("the peer closed the pipe")
            self._decoded.extend(self._decoder.feed(portion))
        return self._decoded.popleft()


class PipeWriter:
    """Messages into a stream; a write that the peer does not take within the deadline is a ``TimeoutError``."""

    def __init__(self, stream: asyncio.StreamWriter) -> None:
        self._stream = stream

    async def write(self, message: Message, timeout_s: float = SILENCE_LIMIT_S) -> None:
        self._stream.write(encode(message))
        async with asyncio.timeout(timeout_s):
            await self._stream.drain()

    async def line(self, line: bytes, timeout_s: float = SILENCE_LIMIT_S) -> None:
        self._stream.write(line)
        async with asyncio.timeout(timeout_s):
            await self._stream.drain()
