"""Who stands on a room's stage: rooms, guests and battles joined for gifts and for cameras."""

import asyncio
from collections.abc import Collection
from typing import Protocol

from accounts.principal import Role
from accounts.store import Account
from accounts.store_sql import SqlAccounts
from accounts.store_sql_relations import SqlRelations
from foundation.redis import RedisAway
from gifts.service import LiveHost, StagePerson
from moderation import audit
from server.process import Resources
from streaming.errors import RoomUnknown
from streaming.presence import Presence
from streaming.stage_guests import StageGuests
from streaming.store_redis import RedisGuestBook

LIVE_STATE_S = 0.1  # the live state is waited for so long before the rows are asked who hosts a room


class Rooms(Presence, Protocol):
    """streaming: rooms, what is live there, and what their history says of that."""

    async def on_air(self, room_id: str) -> bool: ...


class BattleRooms(Protocol):
    """pk: who meets whom."""

    async def rooms_with(self, room: str) -> tuple[str, ...]:
        """All rooms of the battle that ``room`` is in, itself too; empty when it is in none."""


class Blocks(Protocol):
    """accounts: who does not want to meet whom."""

    async def blocks(self, user: str, other: str) -> bool: ...


class Accounts(Protocol):
    """accounts: who is a moderator."""

    async def by_id(self, user_id: str) -> Account | None: ...


class StagePeople:
    """``gifts.service.Stages`` and what admission and the keepers ask of a stage, on top of streaming and pk."""

    def __init__(
        self, presence: Rooms, battles: BattleRooms, guests: StageGuests, relations: Blocks, accounts: Accounts
    ) -> None:
        self._presence = presence
        self._battles = battles
        self._guests = guests
        self._relations = relations
        self._accounts = accounts

    async def host_of(self, room: str) -> LiveHost | None:
        """By the live state; where that is slow or away by the row of the broadcast."""
        try:
            async with asyncio.timeout(LIVE_STATE_S):
                broadcast = await self._presence.broadcast(room)
        except RedisAway:  # TimeoutError is one of them
            return await self._host_on_air(room)
        if broadcast is not None:
            return LiveHost(broadcast.host_user, broadcast.host_name, room)
        if await self._presence.room(room) is None:
            raise RoomUnknown
        return None

    async def _host_on_air(self, room: str) -> LiveHost | None:
        card = await self._presence.room(room)
        if card is None:
            raise RoomUnknown
        return LiveHost(card.host_user, card.host_name, room) if await self._presence.on_air(room) else None

    async def on_stage(self, room: str) -> list[StagePerson]:
        """Hosts before guests: a host who sits on another's stage as well is met as a host."""
        hosts, seated = list[StagePerson](), list[StagePerson]()
        for each in await self._battles.rooms_with(room) or (room,):
            broadcast = await self._presence.broadcast(each)
            if broadcast is not None:
                host = LiveHost(broadcast.host_user, broadcast.host_name, each)
                guests = [guest for guest in (await self._guests.seats(each)).on_stage if not guest.screen]
                hosts.append(StagePerson.himself(host))
                seated += [StagePerson(guest.user, guest.name, host) for guest in guests]
        return [*hosts, *seated]

    async def has_seat(self, user_id: str, room: str) -> bool:
        guest = (await self._guests.seats(room)).find(user_id)
        return guest is not None and guest.seated

    async def share_stage(self, user_id: str, room: str) -> bool:
        return user_id in await self._sharing(room)

    async def _sharing(self, room: str) -> set[str]:
        """The hosts, also those who are not live at present, and all who have a seat."""
        found: set[str] = set()
        for each in await self._battles.rooms_with(room) or (room,):
            card = await self._presence.room(each)
            if card is not None:
                found |= {card.host_user, *(guest.user for guest in (await self._guests.seats(each)).seated)}
        return found

    async def strangers(self, room: str, users: Collection[str]) -> set[str]:
        return {user for user in set(users) - await self._sharing(room) if not await self._is_moderator(user)}

    async def _is_moderator(self, user_id: str) -> bool:
        account = await self._accounts.by_id(user_id)
        return account is not None and not account.roles.isdisjoint((Role.MODERATOR, Role.ADMIN))

    async def kept_apart(self, user_id: str, room: str, whose: str) -> bool:
        """A block between two of whom one is a guest, unless the other one is his host, who can send him away."""
        rooms = await self._battles.rooms_with(room) or (room,)
        own, shown = await self._presence.room_of(user_id), await self._presence.room(room)
        watches_host = shown is not None and shown.host_user == whose
        if own is not None and own.room in rooms:
            if watches_host or own.room == room:
                return False
        elif watches_host and await self.has_seat(user_id, room):
            return False
        blocks = self._relations.blocks
        return await blocks(user_id, whose) or await blocks(whose, user_id)


def stage_people(has: Resources, presence: Rooms, battles: BattleRooms) -> StagePeople:
    guests = StageGuests(RedisGuestBook(has.redis), presence)
    accounts = SqlAccounts(has.database, audit.record)
    return StagePeople(presence, battles, guests, SqlRelations(has.database), accounts)
