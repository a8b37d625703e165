"""From a source's H.264 to the tile that is shown now, and from tiles to the composite."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from pk.mixer.arguments import MixerArguments
from pk.mixer.canvas import Canvas, Planes, Stamp, name_plate, placeholder, versus, views
from pk.mixer.layout import Layout, Rectangle, arrange
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


def fit(frame: av.VideoFrame, width: int, height: int) -> Planes:
    """``frame`` as a yuv420p tile that fills width x height: aspect kept, what is too much is cut off on both sides.

    A frame of the tile's own size is not copied; only others are scaled.
    """
    scale = max(width / frame.width, height / frame.height)
    wide, high = (
        max(size, round(given * scale / 2) * 2) for size, given in ((width, frame.width), (height, frame.height))
    )
    if (wide, high) != (frame.width, frame.height) or frame.format.name != "yuv420p":
        frame = frame.reformat(wide, high, "yuv420p")
    left, top = (wide - width) // 4 * 2, (high - height) // 4 * 2
    whole = views(frame)
    luma = slice(top, top + height), slice(left, left + width)
    chroma = slice(top // 2, (top + height) // 2), slice(left // 2, (left + width) // 2)
    return Planes(whole.y[luma], whole.u[chroma], whole.v[chroma], frame)


@dataclass(frozen=True)
class _Picture:
    pts_us: int
    arrival_us: int
    planes: Planes


class PictureSlot:
    """The latest pictures of one source, between the thread that decodes and the one that composes."""

    def __init__(self) -> None:
        self._pictures: deque[_Picture] = deque(maxlen=_PICTURES_KEPT)
        self._lock = threading.Lock()

    def put(self, pts_us: int, arrival_us: int, planes: Planes) -> None:
        with self._lock:
            if self._pictures and pts_us < self._pictures[-1].pts_us:
                self._pictures.clear()  # the source has started anew
            self._pictures.append(_Picture(pts_us, arrival_us, planes))

    def newest(self, now_us: int, until_pts_us: int | None) -> Planes | None:
        """The newest picture not after ``until_pts_us``; None when the source has had none for a second."""
        with self._lock:
            if not self._pictures or now_us - self._pictures[-1].arrival_us > HOLD_US:
                self._pictures.clear()
                return None
            while len(self._pictures) > 1 and (until_pts_us is None or self._pictures[1].pts_us <= until_pts_us):
                self._pictures.popleft()
            return self._pictures[0].planes


class Composer:
    """Tiles to the composite. Placeholders, name plates and the VS mark are drawn once, here."""

    def __init__(self, arguments: MixerArguments) -> None:
        self.tiles: tuple[Rectangle, ...] = arrange(
            arguments.layout, len(arguments.sources), arguments.width, arguments.height
        )
        self._canvas = Canvas(arguments.width, arguments.height)
        seats = list(zip(self.tiles, arguments.sources, strict=True))
        self._placeholders = [placeholder(tile, source.name) for tile, source in seats]
        self._stamps: list[Stamp] = [
            stamp for tile, source in seats for stamp in name_plate(tile, source.name, source.seat)
        ]
        if arguments.layout in (Layout.DUEL, Layout.TEAM):
            self._stamps += versus(arguments.width, arguments.height)
        self._shown: list[Planes] = []

    def compose(self, pictures: Sequence[Planes | None]) -> av.VideoFrame:
        """One frame of the composite, the same object every time; None is a source without a picture."""
        wanted = [
            instead if picture is None else picture
            for picture, instead in zip(pictures, self._placeholders, strict=True)
        ]
        if [id(tile) for tile in wanted] != [id(tile) for tile in self._shown]:
            for tile, at in zip(wanted, self.tiles, strict=True):
                self._canvas.paste(tile, at)
            for stamp in self._stamps:
                self._canvas.stamp(stamp)
            self._shown = wanted  # held, so that an id cannot come back as another picture
        return self._canvas.frame
