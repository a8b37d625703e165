"""What may be tuned in the audience: one line a field, with its unit in the name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AudienceRules:
    beat_every_s: float = 5.0
    """How often an api process says which of its sockets are alive."""
    count_every_s: float = 1.0
    """How often a changed audience is counted and told."""


GONE_AFTER_MS = 13_000
"""What an api process has said counts for so long: two heartbeats may fail, and who was killed is gone within 20 s."""
