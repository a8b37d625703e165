"""What may be tuned in chat and likes: one line a field, with its unit in the name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChatLimits:
    per_s: float = 1.0
    burst: int = 5
    """What one user may say in one room, over all his sockets."""
    length: int = 300
    """Characters of one message."""
    kept: int = 50
    """Messages that a newcomer sees."""
    likes_every_s: float = 0.1
    """Likes of a room are gathered for so long."""
