"""What people may ask of battles, in api: who may, and with whom. The rest is the referee's to decide."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from accounts.principal import Principal
from foundation.clock import Clock
from foundation.errors import Malformed, Refusal, Unavailable
from foundation.ids import is_id, new_id
from gifts.scoring import Scoring
from moderation.gate import Gate, Sanctioned, Scope
from pk.battle import invite
from pk.clients import DUELS, needed
from pk.composite import KIND
from pk.errors import (
    BattleUnknown,
    ClientTooOld,
    FightNotOffered,
    HostOffline,
    HostSanctioned,
    InviteSelf,
    NoRoomForBattle,
    NotYourRoom,
    RoomUnknown,
)
from pk.rating import badged
from pk.rules import BattleRules
from pk.schema import OPERATOR_END, Verb, battle_body, contributor_bodies, seen_by
from pk.state import SIDES, Contributor, Member, Phase, Side, State
from pk.store import Battles, Ring, look_up
from pk.willingness import Willingness
from streaming.presence import LiveBroadcast, Presence, RoomCard

log = structlog.get_logger(__name__)


class Referees(Protocol):
    """``pk.referee_client.RefereeClient``."""

    async def open(self, state: State) -> State: ...

    async def command(
        self, battle_id: str, verb: str, user: str, *, reason: str | None = None, target: str | None = None
    ) -> State: ...


class Mixers(Protocol):
    """``transcode.client.JobClient``."""

    async def expect_room(self, kind: str) -> None: ...


class BattleService:
    def __init__(
        self,
        rules: BattleRules,
        clock: Clock,
        presence: Presence,
        gate: Gate,
        willingness: Willingness,
        scoring: Scoring,
        battles: Battles,
        ring: Ring,
        referees: Referees,
        mixers: Mixers,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._presence = presence
        self._gate = gate
        self._willingness = willingness
        self._scoring = scoring
        self._battles = battles
        self._ring = ring
        self._referees = referees
        self._mixers = mixers

    async def invite(
        self, principal: Principal, room: str, rooms: Sequence[Sequence[str]], duration_s: int | None
    ) -> dict[str, object]:
        """Invite the hosts of ``rooms``, given by side; every refusal of an invitation has its own code."""
        if rooms[0][0] != room:
            raise Malformed("the first room of the first side is the inviter's")
        cards = [await self._card(each) for side in rooms for each in side]
        own, others = cards[0], cards[1:]
        if own.host_user != principal.user_id:
            raise NotYourRoom
        if len({card.room for card in cards}) < len(cards):
            raise InviteSelf
        fight_ms = chosen_fight(self._rules, duration_s)
        await self._check_standing(own, others)
        accepting = await self._willingness.ask(own, others)
        sides = await self._badged(_seated(rooms, {card.room: await self._live(card) for card in cards}))
        await self._check_clients(sides)
        await self._check_room()
        state = await self._referees.open(invite(new_id(), sides, self._rules, fight_ms, self._clock.now_ms()))
        return battle_body(await self._accept_for(state, accepting), {})

    async def command(
        self, principal: Principal, battle_id: str, verb: str, target: str | None = None
    ) -> dict[str, object]:
        """``verb`` is one of ``pk.schema.Verb``, or mute or unmute, which have a target."""
        if verb == Verb.REMATCH:
            await self._check_rematch(principal.user_id, _known(battle_id))
        state = await self._referees.command(_known(battle_id), verb, principal.user_id, target=target)
        return await self._body(state)

    async def end_by_operator(self, principal: Principal, battle_id: str, reason: str) -> dict[str, object]:
        state = await self._referees.command(_known(battle_id), OPERATOR_END, principal.user_id, reason=reason)
        return await self._body(state)

    async def battle(self, battle_id: str, reader: str | None) -> dict[str, object]:
        """A battle by its id; one that the reader may not see is unknown to him."""
        state = await self._find(_known(battle_id))
        if state is None or not seen_by(state, reader):
            raise BattleUnknown
        return await self._body(state)

    async def contributors(self, battle_id: str, reader: str | None) -> list[dict[str, object]]:
        """Who have given most for each side, the best first: up to now, and once it is over as the result says."""
        state = await self._find(_known(battle_id))
        if state is None or not seen_by(state, reader):
            raise BattleUnknown
        if state.result is not None:
            return contributor_bodies(state.result.contributors)
        if state.phase not in (Phase.FIGHTING, Phase.SETTLING):
            return []
        best = await self._scoring.top_contributors(state.battle)
        return contributor_bodies(Contributor(each.user, each.name, each.side, each.score) for each in best)

    async def current(self, room: str, reader: str | None) -> dict[str, object] | None:
        """The battle that ``room`` has now, or None."""
        state = await self._now(room)
        return None if state is None or not seen_by(state, reader) else await self._body(state)

    async def invited(self, room: str) -> frozenset[str]:
        """The hosts whose affair alone the room's battle still is."""
        state = await self._now(room)
        return frozenset() if state is None or state.public else frozenset(each.user for each in state.members)

    async def _now(self, room: str) -> State | None:
        battle_id = await self._ring.battle_of(room)
        state = None if battle_id is None else await self._find(battle_id)
        return None if state is None or state.phase is Phase.ENDED else state

    async def latest(self, limit: int) -> list[dict[str, object]]:
        """For ops: invitations that are open, and the newest battles."""
        states = await self._battles.latest(limit)
        known = {state.battle for state in states}
        invited = [await self._ring.invitation(each) for each in await self._ring.open_ids() if each not in known]
        everything = [state for state in invited if state is not None] + states
        return [await self._body(state) for state in everything[:limit]]

    async def _find(self, battle_id: str) -> State | None:
        state, _ = await look_up(battle_id, self._ring, self._battles)
        return state

    async def _body(self, state: State) -> dict[str, object]:
        fought = state.phase in (Phase.FIGHTING, Phase.SETTLING)
        return battle_body(state, await self._scoring.live_scores(state.battle) if fought else {})

    async def _check_standing(self, own: RoomCard, others: Sequence[RoomCard]) -> None:
        await self._gate.check(own.host_user, Scope.PUBLISH)
        for other in others:
            try:
                await self._gate.check(other.host_user, Scope.PUBLISH)
            except Sanctioned:  # what for is his own affair
                raise HostSanctioned(room=other.room) from None

    async def _check_rematch(self, user: str, battle_id: str) -> None:
        state = await self._find(battle_id)
        if state is not None and state.member_of(user) is not None:
            await self._willingness.check_rematch(user, state.members)

    async def _accept_for(self, state: State, users: Sequence[str]) -> State:
        """Accept in the name of those who have agreed beforehand; what goes wrong leaves the invitation to them."""
        for user in users:
            try:
                state = await self._referees.command(state.battle, Verb.ACCEPT, user)
            except Refusal as refusal:
                log.info("an invitation waits for its answer", battle=state.battle, user=user, reason=refusal.detail)
        return state

    async def _badged(self, sides: tuple[Side, ...]) -> tuple[Side, ...]:
        standings = await self._battles.standings([member.user for side in sides for member in side.members])
        return tuple(
            replace(side, members=tuple(badged(member, standings[member.user]) for member in side.members))
            for side in sides
        )

    async def _check_clients(self, sides: tuple[Side, ...]) -> None:
        for side in sides:
            for member in side.members:
                understands = await self._ring.client_of(member.room)
                if (DUELS if understands is None else understands) < needed(sides):
                    raise ClientTooOld(room=member.room)

    async def _check_room(self) -> None:
        """A battle that no machine could mix is not begun: those that run would suffer, or it be called off."""
        try:
            await self._mixers.expect_room(KIND)
        except Unavailable as full:
            raise NoRoomForBattle(f"no machine takes another battle: {full.detail}", retry_after_s=5) from full

    async def _card(self, room: str) -> RoomCard:
        card = await self._presence.room(room) if is_id(room) else None
        if card is None:
            raise RoomUnknown
        return card

    async def _live(self, card: RoomCard) -> LiveBroadcast:
        broadcast = await self._presence.broadcast(card.room)
        if broadcast is None or broadcast.state != "live":
            raise HostOffline(room=card.room)
        return broadcast


class BattlePart:
    """The member ``battle`` of the snapshot that a newcomer in a room gets (``streaming.feed_port.SnapshotPart``)."""

    name = "battle"

    def __init__(self, service: BattleService) -> None:
        self._service = service

    async def part(self, room: str, principal: Principal | None) -> object:
        return await self._service.current(room, None if principal is None else principal.user_id)

    async def others(self, room: str) -> Collection[str]:
        return await self._service.invited(room)


def chosen_fight(rules: BattleRules, duration_s: int | None) -> int:
    """How long the fight is to be, in milliseconds; ``FightNotOffered``."""
    fight_ms = rules.fight_ms if duration_s is None else duration_s * 1000
    if not rules.allows(fight_ms):
        raise FightNotOffered(offered_s=[each // 1000 for each in rules.fights_ms])
    return fight_ms


def _seated(rooms: Sequence[Sequence[str]], live: dict[str, LiveBroadcast]) -> tuple[Side, ...]:
    seats = iter(range(len(live)))
    return tuple(
        Side(
            name,
            tuple(Member(next(seats), room, live[room].host_user, live[room].host_name) for room in side),
        )
        for name, side in zip(SIDES, rooms, strict=False)
    )


def _known(battle_id: str) -> str:
    if not is_id(battle_id):
        raise Malformed("a battle's id has 26 characters")
    return battle_id
