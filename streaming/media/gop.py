"""PURE. The packets since the last keyframe, bounded in time and bytes: what a newcomer or a switch begins with."""

from collections import deque
from typing import Generic, Protocol, TypeVar

from streaming.media.wire import h264

# A keyframe shows itself only at its parameter sets, which may come behind other packets of it, or late.
RECENT = 256


class Cached(Protocol):
    @property
    def number(self) -> int: ...

    @property
    def timestamp(self) -> int: ...

    @property
    def keyframe(self) -> bool: ...

    @property
    def payload(self) -> bytes: ...

    @property
    def arrived_us(self) -> int: ...


P = TypeVar("P", bound=Cached)


class GopCache(Generic[P]):
    """Holds one GOP from its keyframe's first packet; one that outgrows its bounds is dropped until the next begins."""

    def __init__(self, duration_us: int, size: int) -> None:
        self._duration_us = duration_us
        self._size = size
        self._packets: list[P] = []
        self._bytes = 0
        self._recent: deque[P] = deque(maxlen=RECENT)
        self._opened: int | None = None
        """Timestamp of the keyframe that the cache begins with."""

    def add(self, packet: P) -> bool:
        """Returns whether `packet` begins a keyframe (of which it is the first packet that says so)."""
        # A late packet of an older keyframe opens nothing.
        begins = packet.keyframe and (self._opened is None or packet.timestamp > self._opened)
        if begins and self._lacks_parameter_sets(packet):
            begins = False
        self._recent.append(packet)
        if begins:
            self._opened = packet.timestamp
            self._packets = [each for each in self._recent if each.timestamp >= packet.timestamp]
            self._bytes = sum(len(each.payload) for each in self._packets)
        elif self._packets:
            self._packets.append(packet)
            self._bytes += len(packet.payload)
        if self._packets and (
            self._bytes > self._size or packet.arrived_us - self._packets[0].arrived_us > self._duration_us
        ):
            self._packets = []
        return begins

    def _lacks_parameter_sets(self, packet: P) -> bool:
        """Whether what is missing right before this IDR slice must be its parameter sets. With the beginning of the
        slice alone a decoder would go on with those of the stream before."""
        if h264.holds_sps(packet.payload) or not self._recent:
            return False
        before = packet.number - 1
        return all(each.number != before for each in self._recent)

    def packets(self, now_us: int) -> list[P]:
        """The cached GOP, or nothing when there is none or the bounds are passed by now."""
        if self._packets and now_us - self._packets[0].arrived_us > self._duration_us:
            self._packets = []
        return self._packets

    def clear(self) -> None:
        self._packets = []
        self._recent.clear()
        self._opened = None
