"""What may be tuned in rooms, broadcasts and the feed: one line a field, with its unit in the name."""

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


@dataclass(frozen=True)
class FeedRules:
    tick_ms: int = 100
    """Messages of one room are gathered for so long; the first after a silence goes out at once."""
    samples_per_tick: int = 20
    """Of messages that may be sampled (chat) so many pass in one tick."""
    outbox_frames: int = 512
    """A socket that has so many frames waiting is closed as too slow."""
    stuck_s: float = 10.0
    """A socket whose reader takes nothing for so long is closed as too slow."""
    farewell_s: float = 1.0
    """How long a closing socket may take to accept its close code."""
    message_bytes: int = 16 * 1024
    """The largest message that a client may send."""
    commands_per_s: float = 20.0
    commands_burst: int = 40
    """What one socket may say, by any command, before it is answered with too-many."""
    chat_per_s: float = 1.0
    chat_burst: int = 5
    """What one user may say in one room, over all his sockets."""
    chat_length: int = 300
    """Characters of one chat message."""
    chat_kept: int = 50
    """Chat messages that a newcomer sees."""
    heartbeat_s: float = 5.0
    """How often an api process says which of its sockets are alive, and looks whether their tokens still are."""
    count_every_s: float = 1.0
    """How often a changed audience is counted and told."""
    sanctions_every_s: float = 30.0
    """How often a connected user's ban is looked up, for the case that the fact was missed."""
    at_once: int = 16
    """So many newcomers are greeted, and leavers seen off, at one time: the others wait their turn."""
    commands_at_once: int = 1024
    """So many commands are being done at one time in a process; gifts, which have a bound of their own, aside."""
    history: int = 1000
    """Messages of a room that are kept for those who come back."""


GONE_AFTER_MS = 15_000
"""A connection without a heartbeat for so long is no viewer any more."""
KEEP_S = 24 * 3600
"""What is remembered of a room's feed, chat and likes vanishes so long after the last word."""
