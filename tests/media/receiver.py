"""PURE. How a browser receives a picture: NACK, order, waiting, and a keyframe request when waiting was in vain.

The constants and the rules are libwebrtc's (nack_requester, packet_buffer, video_receive_stream2): a lost packet is
asked for at once and ten times at most; a picture is shown when it is whole and follows the one before without a gap in
the numbers, or is a whole keyframe; after 3 s without a picture, then every 200 ms, a keyframe is requested.
"""

from dataclasses import dataclass

from aiortc.codecs.h264 import H264PayloadDescriptor

from streaming.media.wire import h264
from streaming.media.wire.rtp import RtpView

ASK_AGAIN_S = 0.1
ASKS_MAX = 10
MISSING_MAX = 1_000
NUMBERS_KEPT = 2_048
WAIT_FOR_PICTURE_S = 3.0
WAIT_FOR_KEYFRAME_S = 0.2
INACTIVE_S = 5.0


@dataclass(frozen=True)
class Shown:
    """A picture given to the decoder. `timestamp` (90 kHz) and `number` of its first packet are unwrapped."""

    at_s: float
    timestamp: int
    number: int
    unit: bytes
    keyframe: bool


class Unwrapped:
    """The nearest number to the highest so far that has these low bits."""

    def __init__(self, bits: int) -> None:
        self._lap = 1 << bits
        self._highest: int | None = None

    def of(self, value: int) -> int:
        if self._highest is None:
            self._highest = self._lap + value
        half = self._lap // 2
        number = self._highest + (value - self._highest + half) % self._lap - half
        self._highest = max(self._highest, number)
        return number


class PictureReceiver:
    """Feed `packet` and call `tick` every 20 ms; pictures gather in `shown`."""

    def __init__(self, now_s: float) -> None:
        self.shown: list[Shown] = []
        self.timestamps_back = 0
        """Pictures that would have been shown before one that was shown already."""
        self._numbers, self._timestamps = Unwrapped(16), Unwrapped(32)
        self._packets: dict[int, RtpView] = {}
        self._highest: int | None = None
        self._missing: dict[int, tuple[float, int]] = {}
        self._next: int | None = None
        self._needs_keyframe = True
        self._waits_since = now_s
        self._keyframe_at: float | None = None
        self._packet_at: float | None = None

    def packet(self, view: RtpView, now_s: float) -> None:
        number = self._numbers.of(view.sequence)
        self._packet_at = now_s
        self._missing.pop(number, None)
        if self._highest is None:
            self._highest = number
        for absent in range(self._highest + 1, number):
            self._missing[absent] = (0.0, 0)
        self._highest = max(self._highest, number)
        if number in self._packets or (self._next is not None and number < self._next):
            return
        self._packets[number] = view
        if h264.starts_keyframe(view.payload):
            self._keyframe_at = now_s
        for old in [each for each in self._packets if each < self._highest - NUMBERS_KEPT]:
            del self._packets[old]
        self._jump_to_keyframe(number, now_s)
        while not self._needs_keyframe and self._show_next(now_s):
            pass

    def _whole(self, first: int) -> int | None:
        """The last number of the picture that begins with `first`, if all of it is here."""
        number = first
        while (view := self._packets.get(number)) is not None:
            if view.marker or not view.payload:
                return number
            number += 1
        return None

    def _show_next(self, now_s: float) -> bool:
        assert self._next is not None
        last = self._whole(self._next)
        if last is None:
            return False
        self._show(self._next, last, now_s)
        return True

    def _jump_to_keyframe(self, number: int, now_s: float) -> None:
        timestamp, first = self._packets[number].timestamp, number
        while (before := self._packets.get(first - 1)) is not None and before.timestamp == timestamp:
            first -= 1
        last = self._whole(first)
        if last is None or not (self._next is None or first >= self._next):
            return
        payloads = [self._packets[each].payload for each in range(first, last + 1)]
        # What is missing before an IDR slice may be its parameter sets: decoded with the former ones it is damage, for
        # which a browser's decoder asks for a keyframe. Here it waits for them.
        complete = first - 1 not in self._missing or any(map(h264.holds_sps, payloads))
        if complete and any(map(h264.starts_keyframe, payloads)):
            self._needs_keyframe = False
            for passed in [each for each in self._missing if each < first]:
                del self._missing[passed]
            self._show(first, last, now_s)

    def _show(self, first: int, last: int, now_s: float) -> None:
        views = [self._packets[number] for number in range(first, last + 1)]
        self._next = last + 1
        for passed in [each for each in self._packets if each < self._next]:
            del self._packets[passed]
        if not views[-1].payload:  # padding only: a number, no picture
            return
        unit = b"".join(H264PayloadDescriptor.parse(view.payload)[1] for view in views)
        keyframe = any(h264.starts_keyframe(view.payload) for view in views)
        timestamp = self._timestamps.of(views[0].timestamp)
        self.timestamps_back += bool(self.shown) and timestamp <= self.shown[-1].timestamp
        self.shown.append(Shown(now_s, timestamp, first, unit, keyframe))
        self._waits_since = now_s

    def tick(self, now_s: float) -> tuple[list[int], bool]:
        """The sequence numbers to put into a NACK now, and whether to request a keyframe."""
        wants_keyframe = False
        if len(self._missing) > MISSING_MAX:
            self._missing.clear()
            wants_keyframe = self._needs_keyframe = True
        asked = []
        for number, (last, asks) in list(self._missing.items()):
            if asks == ASKS_MAX:
                del self._missing[number]
            elif now_s - last >= ASK_AGAIN_S:
                self._missing[number] = (now_s, asks + 1)
                asked.append(number & 0xFFFF)
        patience = WAIT_FOR_KEYFRAME_S if self._needs_keyframe else WAIT_FOR_PICTURE_S
        active = self._packet_at is not None and now_s - self._packet_at < INACTIVE_S
        if now_s - self._waits_since >= patience:
            self._waits_since, self._needs_keyframe = now_s, True
            coming = self._keyframe_at is not None and now_s - self._keyframe_at < WAIT_FOR_KEYFRAME_S
            wants_keyframe = wants_keyframe or (active and not coming)
        return asked, wants_keyframe
