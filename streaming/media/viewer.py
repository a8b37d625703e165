"""One viewer of a track: where to, under which numbers, and what he still has to catch up with."""

from collections import deque
from collections.abc import Callable

from streaming.media.dtls_seam import Outbound
from streaming.media.packet import MediaKind, ProgramPacket
from streaming.media.port import Endpoint
from streaming.media.space import RING

QUEUE_MAX = 4_096
# A viewer whose first packets are lost just before the 16-bit wrap would guess the wrong roll-over counter for ever
# (RFC 3711, section 3.3.1): who joins so late in a lap gets numbers of his own.
LATE_IN_LAP = 0xF000
FRESH_NUMBER = 0x0400
RESENDS_A_TICK = 64

Profile = tuple[int | None, int | None, int, int]


class Viewer:
    """`video` and `audio` are payload types of his answer, None where he did not ask."""

    def __init__(
        self,
        endpoint: Endpoint,
        outbound: Outbound,
        send_rtcp: Callable[[bytes], None],
        video: int | None,
        audio: int | None,
    ) -> None:
        self.endpoint = endpoint
        self.outbound = outbound
        self.send_rtcp = send_rtcp
        self.payload_types: dict[MediaKind, int | None] = {"video": video, "audio": audio}
        self.deltas: dict[MediaKind, int] = {"video": 0, "audio": 0}
        self.first: dict[MediaKind, int] = {"video": 0, "audio": 0}
        self.queue: deque[tuple[MediaKind, ProgramPacket]] | None = None
        """While he catches up: what he gets next, cached and live packets in order."""
        self.squashed: dict[int, int] = {}
        """Timestamps under which he got the cached frames; a resend must repeat them."""
        self.resends_left = RESENDS_A_TICK
        self.fraction_lost = 0

    @property
    def profile(self) -> Profile:
        """Viewers with the same profile get the same cleartext."""
        return (*self.payload_types.values(), *self.deltas.values())  # type: ignore[return-value]

    def begin(self, kind: MediaKind, first: int) -> None:
        """He will get numbers from `first` on."""
        self.first[kind] = first
        if first & 0xFFFF > LATE_IN_LAP:
            self.deltas[kind] = (FRESH_NUMBER - first) & 0xFFFF

    def catch_up(self, gop: list[ProgramPacket], ticks: int) -> None:
        """Start with the cached `gop`, its timestamps squashed up to its last frame, so that he is live at once."""
        frames = sorted({packet.timestamp for packet in gop})
        latest = frames[-1]
        shown = {timestamp: latest - ticks * back for back, timestamp in enumerate(reversed(frames))}
        self.squashed = {packet.number: shown[packet.timestamp] for packet in gop if packet.timestamp != latest}
        self.queue = deque((("video", packet) for packet in gop), maxlen=QUEUE_MAX)

    def wire(self, kind: MediaKind, packet: ProgramPacket, ssrc: int) -> bytes | None:
        """The cleartext of `packet` for him, always the same; None when he did not ask for this kind."""
        payload_type = self.payload_types[kind]
        if payload_type is None:
            return None
        timestamp = self.squashed.get(packet.number) if kind == "video" else None
        return packet.wire(payload_type, ssrc, self.deltas[kind], timestamp)

    def forget_squashed(self, head: int) -> None:
        """Nothing that old is sent again."""
        if self.squashed and max(self.squashed) <= head - RING:
            self.squashed = {}
