"""A client's socket that is only remembered."""

import asyncio
from collections.abc import Callable


class MemoryLine:
    """``streaming.feed.line.Line``: what was written, and how it ended."""

    def __init__(self) -> None:
        self.on_lost: Callable[[], None] = lambda: None
        self.on_waiting: Callable[[bool], None] = lambda waiting: None
        self.lost = False
        self.fd = -1
        self.heard_s = asyncio.get_running_loop().time()
        self.written: list[bytes] = []
        self.waiting = 0
        self.ended: int | str = ""

    def write(self, data: bytes, /) -> None:
        assert not self.ended, "written to a closed line"
        self.written.append(data)

    def farewell(self, frames: bytes, code: int, reason: str, within_s: float) -> None:
        self.written.append(frames)
        self.ended = code

    def abort(self) -> None:
        self.ended = "aborted"
        self.on_lost()
