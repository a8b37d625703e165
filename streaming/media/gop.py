"""PURE. The packets since the last keyframe, bounded in time and bytes: what a newcomer or a switch begins with."""

from typing import Generic, Protocol, TypeVar


class Cached(Protocol):
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
        self._frame: list[P] = []
        """Packets of the newest frame: a keyframe shows itself only at its parameter sets, which may come second."""
        self._opened: int | None = None
        """Timestamp of the keyframe that the cache begins with."""

    def add(self, packet: P) -> bool:
        """Returns whether `packet` begins a keyframe (of which it is the first packet that says so)."""
        if self._frame and packet.timestamp > self._frame[0].timestamp:
            self._frame.clear()
        if not self._frame or packet.timestamp == self._frame[0].timestamp:
            self._frame.append(packet)
        # A late packet of an older keyframe opens nothing.
        begins = packet.keyframe and (self._opened is None or packet.timestamp > self._opened)
        if begins:
            self._opened = packet.timestamp
            self._packets = list(self._frame)
            self._bytes = sum(len(each.payload) for each in self._packets)
        elif self._packets:
            self._packets.append(packet)
            self._bytes += len(packet.payload)
        if self._packets and (
            self._bytes > self._size or packet.arrived_us - self._packets[0].arrived_us > self._duration_us
        ):
            self._packets = []
        return begins

    def packets(self, now_us: int) -> list[P]:
        """The cached GOP, or nothing when there is none or the bounds are passed by now."""
        if self._packets and now_us - self._packets[0].arrived_us > self._duration_us:
            self._packets = []
        return self._packets

    def clear(self) -> None:
        self._packets = []
        self._frame = []
        self._opened = None
