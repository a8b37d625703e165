"""What may be tuned in the feed: one line a field, with its unit in the name."""

from dataclasses import dataclass


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
    heartbeat_s: float = 5.0
    """How often a client is asked, by ``hello``, to give a sign of life."""
    sanctions_every_s: float = 30.0
    """How often a connected user's ban is looked up, for the case that the fact was missed."""
    at_once: int = 16
    """So many newcomers are greeted, and leavers seen off, at one time: the others wait their turn."""
    commands_at_once: int = 1024
    """So many commands are being done at one time in a process; gifts, which have a bound of their own, aside."""
    history: int = 1000
    """Messages of a room that are kept for those who come back."""
