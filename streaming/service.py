"""What hosts and operators do with rooms: make one, name it, end what goes on in it."""

from dataclasses import dataclass
from typing import Protocol

from accounts.principal import Principal
from foundation.bus import Bus
from foundation.clock import Clock
from foundation.ids import is_id, new_id
from foundation.sql import Database
from moderation.audit import AuditEntry, append
from moderation.gate import Gate, Scope
from streaming.audience.store import Audiences
from streaming.broadcast import EndReason
from streaming.doorbells import EndAsked, RoomChanged
from streaming.errors import NoPoster, NotLive, NotYourRoom, RoomUnknown
from streaming.lobby import Lobby, live
from streaming.presence import RoomCard
from streaming.schema import TITLE_LENGTH, broadcast_body, live_body, room_body, sources_body
from streaming.spoken import spoken
from streaming.store import Broadcasts, EndOrder, Record, Rooms, Stages
from transcode.posters import Poster, Posters


class Hosts(Protocol):
    """Accounts: who may call himself a host."""

    async def promote(self, user_id: str) -> None:
        """Give the user the role of a host; nothing when he has it."""


@dataclass(frozen=True)
class RoomStores:
    rooms: Rooms
    broadcasts: Broadcasts
    stages: Stages
    audiences: Audiences
    posters: Posters
    database: Database


class RoomService:
    def __init__(self, stores: RoomStores, lobby: Lobby, hosts: Hosts, gate: Gate, bus: Bus, clock: Clock) -> None:
        self._stores = stores
        self._lobby = lobby
        self._hosts = hosts
        self._gate = gate
        self._bus = bus
        self._clock = clock

    async def open(self, principal: Principal, title: str) -> RoomCard:
        """Make the principal a host with a room of his own; his second call gets the room of the first."""
        await self._gate.check(principal.user_id, Scope.PUBLISH)
        named = spoken(title, TITLE_LENGTH, "title", shortest=0) or principal.name
        await self._hosts.promote(principal.user_id)
        wanted = RoomCard(new_id(), principal.user_id, principal.name, named)
        return (await self._stores.rooms.create(wanted, self._clock.now_ms())).card

    async def mine(self, principal: Principal) -> dict[str, object]:
        room = await self._stores.rooms.room_of(principal.user_id)
        if room is None:
            raise RoomUnknown("you have no room yet")
        return await self.body(room.card)

    async def card(self, room_id: str) -> RoomCard:
        room = await self._stores.rooms.room(room_id) if is_id(room_id) else None
        if room is None:
            raise RoomUnknown
        return room.card

    async def body(self, card: RoomCard) -> dict[str, object]:
        """The room with what goes on in it now."""
        record = await self._lobby.record(card.room)
        return {
            **room_body(card),
            "live": record is not None,
            "broadcast": None if record is None else broadcast_body(record),
            "viewers": (await self._counts([card.room]))[card.room],
            "sources": sources_body(card.room),
        }

    async def retitle(self, principal: Principal, room_id: str, title: str) -> dict[str, object]:
        card = await self._own(principal, room_id)
        await self._gate.check(principal.user_id, Scope.PUBLISH)
        await self._stores.rooms.retitle(card.room, spoken(title, TITLE_LENGTH, "title"))
        await self._bus.publish(RoomChanged(card.room))
        return await self.body(await self.card(card.room))

    async def live(self, posters: bool = False) -> list[dict[str, object]]:
        """The lobby: live rooms, the most watched first. With ``posters`` these are made for a while, and named."""
        records = await self._lobby.records()
        counts = await self._counts([record.card.room for record in records])
        named = await self._posters(records) if posters else {}
        shown = [
            live_body(
                live(record),
                counts[record.card.room],
                record.source.startswith("battle:"),
                named.get(record.broadcast.broadcast_id),
            )
            for record in records
        ]
        return sorted(shown, key=lambda body: -counts[str(body["room"])])

    async def _posters(self, records: list[Record]) -> dict[str, str]:
        """Tags of the posters that there are, by broadcast."""
        await self._stores.posters.want()
        return dict((await self._stores.posters.tags([record.card.room for record in records])).values())

    async def poster(self, room_id: str) -> Poster:
        """Of the broadcast that is going on; ``NoPoster`` otherwise, and when none has been made lately."""
        record = await self._lobby.record(room_id) if is_id(room_id) else None
        poster = None if record is None else await self._stores.posters.poster(room_id)
        if record is None or poster is None or poster.broadcast != record.broadcast.broadcast_id:
            raise NoPoster
        return poster

    async def watched(self) -> list[dict[str, object]]:
        """For operators: live rooms with their home and what their program was last told to show."""
        records = await self._lobby.records()
        counts = await self._counts([record.card.room for record in records])
        return [
            {
                **room_body(record.card),
                "viewers": counts[record.card.room],
                "broadcast": broadcast_body(record),
                "worker": record.broadcast.home.worker_id,
                "source": record.source or "camera",
            }
            for record in records
        ]

    async def audience(self, room_id: str) -> dict[str, object]:
        """Who watches: how many, and who came last; of the broadcast its most at one time and its different ones."""
        card = await self.card(room_id)
        counted = await self._stores.audiences.look(card.room, self._clock.now_ms())
        figures = await self._stores.audiences.figures(card.room)
        return {
            "viewers": counted.count,
            "peak": counted.peak,
            "unique": figures.unique,
            "newest": [vars(newcomer) for newcomer in counted.newest],
        }

    async def _counts(self, rooms: list[str]) -> dict[str, int]:
        return await self._stores.audiences.counts(rooms, self._clock.now_ms())

    async def end(self, principal: Principal, room_id: str) -> None:
        """The host ends his own broadcast."""
        card = await self._own(principal, room_id)
        await self._order_end(await self._live_record(card.room), EndReason.ENDED)

    async def force_end(self, operator: Principal, room_id: str, reason: str) -> None:
        """An operator ends a broadcast; the audit log has it before it happens."""
        card = await self.card(room_id)
        record = await self._live_record(card.room)
        entry = AuditEntry(
            actor=operator.user_id,
            action="broadcast.end",
            subject=f"room:{card.room}",
            reason=reason,
            at_ms=self._clock.now_ms(),
            before={"broadcast": record.broadcast.broadcast_id, "host": card.host_user},
        )
        async with self._stores.database.write() as transaction:
            await append(transaction, entry)
        await self._order_end(record, EndReason.FORCED)

    async def _order_end(self, record: Record, reason: EndReason) -> None:
        """The order is durable: the keeper of the moment obeys it, or the next one."""
        room = record.card.room
        await self._stores.broadcasts.order_end(room, EndOrder(record.broadcast.broadcast_id, reason))
        await self._bus.publish(EndAsked(room))

    async def _live_record(self, room: str) -> Record:
        record = await self._lobby.record(room)
        if record is None:
            raise NotLive
        return record

    async def _own(self, principal: Principal, room_id: str) -> RoomCard:
        card = await self.card(room_id)
        if card.host_user != principal.user_id:
            raise NotYourRoom
        return card
