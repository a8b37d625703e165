"""What a viewer without a browser sees: his packets decoded as they come, and himself kept alive meanwhile."""

import time

import av
from aiortc.codecs.h264 import H264PayloadDescriptor

from tests.streaming.media.peer import VIDEO, Peer
from tests.streaming.media.pictures import Colour, alike, colour_of

CHECK_EVERY_S = 2.0
CARD: Colour = (28, 128, 128)
"""The "back soon" card beside its ring."""


class Screen:
    def __init__(self, viewer: Peer) -> None:
        self.viewer = viewer
        self.frames = 0
        self.ssrcs: set[int] = set()
        self._decoder = av.CodecContext.create("h264", "r")
        self._read = 0
        self._unit = b""
        self._colour: Colour | None = None
        self._checked_s = 0.0

    def shows(self, colour: Colour) -> bool:
        """Whether the newest picture is of this colour; also a sign of life, as browsers give it."""
        self._look()
        if time.monotonic() - self._checked_s > CHECK_EVERY_S:
            self._checked_s = time.monotonic()
            self.viewer.check()
        return self._colour is not None and alike(self._colour, colour)

    def _look(self) -> None:
        packets = self.viewer.heard.packets
        while self._read < len(packets):
            view = packets[self._read][1]
            self._read += 1
            if view.payload_type != VIDEO or not view.payload:
                continue
            self.ssrcs.add(view.ssrc)
            self._unit += H264PayloadDescriptor.parse(view.payload)[1]
            if view.marker:
                for frame in self._decoder.decode(av.Packet(self._unit)):
                    self.frames += 1
                    self._colour = colour_of(frame)
                self._unit = b""
