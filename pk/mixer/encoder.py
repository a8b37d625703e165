"""The composite's H.264, in the form that every WebRTC viewer decodes."""

from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from transcode.media_pipe import VideoUnit

_LEVEL_3_1_MACROBLOCKS = 3600
KEYFRAME_EVERY_S = 10  # for a decoder that nobody cares for; everybody else asks


def level(width: int, height: int) -> str:
    """The H.264 level of a picture at 30 frames/s: 3.1 up to 3600 macroblocks (1280x720), 4.0 above. Table A-1."""
    macroblocks = -(-width // 16) * -(-height // 16)
    return "3.1" if macroblocks <= _LEVEL_3_1_MACROBLOCKS else "4.0"


class PictureEncoder:
    """libx264: baseline, zero latency, no B-frames, one slice, SPS and PPS before every keyframe."""

    def __init__(self, width: int, height: int, fps: int, bitrate: int, preset: str = "superfast") -> None:
        codec = av.CodecContext.create("libx264", "w")
        assert isinstance(codec, VideoCodecContext)
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.time_base = Fraction(1, 1_000_000)
        codec.framerate = Fraction(fps)
        codec.bit_rate = bitrate
        codec.gop_size = fps * KEYFRAME_EVERY_S
        codec.max_b_frames = 0
        codec.thread_count = 1
        codec.options = {
            "preset": preset,
            "profile": "baseline",
            "tune": "zerolatency",
            "forced-idr": "1",
            "level": level(width, height),
            "maxrate": str(bitrate * 3 // 2),
            "bufsize": str(bitrate // 2),
            # The rate is told by framerate, not by stamps: a late tick must not look like a slow stream.
            "x264-params": "force-cfr=1:sliced-threads=0:scenecut=0:repeat-headers=1",
        }
        self._codec = codec

    def encode(self, frame: av.VideoFrame, pts_us: int, keyframe: bool) -> list[VideoUnit]:
        """Units of ``frame``: one, at once."""
        frame.pts = pts_us
        frame.time_base = self._codec.time_base
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        return [VideoUnit(pts_us, packet.is_keyframe, bytes(packet)) for packet in self._codec.encode(frame)]
