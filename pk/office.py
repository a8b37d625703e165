"""The office of a control process: gives every battle a referee, and tells the referees what concerns them.

It looks for battles without an owner every quarter of a second, in SQL and among the invitations in Redis, and takes
each by its lease. So a battle whose control process was killed goes on within three seconds and a bit in another one,
or in the same one once it is started again, with the deadlines that were saved.
"""

import asyncio

import structlog

from foundation.facts import Fact
from foundation.lease import Fenced, Lease, Leases
from foundation.tasks import TaskOwner
from foundation.tenure import while_held
from gifts.events import ScoreChanged
from moderation.audit import AuditEntry
from moderation.events import SanctionImposed
from moderation.gate import Scope
from pk.errors import HostBusy, NoReferee, Overtaken, RefereeElsewhere
from pk.inputs import Input, MemberLeft, MemberLost, MemberRemoved, MemberReturned
from pk.referee import Equipment, Referee
from pk.state import Phase, State
from pk.store import LEASE_NAME, STORE_AWAY
from streaming.events import BroadcastEnded, BroadcastStarted, GuestsChanged, HostLost, HostReturned
from transcode.job import JobEnded, JobReady

log = structlog.get_logger(__name__)

SWEEP_EVERY_S = 0.25

# Why a broadcast ended -> what that is in a battle. Any other reason is the host's own will, and so a surrender.
# "left" is a closed page or a stopped encoder: he may be back with a new broadcast, like one whose network failed.
_REMOVED = frozenset({"banned", "forced"})
_LOST = frozenset({"left", "lost", "abandoned"})
_BANS = frozenset({Scope.PLATFORM, Scope.PUBLISH})


class Office:
    """``run`` until cancelled; it then gives up its leases, so that another control goes on at once."""

    def __init__(self, equipment: Equipment, leases: Leases) -> None:
        self._equipment = equipment
        self._leases = leases
        self._referees: dict[str, Referee] = {}
        self._tasks = TaskOwner("battle office")
        self._closed = False

    @property
    def load(self) -> int:
        """Battles that this process drives."""
        return len(self._referees)

    @property
    def battles(self) -> frozenset[str]:
        return frozenset(self._referees)

    async def open(self, state: State) -> State:
        """Book the rooms for an invitation and employ its referee. ``HostBusy``, ``TooFrequent``, ``NoReferee``."""
        try:
            busy = await self._equipment.battles.open_in(state.rooms)
            if busy is not None:
                raise HostBusy(room=busy)
            await self._equipment.ring.book(state)
            await self._take(state.battle)
        except STORE_AWAY as error:
            raise NoReferee(retry_after_s=1) from error
        return state

    async def command(self, battle_id: str, event: Input, audit: AuditEntry | None = None) -> State:
        """Have the battle's referee apply ``event``. ``RefereeElsewhere`` when he is not in this process."""
        referee = self._referees.get(battle_id)
        if referee is None:
            raise RefereeElsewhere(battle=battle_id)
        return await referee.command(event, audit)

    async def run(self) -> None:
        presence = (HostLost, HostReturned, BroadcastStarted, BroadcastEnded, SanctionImposed)
        kinds = (*presence, ScoreChanged, JobReady, JobEnded, GuestsChanged)
        try:
            async with self._equipment.bus.subscribe(*kinds) as subscription:
                self._tasks.start(self._sweep_always(), "sweep")
                async for fact in subscription:
                    self._pass_on(fact)
        finally:
            self._closed = True
            await self._tasks.close()

    async def _sweep_always(self) -> None:
        while not self._closed:
            try:
                await self.sweep()
            except STORE_AWAY as error:
                log.warning("could not look for battles", error=str(error))
            await asyncio.sleep(SWEEP_EVERY_S)

    async def sweep(self) -> None:
        """Take every battle that nobody has."""
        found = {*await self._equipment.battles.open_ids(), *await self._equipment.ring.open_ids()}
        for battle_id in sorted(found - self._referees.keys()):
            try:
                await self._take(battle_id)
            except STORE_AWAY:
                raise
            except Exception:
                # A battle that cannot be read must not keep the others waiting.
                log.exception("could not take a battle", battle=battle_id)

    async def _take(self, battle_id: str) -> None:
        if battle_id in self._referees:
            return
        lease = await self._leases.acquire(LEASE_NAME % battle_id)
        if lease is None:
            return
        # Read after the lease and its fence were got: what a predecessor still writes from now on is refused.
        state = await self._newest(battle_id)
        if state is None:
            await self._leases.release(lease)
            return
        referee = self._referees[battle_id] = Referee(self._equipment, state, lease)
        self._tasks.start(self._employ(referee, lease), battle_id)

    async def _newest(self, battle_id: str) -> State | None:
        """What was saved. An invitation is worth no row, but the copy knows what was answered up to now."""
        state = await self._equipment.battles.load(battle_id) or await self._equipment.ring.invitation(battle_id)
        if state is None or state.phase is not Phase.INVITED:
            return state
        copy = await self._equipment.ring.copy(battle_id)
        return state if copy is None else copy.state

    async def _employ(self, referee: Referee, lease: Lease) -> None:
        try:
            await while_held(self._leases, lease, _work(referee))
        finally:
            del self._referees[referee.state.battle]
        await self._succeed(referee.state.successor)

    async def _succeed(self, successor: str | None) -> None:
        """A rematch is taken at once; what goes wrong here the next sweep puts right."""
        if successor is not None and not self._closed:
            try:
                await self._take(successor)
            except STORE_AWAY as error:
                log.warning("the rematch waits for the next sweep", battle=successor, error=str(error))

    def _pass_on(self, fact: Fact) -> None:
        match fact:
            case ScoreChanged():
                referee = self._referees.get(fact.battle)
                if referee is not None:
                    referee.note_scores(dict(fact.scores))
            case JobReady() | JobEnded():
                for referee in self._referees.values():
                    if referee.state.stage in fact.job_id:
                        referee.ring_composite()
            case GuestsChanged():
                for referee in self._referees.values():
                    if fact.room in referee.state.rooms:
                        referee.ring_composite()
            case HostLost():
                self._observe_room(fact.room, MemberLost)
            case HostReturned() | BroadcastStarted():
                self._observe_room(fact.room, MemberReturned)
            case BroadcastEnded():
                self._observe_room(fact.room, _meaning(fact.reason))
            case SanctionImposed() if fact.scope in _BANS:
                for referee in self._referees.values():
                    member = referee.state.member_of(fact.user)
                    if member is not None:
                        referee.observe(MemberRemoved(member.room))

    def _observe_room(self, room: str, kind: "type[MemberLost | MemberReturned | MemberLeft | MemberRemoved]") -> None:
        for referee in self._referees.values():
            if room in referee.state.rooms:
                referee.observe(kind(room))


def _meaning(reason: str) -> type[MemberLost | MemberLeft | MemberRemoved]:
    if reason in _REMOVED:
        return MemberRemoved
    return MemberLost if reason in _LOST else MemberLeft


async def _work(referee: Referee) -> None:
    battle_id = referee.state.battle
    try:
        await referee.run()
    except (Fenced, Overtaken) as stale:
        log.info("another referee has taken over", battle=battle_id, reason=stale.detail)
    except STORE_AWAY as error:
        log.warning("referee stopped, his store is away", battle=battle_id, error=str(error))
    except Exception:
        # The battle stays open, and the next sweep tries again from what was saved.
        log.exception("referee failed", battle=battle_id)
