"""What streaming remembers: Protocols of the stores, names of the keys, and each key's Redis type.

Every key of a room carries the hash tag ``{room:ID}``; one script touches keys of one room only.
"""

from dataclasses import dataclass, field
from typing import Protocol

import orjson

from streaming.audience.store import NOBODY, Figures
from streaming.broadcast import Broadcast, EndReason, Home, State
from streaming.chat.store import SILENCE, Tally
from streaming.guests import Guest, GuestState, Seats
from streaming.presence import RoomCard

LIVE_ROOMS_KEY = "broadcasts:live"  # set of room ids that have a broadcast, or are about to, or have just had one
BROADCAST_KEY = "{{room:{room}}}:broadcast"  # hash: fence, snapshot (JSON of Record; missing when it is over)
ENDED_KEY = "{{room:{room}}}:ended"  # string: the camera session of the last ended broadcast, expires
STAGE_KEY = "{{room:{room}}}:stage"  # hash: battle (id whose composite is asked for)
GUESTS_KEY = "{{room:{room}}}:guests"  # hash: version, seats (JSON of Seats), expires
END_KEY = "{{room:{room}}}:end"  # hash: broadcast, reason (an order to end that broadcast), expires
HOME_KEY = "{{room:{room}}}:home"  # string: media worker that the next publisher goes to, expires

ENDED_KEPT_S = 600
END_KEPT_S = 3600
HOME_KEPT_S = 30
TOMBSTONE_KEPT_S = 600


@dataclass(frozen=True)
class Record:
    """The snapshot of a broadcast: the machine, the room's card, and what the program was last told to show."""

    broadcast: Broadcast
    card: RoomCard
    source: str = ""

    def encode(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def decode(cls, payload: bytes | str) -> "Record":
        fields = orjson.loads(payload)
        broadcast = fields["broadcast"]
        reason = broadcast.pop("end_reason")
        return cls(
            Broadcast(
                **{
                    **broadcast,
                    "state": State(broadcast["state"]),
                    "home": Home(**broadcast["home"]),
                    "on_deadline": EndReason(broadcast["on_deadline"]),
                },
                end_reason=None if reason is None else EndReason(reason),
            ),
            RoomCard(**fields["card"]),
            fields["source"],
        )


@dataclass(frozen=True)
class Room:
    """A row of ``rooms``."""

    card: RoomCard
    created_at_ms: int


@dataclass(frozen=True)
class EndOrder:
    broadcast_id: str
    reason: EndReason


class Rooms(Protocol):
    """Rooms and the history of their broadcasts; SQL is the truth."""

    async def create(self, card: RoomCard, now_ms: int) -> Room:
        """The host's room: made with ``card``, or the one that he has, with the host's name brought up to date."""

    async def room(self, room_id: str) -> Room | None: ...

    async def room_of(self, user_id: str) -> Room | None: ...

    async def retitle(self, room_id: str, title: str) -> None: ...

    async def begin(self, broadcast: Broadcast, lease: str, fence: int) -> None:
        """Insert the broadcast's row once; open rows of the same room end as abandoned. Raises ``Fenced``."""

    async def finish(
        self, broadcast: Broadcast, lease: str, fence: int, figures: Figures = NOBODY, tally: Tally = SILENCE
    ) -> None:
        """Write end, reason, how many watched and what was said and liked, once. Raises ``Fenced``."""

    async def on_air(self, room_id: str) -> bool:
        """Whether a broadcast has begun there and none has said that it is over.

        The live state knows better, where it can be reached: it also knows of a broadcast whose keeper never came back.
        """


class Broadcasts(Protocol):
    """Live state of broadcasts, written by their one owner."""

    async def save(self, record: Record, fence: int) -> None:
        """Raises ``StaleOwner`` when a higher fence has written."""

    async def remove(self, record: Record, fence: int) -> None:
        """It is over: forget the snapshot, remember its camera session. Raises ``StaleOwner``."""

    async def load(self, room: str) -> Record | None: ...

    async def load_all(self) -> list[Record]:
        """The snapshots of all ``rooms``, in one go."""

    async def rooms(self) -> set[str]:
        """Rooms that have a snapshot, or are about to get or to lose one."""

    async def announce(self, room: str) -> None:
        """Before the first ``save``: from now on ``rooms`` has it."""

    async def withdraw(self, room: str) -> None:
        """After ``remove``; also when ``rooms`` has a room without a snapshot."""

    async def ended_session(self, room: str) -> str:
        """The camera session of the room's last ended broadcast: it never starts another one. Empty when forgotten."""

    async def order_end(self, room: str, order: EndOrder) -> None: ...

    async def end_order(self, room: str) -> EndOrder | None: ...

    async def pin_home(self, room: str, worker_id: str) -> str:
        """Where the next publisher goes: ``worker_id``, or the worker that was pinned in the last half minute."""

    async def unpin_home(self, room: str) -> None: ...


class Stages(Protocol):
    async def join(self, room: str, battle_id: str) -> bool:
        """False, and nothing changed, when that battle has the stage."""

    async def leave(self, room: str, battle_id: str) -> bool:
        """False, and nothing changed, when another battle has the stage."""

    async def battle(self, room: str) -> str:
        """The battle that has the stage; empty when none has."""


@dataclass(frozen=True)
class Seating:
    """The seats of a room as they are kept; ``version`` is 0 where there are none."""

    seats: Seats = field(default_factory=Seats)
    version: int = 0


class GuestBook(Protocol):
    """The seats beside each room's host. Anybody may change them, one after the other, by compare-and-set."""

    async def seating(self, room: str) -> Seating: ...

    async def save(self, room: str, seats: Seats, version: int) -> bool:
        """Write what follows ``version``; False, and nothing changed, when somebody else has written meanwhile."""


def encode_seats(seats: Seats) -> bytes:
    return orjson.dumps(seats)


def decode_seats(payload: bytes | str) -> Seats:
    fields = orjson.loads(payload)
    people = tuple(Guest(**{**each, "state": GuestState(each["state"])}) for each in fields.pop("people"))
    return Seats(**fields, people=people)
