"""The live copy of what gifts did: a board that is shown, in Redis. The ledger is the truth; all here can be rebuilt.

Every act that changes the board carries the fence of the relay's lease; a lower one than the last is refused with
``Fenced``. Keys of one act share a hash tag.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gifts.bodies import Body
from gifts.combos import Combo
from gifts.ledger import Gift
from gifts.scoring import Contributor

ROOM_FENCE = "{{room:{room}}}:gift_fence"  # string, the newest relay's fence
ROOM_COUNTED = "{{room:{room}}}:gift_counted"  # hash gift id -> combo; only gifts whose outbox row is still there
ROOM_STREAM = (
    "{{room:{room}}}:gifts"  # stream of (gift, body of gift.sent) that the room saw, the last STREAM_LENGTH or so
)
ROOM_COMBOS = "{{room:{room}}}:gift_combos"  # hash "COMBO MEMBER" -> value, of combos whose end was not told yet
ROOM_COMBO_OF = "{{room:{room}}}:gift_combo_of"  # hash SENDER:ITEM:PERSON -> combo
ROOM_COMBO_ENDS = "{{room:{room}}}:gift_combo_ends"  # sorted set combo -> ms at which it is over if nothing comes
COMBOS_OF = "gifts:combos_of"  # string, the incarnation of which all open combos are here
COMBO_ROOMS = "gifts:combo_rooms"  # sorted set room -> ms at which its last combo may end; more rooms do no harm
BATTLE_FENCE = "{{battle:{battle}}}:gift_fence"  # string, the newest relay's fence
BATTLE_COUNTED = "{{battle:{battle}}}:gift_counted"  # set of gift ids; only gifts whose outbox row is still there
BATTLE_SCORES = "{{battle:{battle}}}:scores"  # hash side -> score; it is there: the battle's board is complete
BATTLE_MEMBERS = "{{battle:{battle}}}:members"  # hash SIDE:USER -> member of BATTLE_BEST
BATTLE_NAMES = "{{battle:{battle}}}:names"  # hash user -> shown name
BATTLE_BEST = (
    "{{battle:{battle}}}:best:{side}"  # sorted set EARLINESS:USER -> score; of two equals the earlier is higher
)

MARK = "gifts:mark"  # string, made when it is missing: another one than before, and Redis has lost everything

STREAM_LENGTH = 200
KEEP_S = 86_400  # an idle room's or battle's keys go after a day
BEST = 3  # contributors shown a side

_LATEST_MS = 10**13 - 1


@dataclass(frozen=True)
class Standing:
    """A battle as the ledger has it. ``pending`` are those of its gifts whose outbox row is still there."""

    scores: Mapping[str, int]
    contributors: Sequence[Contributor]
    pending: Sequence[str]


@dataclass(frozen=True)
class Shown:
    """A gift and the rooms that see it."""

    gift: Gift
    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Counted:
    """``combo`` is the count of the combo ``combo_id`` after this gift.

    ``first`` is False for a gift that had been counted before (a relay died before it was through).
    """

    combo: int
    combo_id: str
    first: bool
    shown: bool


@dataclass(frozen=True)
class Due:
    """Combos that are over, and when the next one of the room will be if nothing comes (None: there is none)."""

    combos: tuple[Combo, ...]
    next_ms: int | None


def member_of(user: str, first_at_ms: int) -> str:
    """A sorted set orders equal scores by member, and the earlier contributor shall stand higher."""
    return f"{_LATEST_MS - first_at_ms:013d}:{user}"


def first_at_of(member: str) -> tuple[str, int]:
    earliness, _, user = member.partition(":")
    return user, _LATEST_MS - int(earliness)


def by_stamp(bodies: Iterable[Body]) -> list[Body]:
    return sorted(bodies, key=lambda body: (body["at_ms"], body["id"]))


class Board(Protocol):
    """Twins: ``store_redis.RedisBoard`` and ``store_memory.MemoryBoard``. Redis being away raises ``RedisAway``."""

    async def incarnation(self) -> str:
        """Changes when the board's server was restarted and may have lost the last second, or has lost everything."""

    async def count_in_room(self, fence: int, room: str, gifts: Sequence[Shown]) -> list[Counted]:
        """Each gift once into the room's combos; one answer a gift, the same when asked again."""

    async def combo_rooms(self, incarnation: str, now_ms: int) -> list[str] | None:
        """The rooms that may have combos whose ends were not told yet.

        None when the board was not given its combos in this incarnation: it may have lost some.
        """

    async def restore_combos(self, fence: int, incarnation: str, since_ms: int, combos: Sequence[Combo]) -> None:
        """These are all that are over after ``since_ms``, in every room, in the order of their beginnings.

        Those that were over before stay. Which gifts of the outbox were counted is forgotten.
        """

    async def due_combos(self, fence: int, room: str, until_ms: int, most: int) -> Due:
        """The room's combos that were over at ``until_ms``, the oldest ``most``; again until they are ended."""

    async def end_combos(self, fence: int, room: str, combos: Sequence[Combo]) -> None:
        """Their ends were told; the next piece begins another one."""

    async def count_in_battle(self, fence: int, battle: str, gifts: Sequence[Gift]) -> dict[str, int] | None:
        """Each gift once into scores and contributors; the scores then, or None when the battle has no board."""

    async def rebuild(self, battle: str, standing: Standing, *, fence: int | None = None) -> None:
        """Make the battle's board as the ledger says: if there is none, or, with a relay's ``fence``, in any case."""

    async def open_combos(self, room: str, most: int) -> list[Combo]:
        """The room's combos whose ends were not told yet, the ``most`` with the newest pieces, oldest first."""

    async def mark_shown(self, fence: int, room: str, bodies: Sequence[Body]) -> None:
        """These ``gift.sent`` were posted to the room's feed: it keeps the last of them, each once.

        Those that were given in the room a relay that comes after a crash does not show again.
        """

    async def shown(self, room: str, most: int) -> list[Body]:
        """The last ``gift.sent`` that the room saw, by the stamps of the gifts."""

    async def forget(self, gifts: Sequence[Gift]) -> None:
        """Their outbox rows are marked, nobody will count them again."""

    async def scores(self, battle: str) -> dict[str, int] | None: ...

    async def contributors(self, battle: str) -> tuple[Contributor, ...] | None:
        """The best three a side; None when the battle has no board."""
