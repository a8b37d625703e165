"""What people may do about the seats beside a host: who may, and whom nobody lets in."""

from collections.abc import Collection
from typing import Protocol

from accounts.principal import Principal, Role
from foundation.clock import Clock
from foundation.ids import is_id
from moderation.gate import Gate, Scope
from streaming.errors import AlreadyOnStage, Blocked, GuestUnknown, NotLive, NotYourRoom, RoomUnknown, TooFast
from streaming.guest_acts import GuestActs, Sitting
from streaming.guest_schema import guest_body, guests_seen_by
from streaming.guests import Apply, Approve, Decline, Event, Leave, Mute, Remove, Seats, Share
from streaming.lobby import Lobby
from streaming.presence import LiveBroadcast


class Blocks(Protocol):
    """Who does not want to meet whom; of accounts."""

    async def blocks(self, user: str, other: str) -> bool: ...


class Buckets(Protocol):
    """The part of `streaming.store.Talk` that is needed here."""

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool: ...


class GuestService:
    def __init__(
        self, acts: GuestActs, lobby: Lobby, gate: Gate, blocks: Blocks, buckets: Buckets, clock: Clock
    ) -> None:
        self._acts = acts
        self._lobby = lobby
        self._gate = gate
        self._blocks = blocks
        self._buckets = buckets
        self._clock = clock

    async def apply(self, principal: Principal, room: str, picture: bool) -> dict[str, object]:
        """The viewer asks for a seat. Asking again is asking once."""
        live = await self._live(room)
        await self._gate.check(principal.user_id, Scope.PUBLISH)
        if await self._is_live(principal.user_id):
            raise AlreadyOnStage
        await self._check_blocks(live.host_user, principal.user_id)
        rules, now_ms = self._acts.rules, self._clock.now_ms()
        name = f"guest:{principal.user_id}"
        if not await self._buckets.take_token(room, name, rules.applies_per_s, rules.applies_burst, now_ms):
            raise TooFast(retry_after_s=5)
        kept = await self._acts.act(_sitting(live), Apply(principal.user_id, principal.name, picture))
        found = kept.seats.find(principal.user_id)
        assert found is not None
        return guest_body(found)

    async def approve(self, principal: Principal, room: str, user: str) -> None:
        """Asks again what ``apply`` has asked: a sanction, a block or a broadcast of his own may have come since."""
        sitting = _sitting(await self._own(principal, room))
        if (await self._acts.seats(sitting)).find(user) is None:
            raise GuestUnknown
        await self._gate.check(user, Scope.PUBLISH)
        if await self._is_live(user):
            raise AlreadyOnStage
        await self._check_blocks(principal.user_id, user)
        await self._acts.act(sitting, Approve(user))

    async def decline(self, principal: Principal, room: str, user: str) -> None:
        await self._acts.act(_sitting(await self._own(principal, room)), Decline(user))

    async def mute(self, principal: Principal, room: str, user: str, muted: bool) -> None:
        """The host silences a guest for everybody, or the guest himself. Each lifts only his own."""
        if principal.user_id == user:
            live, by_host = await self._live(room), False
        else:
            live, by_host = await self._own(principal, room), True
        await self._acts.act(_sitting(live), Mute(user, muted, by_host))

    async def remove(self, principal: Principal, room: str, user: str) -> None:
        """The host or a moderator sends him away, or he goes himself."""
        live = await self._live(room)
        event: Event = Remove(user)
        if principal.user_id == user:
            event = Leave(user)
        elif principal.user_id != live.host_user and not principal.has(Role.MODERATOR):
            raise NotYourRoom
        await self._acts.act(_sitting(live), event)

    async def share_screen(self, principal: Principal, room: str) -> None:
        """The host may publish his screen beside his camera, by WHIP as a guest does. Asking again is asking once."""
        live = await self._own(principal, room)
        await self._gate.check(principal.user_id, Scope.PUBLISH)
        await self._acts.act(_sitting(live), Share(principal.user_id, principal.name))

    async def end_screen(self, principal: Principal, room: str) -> None:
        """By the host, or by a moderator."""
        live = await self._live(room)
        if principal.user_id != live.host_user and not principal.has(Role.MODERATOR):
            raise NotYourRoom
        await self._acts.act(_sitting(live), Remove(live.host_user))

    async def guests(self, room: str, reader: Principal | None) -> list[dict[str, object]]:
        """Those whom the reader may see; nobody, while the room is not live, or not there."""
        live = await self._lobby.broadcast(room) if is_id(room) else None
        if live is None:
            return []
        seats: Seats = await self._acts.seats(_sitting(live))
        user = None if reader is None else reader.user_id
        all_of_them = reader is not None and (user == live.host_user or reader.has(Role.MODERATOR))
        return guests_seen_by(seats, user, all_of_them=all_of_them)

    async def applicants(self, room: str) -> frozenset[str]:
        """Those who are seen by themselves, the host and moderators only."""
        live = await self._lobby.broadcast(room) if is_id(room) else None
        if live is None:
            return frozenset()
        seats: Seats = await self._acts.seats(_sitting(live))
        return frozenset(each.user for each in seats.guests if each not in seats.on_stage)

    async def screen(self, room: str) -> bool:
        """Whether the host's screen is on the stage."""
        live = await self._lobby.broadcast(room) if is_id(room) else None
        return live is not None and (await self._acts.seats(_sitting(live))).screen

    async def mixed(self, room: str) -> bool:
        """Whether the room would see and hear its guests; True where none are."""
        live = await self._lobby.broadcast(room) if is_id(room) else None
        return live is None or (await self._acts.seats(_sitting(live))).mixed(self._acts.rules)

    async def _check_blocks(self, host: str, user: str) -> None:
        """Whoever of the two blocks the other."""
        for one, other in ((host, user), (user, host)):
            if await self._blocks.blocks(one, other):
                raise Blocked

    async def _is_live(self, user: str) -> bool:
        own = await self._lobby.room_of(user)
        return own is not None and await self._lobby.broadcast(own.room) is not None

    async def _own(self, principal: Principal, room: str) -> LiveBroadcast:
        live = await self._live(room)
        if live.host_user != principal.user_id:
            raise NotYourRoom
        return live

    async def _live(self, room: str) -> LiveBroadcast:
        live = await self._lobby.broadcast(room) if is_id(room) else None
        if live is None:
            await self.check_known(room)
            raise NotLive
        return live

    async def check_known(self, room: str) -> None:
        """Raises ``RoomUnknown``."""
        if not is_id(room) or await self._lobby.room(room) is None:
            raise RoomUnknown


class GuestPart:
    """The member ``guests`` of the snapshot that a newcomer in a room gets (``streaming.feed_port.SnapshotPart``)."""

    name = "guests"

    def __init__(self, service: GuestService) -> None:
        self._service = service

    async def part(self, room: str, principal: Principal | None) -> object:
        return await self._service.guests(room, principal)

    async def others(self, room: str) -> Collection[str]:
        return await self._service.applicants(room)


class MixedPart:
    """The member ``mixed`` of the snapshot: what ``stage.changed`` has said of the guests' mixer."""

    name = "mixed"

    def __init__(self, service: GuestService) -> None:
        self._service = service

    async def part(self, room: str, principal: Principal | None) -> object:
        return await self._service.mixed(room)

    async def others(self, room: str) -> Collection[str]:
        return ()


class ScreenPart:
    """The member ``screen`` of the snapshot, as ``stage.changed`` has it."""

    name = "screen"

    def __init__(self, service: GuestService) -> None:
        self._service = service

    async def part(self, room: str, principal: Principal | None) -> object:
        return await self._service.screen(room)

    async def others(self, room: str) -> Collection[str]:
        return ()


def _sitting(live: LiveBroadcast) -> Sitting:
    return Sitting(live.room, live.host_user, live.broadcast_id)
