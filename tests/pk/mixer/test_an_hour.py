"""An hour of one host in virtual time: what is shown and what is heard at the same moment were captured together."""

import random

from pk.mixer.layout import Rectangle
from pk.mixer.picture import PictureSlot
from pk.mixer.play_head import PlayHead
from pk.mixer.sound import FRAME_US
from pk.mixer.timing import SourceTiming
from streaming.media.wire.rtp import Unwrapper
from tests.pk.mixer.test_picture import picture

WRAP = 1 << 32
TILE = Rectangle(0, 0, 64, 64)
PERIOD_US = 1_000_000 / 30
HOST_PPM = 80  # his clock is fast by so much


class Stamps:
    """One kind's RTP timestamps, from some time before they wrap, and back to microseconds as a media worker does."""

    def __init__(self, rate: int, wraps_after_s: int, origin_us: int, began_us: int) -> None:
        self._rate, self._origin_us, self._began_us = rate, origin_us, began_us
        self._unwrapper = Unwrapper(32)
        self._start = WRAP - rate * wraps_after_s
        self._first = self._unwrapper.unwrap(self._start)

    def pts(self, captured_us: int) -> int:
        timestamp = (self._start + (captured_us - self._began_us) * self._rate // 1_000_000) % WRAP
        return self._origin_us + (self._unwrapper.unwrap(timestamp) - self._first) * 1_000_000 // self._rate


class Camera:
    """A host's two streams; both wrap within the hour."""

    def __init__(self, origin_us: int, began_us: int = 0) -> None:
        self.sound = Stamps(48_000, 600, origin_us, began_us)
        self.pictures = Stamps(90_000, 1200, origin_us, began_us)


class Mix:
    """What ``SourceFeed`` does with stamps and arrivals, without decoding anything."""

    def __init__(self) -> None:
        self.timing = SourceTiming()
        self.slot = PictureSlot()
        self.head = PlayHead()
        self.heard_until = 0
        self.flowing = False
        self.frame, self.planes = picture(1)
        self.shown_pts: dict[int, int] = {}

    def see(self, pts_us: int, now_us: int) -> None:
        if self.timing.picture_arrived(pts_us, now_us) < 400_000:
            planes = type(self.planes)(self.planes.y, self.planes.u, self.planes.v, pts_us)
            self.slot.put(pts_us, now_us, self.frame, planes)

    def hear(self, pts_us: int, now_us: int) -> None:
        self.timing.sound_arrived(pts_us, now_us)
        self.heard_until = pts_us + FRAME_US

    def shown(self, now_us: int) -> int | None:
        """The capture stamp of the picture that is shown."""
        until_us = self.timing.picture_until(now_us, self.head.behind_us)
        planes = self.slot.newest(now_us, until_us, TILE)
        return None if planes is None else int(str(planes.owner))

    def heard(self, now_us: int) -> int | None:
        """The capture stamp of the sound that begins to be heard."""
        pts_us = self.timing.sound_at(now_us)
        if pts_us is None:
            return None
        start, length = self.head.advance(pts_us * 48 // 1000)
        if (start + length) * 1000 // 48 <= self.heard_until:
            self.flowing = True
            return start * 1000 // 48
        if self.flowing:  # a frame is put in between: ``Voice.read``
            self.flowing = False
            self.timing.sound_ran_dry(now_us)
            self.head.at = start
        return None


def test_picture_and_sound_stay_within_45_ms_for_an_hour() -> None:
    """With jitter, drift, timestamp wrap, a change of path, absences and a return with another epoch."""
    chance = random.Random(7)
    mix, apart, silent, blank = Mix(), [], 0, 0
    camera = Camera(987_654_321)
    events: list[tuple[int, int, int]] = []  # arrival, kind, pts
    away = ((900_000_000, 903_000_000), (2_000_000_000, 2_030_000_000))
    for second in range(3600):
        if second == 2_030:
            camera = Camera(5, second * 1_000_000)  # he joins anew: another clock
        slow_us = 60_000 if 1500 <= second < 1800 else 0
        for number in range(50):
            at_us = second * 1_000_000 + number * FRAME_US
            if not any(began <= at_us < ended for began, ended in away):
                arrival_us = at_us + 30_000 + slow_us + int(chance.expovariate(1 / 3000))
                events.append((arrival_us, 0, camera.sound.pts(at_us * (1_000_000 + HOST_PPM) // 1_000_000)))
        for number in range(30):
            at_us = second * 1_000_000 + number * 33_333 + 7_000
            if not any(began <= at_us < ended for began, ended in away):
                arrival_us = at_us + 38_000 + slow_us + int(chance.expovariate(1 / 5000))
                events.append((arrival_us, 1, camera.pictures.pts(at_us * (1_000_000 + HOST_PPM) // 1_000_000)))
    events.sort()
    position = 0
    shown: int | None = None
    for tick in range(1, 3600 * 50):
        now_us = tick * FRAME_US
        while position < len(events) and events[position][0] <= now_us:
            arrival_us, kind, pts_us = events[position]
            (mix.see if kind else mix.hear)(pts_us, arrival_us)
            position += 1
        heard = mix.heard(now_us)
        before, shown = shown, mix.shown(int(now_us // PERIOD_US * PERIOD_US))
        here = not any(began < now_us < ended + 1_500_000 for began, ended in away) and now_us > 2_000_000
        silent += here and heard is None
        blank += here and shown is None
        # At the moment in which a new picture appears, as someone sees who looks for a clap.
        if here and heard is not None and shown is not None and shown != before:
            apart.append(abs(shown - heard))
    apart.sort()
    assert len(apart) > 60_000
    assert silent < 10, "frames that were concealed"
    assert blank == 0
    assert apart[len(apart) * 95 // 100] <= 45_000, f"p95 {apart[len(apart) * 95 // 100]} us"


def test_a_host_who_returns_is_together_again_at_once() -> None:
    mix = Mix()
    for begin_us, epoch_us in ((0, 10**9), (20_000_000, 3), (40_000_000, 10**15)):
        for at_us in range(begin_us, begin_us + 5_000_000, FRAME_US):
            pts_us = epoch_us + at_us - begin_us
            mix.hear(pts_us, at_us + 30_000)
            if at_us // FRAME_US % 2:
                mix.see(pts_us, at_us + 35_000)
            heard, shown = mix.heard(at_us + 40_000), mix.shown(at_us + 40_000)
            if at_us - begin_us > 200_000:
                assert heard is not None
                assert shown is not None
                assert abs(shown - heard) <= 60_000
