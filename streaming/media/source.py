"""Where a program's packets come from: a camera, a composite or the card; with its GOPs and its keyframe governors."""

from collections.abc import Callable
from typing import Protocol

from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.gop import GopCache
from streaming.media.governor import KeyframeGovernor
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.settings import MediaSettings
from streaming.media.wire import h264

# A layer that has sent nothing for so long while another went on was turned off by its encoder.
LAYER_OFF_US = 1_000_000


class PacketListener(Protocol):
    def __call__(self, source: "Source", kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None: ...


class Layer:
    """One encoding of the picture. Most sources have just one."""

    def __init__(self, settings: MediaSettings) -> None:
        self.gop: GopCache[SourcePacket] = GopCache(settings.gop_ms * 1000, settings.gop_bytes)
        self.governor = KeyframeGovernor(settings.keyframe_interval_ms * 1000)
        self.pixels: int | None = None
        """Width times height; None before the first keyframe."""
        self.at_us = 0

    def add(self, packet: SourcePacket) -> bool:
        self.at_us = packet.arrived_us
        if packet.keyframe:
            size = h264.picture_size(packet.payload)
            if size is not None:
                self.pixels = size[0] * size[1]
        began = self.gop.add(packet)
        if began:
            self.pixels = self.pixels or 0
            self.governor.keyframe_seen()
        return began


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
        self._settings = settings
        self._counters = counters
        self._request = request
        self._listener = listener
        self._layers: dict[int, Layer] = {0: Layer(settings)}
        self.picture_us: int | None = None
        """When the last packet of a picture came."""
        self.sound_us: int | None = None

    def push(self, kind: MediaKind, packet: SourcePacket) -> None:
        began = False
        if kind == "audio":
            self.sound_us = packet.arrived_us
        else:
            self.picture_us = packet.arrived_us
            layer = self._layers.get(packet.layer)
            if layer is None:
                layer = self._layers[packet.layer] = Layer(self._settings)
            began = layer.add(packet)
        self._listener(self, kind, packet, began)

    def ladder(self) -> tuple[int, ...]:
        """The layers that are being sent, the largest picture first; empty before the first keyframe."""
        if self.picture_us is None:
            return ()
        alive = [
            (-layer.pixels, number)
            for number, layer in self._layers.items()
            if layer.pixels is not None and self.picture_us - layer.at_us < LAYER_OFF_US
        ]
        return tuple(number for _, number in sorted(alive))

    def gop(self, now_us: int, layer: int) -> list[SourcePacket]:
        return self._layers[layer].gop.packets(now_us)

    def forget_gop(self, layer: int = 0) -> None:
        """The encoder has started again: what is cached does not fit what comes."""
        if layer in self._layers:
            self._layers[layer].gop.clear()

    def want_keyframe(self, now_us: int, layer: int | None = None, urgent: bool = False) -> None:
        """Of one layer, or (None) of the best; before any has begun, of all."""
        ladder = self.ladder()
        best = list(ladder[:1]) or list(self._layers)
        for number in best if layer is None else [layer]:
            if self._layers[number].governor.ask(now_us, urgent):
                self._ask(number)

    def tick(self, now_us: int) -> None:
        """Send a request that had to wait, or one that brought nothing, again."""
        for number, layer in self._layers.items():
            if layer.governor.due(now_us):
                self._ask(number)

    def _ask(self, layer: int) -> None:
        self._counters.keyframes_requested += 1
        self._request(layer)
