"""What the mixer gives to a room: the composite and the room's mix, over one pipe."""

import threading

from pk.mixer.arguments import Output
from transcode.media_pipe import KeyframeRequest, Message, PipeAddress, PipeConnection


class KeyframeWish:
    """Wishes of all rooms, coalesced: one keyframe serves everybody, and there is at least ``every_us`` between two."""

    def __init__(self, every_us: int = 300_000) -> None:
        self._every_us = every_us
        self._wished = threading.Event()
        self._granted_us: int | None = None

    def wish(self) -> None:
        self._wished.set()

    def grant(self, now_us: int) -> bool:
        """Whether the picture of this moment shall be a keyframe."""
        if not self._wished.is_set():
            return False
        if self._granted_us is not None and now_us - self._granted_us < self._every_us:
            return False
        self._wished.clear()
        self._granted_us = now_us
        return True


class RoomFeed:
    """One room's pipe."""

    def __init__(self, output: Output, battle: str, token: str, wish: KeyframeWish) -> None:
        self.output = output
        self._wish = wish
        address = PipeAddress(output.pipe, token, "give", output.room, f"composite:{battle}")
        self._pipe = PipeConnection(address, self._received, wish.wish)

    def open(self) -> None:
        """Connect, and again whenever the connection is lost, until ``close``."""
        self._pipe.__enter__()

    def close(self) -> None:
        """Say goodbye; takes some seconds if the worker does not listen."""
        self._pipe.close()

    @property
    def connected(self) -> bool:
        return self._pipe.connected.is_set()

    @property
    def lost_video(self) -> int:
        return self._pipe.lost_video

    def send(self, message: Message) -> None:
        self._pipe.send(message)

    def _received(self, message: Message) -> None:
        if isinstance(message, KeyframeRequest):
            self._wish.wish()
