"""One battle through one contestant: its processor time, the frames that came out, and when."""

from dataclasses import dataclass, field

from transcode.media_pipe import AudioPacket, VideoUnit

WARM_UP_S = 4.0


@dataclass
class Run:
    """``units`` came out of the contestant at ``at_s`` (monotonic); ``sent_s``: when the pictures went in, by number.

    ``core_s`` is user and system time of the contestant's process within the window of ``window_s`` seconds in which
    ``frames`` pictures came out.
    """

    units: list[VideoUnit] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    sounds: list[AudioPacket] = field(default_factory=list)
    sent_s: list[float] = field(default_factory=list)
    core_s: float = 0.0
    window_s: float = 0.0
    frames: int = 0
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def ms_per_frame(self) -> float:
        return self.core_s / self.frames * 1000

    @property
    def rate(self) -> float:
        return self.frames / self.window_s
