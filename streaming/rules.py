"""What may be tuned in rooms and broadcasts: one line a field, with its unit in the name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BroadcastRules:
    grace_s: float = 60.0
    """A host who is lost keeps his broadcast for so long."""
    left_grace_s: float = 15.0
    """A host who closed his camera himself: long enough to reload a page, short enough for a lobby without ghosts."""
    successor_s: float = 5.0
    """A replaced camera's successor must show its first picture within this, else the host counts as lost."""
    adopt_every_s: float = 0.25
    """How often control looks for broadcasts without an owner."""
    reconcile_every_s: float = 2.0
    """How often what media workers report is compared with what keepers believe."""
    worker_deadline_s: float = 1.0
    """A media worker that does not answer a command within this is asked again at the next reconciliation."""


@dataclass(frozen=True)
class GuestRules:
    seats: int = 3
    """So many viewers may be on a room's stage beside its host."""
    applications: int = 20
    """So many may wait for the host's answer at once."""
    application_s: float = 600.0
    """An application that is not answered is forgotten after so long."""
    absence_s: float = 60.0
    """A guest who was approved must come within this, and one who was lost come back."""
    mixer_restarts: int = 3
    """A mixer of guests that is lost is started again so often; then the room sees its host alone."""
    applies_per_s: float = 0.2
    applies_burst: int = 5
    """How often one user may apply in one room."""


KEEP_S = 24 * 3600
"""What is remembered of a room's feed, chat and likes vanishes so long after the last word."""
