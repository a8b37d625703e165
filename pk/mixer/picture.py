"""From a source's H.264 to the tile that is shown now."""

import math
import threading
from collections import deque
from dataclasses import dataclass, replace

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter

from pk.mixer.canvas import BLACK, Planes, plain, views
from pk.mixer.layout import Rectangle
from transcode.media_pipe import VideoUnit

HOLD_US = 1_000_000  # how long the last picture of a silent source stays
MAX_PIXELS = 1920 * 1920  # of a source; more is refused by the decoder
_PICTURES_KEPT = 12


class PictureDecoder:
    """H.264 access units to frames, one thread, no delay. After a fault it waits for a keyframe."""

    def __init__(self) -> None:
        self.faults = 0
        self._codec: VideoCodecContext | None = None

    def decode(self, unit: VideoUnit) -> list[av.VideoFrame] | None:
        """The frames of ``unit``; None: undecodable, ask for a keyframe."""
        if self._codec is None:
            if not unit.keyframe:
                return None
            self._codec = self._opened()
        packet = av.Packet(unit.payload)
        try:
            return self._codec.decode(packet)
        except av.FFmpegError:
            self.faults += 1
            self._codec = None
            return None

    def restart(self) -> None:
        self._codec = None

    @staticmethod
    def _opened() -> VideoCodecContext:
        codec = av.CodecContext.create("h264", "r")
        assert isinstance(codec, VideoCodecContext)
        codec.thread_count = 1
        codec.flags |= Flags.low_delay
        codec.options = {"max_pixels": str(MAX_PIXELS)}
        return codec


class Fitting:
    """Frames made to fill tiles, or (``whole``) to be seen in them from edge to edge; for one thread.

    swscale's tables are kept from frame to frame.
    """

    def __init__(self, whole: bool = False) -> None:
        self._whole = whole
        self._scaler = VideoReformatter()

    def fit(self, frame: av.VideoFrame, width: int, height: int) -> Planes:
        """``frame``, upright, as a yuv420p tile that fills width x height.

        Its aspect is kept and what is too much is cut off on both sides: a host is in the middle of his picture, and
        bars would cost the small tiles of a battle more than they show. A frame of the tile's own size is not copied;
        only others are scaled. What is to be seen ``whole`` has black bars instead.
        """
        if frame.rotation % 360:
            frame = _upright(frame.reformat(format="yuv420p"), frame.rotation)
        return self._between_bars(frame, width, height) if self._whole else self._cut(frame, width, height)

    def _cut(self, frame: av.VideoFrame, width: int, height: int) -> Planes:
        scale = max(width / frame.width, height / frame.height)
        wide, high = (
            max(size, round(given * scale / 2) * 2) for size, given in ((width, frame.width), (height, frame.height))
        )
        frame = self._scaled(frame, wide, high)
        left, top = (wide - width) // 4 * 2, (high - height) // 4 * 2
        whole = views(frame)
        luma = slice(top, top + height), slice(left, left + width)
        chroma = slice(top // 2, (top + height) // 2), slice(left // 2, (left + width) // 2)
        return Planes(whole.y[luma], whole.u[chroma], whole.v[chroma], frame)

    def _between_bars(self, frame: av.VideoFrame, width: int, height: int) -> Planes:
        scale = min(width / frame.width, height / frame.height)
        wide, high = (
            min(size, max(2, round(given * scale / 2) * 2))
            for size, given in ((width, frame.width), (height, frame.height))
        )
        scaled = views(self._scaled(frame, wide, high))
        left, top = (width - wide) // 4 * 2, (height - high) // 4 * 2
        tile = plain(width, height, BLACK)
        for shift, onto, plane in zip((0, 1, 1), tile.each(), scaled.each(), strict=True):
            x, y = left >> shift, top >> shift
            onto[y : y + plane.shape[0], x : x + plane.shape[1]] = plane
        return tile

    def _scaled(self, frame: av.VideoFrame, wide: int, high: int) -> av.VideoFrame:
        if (wide, high) == (frame.width, frame.height) and frame.format.name == "yuv420p":
            return frame
        return self._scaler.reformat(frame, wide, high, "yuv420p", interpolation="BILINEAR")


def _upright(frame: av.VideoFrame, rotation: int) -> av.VideoFrame:
    """A yuv420p frame turned by ``rotation`` degrees (display orientation SEI), in quarters, counter-clockwise."""
    turns = round(rotation / 90) % 4
    width, height = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
    turned = av.VideoFrame(width, height, "yuv420p")
    for onto, plane in zip(views(turned).each(), views(frame).each(), strict=True):
        onto[:] = np.rot90(plane, turns)
    return turned


@dataclass(frozen=True)
class _Picture:
    pts_us: int
    arrival_us: int
    frame: av.VideoFrame
    planes: Planes


class PictureSlot:
    """The latest pictures of one source, between the thread that decodes and the one that composes.

    Of a ``screen``, which is sent when it changes, the last picture stays.
    """

    def __init__(self, screen: bool = False) -> None:
        self._hold_us = math.inf if screen else HOLD_US
        self._pictures: deque[_Picture] = deque(maxlen=_PICTURES_KEPT)
        self._lock = threading.Lock()
        self._fitting = Fitting(screen)

    def put(self, pts_us: int, arrival_us: int, frame: av.VideoFrame, planes: Planes) -> None:
        """``planes`` is ``frame``, fitted."""
        with self._lock:
            if self._pictures and pts_us < self._pictures[-1].pts_us:
                self._pictures.clear()  # the source has started anew
            self._pictures.append(_Picture(pts_us, arrival_us, frame, planes))

    def newest(self, now_us: int, until_pts_us: int | None, tile: Rectangle) -> Planes | None:
        """The newest picture not after ``until_pts_us``; None when the source has had none of late."""
        with self._lock:
            if not self._pictures or now_us - self._pictures[-1].arrival_us > self._hold_us:
                self._pictures.clear()
                return None
            while len(self._pictures) > 1 and (until_pts_us is None or self._pictures[1].pts_us <= until_pts_us):
                self._pictures.popleft()
            shown = self._pictures[0]
            if shown.planes.y.shape != (tile.height, tile.width):
                # It was fitted before the layout changed; those to come are right.
                shown = replace(shown, planes=self._fitting.fit(shown.frame, tile.width, tile.height))
                self._pictures[0] = shown
            return shown.planes

    def clear(self) -> None:
        with self._lock:
            self._pictures.clear()
