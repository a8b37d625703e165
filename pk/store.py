"""Where battles are kept: the Protocols, the names of the keys, and what each promises.

Two stores, because they are two truths. ``Battles`` (SQL) is the truth about a battle from ``preparing`` on: changed
only by compare-and-set on the version, with the fence of its referee, and settled once. ``Ring`` (Redis) books the
hosts, holds invitations (they are short, and lost without harm), and shows everybody a copy of the state.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from foundation.away import StoreAway
from gifts.scoring import ScoringWindow, Tally
from moderation.audit import AuditEntry
from pk.rating import Standing
from pk.state import RatingChange, State

# What a referee may meet when a store is away; he then stops, and another (or he again) goes on from what was saved.
STORE_AWAY = StoreAway

# Bookings and invitations of all rooms share one slot, because one script books all rooms of a battle at once. They
# are few: a booking and a release for each battle, and one read for each newcomer in a room.
BOOKING_KEY = "{pk}:booking:%s"  # string, the id of the battle that has the room; expires after BOOKING_MS
INVITES_KEY = "{pk}:invites:%s"  # string, counts a room's invitations; expires after a minute
UNDERSTANDS_KEY = "{pk}:understands:%s"  # string, what the page of a room's host understands; expires
OPEN_KEY = "{pk}:open"  # hash, battle id -> first state (JSON), from the booking to the release
COPY_KEY = "{battle:%s}:copy"  # hash: fence, version, state (JSON), referee (URL); expires

BOOKING_MS = 20_000  # outlives a change of the owner (3 s) by far; the referee renews it
COPY_MS = 600_000
CLIENT_MS = 60_000

LEASE_NAME = "battle:%s"


@dataclass(frozen=True)
class Copy:
    """What Redis shows of a battle: its state, and the internal address of the control process that drives it."""

    state: State
    referee: str


class Ring(Protocol):
    async def book(self, state: State) -> None:
        """Book every room of ``state`` for it and keep the invitation: all or nothing. Booking twice is booking once.

        Raises ``HostBusy`` when a room has another battle, ``TooFrequent`` when the inviter invites too often.
        """

    async def keep(self, state: State) -> None:
        """Renew the bookings, take over those of ``state.previous``, and take again those that Redis has lost."""

    async def release(self, state: State) -> None:
        """Give the rooms back and forget the invitation; a booking that is another battle's by now stays."""

    async def forget(self, battle_id: str) -> None:
        """Forget the invitation only."""

    async def battle_of(self, room: str) -> str | None:
        """The battle that has booked ``room``."""

    async def invitation(self, battle_id: str) -> State | None: ...

    async def open_ids(self) -> list[str]: ...

    async def show(self, state: State, fence: int, referee: str) -> bool:
        """Replace the copy; False, and nothing done, when the one there is of a later owner or version."""

    async def copy(self, battle_id: str) -> Copy | None: ...

    async def note_client(self, room: str, understands: int) -> None:
        """The page of ``room``'s host says what it understands; forgotten after ``CLIENT_MS``."""

    async def client_of(self, room: str) -> int | None:
        """What it said last; None when it has not said anything for a while."""


@dataclass(frozen=True)
class Change:
    """One write of a referee: the state that follows ``version``, and what must become true with it or not at all.

    ``successor`` is the first state of the battle that begins with this one's end.
    """

    state: State
    version: int  # of the state that it follows
    fence: int
    opens: tuple[ScoringWindow, ...] = ()
    closes_at_ms: int | None = None
    audit: AuditEntry | None = None
    successor: State | None = None


@dataclass(frozen=True)
class Fought:
    """A settled battle in the history of one of its hosts; his are numbered from 1."""

    number: int
    state: State
    change: RatingChange


class Battles(Protocol):
    async def insert(self, change: Change, now_ms: int) -> None:
        """The row of an accepted battle. ``HostBusy`` when a room has another battle that has not ended."""

    async def update(self, change: Change) -> None:
        """Raises ``Fenced`` or ``Overtaken`` and writes nothing when a later owner or another version is there."""

    async def settle(self, battle_id: str, version: int, fence: int, decide: Callable[[Tally], State]) -> State:
        """Tally, decide, rate, and write result, state and standings in one transaction.

        Returns what was decided, with the ratings in its result. Refuses like ``update``; never settles twice.
        """

    async def close(self, battle_id: str, fence: int, at_ms: int) -> None:
        """Everything is given back: no referee has to look after it any more."""

    async def load(self, battle_id: str) -> State | None: ...

    async def open_ids(self) -> list[str]:
        """Battles that are not closed, those that have ended included."""

    async def open_in(self, rooms: Sequence[str]) -> str | None:
        """A room among ``rooms`` that has a battle which has not ended."""

    async def latest(self, limit: int) -> list[State]:
        """The newest battles first."""

    async def note(self, entry: AuditEntry) -> None:
        """An audit entry for a battle that has no row yet."""

    async def standings(self, users: Sequence[str]) -> dict[str, Standing]:
        """Of each of ``users``; who has not battled yet has the first one."""

    async def history(self, user: str, before: int | None, limit: int) -> list[Fought]:
        """His settled battles with a number below ``before``, the newest first."""


async def look_up(battle_id: str, ring: Ring, battles: Battles) -> tuple[State | None, str | None]:
    """What is known of a battle, and the address of its referee while the copy that names him is there.

    Without a copy it may have been invited this very moment, or Redis has lost it, or it is long over.
    """
    copy = await ring.copy(battle_id)
    if copy is not None:
        return copy.state, copy.referee
    return await battles.load(battle_id) or await ring.invitation(battle_id), None


def windows(state: State) -> tuple[ScoringWindow, ...]:
    """What scores in this fight: gifts to each host, for his side, seen in every room of the battle."""
    assert state.starts_at_ms is not None and state.ends_at_ms is not None and state.rush_from_ms is not None
    return tuple(
        ScoringWindow(
            battle_id=state.battle,
            recipient=member.user,
            side=side.side,
            start_ms=state.starts_at_ms,
            end_ms=state.ends_at_ms,
            rush_from_ms=state.rush_from_ms,
            rush_multiplier=state.rules.rush_multiplier,
            rooms=state.rooms,
        )
        for side in state.sides
        for member in side.members
    )
