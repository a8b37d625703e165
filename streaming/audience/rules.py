"""What may be tuned in the audience: one line a field, with its unit in the name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AudienceRules:
    beat_every_s: float = 5.0
    """How often an api process says which of its sockets are alive."""
    count_every_s: float = 1.0
    """How often a changed audience is counted and told."""


GONE_AFTER_MS = 15_000
"""A connection without a heartbeat for so long is no viewer any more."""
