"""Judgement of what a viewer was shown and heard: freezes, damage, order, pitch, gaps, lip sync."""

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from tests.media import numbered
from tests.media.caster import Caster
from tests.media.receiver import Shown
from tests.media.watcher import SenderReport, Sound, Watcher
from tests.streaming.media.peer import AUDIO, VIDEO
from tests.streaming.media.pictures import OPUS_RATE, Colour, colour_of

FREEZE_S = 0.5
"""A picture that stands longer is frozen (as Agora counts on the web)."""
SILENCE_S = 0.2

Stalls = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `number`: what is painted into it, None when it is none of ours (the card, a composite)."""

    at_s: float
    timestamp: int
    number: int | None
    size: tuple[int, int]
    colour: Colour
    keyframe: bool = False


@dataclass(frozen=True)
class Seen:
    """All pictures in order, and what was wrong with them; both lists of words should be empty."""

    pictures: list[Picture]
    damage: list[str]

    def numbers(self) -> list[int]:
        return [picture.number for picture in self.pictures if picture.number is not None]

    def overtaken(self, number: int) -> bool:
        """Whether the next picture that was shown is a keyframe: when that is whole nobody waits for what is before."""
        after = next((each for each in self.pictures if each.number is not None and each.number > number), None)
        return after is not None and after.keyframe


def look(shown: Sequence[Shown]) -> Seen:
    """Decode what was shown, in order, by one decoder, as the viewer's browser has done."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoder.options = {"err_detect": "explode", "flags": "low_delay"}
    pictures: list[Picture] = []
    damage: list[str] = []
    for place, each in enumerate(shown):
        try:
            frames = decoder.decode(av.Packet(each.unit))
        except av.FFmpegError as error:
            damage.append(f"picture {place} does not decode: {error}")
            continue
        if len(frames) != 1:
            damage.append(f"picture {place} decodes to {len(frames)} frames")
        for frame in frames:
            size, number = (frame.width, frame.height), None
            if size == (numbered.WIDTH, numbered.HEIGHT):
                found = numbered.read(frame)
                number = None if found is None else found[0]
                if found is None or found[1] > numbered.DAMAGE_MAX:
                    damage.append(f"picture {place} is damaged: {found}")
            pictures.append(Picture(each.at_s, each.timestamp, number, size, colour_of(frame), each.keyframe))
    return Seen(pictures, damage)


def frozen(shown_at: Sequence[float], from_s: float, until_s: float, stalls: Stalls = ()) -> list[tuple[float, float]]:
    """The freezes between two moments: (when, how long). Time in which this process stood still is not counted."""
    moments = [from_s, *(each for each in shown_at if from_s < each < until_s), until_s]
    freezes = []
    for early, late in itertools.pairwise(moments):
        stalled = sum(max(0.0, min(late, end) - max(early, begin)) for begin, end in stalls)
        if late - early - stalled > FREEZE_S:
            freezes.append((early, late - early - stalled))
    return freezes


def freeze_ratio(shown_at: Sequence[float], from_s: float, until_s: float, stalls: Stalls = ()) -> float:
    """Frozen time / time."""
    return sum(length for _, length in frozen(shown_at, from_s, until_s, stalls)) / (until_s - from_s)


def healed_after(shown_at: Sequence[float], from_s: float, until_s: float, stalls: Stalls = ()) -> float:
    """Seconds from `from_s` (when the trouble is over) to the end of the last freeze; `until_s` when it never ends."""
    return max((began + length - from_s for began, length in frozen(shown_at, from_s, until_s, stalls)), default=0.0)


def silences(sounds: Sequence[Sound], from_s: float, until_s: float) -> list[float]:
    """Lengths of the gaps, in media time, between packets of sound that came in this time."""
    stamps = sorted({each.timestamp for each in sounds if from_s <= each.at_s <= until_s})
    gaps = [(late - early) / OPUS_RATE - 0.02 for early, late in itertools.pairwise(stamps)]
    return [gap for gap in gaps if gap > SILENCE_S]


def pitches(sounds: Sequence[Sound]) -> list[float]:
    """The loudest pitch of each second of what was heard, in order of timestamps."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = OPUS_RATE, "mono"
    ordered = sorted({each.timestamp: each for each in sounds}.items())
    waves: list[NDArray[np.float64]] = []
    for _, each in ordered:
        waves += [
            frame.to_ndarray().reshape(-1).astype(np.float64) for frame in decoder.decode(av.Packet(each.payload))
        ]
    if not waves:
        return []
    wave = np.concatenate(waves)
    seconds = [wave[start : start + OPUS_RATE] for start in range(0, len(wave) - OPUS_RATE + 1, OPUS_RATE)]
    window = np.hanning(OPUS_RATE)
    return [float(np.abs(np.fft.rfft(each * window)).argmax()) for each in seconds]


def skews_ms(watcher: Watcher, caster: Caster, seen: Seen, from_s: float) -> list[float]:
    """Picture minus sound by the server's sender reports, against the host's capture times, for each picture."""
    late = []
    heard = [each for each in watcher.sounds if each.at_s >= from_s]
    arrivals = [each.at_s for each in heard]
    for picture in seen.pictures:
        if picture.at_s < from_s or picture.number not in caster.captured_us or not heard:
            continue
        sound = heard[max(0, bisect_right(arrivals, picture.at_s) - 1)]
        picture_us = _captured_us(watcher.reports[VIDEO], picture.timestamp, picture.at_s, 90_000)
        sound_us = _captured_us(watcher.reports[AUDIO], sound.timestamp, sound.at_s, 48_000)
        spoken = [us for each, us in caster.sounded_us if each == sound.payload]
        if picture_us is None or sound_us is None or not spoken:
            continue
        picture_off = picture_us - caster.captured_us[picture.number]
        about_us = sound_us - picture_off
        truth = min(spoken, key=lambda us: abs(us - about_us))
        late.append((picture_off - (sound_us - truth)) / 1_000)
    return late


def _captured_us(reports: Sequence[SenderReport], timestamp: int, at_s: float, rate: int) -> int | None:
    known = [each for each in reports if each.at_s <= at_s] or list(reports[:1])
    if not known:
        return None
    behind = (timestamp - known[-1].timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
    return known[-1].captured_us + behind * 1_000_000 // rate


def beyond_one_a_second(moments: Sequence[float]) -> float:
    """By how many at worst events came more often than once a second; well below 1 when a limit is kept."""
    return max(
        (
            place + ahead - (late - early)
            for place, early in enumerate(moments)
            for ahead, late in enumerate(moments[place + 1 :], 1 - place)
        ),
        default=0.0,
    )
