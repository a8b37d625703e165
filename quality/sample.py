"""What a viewer's page measured over a span of time. Pure."""

from dataclasses import dataclass

LONGEST_MS = 600_000
"""No sample covers more: pages report every few seconds."""


@dataclass(frozen=True)
class Sample:
    room: str
    joined: bool
    """Whether a picture has been seen since the page was opened."""
    join_ms: int | None
    """From the wish to watch to the first picture, in the first sample after a join; None in the others."""
    watched_ms: int
    """The span that the sample covers."""
    freezes: int
    """Freezes of the picture that began in the span."""
    frozen_ms: int
    """How long the picture stood still in the span, counting only pauses that are freezes."""
    audio_freezes: int = 0
    audio_frozen_ms: int = 0
