"""A composite that a mixer gives over the media pipe: encoded frames in, RTP packets of a source out."""

from collections.abc import Callable

from streaming.media.packet import SourcePacket
from streaming.media.source import Source
from streaming.media.wire import h264
from transcode.media_pipe import AudioPacket, PipeInlet, VideoUnit


class Composite:
    """The pipe's sink. `gone` is told when the job has ended."""

    def __init__(self, now_us: Callable[[], int], gone: Callable[["Composite"], None]) -> None:
        self._now_us = now_us
        self._gone = gone
        self._inlet: PipeInlet | None = None
        self._numbers = {"video": 0, "audio": 0}
        self._offset_us: int | None = None
        """Our clock minus the job's, the smallest seen."""

    source: Source

    def request_keyframe(self) -> None:
        if self._inlet is not None:
            self._inlet.request_keyframe()

    def close(self) -> None:
        if self._inlet is not None:
            self._inlet.close()

    def attach(self, inlet: PipeInlet) -> None:
        self._inlet = inlet

    def detach(self) -> None:
        self._inlet = None
        self._gone(self)

    def deliver(self, message: VideoUnit | AudioPacket) -> None:
        now_us = self._now_us()
        offset = now_us - message.pts_us
        self._offset_us = offset if self._offset_us is None else min(self._offset_us, offset)
        captured_us = message.pts_us + self._offset_us
        if isinstance(message, AudioPacket):
            self._push_audio(message, captured_us, now_us)
        else:
            self._push_video(message, captured_us, now_us)

    def _push_audio(self, message: AudioPacket, captured_us: int, now_us: int) -> None:
        self._numbers["audio"] += 1
        timestamp = message.pts_us * 48 // 1000
        self.source.push(
            "audio",
            SourcePacket(self._numbers["audio"], timestamp, False, False, message.payload, captured_us, now_us),
        )

    def _push_video(self, message: VideoUnit, captured_us: int, now_us: int) -> None:
        payloads = h264.packetise(message.payload)
        timestamp = message.pts_us * 9 // 100
        last = len(payloads) - 1
        for place, payload in enumerate(payloads):
            self._numbers["video"] += 1
            keyframe = h264.starts_keyframe(payload)
            self.source.push(
                "video",
                SourcePacket(self._numbers["video"], timestamp, place == last, keyframe, payload, captured_us, now_us),
            )
