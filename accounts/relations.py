"""What people want to do with each other. Published: other domains ask it who blocks and who follows whom.

A *block* is about being brought together: whom one blocks cannot invite one to a battle, meets one in no random match,
gets no seat on one's stage, and cannot follow one. A *follow* says of whom one likes to hear. Both are the affair of
him who says them: the other one is told nothing. To block somebody ends the follows of both, and to unblock him does
not bring them back.
"""

from enum import StrEnum
from typing import Protocol


class Relation(StrEnum):
    BLOCK = "block"
    FOLLOW = "follow"


class Relations(Protocol):
    async def blocks(self, user: str, other: str) -> bool:
        """Whether ``user`` blocks ``other``; says nothing of the way back."""

    async def follows(self, user: str, other: str) -> bool: ...
