"""Where hosts wait for a random match: the Protocol, the names of the keys, and what it promises.

A host begins and stops to wait by himself; everything else is done by the matchmaker, whose writes carry his fence.
Before he opens a battle for two hosts he notes its id with both (*pairs* them): whoever comes after him finds out from
the battle what became of them. The queue is in Redis only: when it is lost, hosts ask again.
"""

from dataclasses import dataclass
from typing import Protocol

from pk.match.pairing import Seeker
from pk.rules import MatchRules

WAITING_KEY = "{match}:waiting"  # hash, room -> seeker (JSON); expires some time after the last one came
PAIRED_KEY = "{match}:paired"  # hash, room -> the battle that is being opened for him; expires
FENCE_KEY = "{match}:fence"  # string, of the newest matchmaker who has written

LEASE_NAME = "matchmaker"
KEPT_LONGER_MS = 60_000  # than anybody has patience
PAIRED_MS = 60_000  # after so long an invitation is over, answered or not
FULL_AGAIN_S = 5  # when to ask again at a full queue


@dataclass(frozen=True)
class Place:
    """``battle`` is that which is being opened for him, or None."""

    seeker: Seeker
    battle: str | None


class MatchQueue(Protocol):
    async def ask(self, seeker: Seeker, rules: MatchRules) -> Seeker:
        """Begin to wait; who waits already keeps his place, which is returned. Raises ``QueueFull``."""

    async def find(self, room: str) -> Seeker | None: ...

    async def withdraw(self, room: str) -> bool:
        """Stop to wait; False when he does not wait, or is paired already."""

    async def waiting(self) -> list[Place]:
        """All, as at one moment."""

    # By the matchmaker; each raises ``Fenced`` when there is a later one

    async def pair(self, fence: int, battle: str, one: Seeker, other: Seeker) -> bool:
        """Note ``battle`` with both; False, and nothing done, unless both still wait and neither is paired."""

    async def part(self, fence: int, battle: str, *rooms: str) -> None:
        """``battle`` does not come about: they wait on, as long as they have waited before."""

    async def dismiss(self, fence: int, seeker: Seeker) -> bool:
        """He waits no longer; False when he does not wait any more, or has begun anew."""
