"""What the mixer gives to the rooms: every room the same picture, and a sound of its own where mixes differ."""

import threading
from collections.abc import Mapping, Sequence

from pk.mixer.arguments import Output
from pk.mixer.encoder import SoundEncoder
from pk.mixer.sound import Samples, mix
from transcode.media_pipe import KeyframeRequest, Message, PipeAddress, PipeConnection, VideoUnit

Seats = frozenset[int]


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
    """One room's pipe. ``muted`` are the seats that this room does not hear."""

    def __init__(self, output: Output, battle: str, token: str, wish: KeyframeWish) -> None:
        self.output = output
        self.muted: Seats = frozenset()
        self._wish = wish
        address = PipeAddress(output.pipe, token, "give", output.room, f"composite:{battle}")
        self._pipe = PipeConnection(address, self._received, wish.wish)

    def __enter__(self) -> "RoomFeed":
        self._pipe.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
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


class Rooms:
    """All outputs. Pictures are given to every room; a sound is encoded once for all rooms that hear the same seats."""

    def __init__(self, feeds: Sequence[RoomFeed]) -> None:
        self.feeds = feeds
        self._encoders: dict[Seats, SoundEncoder] = {}

    def show(self, units: Sequence[VideoUnit]) -> None:
        for feed in self.feeds:
            for unit in units:
                feed.send(unit)

    def sound(self, voices: Mapping[int, Samples], pts_us: int) -> None:
        """Mix ``voices`` (by seat) for every room, without the seats it has muted."""
        wanted = {feed.muted for feed in self.feeds}
        for gone in self._encoders.keys() - wanted:
            del self._encoders[gone]
        for muted in wanted:
            if muted not in self._encoders:
                self._encoders[muted] = SoundEncoder()
            packets = self._encoders[muted].encode(
                mix(voice for seat, voice in voices.items() if seat not in muted), pts_us
            )
            for feed in self.feeds:
                if feed.muted == muted:
                    for packet in packets:
                        feed.send(packet)

    def mute(self, room: str, seats: Seats) -> None:
        for feed in self.feeds:
            if feed.output.room == room:
                feed.muted = seats
