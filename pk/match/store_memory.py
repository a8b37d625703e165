"""The twin for one process: what the queue promises, without Redis. Nothing expires here."""

from foundation.lease import Fenced
from pk.errors import QueueFull
from pk.match.pairing import Seeker
from pk.match.queue import FULL_AGAIN_S, LEASE_NAME, Place
from pk.rules import MatchRules


class MemoryMatchQueue:
    def __init__(self) -> None:
        self._waiting: dict[str, Seeker] = {}
        self._paired: dict[str, str] = {}
        self._fence = 0

    async def ask(self, seeker: Seeker, rules: MatchRules) -> Seeker:
        if seeker.room not in self._waiting:
            if len(self._waiting) >= rules.most_waiting:
                raise QueueFull(retry_after_s=FULL_AGAIN_S)
            self._waiting[seeker.room] = seeker
            self._paired.pop(seeker.room, None)
        return self._waiting[seeker.room]

    async def find(self, room: str) -> Seeker | None:
        return self._waiting.get(room)

    async def withdraw(self, room: str) -> bool:
        return room not in self._paired and self._waiting.pop(room, None) is not None

    async def waiting(self) -> list[Place]:
        return [Place(seeker, self._paired.get(room)) for room, seeker in self._waiting.items()]

    async def pair(self, fence: int, battle: str, one: Seeker, other: Seeker) -> bool:
        self._check(fence)
        for seeker in (one, other):
            if not self._waits(seeker) or seeker.room in self._paired:
                return False
        self._paired |= {one.room: battle, other.room: battle}
        return True

    async def part(self, fence: int, battle: str, *rooms: str) -> None:
        self._check(fence)
        for room in rooms:
            if self._paired.get(room) == battle:
                del self._paired[room]

    async def dismiss(self, fence: int, seeker: Seeker) -> bool:
        self._check(fence)
        if not self._waits(seeker):
            return False
        del self._waiting[seeker.room]
        self._paired.pop(seeker.room, None)
        return True

    def _waits(self, seeker: Seeker) -> bool:
        held = self._waiting.get(seeker.room)
        return held is not None and held.id == seeker.id

    def _check(self, fence: int) -> None:
        if fence < self._fence:
            raise Fenced(LEASE_NAME)
        self._fence = fence
