"""What counts as a freeze, as a join in time, and as a sample that can be true. Pure.

The definitions are those of the field (Agora's experience metrics for the Web): docs/glossary.md.
"""

from enum import StrEnum

from quality.sample import Sample

VIDEO_FREEZE_MS = 500
AUDIO_FREEZE_MS = 200
JOIN_WITHIN_MS = 5_000


class Join(StrEnum):
    IN_TIME = "in_time"
    LATE = "late"


def video_freeze_ms(pause_ms: int) -> int:
    """How much of a pause between two pictures is freeze: all of it when it is over 500 ms, else nothing."""
    return pause_ms if pause_ms > VIDEO_FREEZE_MS else 0


def audio_freeze_ms(pause_ms: int) -> int:
    """How much of a pause of the sound is freeze: all of it when it is over 200 ms, else nothing."""
    return pause_ms if pause_ms > AUDIO_FREEZE_MS else 0


def join_of(sample: Sample) -> Join | None:
    """The verdict on the join that ``sample`` tells of, None when it tells of none."""
    if sample.join_ms is None:
        return None
    return Join.IN_TIME if sample.join_ms <= JOIN_WITHIN_MS else Join.LATE


def fault_of(sample: Sample) -> str | None:
    """Why the numbers cannot be true together; None when they can.

    A freeze is counted when it is recognised, so each one brings more than its threshold; numbers are rounded.
    """
    if not sample.joined and (sample.join_ms is not None or sample.freezes or sample.frozen_ms):
        return "a picture that was never seen neither comes nor freezes"
    if sample.frozen_ms < sample.freezes * (VIDEO_FREEZE_MS - 1):
        return f"a freeze of the picture lasts over {VIDEO_FREEZE_MS} ms"
    if sample.audio_frozen_ms < sample.audio_freezes * (AUDIO_FREEZE_MS - 1):
        return f"a freeze of the sound lasts over {AUDIO_FREEZE_MS} ms"
    # A freeze is recognised a threshold after its beginning, which may lie before the span.
    if sample.frozen_ms > sample.watched_ms + 2 * VIDEO_FREEZE_MS:
        return "the picture cannot stand still longer than the sample lasts"
    if sample.audio_frozen_ms > sample.watched_ms + 2 * AUDIO_FREEZE_MS:
        return "the sound cannot stand still longer than the sample lasts"
    return None
