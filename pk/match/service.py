"""What hosts may ask of the random match, in api. The matchmaker in control does the rest."""

from accounts.pace import Pace
from accounts.principal import Principal
from foundation.bus import Bus
from foundation.clock import Clock
from foundation.feed import FeedOutlet
from foundation.ids import is_id, new_id
from moderation.gate import Gate, Scope
from pk.clients import NO_BATTLES
from pk.errors import ClientTooOld, HostBusy, HostOffline, NotYourRoom, RoomUnknown
from pk.events import MatchAsked
from pk.match.pairing import End, Seeker
from pk.match.queue import MatchQueue
from pk.match.schema import ended_message, waiting_body
from pk.rules import BattleRules, MatchRules
from pk.service import chosen_fight
from pk.state import State
from pk.store import Battles, Ring
from streaming.presence import Presence, RoomCard


class MatchService:
    def __init__(
        self,
        fights: BattleRules,
        rules: MatchRules,
        clock: Clock,
        presence: Presence,
        gate: Gate,
        battles: Battles,
        ring: Ring,
        queue: MatchQueue,
        pace: Pace,
        bus: Bus,
        feed: FeedOutlet,
    ) -> None:
        self._fights = fights
        self._rules = rules
        self._clock = clock
        self._presence = presence
        self._gate = gate
        self._battles = battles
        self._ring = ring
        self._queue = queue
        self._pace = pace
        self._bus = bus
        self._feed = feed

    async def ask(self, principal: Principal, room: str, duration_s: int | None) -> dict[str, object]:
        """Begin to wait. Who waits already keeps his place and what he asked for first."""
        card = await self._own(principal, room)
        await self._pace.take(principal.user_id)
        seeker = await self._queue.find(room)
        if seeker is None:
            seeker = await self._begin(card, chosen_fight(self._fights, duration_s))
        return waiting_body(seeker, self._clock.now_ms(), self._rules)

    async def look(self, principal: Principal, room: str) -> dict[str, object] | None:
        await self._own(principal, room)
        seeker = await self._queue.find(room)
        return None if seeker is None else waiting_body(seeker, self._clock.now_ms(), self._rules)

    async def withdraw(self, principal: Principal, room: str) -> None:
        """Stop to wait. Too late for a match that has been found: ``match.ended`` tells which it was."""
        await self._own(principal, room)
        await self._pace.take(principal.user_id)
        seeker = await self._queue.find(room)
        if seeker is not None and await self._queue.withdraw(room):
            await self._feed.post(ended_message(seeker, End.CANCELLED))

    async def _begin(self, card: RoomCard, fight_ms: int) -> Seeker:
        await self._gate.check(card.host_user, Scope.PUBLISH)
        broadcast = await self._presence.broadcast(card.room)
        if broadcast is None or broadcast.state != "live":
            raise HostOffline(room=card.room)
        if await self._ring.client_of(card.room) == NO_BATTLES:
            raise ClientTooOld(room=card.room)
        busy = await self._ring.battle_of(card.room) or await self._battles.open_in([card.room])
        if busy is not None:
            raise HostBusy(room=card.room)
        user, now_ms = card.host_user, self._clock.now_ms()
        rating = (await self._battles.standings([user]))[user].rating
        seeker = Seeker(
            new_id(), card.room, user, broadcast.host_name, rating, fight_ms, now_ms, await self._met_last(user)
        )
        seeker = await self._queue.ask(seeker, self._rules)
        await self._bus.publish(MatchAsked(card.room, now_ms))
        return seeker

    async def _met_last(self, user: str) -> tuple[str, ...]:
        last = await self._battles.history(user, None, 1)
        return opponents(last[0].state, user) if last else ()

    async def _own(self, principal: Principal, room: str) -> RoomCard:
        card = await self._presence.room(room) if is_id(room) else None
        if card is None:
            raise RoomUnknown
        if card.host_user != principal.user_id:
            raise NotYourRoom
        return card


def opponents(state: State, user: str) -> tuple[str, ...]:
    own = state.side_of(user)
    return tuple(member.user for side in state.sides if side is not own for member in side.members)
