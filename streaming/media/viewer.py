"""One viewer of a track: where to, under which numbers, and what he still has to catch up with."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from streaming.media.adaptation import Adaptation
from streaming.media.dtls_seam import Outbound
from streaming.media.offer import Offer
from streaming.media.packet import MediaKind, ProgramPacket
from streaming.media.port import Endpoint
from streaming.media.space import RING, RtpSpace
from streaming.media.wire import capture_time, rtp

if TYPE_CHECKING:
    from streaming.media.group import Group
    from streaming.media.lane import Lane

QUEUE_MAX = 4_096
# A viewer whose first packets are lost just before the 16-bit wrap would guess the wrong roll-over counter for ever
# (RFC 3711, section 3.3.1): who joins so late in a lap gets numbers of his own.
LATE_IN_LAP = 0xF000
FRESH_NUMBER = 0x0400
RESENDS_A_TICK, RESENDS_MAX = 10, 96
STRETCHES_MAX = 8


class Profile(NamedTuple):
    """Payload types of a viewer's answer, None where he did not ask, and his ids of abs-capture-time, 0 where he does
    not know it. Viewers with the same profile get the same cleartext, but for their deltas."""

    video: int | None
    audio: int | None
    video_capture_id: int = 0
    audio_capture_id: int = 0

    def wants(self, kind: MediaKind) -> bool:
        return (self.video if kind == "video" else self.audio) is not None

    def cleartext(
        self, kind: MediaKind, packet: ProgramPacket, ssrc: int, timestamp: int | None = None
    ) -> bytes | None:
        """The packet before SRTP and deltas; None for a kind that is not wanted."""
        payload_type, capture_id = (
            (self.video, self.video_capture_id) if kind == "video" else (self.audio, self.audio_capture_id)
        )
        return None if payload_type is None else packet.wire(payload_type, ssrc, capture_id, timestamp)


def profile_of(offer: Offer) -> Profile:
    video, audio = offer.track("video"), offer.track("audio")
    return Profile(
        None if video is None else video.payload_type,
        None if audio is None else audio.payload_type,
        0 if video is None else video.extension(capture_time.URI) or 0,
        0 if audio is None else audio.extension(capture_time.URI) or 0,
    )


@dataclass(slots=True)
class Stretch:
    """From `first` to `last` of `space` (None: going on), with these amounts added to numbers and timestamps."""

    space: RtpSpace
    first: int
    number: int = 0
    timestamp: int = 0
    last: int | None = None
    settled: int = 0
    """Up to here he was given cached frames; from here on times are the space's own."""
    squashed: dict[int, int] = field(default_factory=dict)
    """The cached frames' timestamps, the space's and those under which he got them; a resend repeats them."""
    unseen: bool = False
    """Nothing of it was given to him yet: where it begins may still be moved."""

    def stored(self, sequence: int) -> ProgramPacket | None:
        """The packet that the viewer got in this stretch under the 16-bit `sequence`."""
        if self.unseen:
            return None
        found = self.space.stored((sequence - self.number) & 0xFFFF)
        if found is None or found.number < self.first or (self.last is not None and found.number > self.last):
            return None
        return found

    def cleartext(self, profile: Profile, kind: MediaKind, packet: ProgramPacket, ssrc: int) -> bytes | None:
        """The packet before SRTP and deltas, always the same; None for what he does not get."""
        if packet.number < self.first:
            return None
        if packet.number >= self.settled:
            return profile.cleartext(kind, packet, ssrc)
        timestamp = self.squashed.get(packet.timestamp)
        # Late, and of a frame that he was given nothing of: it has no time between its squashed neighbours.
        return None if timestamp is None else profile.cleartext(kind, packet, ssrc, timestamp)


class Viewer:
    def __init__(
        self,
        endpoint: Endpoint,
        outbound: Outbound,
        send_rtcp: Callable[[bytes], None],
        profile: Profile,
    ) -> None:
        self.endpoint = endpoint
        self.outbound = outbound
        self.send_rtcp = send_rtcp
        self.profile = profile
        self.stretches: dict[MediaKind, deque[Stretch]] = {
            "video": deque(maxlen=STRETCHES_MAX),
            "audio": deque(maxlen=STRETCHES_MAX),
        }
        self.group: Group | None = None
        """Where he is live; None while he catches up."""
        self.prepared: object | None = None
        """What the fan-out has made of him alone; None when his address has changed."""
        self.lane: Lane | None = None
        """What he gets now; while he catches up None, and the main lane follows."""
        self.queue: deque[tuple[MediaKind, ProgramPacket]] | None = None
        """While he catches up: what he gets next, cached and live packets in order."""
        self.blind = False
        """Whether he gets sound only: until a keyframe begins, or because he wants no picture."""
        self.resends_left = RESENDS_MAX
        self.adaptation = Adaptation()

    @property
    def served(self) -> Profile:
        """His profile, for as much as he gets now."""
        return self.profile._replace(video=None) if self.blind else self.profile

    def now(self, kind: MediaKind) -> Stretch:
        return self.stretches[kind][-1]

    @property
    def deltas(self) -> tuple[int, int, int, int]:
        """What is added to audio numbers and timestamps and to video ones, as unsigned 16 and 32 bits."""
        audio, video = self.now("audio"), self.now("video")
        return (
            audio.number & 0xFFFF,
            audio.timestamp & 0xFFFFFFFF,
            video.number & 0xFFFF,
            video.timestamp & 0xFFFFFFFF,
        )

    def begin(self, kind: MediaKind, space: RtpSpace, first: int) -> None:
        """He will get the numbers of `space` from `first` on."""
        late = first & 0xFFFF > LATE_IN_LAP
        number = FRESH_NUMBER - (first & 0xFFFF) if late else 0
        self.stretches[kind].append(Stretch(space, first, number, settled=first))

    def go_over(self, space: RtpSpace, first: int, timestamp: int, now_us: int) -> None:
        """His picture goes on with number `first` and `timestamp` of another space; his own counters go on unbroken."""
        old = self.now("video")
        old.last = old.space.head
        number = old.last + old.number + 1 - first
        shift = old.space.timestamp_after(now_us) + old.timestamp - timestamp
        self.stretches["video"].append(Stretch(space, first, number, shift, settled=first))
        self.touched()

    def close_eyes(self, space: RtpSpace, now_us: int) -> None:
        """No picture any more, until a keyframe of `space` begins: his numbers go on then where they have ended now."""
        self.go_over(space, space.head + 1, space.timestamp_after(now_us), now_us)
        self.now("video").unseen = True
        self.blind = True

    def open_eyes(self, first: int) -> None:
        """A keyframe begins with number `first` of the space that he has waited for."""
        self.blind = False
        stretch = self.now("video")
        if stretch.unseen:
            stretch.number += stretch.first - first
            stretch.first = stretch.settled = first
            stretch.unseen = False
            return
        self.stretches["video"].clear()
        self.begin("video", stretch.space, first)

    def touched(self) -> None:
        """Address or deltas have changed: what was prepared for sending to him is stale."""
        self.prepared = None
        if self.group is not None:
            self.group.prepared = None

    def catch_up(self, gop: list[ProgramPacket], ticks: int) -> None:
        """Start with the cached `gop`, its timestamps squashed up to its last frame, so that he is live at once."""
        frames = sorted({packet.timestamp for packet in gop})
        latest = frames[-1]
        shown = {timestamp: latest - ticks * back for back, timestamp in enumerate(reversed(frames))}
        stretch = self.now("video")
        stretch.squashed, stretch.settled = shown, max(packet.number for packet in gop) + 1
        self.queue = deque((("video", packet) for packet in gop), maxlen=QUEUE_MAX)

    def wire(self, kind: MediaKind, packet: ProgramPacket, ssrc: int) -> bytes | None:
        """The cleartext of `packet` for him alone, before his deltas."""
        return self.now(kind).cleartext(self.served, kind, packet, ssrc)

    def resent(self, kind: MediaKind, sequence: int, ssrc: int) -> bytes | None:
        """What he got under the 16-bit `sequence`, byte for byte; None when it is gone or never was."""
        for stretch in reversed(self.stretches[kind]):
            packet = stretch.stored(sequence)
            if packet is not None:
                clear = stretch.cleartext(self.profile, kind, packet, ssrc)
                return None if clear is None else rtp.moved(clear, stretch.number, stretch.timestamp)
        return None

    def forget_squashed(self) -> None:
        """Nothing that old is sent again."""
        for stretch in self.stretches["video"]:
            if stretch.squashed and stretch.settled <= stretch.space.head - RING:
                stretch.squashed = {}
