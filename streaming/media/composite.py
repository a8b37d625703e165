"""A composite that a mixer gives over the media pipe: encoded frames in, RTP packets of a source out."""

from collections.abc import Callable

from streaming.media.frame_packets import FramePackets
from streaming.media.source import Source
from transcode.media_pipe import AudioPacket, PipeInlet, VideoUnit


class Composite:
    """The pipe's sink. `gone` is told when the job has ended."""

    def __init__(self, now_us: Callable[[], int], gone: Callable[["Composite"], None]) -> None:
        self._now_us = now_us
        self._gone = gone
        self._inlet: PipeInlet | None = None
        self._packets = FramePackets()
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
        for kind, packet in self._packets.of(message, captured_us, now_us):
            self.source.push(kind, packet)
