"""asyncio framing of the pipe: messages out of a StreamReader and into a StreamWriter, with deadlines."""

import asyncio
from collections import deque

from transcode.media_pipe.wire import SILENCE_LIMIT_S, Decoder, Message, PipeMalformed, encode

_PORTION = 64 * 1024


class PipeReader:
    """Messages from a stream, one at a time; ``TimeoutError`` after ``silence_limit_s`` without a byte."""

    def __init__(self, stream: asyncio.StreamReader, silence_limit_s: float = SILENCE_LIMIT_S) -> None:
        self._stream = stream
        self._silence_limit_s = silence_limit_s
        self._decoder = Decoder()
        self._decoded: deque[Message] = deque()

    async def line(self) -> bytes:
        """The JSON line before the messages; ``PipeMalformed`` if there is none."""
        try:
            async with asyncio.timeout(self._silence_limit_s):
                return await self._stream.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise PipeMalformed("there is no first line") from error

    async def read(self) -> Message:
        """The next message; ``EOFError`` at the end."""
        while not self._decoded:
            async with asyncio.timeout(self._silence_limit_s):
                portion = await self._stream.read(_PORTION)
            if not portion:
                raise EOFError("the peer closed the pipe")
            self._decoded.extend(self._decoder.feed(portion))
        return self._decoded.popleft()


class PipeWriter:
    """Messages into a stream; ``TimeoutError`` if the peer does not take one within ``silence_limit_s``.

    ``ConnectionError`` when there is no peer any more.
    """

    def __init__(self, stream: asyncio.StreamWriter, silence_limit_s: float = SILENCE_LIMIT_S) -> None:
        self._stream = stream
        self._silence_limit_s = silence_limit_s

    async def write(self, message: Message) -> None:
        await self.line(encode(message))

    async def line(self, line: bytes) -> None:
        if self._stream.is_closing():  # uvloop would raise RuntimeError
            raise ConnectionResetError("the peer is gone")
        self._stream.write(line)
        async with asyncio.timeout(self._silence_limit_s):
            await self._stream.drain()
