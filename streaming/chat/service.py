"""What is done about the order of a room's chat: the host rules, he and those whom he named delete and mute.

A deed is in SQL first, then in the copy by which every api process lets people speak, then told to the room. When Redis
is away in between, the caller hears that it failed, and the deed counts as soon as the copy is made again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from accounts.principal import Principal, Role
from foundation.clock import Clock
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.ids import is_id
from streaming.chat.errors import MessageUnknown, UnknownUser
from streaming.chat.keepers import Rank, check_against, check_keeps, check_rules, rank, rank_of
from streaming.chat.limits import ChatLimits
from streaming.chat.order import Deed, Keeper, Mute, Order, OrderCopies, Orders, Standing
from streaming.chat.rules import ChatRules
from streaming.chat.store import Talk
from streaming.errors import RoomUnknown


class Person(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def roles(self) -> Collection[Role]: ...


class People(Protocol):
    """Of accounts: who somebody is."""

    async def person(self, user_id: str) -> Person | None: ...


class Pace(Protocol):
    """How often somebody may change something."""

    async def take(self, user: str) -> None:
        """Raises ``TooMany``."""


@dataclass(frozen=True)
class ChatStores:
    orders: Orders
    copies: OrderCopies
    talk: Talk


class ChatOrder:
    def __init__(
        self, stores: ChatStores, outlet: FeedOutlet, people: People, pace: Pace, clock: Clock, limits: ChatLimits
    ) -> None:
        self._orders = stores.orders
        self._copies = stores.copies
        self._talk = stores.talk
        self._outlet = outlet
        self._people = people
        self._pace = pace
        self._clock = clock
        self._limits = limits

    async def standing(self, room: str, user: str) -> Standing:
        """What the order says of this speaker. Raises ``RoomUnknown``."""
        found = await self._copies.standing(room, user)
        if found is None:
            order = await self.copy(room)
            mute = order.mutes.get(user)
            named = user in {keeper.user for keeper in order.moderators}
            found = Standing(order.host, order.rules, named, 0 if mute is None else mute.until_ms)
        return found

    async def copy(self, room: str) -> Order:
        """Make the copy again from the truth. Raises ``RoomUnknown``."""
        order = await self._orders.load(room, self._clock.now_ms()) if is_id(room) else Order("")
        if not order.host:
            raise RoomUnknown
        await self._copies.put(room, order)
        return order

    async def shown(self, room: str) -> dict[str, object]:
        """Rules and moderators, for everybody."""
        found = await self._copies.shown(room)
        return (await self.copy(room)).shown() if found is None else found

    async def rule(self, principal: Principal, room: str, rules: ChatRules) -> dict[str, object]:
        check_rules(await self._rank(principal, room))
        order = await self._orders.rule(room, rules, await self._deed(principal))
        return await self._tell_rules(room, order)

    async def name(self, principal: Principal, room: str, user: str) -> None:
        """Make the user a moderator of the room; again is once."""
        actor = await self._rank(principal, room)
        check_rules(actor)
        person = await self._person(user)
        check_against(actor, _rank(user, await self.standing(room, user), person))
        deed = await self._deed(principal)
        order = await self._orders.name(room, Keeper(user, person.name), self._limits.moderators, deed)
        await self._tell_rules(room, order)

    async def unname(self, principal: Principal, room: str, user: str) -> None:
        """The host dismisses a moderator, or he goes himself."""
        actor = await self._rank(principal, room)
        if principal.user_id != user:
            check_rules(actor)
        await self._tell_rules(room, await self._orders.unname(room, user, await self._deed(principal)))

    async def mutes(self, principal: Principal, room: str) -> list[dict[str, object]]:
        """For those who keep the room: who may not speak, the newest last."""
        check_keeps(await self._rank(principal, room))
        order = await self._orders.load(room, self._clock.now_ms())
        return [vars(mute) for mute in order.mutes.values()]

    async def mute(self, principal: Principal, room: str, user: str, for_s: int) -> dict[str, object]:
        """From the return on nothing that he says is heard, and what he has said is gone."""
        actor = await self._rank(principal, room)
        check_keeps(actor)
        person = await self._person(user)
        check_against(actor, _rank(user, await self.standing(room, user), person))
        deed = await self._deed(principal)
        mute = Mute(user, person.name, deed.at_ms + for_s * 1000, principal.user_id, deed.at_ms)
        await self._copies.put(room, await self._orders.mute(room, mute, self._limits.mutes, deed))
        told: dict[str, object] = {"user": user, "until_ms": mute.until_ms, "by": principal.user_id}
        await self._talk.unsay(room, FeedMessage(room, "chat.muted", told), user=user)
        return told

    async def unmute(self, principal: Principal, room: str, user: str) -> None:
        """Let him speak again. Whoever may not mute somebody may not free him either: so no moderator frees himself."""
        actor = await self._rank(principal, room)
        check_keeps(actor)
        person = await self._person(user)
        check_against(actor, _rank(user, await self.standing(room, user), person))
        await self._copies.put(room, await self._orders.unmute(room, user, await self._deed(principal)))
        await self._outlet.post(FeedMessage(room, "chat.unmuted", {"user": user, "by": principal.user_id}))

    async def delete(self, principal: Principal, room: str, message: str) -> None:
        """Take a message back: one's own, or as one who keeps the room. Nobody who comes later sees it."""
        deed = await self._deed(principal)  # first: it bounds how often somebody has a message looked up
        said = await self.said(room, message)
        if said["user"] != principal.user_id:
            author = Rank[str(said["rank"] or Rank.VIEWER.name).upper()]
            check_against(await self._rank(principal, room), author)
        await self._orders.deleted(room, said, deed)
        told: dict[str, object] = {"ids": [message], "by": principal.user_id}
        await self._talk.unsay(room, FeedMessage(room, "chat.deleted", told), message=message)

    async def said(self, room: str, message: str) -> Mapping[str, object]:
        """A message that is kept. Raises ``MessageUnknown``."""
        said = await self._talk.find(room, message)
        if said is None:
            raise MessageUnknown
        return said

    async def _rank(self, principal: Principal, room: str) -> Rank:
        standing = await self.standing(room, principal.user_id)
        return rank_of(principal, standing.host, moderator=standing.moderator)

    async def _person(self, user: str) -> Person:
        person = await self._people.person(user) if is_id(user) else None
        if person is None:
            raise UnknownUser
        return person

    async def _deed(self, principal: Principal) -> Deed:
        await self._pace.take(principal.user_id)
        return Deed(principal.user_id, self._clock.now_ms())

    async def _tell_rules(self, room: str, order: Order) -> dict[str, object]:
        await self._copies.put(room, order)
        await self._outlet.post(FeedMessage(room, "chat.rules", order.shown(), Delivery.LATEST))
        return order.shown()


def _rank(user: str, standing: Standing, person: Person) -> Rank:
    staff = not {Role.MODERATOR, Role.ADMIN}.isdisjoint(person.roles)
    return rank(user, standing.host, moderator=standing.moderator, staff=staff)


class ChatPart:
    """The member ``chat_rules`` of the snapshot (``streaming.feed_port.SnapshotPart``), the same for everybody."""

    name = "chat_rules"

    def __init__(self, order: ChatOrder) -> None:
        self._order = order

    async def part(self, room: str, principal: Principal | None) -> object:
        return await self._order.shown(room)

    async def others(self, room: str) -> Collection[str]:
        return ()
