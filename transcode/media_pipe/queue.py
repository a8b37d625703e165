"""PURE. The bounded queue in front of a reader of encoded frames.

A reader too slow loses video up to the next keyframe (a decoder can do nothing with units whose reference is gone);
audio, which is small and dearer to the ear, goes last. Everything lost is counted.
"""

from collections import deque
from dataclasses import dataclass

from transcode.media_pipe.wire import AudioPacket, End, Message, VideoUnit


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """``video_units`` bounds latency (a cached GOP of 2 s at 30 fps must fit), ``video_bytes`` memory."""

    video_units: int = 150
    video_bytes: int = 2 * 1024 * 1024
    audio_packets: int = 200  # 4 s of 20 ms packets
    control: int = 16


class PipeQueue:
    """Not thread-safe: the owner serialises. ``offer`` never blocks and never fails."""

    def __init__(self, limits: QueueLimits | None = None) -> None:
        self.limits = limits or QueueLimits()
        self.lost_video = 0
        self.lost_audio = 0
        self.needs_keyframe = False  # video is being withheld until one comes
        self.ended = False
        self._messages: deque[Message] = deque()
        self._video_units = 0
        self._video_bytes = 0
        self._audio_packets = 0

    def __len__(self) -> int:
        return len(self._messages)

    def offer(self, message: Message) -> None:
        """Queue ``message``, or count it as lost. After ``End`` nothing is taken any more."""
        if self.ended:
            return
        match message:
            case VideoUnit():
                self._offer_video(message)
            case AudioPacket():
                self._offer_audio(message)
            case End():
                self.ended = True
                self._messages.append(message)
            case _:
                # Requests and heartbeats say the same however often they are said.
                control = len(self._messages) - self._video_units - self._audio_packets
                if control < self.limits.control:
                    self._messages.append(message)

    def take(self) -> Message | None:
        """The oldest message, or None."""
        if not self._messages:
            return None
        message = self._messages.popleft()
        if isinstance(message, VideoUnit):
            self._video_units -= 1
            self._video_bytes -= len(message.payload)
        elif isinstance(message, AudioPacket):
            self._audio_packets -= 1
        return message

    def restart(self) -> None:
        """Forget what is queued, as for a new connection: video starts with a keyframe again."""
        self.lost_video += self._video_units
        self.lost_audio += self._audio_packets
        ends = [message for message in self._messages if isinstance(message, End)]
        self._messages = deque(ends)
        self._video_units = self._video_bytes = self._audio_packets = 0
        self.needs_keyframe = True

    def _offer_video(self, unit: VideoUnit) -> None:
        if self.needs_keyframe and not unit.keyframe:
            self.lost_video += 1
            return
        full = self._video_units >= self.limits.video_units
        if full or self._video_bytes + len(unit.payload) > self.limits.video_bytes:
            self._drop_video()
            if not unit.keyframe:
                self.lost_video += 1
                self.needs_keyframe = True
                return
        self.needs_keyframe = False
        self._messages.append(unit)
        self._video_units += 1
        self._video_bytes += len(unit.payload)

    def _drop_video(self) -> None:
        self.lost_video += self._video_units
        self._messages = deque(message for message in self._messages if not isinstance(message, VideoUnit))
        self._video_units = self._video_bytes = 0

    def _offer_audio(self, packet: AudioPacket) -> None:
        if self._audio_packets >= self.limits.audio_packets:
            oldest = next(index for index, message in enumerate(self._messages) if isinstance(message, AudioPacket))
            del self._messages[oldest]
            self._audio_packets -= 1
            self.lost_audio += 1
        self._messages.append(packet)
        self._audio_packets += 1
