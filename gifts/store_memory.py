"""The board's twin for one process and for tests: the same acts on dictionaries."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from foundation.lease import Fenced
from gifts.ledger import Gift
from gifts.scoring import Contributor
from gifts.store import BEST, Counted, Standing


@dataclass
class _Room:
    fence: int = 0
    counted: dict[str, Counted] = field(default_factory=dict)
    combos: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    stream: list[Gift] = field(default_factory=list)


@dataclass
class _Battle:
    scores: dict[str, int]
    contributors: dict[tuple[str, str], Contributor]  # by side and user
    counted: set[str]


class MemoryBoard:
    """Keeps everything until the process ends."""

    def __init__(self, combo_ms: int) -> None:
        self._combo_ms = combo_ms
        self._rooms: dict[str, _Room] = {}
        self._battles: dict[str, _Battle] = {}
        self._battle_fences: dict[str, int] = {}

    async def incarnation(self) -> str:
        return "memory"

    async def count_in_room(self, fence: int, room: str, gifts: Sequence[Gift]) -> list[Counted]:
        kept = self._fenced_room(fence, room)
        return [self._count(kept, gift) for gift in gifts]

    def _count(self, room: _Room, gift: Gift) -> Counted:
        before = room.counted.get(gift.id)
        if before is not None:
            return replace(before, first=False)
        which = (gift.sender, gift.item, gift.person)
        count, stamp = room.combos.get(which, (0, gift.accepted_at_ms))
        combo = gift.count + (count if gift.accepted_at_ms - stamp <= self._combo_ms else 0)
        room.combos[which] = (combo, gift.accepted_at_ms)
        room.stream.append(gift)
        room.counted[gift.id] = Counted(combo, first=True, shown=False)
        return room.counted[gift.id]

    async def count_in_battle(self, fence: int, battle: str, gifts: Sequence[Gift]) -> dict[str, int] | None:
        if self._battle_fences.get(battle, 0) > fence:
            raise Fenced(f"battle {battle}: a later relay counts")
        self._battle_fences[battle] = fence
        board = self._battles.get(battle)
        if board is None:
            return None
        for gift in gifts:
            if gift.id in board.counted:
                continue
            board.counted.add(gift.id)
            side = str(gift.side)
            board.scores[side] = board.scores.get(side, 0) + gift.score
            first = Contributor(gift.sender, gift.sender_name, side, 0, gift.accepted_at_ms)
            known = board.contributors.get((side, gift.sender), first)
            board.contributors[side, gift.sender] = replace(
                known, name=gift.sender_name, score=known.score + gift.score
            )
        return dict(board.scores)

    async def rebuild(self, battle: str, standing: Standing, *, replace: bool) -> None:
        if replace or battle not in self._battles:
            contributors = {(each.side, each.user): each for each in standing.contributors}
            self._battles[battle] = _Battle(dict(standing.scores), contributors, set(standing.pending))

    async def mark_shown(self, fence: int, room: str, gift_ids: Sequence[str]) -> None:
        kept = self._fenced_room(fence, room)
        for gift_id in gift_ids:
            if gift_id in kept.counted:
                kept.counted[gift_id] = replace(kept.counted[gift_id], shown=True)

    async def forget(self, gifts: Sequence[Gift]) -> None:
        for gift in gifts:
            if gift.room in self._rooms:
                self._rooms[gift.room].counted.pop(gift.id, None)
            if gift.battle in self._battles:
                self._battles[gift.battle].counted.discard(gift.id)

    async def scores(self, battle: str) -> dict[str, int] | None:
        board = self._battles.get(battle)
        return None if board is None else dict(board.scores)

    async def contributors(self, battle: str) -> tuple[Contributor, ...] | None:
        board = self._battles.get(battle)
        if board is None:
            return None
        found: list[Contributor] = []
        for side in sorted(board.scores):
            mine = [each for each in board.contributors.values() if each.side == side]
            mine.sort(key=lambda each: each.user, reverse=True)
            mine.sort(key=lambda each: (-each.score, each.first_at_ms))
            found += mine[:BEST]
        return tuple(found)

    def _fenced_room(self, fence: int, room: str) -> _Room:
        kept = self._rooms.setdefault(room, _Room())
        if kept.fence > fence:
            raise Fenced(f"room {room}: a later relay counts")
        kept.fence = fence
        return kept
