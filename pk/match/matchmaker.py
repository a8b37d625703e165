"""The matchmaker: the one owner, under a lease, who brings together the hosts who wait for a random match.

Every second, and when a doorbell rings, he looks at everybody who waits: who cannot battle any more is taken out with a
reason, and ``pairing`` says who meets whom. A pair is noted in the queue with the id of its battle, and then that is
opened in the ordinary way: one of the two invites, and the other's acceptance is said for him. A matchmaker who is
killed in between leaves the note, and his successor finds out from the battle how far it came. When it does not come
about both are where they were, with the time that they have waited; only who is at fault is taken out.

A host who is invited while he waits keeps his place, and is not matched until he has answered. Accepting takes him out,
and so does inviting.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from accounts.relations import Relations
from foundation.bus import Bus, Subscription
from foundation.clock import Clock
from foundation.errors import Refusal, Unavailable
from foundation.feed import FeedOutlet
from foundation.ids import new_id
from foundation.lease import Fenced, Lease, Leases
from foundation.stopping import heed_cancellation
from foundation.tenure import take_turns
from moderation.events import SanctionImposed
from moderation.gate import Gate, Sanctioned, Scope
from pk.battle import invite
from pk.composite import KIND
from pk.errors import HostBusy, NoReferee, TooFrequent
from pk.events import MatchAsked
from pk.match.pairing import End, Pair, Seeker, expired, pairs, window
from pk.match.queue import LEASE_NAME, MatchQueue, Place
from pk.match.schema import ended_message, waiting_message
from pk.rating import badged
from pk.rules import BattleRules, MatchRules
from pk.schema import Verb
from pk.service import Mixers, Referees
from pk.state import Member, Phase, Side, State
from pk.store import STORE_AWAY, Battles, Ring, look_up
from streaming.events import BroadcastEnded
from streaming.presence import Presence

log = structlog.get_logger(__name__)

CONTEND_EVERY_S = 0.5
ROUND_EVERY_S = 1.0
ACCEPT_WITHIN_S = 1.0  # so long a round waits for one referee
BARRED_MS = 30_000  # so long a block is remembered without asking again
FAILED_MS = 3_000  # so long two whose battle did not come about are not tried again, for the sake of the others


@dataclass(frozen=True)
class Surroundings:
    """What a matchmaker works with. ``fights`` are the rules of the battles that he opens."""

    clock: Clock
    bus: Bus
    feed: FeedOutlet
    presence: Presence
    gate: Gate
    relations: Relations
    battles: Battles
    ring: Ring
    queue: MatchQueue
    referees: Referees
    mixers: Mixers
    fights: BattleRules
    rules: MatchRules


class Matchmaker:
    """``run`` until cancelled: contends for the lease and works while it holds it."""

    def __init__(self, around: Surroundings, leases: Leases) -> None:
        self._around = around
        self._leases = leases
        self._told: dict[str, int] = {}  # seeker's id -> the window that he was told last
        self._barred: dict[frozenset[str], int] = {}  # -> until when

    async def run(self) -> None:
        await take_turns(self._leases, LEASE_NAME, self._own, retry_s=CONTEND_EVERY_S)

    async def _own(self, lease: Lease) -> None:
        async with self._around.bus.subscribe(MatchAsked, BroadcastEnded, SanctionImposed) as bell:
            await self._work(lease, bell)

    async def _work(self, lease: Lease, bell: Subscription) -> None:
        while lease.valid:
            heed_cancellation()
            try:
                await self.round(lease)
            except Fenced:
                log.warning("another matchmaker has taken over")
                return
            except STORE_AWAY as error:
                log.warning("who waits for a match waits longer", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND_EVERY_S):
                    await anext(bell)

    async def round(self, lease: Lease) -> None:
        """Look at everybody once, and bring together who may meet. ``Fenced`` when there is a later matchmaker."""
        places = await self._around.queue.waiting()
        for battle, rooms in _paired(places).items():
            await self._go_on(lease, battle, rooms)
        ready = [
            place.seeker for place in places if place.battle is None and await self._is_ready(lease.fence, place.seeker)
        ]
        now_ms = self._around.clock.now_ms()
        self._barred = {who: until_ms for who, until_ms in self._barred.items() if until_ms > now_ms}
        for one, other in pairs(ready, self._barred, now_ms, self._around.rules):
            if not lease.valid:
                return
            if await self._bars(one, other):
                continue
            if not await self._has_room():
                break
            await self._match(lease, one, other)
        await self._tell_windows()

    # Who waits

    async def _is_ready(self, fence: int, seeker: Seeker) -> bool:
        """Whether he can meet somebody at this moment. Who cannot wait any more is taken out."""
        over, ready = await self._look_at(seeker)
        if over is not None:
            await self._dismiss(fence, seeker, over)
        return ready

    async def _look_at(self, seeker: Seeker) -> tuple[End | None, bool]:
        """Why he has to go, if he has; and whether he can meet somebody."""
        around = self._around
        if expired(seeker, around.clock.now_ms(), around.rules):
            return End.EXPIRED, False
        broadcast = await around.presence.broadcast(seeker.room)
        if broadcast is None:
            return End.OFFLINE, False
        try:
            await around.gate.check(seeker.user, Scope.PUBLISH)
        except Sanctioned:
            return End.SANCTIONED, False
        battle = await around.ring.battle_of(seeker.room)
        if battle is None:
            return None, broadcast.state == "live"
        state, _ = await look_up(battle, around.ring, around.battles)
        return End.BUSY if state is not None and _agreed(seeker.user, state) else None, False

    async def _dismiss(self, fence: int, seeker: Seeker, why: End, battle: str | None = None) -> None:
        """He is told before he is out: when that fails, or we die in between, he is told in a later round, or again."""
        queue = self._around.queue
        waits = await queue.find(seeker.room)
        if waits is not None and waits.id == seeker.id:
            await self._around.feed.post(ended_message(seeker, why, battle))
            await queue.dismiss(fence, seeker)

    async def _tell_windows(self) -> None:
        around, now_ms = self._around, self._around.clock.now_ms()
        seekers = [place.seeker for place in await around.queue.waiting() if place.battle is None]
        windows = {seeker.id: window(seeker, now_ms, around.rules) for seeker in seekers}
        for seeker in seekers:
            if windows[seeker.id] > self._told.get(seeker.id, around.rules.window):
                await around.feed.post(waiting_message(seeker, now_ms, around.rules))
        self._told = windows

    # Who meets

    async def _bars(self, one: Seeker, other: Seeker) -> bool:
        """Whether either does not want to meet the other. They are not looked at together again for a while."""
        blocks = self._around.relations.blocks
        if not (await blocks(one.user, other.user) or await blocks(other.user, one.user)):
            return False
        self._keep_apart((one.user, other.user), BARRED_MS)
        return True

    async def _has_room(self) -> bool:
        """Whether some machine could mix another battle. While none could everybody waits on."""
        try:
            await self._around.mixers.expect_room(KIND)
        except Unavailable as full:
            log.info("there is no room for another battle", reason=full.detail)
            return False
        return True

    async def _match(self, lease: Lease, one: Seeker, other: Seeker) -> None:
        battle = new_id()
        if await self._around.queue.pair(lease.fence, battle, one, other):
            await self._bring_together(lease, battle, (one, other))

    async def _go_on(self, lease: Lease, battle: str, found: Sequence[Seeker]) -> None:
        """With a pair that a predecessor has noted, or that could not be brought together in one round."""
        if len(found) == 2 and lease.valid:
            one, other = sorted(found, key=lambda seeker: (seeker.since_ms, seeker.id))
            await self._bring_together(lease, battle, (one, other))
        elif len(found) == 1:  # the other one has been told what became of them
            state, _ = await look_up(battle, self._around.ring, self._around.battles)
            await self._conclude(lease.fence, battle, found, state)

    async def _bring_together(self, lease: Lease, battle: str, pair: Pair) -> None:
        try:
            state = await self._opened(battle, pair)
        except Refusal as refusal:
            log.info("a match did not come about", battle=battle, code=refusal.code, detail=refusal.detail)
            await self._fail(lease.fence, battle, pair, refusal)
        else:
            await self._conclude(lease.fence, battle, pair, state)

    async def _conclude(self, fence: int, battle: str, found: Sequence[Seeker], state: State | None) -> None:
        if state is None or not state.public:
            await self._part(fence, battle, found)
            return
        for seeker in found:
            await self._dismiss(fence, seeker, End.FOUND, battle)

    async def _opened(self, battle: str, pair: Pair) -> State:
        """The battle of the pair, invited and accepted, by us or by whoever was here before."""
        around = self._around
        state, _ = await look_up(battle, around.ring, around.battles)
        if state is None:
            state = await self._invited(battle, pair)
        if state.phase is Phase.INVITED:
            state = await self._accepted(state)
        return state

    async def _invited(self, battle: str, pair: Pair) -> State:
        """By the first of the two; by the other one when he has invited too often in this minute."""
        referees, (one, other) = self._around.referees, pair
        try:
            return await referees.open(await self._invitation(battle, pair))
        except Refusal as refusal:
            if refusal.code != TooFrequent.code:
                raise
            return await referees.open(await self._invitation(battle, (other, one)))

    async def _accepted(self, state: State) -> State:
        """``NoReferee`` when nobody answers soon: the others are not kept waiting, and it is said again next time."""
        invited = next(member.user for member in state.members if member.user != state.inviter.user)
        try:
            async with asyncio.timeout(ACCEPT_WITHIN_S):
                return await self._around.referees.command(state.battle, Verb.ACCEPT, invited)
        except TimeoutError as error:
            raise NoReferee("an acceptance was not answered in time", retry_after_s=1) from error

    async def _invitation(self, battle: str, pair: Pair) -> State:
        around = self._around
        standings = await around.battles.standings([seeker.user for seeker in pair])
        sides = tuple(
            Side(name, (badged(Member(seat, seeker.room, seeker.user, seeker.name), standings[seeker.user]),))
            for seat, (name, seeker) in enumerate(zip(("red", "blue"), pair, strict=True))
        )
        return invite(battle, sides, around.fights, pair[0].fight_ms, around.clock.now_ms())

    async def _fail(self, fence: int, battle: str, pair: Pair, refusal: Refusal) -> None:
        """An invitation that is open stays noted, to be answered in the next round; else both wait on."""
        state, _ = await look_up(battle, self._around.ring, self._around.battles)
        if state is not None and state.phase is not Phase.ENDED:
            return
        await self._part(fence, battle, pair)
        if refusal.code == HostBusy.code:
            for seeker in pair:
                if seeker.room == refusal.extra.get("room") and await self._is_ready(fence, seeker):
                    await self._dismiss(fence, seeker, End.BUSY)  # in a battle that only SQL knows of

    async def _part(self, fence: int, battle: str, found: Sequence[Seeker]) -> None:
        self._keep_apart([seeker.user for seeker in found], FAILED_MS)
        await self._around.queue.part(fence, battle, *(seeker.room for seeker in found))

    def _keep_apart(self, users: Sequence[str], for_ms: int) -> None:
        self._barred[frozenset(users)] = self._around.clock.now_ms() + for_ms


def _paired(places: Sequence[Place]) -> dict[str, list[Seeker]]:
    found: dict[str, list[Seeker]] = {}
    for place in places:
        if place.battle is not None:
            found.setdefault(place.battle, []).append(place.seeker)
    return found


def _agreed(user: str, state: State) -> bool:
    """Whether he is in this battle by his own will: an invitation alone binds nobody."""
    if state.phase is Phase.INVITED:
        return user in (state.inviter.user, *state.accepted)
    return state.phase is not Phase.ENDED  # which is about to give him free
