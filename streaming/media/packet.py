"""PURE. The two forms of a packet on its way through: as a source gave it, and as viewers get it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from streaming.media.wire import capture_time
from streaming.media.wire.rtp import HEADER, one_extension

MediaKind: TypeAlias = Literal["audio", "video"]
CLOCK_RATE: dict[MediaKind, int] = {"audio": 48_000, "video": 90_000}

# RTP padding ends with its own length (RFC 3550, section 5.1); made once.
_PADDING = [b""] + [bytes(length - 1) + bytes([length]) for length in range(1, 256)]
PADDING_MAX = 255


@dataclass(frozen=True, slots=True)
class SourcePacket:
    """One RTP payload of a source. `number` and `timestamp` are the source's own, unwrapped."""

    number: int
    timestamp: int
    marker: bool
    keyframe: bool
    """Whether the payload begins a keyframe (video)."""
    payload: bytes
    captured_us: int
    """When it was captured, on the worker's clock."""
    arrived_us: int
    layer: int = 0
    """Which of a simulcast publisher's encodings, by its place in his offer; 0 for everything else."""


class ProgramPacket:
    """One packet of a program's RTP space. From `seal` on it may be sent, and its bytes never change again.

    `number` is the unwrapped sequence number; `timestamp` is unwrapped too.
    """

    __slots__ = (
        "arrived_us",
        "body",
        "captured_us",
        "keyframe",
        "marker",
        "number",
        "padded",
        "sealed",
        "stamped",
        "timestamp",
    )

    def __init__(self, number: int, timestamp: int, source: SourcePacket) -> None:
        self.number = number
        self.timestamp = timestamp
        self.marker = source.marker
        self.keyframe = source.keyframe
        self.body = source.payload
        self.padded = False
        self.sealed = False
        self.stamped = False
        """Whether viewers who want it are told with this packet when it was captured."""
        self.captured_us = source.captured_us
        self.arrived_us = source.arrived_us

    def pad(self, length: int) -> None:
        """Grow by RTP padding; only before the packet is first sent."""
        assert not self.sealed and not self.padded, "bytes once sent never change"
        if length:
            self.body += _PADDING[length]
            self.padded = True

    @property
    def payload(self) -> bytes:
        """The body without padding."""
        return self.body[: -self.body[-1]] if self.padded else self.body

    def wire(self, payload_type: int, ssrc: int, capture_id: int = 0, timestamp: int | None = None) -> bytes:
        """The cleartext packet for viewers with this payload type, and this id of abs-capture-time (0: none)."""
        stamped = self.stamped and capture_id != 0
        header = HEADER.pack(
            0x80 | (0x20 if self.padded else 0) | (0x10 if stamped else 0),
            (0x80 if self.marker else 0) | payload_type,
            self.number & 0xFFFF,
            (self.timestamp if timestamp is None else timestamp) & 0xFFFFFFFF,
            ssrc,
        )
        if stamped:
            header += one_extension(capture_id, capture_time.value(self.captured_us))
        return header + self.body
