"""From one keyframe to a small JPEG. Nothing else of the stream is decoded."""

import io
import math

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from PIL import Image

AREA = 270 * 480  # of a still in pixels, about; smaller pictures stay as they are
QUALITY = 70
MAX_PIXELS = 1920 * 1920  # of a source; more is refused by the decoder


class Undecodable(Exception):
    """The access unit is no whole keyframe."""


def still(keyframe: bytes) -> bytes:
    """The JPEG of ``keyframe``, an H.264 access unit with its parameter sets; upright, in its aspect."""
    frame = _decoded(keyframe)
    width, height = fitting(frame.width, frame.height)
    pixels = frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()
    image = Image.fromarray(pixels)
    if turns := round(frame.rotation / 90) % 4:
        image = image.rotate(90 * turns, expand=True)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def fitting(width: int, height: int) -> tuple[int, int]:
    """The even size of a still whose source has this one."""
    scale = min(1.0, math.sqrt(AREA / (width * height)))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _decoded(keyframe: bytes) -> av.VideoFrame:
    codec = av.CodecContext.create("h264", "r")
    assert isinstance(codec, VideoCodecContext)
    codec.thread_count = 1
    codec.flags |= Flags.low_delay
    codec.options = {"max_pixels": str(MAX_PIXELS)}
    try:
        frames = codec.decode(av.Packet(keyframe)) or codec.decode(None)
    except av.FFmpegError as error:
        raise Undecodable(str(error)) from error
    if not frames:
        raise Undecodable("no picture came of it")
    return frames[0]
