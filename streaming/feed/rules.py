"""What may be tuned in the feed: one line a field, with its unit in the name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FeedRules:
    tick_ms: int = 100
    """Messages of one room are gathered for so long; to few sockets the first after a silence goes out at once."""
    samples_per_tick: int = 20
    """Of messages that may be sampled (chat) so many pass in one tick."""
    gathers_from: int = 256
    """With so many sockets of a room in a process the first message after a silence waits for its tick too."""
    wide_from: int = 2048
    wide_tick_ms: int = 160
    """With so many sockets it waits so long: there a write less is worth more than the delay
    (docs/decisions/0015-a-wider-tick-for-thousands.md)."""
    native: bool = True
    """Whether rooms are told by the send loop in C where it was built."""
    behind_s: float = 10.0
    """A socket that has had bytes waiting for so long without a break is closed as too slow."""
    behind_bytes: int = 256 * 1024
    """A socket that has more bytes waiting is closed as too slow."""
    farewell_s: float = 2.0
    """How long a closing socket may take to accept its close code."""
    ping_every_s: float = 8.0
    """How often a client is asked by a ping whether it is still there, and told by a beat that we are."""
    silent_s: float = 17.0
    """A socket from which nothing has come for so long, not even a pong, is no viewer any more."""
    sockets_per_address: int = 200
    """So many may be open at a time from one address, on one api process: behind it there may be a whole school."""
    sockets_per_user: int = 20
    message_bytes: int = 16 * 1024
    """The largest message that a client may send."""
    commands_per_s: float = 20.0
    commands_burst: int = 40
    """What one socket may say, by any command, before it is answered with too-many."""
    heartbeat_s: float = 5.0
    """How often a client of version 1 is asked, by ``hello``, to give a sign of life."""
    quiet_s: float = 20.0
    """A client of version 2 gives a socket up on which nothing has come for so long, not even a beat."""
    token_every_s: float = 10.0
    """How often a socket's token is judged again, when nothing is heard of its user."""
    sanctions_every_s: float = 30.0
    """How often a connected user's ban is looked up, for the case that the fact was missed."""
    at_once: int = 16
    """So many newcomers are greeted, and leavers seen off, at one time: the others wait their turn."""
    commands_at_once: int = 1024
    """So many commands are being done at one time in a process; gifts, which have a bound of their own, aside."""
    resume_ms: int = 60_000
    """What a room was told is kept for so long for those who come back."""
    resume_bytes: int = 192 * 1024
    """So much of it at most: less than ``behind_bytes``, or who has missed much would be too slow at once."""
