"""The twins for one process: what the stores promise, without Redis and SQL."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from foundation.lease import Fenced
from foundation.sql import Transaction
from gifts.scoring import Scoring, Tally
from moderation.audit import AuditEntry
from pk.errors import HostBusy, Overtaken, TooFrequent
from pk.rating import Standing, rate
from pk.rules import RatingRules
from pk.state import Phase, RatingChange, State
from pk.store import Change, Copy, Fought

_NO_TRANSACTION = cast(Transaction, None)


class MemoryRing:
    """Bookings, invitation counts and what clients said do not expire here."""

    def __init__(self) -> None:
        self._bookings: dict[str, str] = {}
        self._open: dict[str, State] = {}
        self._invites: dict[str, int] = {}
        self._copies: dict[str, tuple[int, Copy]] = {}
        self._clients: dict[str, int] = {}

    async def book(self, state: State) -> None:
        if state.battle in self._open:
            return
        for room in state.rooms:
            if self._bookings.get(room, state.battle) != state.battle:
                raise HostBusy(room=room)
        inviter = state.inviter.room
        self._invites[inviter] = self._invites.get(inviter, 0) + 1
        if self._invites[inviter] > state.rules.invitations_per_minute:
            raise TooFrequent(retry_after_s=60)
        self._bookings.update(dict.fromkeys(state.rooms, state.battle))
        self._open[state.battle] = state

    async def keep(self, state: State) -> None:
        for room in state.rooms:
            if self._bookings.get(room) in (None, state.previous):
                self._bookings[room] = state.battle

    async def release(self, state: State) -> None:
        self._open.pop(state.battle, None)
        for room in state.rooms:
            if self._bookings.get(room) == state.battle:
                del self._bookings[room]

    async def forget(self, battle_id: str) -> None:
        self._open.pop(battle_id, None)

    async def battle_of(self, room: str) -> str | None:
        return self._bookings.get(room)

    async def invitation(self, battle_id: str) -> State | None:
        return self._open.get(battle_id)

    async def open_ids(self) -> list[str]:
        return list(self._open)

    async def show(self, state: State, fence: int, referee: str) -> bool:
        held = self._copies.get(state.battle)
        if held is not None and (held[0], held[1].state.version) > (fence, state.version):
            return False
        self._copies[state.battle] = fence, Copy(state, referee)
        return True

    async def copy(self, battle_id: str) -> Copy | None:
        held = self._copies.get(battle_id)
        return None if held is None else held[1]

    async def note_client(self, room: str, understands: int) -> None:
        self._clients[room] = understands

    async def client_of(self, room: str) -> int | None:
        return self._clients.get(room)


class MemoryBattles:
    """``scoring`` is given no transaction: a twin of it must not need one."""

    def __init__(self, scoring: Scoring, rules: RatingRules | None = None) -> None:
        self.audits: list[AuditEntry] = []
        self._scoring = scoring
        self._rules = rules or RatingRules()
        self._standings: dict[str, Standing] = {}
        self._history: dict[str, list[tuple[str, RatingChange]]] = {}
        self._states: dict[str, State] = {}
        self._fences: dict[str, int] = {}
        self._closed: set[str] = set()

    def fence(self, battle_id: str, fence: int) -> None:
        """A new owner has ``fence``: lower ones are refused from now on."""
        if fence < self._fences.get(battle_id, 0):
            raise Fenced(battle_id)
        self._fences[battle_id] = fence

    async def insert(self, change: Change, now_ms: int) -> None:
        self.fence(change.state.battle, change.fence)
        if change.state.battle in self._states:
            raise Overtaken
        busy = await self.open_in(change.state.rooms)
        if busy is not None:
            raise HostBusy(room=busy)
        await self._write(change)

    async def update(self, change: Change) -> None:
        self.fence(change.state.battle, change.fence)
        held = self._states.get(change.state.battle)
        successor = change.successor
        if held is None or held.version != change.version or (successor and successor.battle in self._states):
            raise Overtaken
        await self._write(change)

    async def settle(self, battle_id: str, version: int, fence: int, decide: Callable[[Tally], State]) -> State:
        self.fence(battle_id, fence)
        held = self._states.get(battle_id)
        if held is None or held.version != version or held.phase is not Phase.SETTLING:
            raise Overtaken
        # Taken before anything is awaited, as the transaction of the SQL twin takes it.
        self._states[battle_id] = replace(held, version=version + 1)
        try:
            decided = decide(await self._scoring.tally(_NO_TRANSACTION, battle_id))
        except BaseException:
            self._states[battle_id] = held
            raise
        settled = self._states[battle_id] = self._rate(decided)
        return settled

    def _rate(self, decided: State) -> State:
        settled, standings = rate(decided, self._standings, self._rules)
        assert settled.result is not None
        self._standings.update({each.user: each for each in standings})
        for change in settled.result.ratings:
            self._history.setdefault(change.user, []).append((settled.battle, change))
        return settled

    async def close(self, battle_id: str, fence: int, at_ms: int) -> None:
        self.fence(battle_id, fence)
        self._closed.add(battle_id)

    async def load(self, battle_id: str) -> State | None:
        return self._states.get(battle_id)

    async def open_ids(self) -> list[str]:
        return [battle_id for battle_id in self._states if battle_id not in self._closed]

    async def open_in(self, rooms: Sequence[str]) -> str | None:
        fought = (state for state in self._states.values() if state.phase is not Phase.ENDED)
        return next((room for state in fought for room in state.rooms if room in rooms), None)

    async def latest(self, limit: int) -> list[State]:
        return list(reversed(self._states.values()))[:limit]

    async def note(self, entry: AuditEntry) -> None:
        self.audits.append(entry)

    async def standings(self, users: Sequence[str]) -> dict[str, Standing]:
        return {user: self._standings.get(user) or Standing(user, self._rules.start) for user in users}

    async def history(self, user: str, before: int | None, limit: int) -> list[Fought]:
        numbered = enumerate(self._history.get(user, []), 1)
        fought = [
            Fought(number, self._states[battle_id], change)
            for number, (battle_id, change) in numbered
            if before is None or number < before
        ]
        return fought[::-1][:limit]

    async def _write(self, change: Change) -> None:
        battle_id = change.state.battle
        self._states[battle_id] = change.state
        if change.successor is not None:
            self._states[change.successor.battle] = change.successor
        if change.opens:
            await self._scoring.open_windows(_NO_TRANSACTION, change.opens)
        if change.closes_at_ms is not None:
            await self._scoring.close_windows(_NO_TRANSACTION, battle_id, change.closes_at_ms)
        if change.audit is not None:
            self.audits.append(change.audit)
