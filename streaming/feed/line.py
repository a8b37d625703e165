"""What the feed needs of a socket. ``server.websocket_line`` puts it into the ASGI scope, under ``LINE``."""

from collections.abc import Callable
from typing import Protocol

LINE = "ringside.line"
"""The name of the ASGI extension."""


class Line(Protocol):
    """One client's socket, past ASGI: nothing here waits, and a frame costs one write.

    ``on_lost`` is called once, before the first moment at which nothing may be written any more.
    """

    on_lost: Callable[[], None]
    on_waiting: Callable[[bool], None]
    """Called when something begins to wait for the kernel, and when nothing waits any more."""
    lost: bool
    """Whether that moment has come."""
    fd: int
    """Of the socket, to which whole frames may be sent past ``write`` while nothing waits; -1: not to this one."""
    heard_s: float
    """When something came last, a pong too, on the loop's clock."""

    def write(self, data: bytes, /) -> None:
        """Whole frames, each made by ``framing``; not after ``on_lost``."""

    @property
    def waiting(self) -> int:
        """Bytes that the kernel has not taken yet."""

    def farewell(self, frames: bytes, code: int, reason: str, within_s: float) -> None:
        """The last frames and a close code. Who has not answered it ``within_s`` seconds is hung up on."""

    def abort(self) -> None:
        """Hang up without a word."""
