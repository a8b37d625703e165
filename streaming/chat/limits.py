"""What may be tuned in chat and likes: one line a field, with its unit in the name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChatLimits:
    per_s: float = 1.0
    burst: int = 5
    """What one user may say in one room, over all his sockets."""
    address_per_s: float = 20.0
    address_burst: int = 40
    """What all who are behind one address may say in one room."""
    room_per_s: float = 100.0
    room_burst: int = 200
    """What a room hears: beyond it a message is heard by its own speaker only."""
    length: int = 300
    """Characters of one message."""
    remembered: int = 200
    """Messages that can be answered, and that are gone for newcomers when they are deleted."""
    moderators: int = 20
    mutes: int = 500
    """So many of either a room may have at a time."""
    mute_s: int = 7 * 24 * 3600
    """The longest mute."""
    likes_every_s: float = 0.1
    """Likes of a room are gathered for so long."""


SHOWN = 50
"""Messages that a newcomer sees."""
COPY_S = 30
"""A copy of a room's order is made again after so long: for a change that Redis was not told."""
