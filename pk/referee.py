"""The owner loop of one battle: wait for one input, apply it, save, tell everybody, and wait until the next deadline.

Only the referee changes the battle, and only while he holds its lease. What he applies he saves first (with his fence,
by compare-and-set) and tells afterwards: who is killed in between has told nothing that is not true, and his successor
says it again. A store that is away ends him; the office lets him, or another, go on from what was saved.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import structlog

from foundation.bus import Bus
from foundation.clock import Clock
from foundation.errors import Refusal
from foundation.feed import FeedMessage, FeedOutlet
from foundation.lease import Fenced, Lease
from foundation.tasks import TaskOwner
from gifts.scoring import Scoring, Tally
from moderation.audit import AuditEntry
from pk import feed
from pk.battle import Battle, first_fact
from pk.composite import Composite
from pk.errors import NoReferee, OutOfPhase, Overtaken
from pk.events import BattleFact
from pk.inputs import Input, MemberLost, MemberReturned, Tallied, TimeUp
from pk.moves.aftermath import next_battle
from pk.state import Contributor, Phase, State
from pk.store import STORE_AWAY, Battles, Change, Ring, windows
from streaming.presence import Presence

log = structlog.get_logger(__name__)

INBOX = 256
_NO_FENCE = 0  # of a battle that nobody owns yet
WATCH_EVERY_S = 1.0
TELL_AGAIN_S = 0.25
TOLD_WITHIN_MS = 5_000  # of the end; without Redis for longer another referee tells it, for this one's lease is over

Words = Callable[[State, Mapping[str, int]], list[FeedMessage]]


@dataclass(frozen=True)
class Equipment:
    """What every referee of a control process works with. ``url`` is that process's internal address."""

    url: str
    clock: Clock
    battles: Battles
    ring: Ring
    bus: Bus
    feed: FeedOutlet
    scoring: Scoring
    presence: Presence
    composite: Callable[[Callable[[Input], None]], Composite]


@dataclass(frozen=True)
class Entry:
    """One input, and who waits for its outcome."""

    event: Input
    reply: "asyncio.Future[State] | None" = None
    audit: AuditEntry | None = None


class Referee:
    """``state`` is read by anybody in the process; only ``run`` changes it."""

    def __init__(self, equipment: Equipment, state: State, lease: Lease) -> None:
        self.state = state
        self.scores: dict[str, int] = {}
        self._equipment = equipment
        self._lease = lease
        self._new = state.version == 1
        self._inbox: asyncio.Queue[Entry] = asyncio.Queue(INBOX)
        self._scored = asyncio.Event()
        self._telling = asyncio.Lock()
        self._told = state  # what the rooms have heard of last
        self._over = False
        self._untold = False  # Redis was away when the rooms were to be told of the last step
        self._composite = equipment.composite(self.observe)

    # What others in the process may ask of him

    async def command(self, event: Input, audit: AuditEntry | None = None) -> State:
        """Apply ``event`` and return the state that it led to; raises what the rules refuse."""
        if self._over:
            raise self._too_late()
        reply: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        try:
            self._inbox.put_nowait(Entry(event, reply, audit))
        except asyncio.QueueFull as full:
            raise NoReferee("too many commands are waiting", retry_after_s=1) from full
        return await reply

    def observe(self, event: Input) -> None:
        """Take note of something. Dropped when the inbox is full: what matters is seen again at the next watch."""
        try:
            self._inbox.put_nowait(Entry(event))
        except asyncio.QueueFull:
            log.warning("referee's inbox is full", battle=self.state.battle, event=type(event).__name__)

    def note_scores(self, scores: Mapping[str, int]) -> None:
        """New scores to show. They never fall: an older message that comes late changes nothing."""
        for side, score in scores.items():
            self.scores[side] = max(score, self.scores.get(side, 0))
        self._scored.set()

    def ring_composite(self) -> None:
        self._composite.ring()

    # His work

    async def run(self) -> None:
        """Until the battle has ended and everything is given back. Raises ``Fenced`` when somebody has taken over."""
        tasks = TaskOwner(f"referee {self.state.battle}")
        try:
            await self._begin()
            tasks.start(self._composite.run(), "composite")
            tasks.start(self._watch(), "watch")
            tasks.start(self._show_scores(), "scores")
            while self.state.phase is not Phase.ENDED:
                await self._turn()
            self._refuse_waiting()
            await tasks.close()
            await self._give_back()
        finally:
            await tasks.close()
            self._refuse_waiting()

    async def _begin(self) -> None:
        if self.state.phase in (Phase.FIGHTING, Phase.SETTLING):
            self.scores.update(await self._equipment.scoring.live_scores(self.state.battle))
        aloud = await self._show()
        if self._new:
            await self._tell([first_fact(self.state)], aloud)
        else:
            await self._speak(feed.once_more)
        self._composite.follow(self.state)

    async def _turn(self) -> None:
        if self.state.phase is Phase.SETTLING:
            await self._settle()
            return
        await self._apply(await self._next())

    async def _next(self) -> Entry:
        deadline = Battle(self.state).deadline_ms
        assert deadline is not None, "every phase but settling and ended has a deadline"
        left_ms = deadline - self._equipment.clock.now_ms()
        try:
            async with asyncio.timeout(left_ms / 1000):
                return await self._inbox.get()
        except TimeoutError:
            return Entry(TimeUp())

    async def _apply(self, entry: Entry) -> None:
        battle = Battle(self.state)
        now_ms = self._equipment.clock.now_ms()
        try:
            facts = battle.handle(entry.event, now_ms)
            if battle.state != self.state or entry.audit is not None:
                await self._save(battle.state, _seen(entry.audit, self.state, battle.state), now_ms)
        except (Fenced, Overtaken) as stale:
            _answer(entry, NoReferee(retry_after_s=1))
            raise stale
        except Refusal as refusal:
            _answer(entry, refusal)
            return
        except BaseException:
            _answer(entry, NoReferee(retry_after_s=1))
            raise
        try:
            await self._become(battle.state, facts)
        finally:
            _answer(entry, self.state)  # it is saved, whatever becomes of the telling

    async def _save(self, state: State, audit: AuditEntry | None, now_ms: int) -> None:
        """Make the step from the present state to ``state`` durable. An invitation is not worth a row."""
        battles = self._equipment.battles
        before, after = self.state.phase, state.phase
        if before is Phase.INVITED and after in (Phase.INVITED, Phase.ENDED):
            if audit is not None:
                await battles.note(audit)
            return
        change = Change(
            state,
            self.state.version,
            self._lease.fence,
            opens=windows(state) if before is not Phase.FIGHTING and after is Phase.FIGHTING else (),
            closes_at_ms=state.ends_at_ms if after is Phase.SETTLING and before is not Phase.SETTLING else None,
            audit=audit,
            successor=next_battle(state, now_ms) if state.successor and not self.state.successor else None,
        )
        if before is Phase.INVITED:
            await battles.insert(change, now_ms)
        else:
            await battles.update(change)
        if change.successor is not None:
            await self._calmly(self._announce(change.successor), "announce")

    async def _announce(self, successor: State) -> None:
        """The battle that follows is there, and has the rooms, before anybody hears that this one is over."""
        ring = self._equipment.ring
        await ring.show(successor, _NO_FENCE, self._equipment.url)
        await ring.keep(successor)

    async def _settle(self) -> None:
        """Ask the ledger, judge, and write the result, all in one transaction."""
        facts: list[BattleFact] = []

        def decide(tally: Tally) -> State:
            battle = Battle(self.state)
            facts.extend(battle.handle(_tallied(tally), self._equipment.clock.now_ms()))
            return battle.state

        state = await self._equipment.battles.settle(self.state.battle, self.state.version, self._lease.fence, decide)
        await self._become(state, facts)

    async def _become(self, state: State, facts: list[BattleFact]) -> None:
        """The step is saved: go on from it, and say so."""
        if state == self.state:
            return
        self.state = state
        self._composite.follow(state)
        aloud = await self._show()
        if state.phase is Phase.ENDED:  # before anybody hears of it, so that a rematch finds the hosts free
            await self._calmly(self._equipment.ring.release(state), "release")
        await self._tell(facts, aloud)

    async def _give_back(self) -> None:
        await self._calmly(self._equipment.ring.release(self.state), "release")
        if self.state.successor is None:  # else the stage is the next battle's
            await self._composite.dismantle(self.state)
        deadline = self._equipment.clock.now_ms() + TOLD_WITHIN_MS
        while self._untold and self._equipment.clock.now_ms() < deadline:
            await asyncio.sleep(TELL_AGAIN_S)
            await self._tell_again()
        now_ms = self._equipment.clock.now_ms()
        await self._equipment.battles.close(self.state.battle, self._lease.fence, now_ms)

    # What goes on beside it

    async def _watch(self) -> None:
        """Renew what expires, restore what Redis has lost, and see for himself whether the hosts are there."""
        while not self._over:
            state = self.state
            await self._calmly(self._equipment.ring.keep(state), "keep")
            if await self._show():
                await self._tell_again()
            for room in state.rooms:
                await self._calmly(self._look_at(room), "look")
            await asyncio.sleep(WATCH_EVERY_S)

    async def _look_at(self, room: str) -> None:
        broadcast = await self._equipment.presence.broadcast(room)
        present = broadcast is not None and broadcast.state == "live"
        away = any(each.room == room for each in self.state.away)
        if present and away:
            self.observe(MemberReturned(room))
        elif not present and not away and room not in self.state.gone:
            self.observe(MemberLost(room))

    async def _show_scores(self) -> None:
        """While one message is posted the next scores add up: a flood of gifts is no flood of messages."""
        while not self._over:
            await self._scored.wait()
            self._scored.clear()
            async with self._telling:
                if self._told.phase is Phase.FIGHTING:
                    await self._post(feed.score_messages(self._told, self.scores))

    async def _tell(self, facts: list[BattleFact], aloud: bool) -> None:
        """Not ``aloud``: a later owner has told the rooms already, and more."""
        for fact in facts:
            if aloud:
                await self._speak(partial(feed.messages, fact))
            await self._calmly(self._equipment.bus.publish(fact), "publish")

    async def _speak(self, words: Words) -> None:
        """Tell the rooms of the present state. One after the other: what they hear never steps back."""
        async with self._telling:
            self._told = self.state
            await self._post(words(self.state, self.scores))

    async def _post(self, messages: list[FeedMessage]) -> None:
        if not await self._calmly(self._equipment.feed.post(*messages), "post"):
            self._untold = True

    async def _tell_again(self) -> None:
        """What the rooms were not told they are told now; a step that others followed is in the later body."""
        if self._untold:
            self._untold = False
            await self._speak(feed.once_more)

    async def _show(self) -> bool:
        """False when a later owner has shown the battle; while Redis is away nobody has."""
        try:
            return await self._equipment.ring.show(self.state, self._lease.fence, self._equipment.url)
        except STORE_AWAY as error:
            log.warning("a store is away", battle=self.state.battle, act="show", error=str(error))
            return True

    async def _calmly(self, act: Awaitable[object], what: str) -> bool:
        """Redis carries only copies: while it is away the battle goes on, and the watch restores them."""
        try:
            await act
        except STORE_AWAY as error:
            log.warning("a store is away", battle=self.state.battle, act=what, error=str(error))
            return False
        return True

    def _refuse_waiting(self) -> None:
        self._over = True
        while not self._inbox.empty():
            _answer(self._inbox.get_nowait(), self._too_late())

    def _too_late(self) -> Refusal:
        if self.state.phase is Phase.ENDED:
            return OutOfPhase("the battle is over", phase=self.state.phase, reason=self.state.reason)
        return NoReferee(retry_after_s=1)


def _answer(entry: Entry, outcome: State | Refusal) -> None:
    if entry.reply is None or entry.reply.done():
        return
    if isinstance(outcome, Refusal):
        entry.reply.set_exception(outcome)
    else:
        entry.reply.set_result(outcome)


def _seen(audit: AuditEntry | None, before: State, after: State) -> AuditEntry | None:
    """``audit`` with what the deed has changed."""
    return None if audit is None else replace(audit, before=_view(before), after=_view(after))


def _view(state: State) -> dict[str, object]:
    return {
        "phase": str(state.phase),
        "reason": state.reason or None,
        "version": state.version,
        "ends_at_ms": state.ends_at_ms,
        "rooms": list(state.rooms),
    }


def _tallied(tally: Tally) -> Tallied:
    best = tally.contributors
    contributors = tuple(Contributor(each.user, each.name, each.side, each.score, each.first_at_ms) for each in best)
    return Tallied(tuple(tally.scores.items()), contributors, tally.gifts)
