"""Where a program's packets come from: a camera, a composite or the card; with its GOP and its keyframe governor."""

from collections.abc import Callable
from typing import Protocol

from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.gop import GopCache
from streaming.media.governor import KeyframeGovernor
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.settings import MediaSettings


class PacketListener(Protocol):
    def __call__(self, source: "Source", kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None: ...


class Source:
    """`request` really asks for a keyframe of one layer; `listener` gets every packet, in the order of arrival."""

    def __init__(
        self,
        kind: SourceKind,
        settings: MediaSettings,
        counters: Counters,
        request: Callable[[int], None],
        listener: PacketListener,
    ) -> None:
        self.kind = kind
        self._counters = counters
        self._request = request
        self._listener = listener
        self._gop: GopCache[SourcePacket] = GopCache(settings.gop_ms * 1000, settings.gop_bytes)
        self._governor = KeyframeGovernor(settings.keyframe_interval_ms * 1000)
        self.picture_us: int | None = None
        """When the last packet of a picture came."""
        self.sound_us: int | None = None

    def push(self, kind: MediaKind, packet: SourcePacket) -> None:
        began = False
        if kind == "audio":
            self.sound_us = packet.arrived_us
        else:
            self.picture_us = packet.arrived_us
            began = self._gop.add(packet)
            if began:
                self._governor.keyframe_seen()
        self._listener(self, kind, packet, began)

    def gop(self, now_us: int) -> list[SourcePacket]:
        return self._gop.packets(now_us)

    def forget_gop(self) -> None:
        self._gop.clear()

    def want_keyframe(self, now_us: int, urgent: bool = False) -> None:
        if self._governor.ask(now_us, urgent):
            self._ask()

    def tick(self, now_us: int) -> None:
        """Send a request that had to wait, or one that brought nothing, again."""
        if self._governor.due(now_us):
            self._ask()

    def _ask(self) -> None:
        self._counters.keyframes_requested += 1
        self._request(0)
