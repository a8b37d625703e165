"""The board's twin for one process and for tests: the same acts on dictionaries."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from foundation.lease import Fenced
from gifts.bodies import Body
from gifts.combos import Combo, begun, continued, in_time, who_of
from gifts.ledger import Gift
from gifts.scoring import Contributor
from gifts.store import BEST, STREAM_LENGTH, Counted, Due, Shown, Standing, by_stamp


@dataclass
class _Room:
    fence: int = 0
    counted: dict[str, Counted] = field(default_factory=dict)
    combos: dict[str, Combo] = field(default_factory=dict)  # those whose end was not told yet
    combo_of: dict[str, str] = field(default_factory=dict)
    stream: list[Body] = field(default_factory=list)


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
        self._combos_of: str | None = None  # the incarnation of which all open combos are here

    async def incarnation(self) -> str:
        return "memory"

    async def count_in_room(self, fence: int, room: str, gifts: Sequence[Shown]) -> list[Counted]:
        kept = self._fenced_room(fence, room)
        return [self._count(kept, each.gift, each.rooms) for each in gifts]

    def _count(self, room: _Room, gift: Gift, rooms: tuple[str, ...]) -> Counted:
        before = room.counted.get(gift.id)
        if before is not None:
            return replace(before, first=False)
        known = room.combos.get(room.combo_of.get(who_of(gift), ""))
        if known is not None and in_time(known, gift, self._combo_ms):
            combo = continued(known, gift, rooms)
        else:
            combo = begun(gift, rooms)
        room.combos[combo.id] = combo
        room.combo_of[who_of(gift)] = combo.id
        room.counted[gift.id] = Counted(combo.count, combo.id, first=True, shown=False)
        return room.counted[gift.id]

    async def combo_rooms(self, incarnation: str, now_ms: int) -> list[str] | None:
        if self._combos_of != incarnation:
            return None
        return sorted(room for room, kept in self._rooms.items() if kept.combos)

    async def restore_combos(self, fence: int, incarnation: str, since_ms: int, combos: Sequence[Combo]) -> None:
        for room in {*self._rooms, *(combo.room for combo in combos)}:
            kept = self._fenced_room(fence, room)
            kept.counted.clear()
            over = [combo for combo in kept.combos.values() if combo.last_at_ms + self._combo_ms <= since_ms]
            kept.combos = {combo.id: combo for combo in (*over, *combos) if combo.room == room}
            kept.combo_of = {combo.who: combo.id for combo in kept.combos.values()}
        self._combos_of = incarnation

    async def due_combos(self, fence: int, room: str, until_ms: int, most: int) -> Due:
        kept = self._fenced_room(fence, room)
        ends = sorted((combo.last_at_ms + self._combo_ms, combo.id) for combo in kept.combos.values())
        over = [combo for end_ms, combo in ends if end_ms <= until_ms][:most]
        rest = ends[len(over) :]
        return Due(tuple(kept.combos[combo] for combo in over), rest[0][0] if rest else None)

    async def end_combos(self, fence: int, room: str, combos: Sequence[Combo]) -> None:
        kept = self._fenced_room(fence, room)
        ended = {combo.id for combo in combos}
        kept.combos = {name: combo for name, combo in kept.combos.items() if name not in ended}
        kept.combo_of = {who: combo for who, combo in kept.combo_of.items() if combo not in ended}

    async def count_in_battle(self, fence: int, battle: str, gifts: Sequence[Gift]) -> dict[str, int] | None:
        self._fence_battle(fence, battle)
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

    async def rebuild(self, battle: str, standing: Standing, *, fence: int | None = None) -> None:
        if fence is not None:
            self._fence_battle(fence, battle)
        if fence is not None or battle not in self._battles:
            contributors = {(each.side, each.user): each for each in standing.contributors}
            self._battles[battle] = _Battle(dict(standing.scores), contributors, set(standing.pending))

    async def open_combos(self, room: str, most: int) -> list[Combo]:
        kept = self._rooms.get(room, _Room())
        return sorted(kept.combos.values(), key=lambda combo: (combo.last_at_ms, combo.id))[-most:]

    async def mark_shown(self, fence: int, room: str, bodies: Sequence[Body]) -> None:
        kept = self._fenced_room(fence, room)
        for body in bodies:
            counted = kept.counted.get(str(body["id"]))
            if counted is None or not counted.shown:
                kept.stream = [*kept.stream, body][-STREAM_LENGTH:]
            if counted is not None:
                kept.counted[str(body["id"])] = replace(counted, shown=True)

    async def shown(self, room: str, most: int) -> list[Body]:
        return by_stamp(self._rooms.get(room, _Room()).stream[-most:])

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

    def _fence_battle(self, fence: int, battle: str) -> None:
        if self._battle_fences.get(battle, 0) > fence:
            raise Fenced(f"battle {battle}: a later relay counts")
        self._battle_fences[battle] = fence

    def _fenced_room(self, fence: int, room: str) -> _Room:
        kept = self._rooms.setdefault(room, _Room())
        if kept.fence > fence:
            raise Fenced(f"room {room}: a later relay counts")
        kept.fence = fence
        return kept
