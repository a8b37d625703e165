"""PURE. Encoded frames of the media pipe as the packets of a source."""

from collections.abc import Iterator

from streaming.media.packet import CLOCK_RATE, MediaKind, SourcePacket
from streaming.media.space import SQUASHED_TICKS
from streaming.media.wire import h264
from transcode.media_pipe import AudioPacket, VideoUnit


class FramePackets:
    """Numbers them. Timestamps follow `pts_us`; pictures that were squashed together at a switch stay apart."""

    def __init__(self) -> None:
        self._numbers: dict[MediaKind, int] = {"audio": 0, "video": 0}
        self._latest = 0
        """Timestamp of the newest picture."""

    def of(
        self, frame: VideoUnit | AudioPacket, captured_us: int, now_us: int
    ) -> Iterator[tuple[MediaKind, SourcePacket]]:
        """`captured_us`: when, on this worker's clock."""
        if isinstance(frame, AudioPacket):
            timestamp = frame.pts_us * CLOCK_RATE["audio"] // 1_000_000
            yield "audio", self._packet("audio", timestamp, False, frame.payload, captured_us, now_us)
            return
        timestamp = max(frame.pts_us * CLOCK_RATE["video"] // 1_000_000, self._latest + SQUASHED_TICKS)
        self._latest = timestamp
        payloads = h264.packetise(frame.payload)
        last = len(payloads) - 1
        for place, payload in enumerate(payloads):
            yield "video", self._packet("video", timestamp, place == last, payload, captured_us, now_us)

    def _packet(
        self, kind: MediaKind, timestamp: int, marker: bool, payload: bytes, captured_us: int, now_us: int
    ) -> SourcePacket:
        self._numbers[kind] += 1
        keyframe = kind == "video" and h264.starts_keyframe(payload)
        return SourcePacket(self._numbers[kind], timestamp, marker, keyframe, payload, captured_us, now_us)
