"""The owner of one broadcast: waits for one input, applies it, saves under its fence, tells it, re-arms one timer.

Only a keeper decides what a room's program shows. Inputs may be lost or come twice: what the store and the media worker
say (``Reconcile``) is looked at every two seconds and heals it.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import structlog

from foundation.errors import Refusal
from foundation.feed import FeedMessage
from foundation.lease import Lease
from foundation.stopping import end, heed_cancellation
from foundation.tasks import TaskOwner
from moderation.gate import Sanctioned, Scope
from streaming.broadcast import (
    Broadcast,
    CameraDown,
    CameraLeft,
    CameraReplaced,
    CameraUp,
    Change,
    End,
    EndReason,
    Event,
    Home,
    State,
    TimePassed,
)
from streaming.doorbells import EndAsked, RoomChanged, StageChanged
from streaming.events import (
    BroadcastEnded,
    BroadcastStarted,
    CameraEnded,
    CameraLost,
    CameraResumed,
    CameraStarted,
    GuestEnded,
    GuestsChanged,
    GuestStarted,
    HostLost,
    HostReturned,
    MediaMoving,
    WorkerStarted,
)
from streaming.guest_acts import Sitting
from streaming.guest_keeping import GuestKeeping
from streaming.guests import MixerLost, Published, Unpublished
from streaming.lobby import Lobby
from streaming.schema import broadcast_body
from streaming.source import Asked, Kind, Source, choose
from streaming.stage_watch import StageWatch
from streaming.store import Record
from streaming.surroundings import Surroundings
from streaming.workers import SeenRoom

log = structlog.get_logger(__name__)

INBOX = 256


@dataclass(frozen=True)
class Reconcile:
    """What the room's home says of it: ``seen`` is None when the worker is gone, or knows nothing of the room."""

    seen: SeenRoom | None


@dataclass(frozen=True)
class HostSanctioned:
    """A sanction that forbids publishing may have been imposed on the host, or on a guest of his."""


@dataclass(frozen=True)
class Forgotten:
    """Redis has lost the broadcast; its keeper has it."""


Input = (
    Event
    | CameraStarted
    | CameraLost
    | CameraResumed
    | CameraEnded
    | MediaMoving
    | WorkerStarted
    | StageChanged
    | RoomChanged
    | EndAsked
    | GuestStarted
    | GuestEnded
    | GuestsChanged
    | MixerLost
    | HostSanctioned
    | Reconcile
    | Forgotten
)


class Keeper:
    """``record`` is loaded or new; ``lease`` is held by the caller for as long as ``run`` runs."""

    def __init__(self, record: Record, lease: Lease, around: Surroundings) -> None:
        self._record = record
        self._lease = lease
        self._around = around
        self._inbox: asyncio.Queue[Input] = asyncio.Queue(INBOX)
        self._commanded = ""  # the session and source that its worker has confirmed
        self._silences = 0  # reports in a row in which the camera was missing
        sitting = Sitting(record.card.room, record.card.host_user, record.broadcast.broadcast_id)
        lobby = Lobby(around.rooms, around.broadcasts)
        self._guests = GuestKeeping(sitting, around.guests, around.gate, around.jobs, around.picture, lobby, self.put)
        self._watch = StageWatch(self.room, around.rights)
        self._mixing: asyncio.Task[None] | None = None  # keeps the guests' composite while ``run`` runs

    @property
    def room(self) -> str:
        return self._record.card.room

    @property
    def _host(self) -> str:
        return self._record.card.host_user

    def concerns(self, user: str) -> bool:
        """Whether he is on this stage, or would like to be."""
        return user == self._host or self._guests.has(user)

    @property
    def broadcast(self) -> Broadcast:
        return self._record.broadcast

    @property
    def over(self) -> bool:
        return self.broadcast.state is State.ENDED

    def put(self, given: Input) -> None:
        """Hand in an input. When 256 wait already it is dropped: reconciliation heals what was missed."""
        try:
            self._inbox.put_nowait(given)
        except asyncio.QueueFull:
            log.warning("a keeper is too slow", room=self.room, dropped=type(given).__name__)

    async def run(self) -> None:
        """Until the broadcast is over. Whatever an earlier owner left half done is done first."""
        tasks = TaskOwner(f"keeper {self.room}")
        try:
            self._mixing = tasks.start(self._guests.composite.run(), "guests")
            await self._keep()
        finally:
            await tasks.close()

    async def _keep(self) -> None:
        if self.broadcast.state is not State.STARTING:
            await self._guests.adopt()
        if self.over:
            await self._finish()
        elif self.broadcast.state is not State.STARTING:
            await self.handle(HostSanctioned())
            await self.handle(EndAsked(self.room))
            await self._command()
        while not self.over:
            heed_cancellation()
            await self.handle(await self._next())

    async def _next(self) -> Input:
        deadline_ms = self.broadcast.deadline_ms
        if deadline_ms is None:
            return await self._inbox.get()
        wait_s = (deadline_ms - self._around.clock.now_ms()) / 1000
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                return await self._inbox.get()
        except TimeoutError:
            return TimePassed()

    async def handle(self, given: Input) -> None:
        """Apply one input and everything that follows from it."""
        if self.over:
            return
        match given:
            case StageChanged():
                await self._command()
            case RoomChanged():
                await self._renew_card()
            case MediaMoving():
                await self._ask_to_move(given)
            case WorkerStarted():
                await self._mourn(given)
            case EndAsked():
                await self._obey_order()
            case GuestStarted() | GuestEnded() | GuestsChanged() | MixerLost():
                await self._heed_guests(given)
            case HostSanctioned():
                await self._judge()
            case Forgotten():
                await self._remind()
            case Reconcile():
                await self._reconcile(given.seen)
            case CameraResumed():
                if given.session == self.broadcast.session:
                    await self._step(CameraUp(given.session, self.broadcast.home))
            case CameraStarted() | CameraLost() | CameraEnded():
                await self._step(_translated(given))
            case _:
                await self._step(given)

    async def _heed_guests(self, given: GuestStarted | GuestEnded | GuestsChanged | MixerLost) -> None:
        match given:
            case GuestStarted():
                await self._guests.act(Published(given.user, given.session))
            case GuestEnded():
                await self._guests.act(Unpublished(given.user, given.session))
            case GuestsChanged():
                await self._guests.look()
            case MixerLost():
                await self._guests.act(given)
        await self._command()

    async def _step(self, event: Event) -> None:
        before, home = self.broadcast.state, self.broadcast.home
        changes = self.broadcast.handle(event, self._around.clock.now_ms(), self._around.rules)
        if Change.STARTED in changes:
            await self._around.rooms.begin(self.broadcast, self._lease.name, self._lease.fence)
        if changes or self.broadcast.state is not before or isinstance(event, CameraUp):
            await self._save()
        for change in changes:
            await self._tell(change)
        if Change.MOVED in changes:
            # The new home has pictures by now: whoever still watches the old one shall come here.
            await self._try(self._around.workers.close_room(home.url, self.room, "replaced"))
            await self._say("media.moved", {})
        if isinstance(event, CameraUp):
            self._commanded = ""  # a new session may be a new worker's: say again what is wanted
            await self._command()
        if Change.ENDED in changes:
            await self._finish()

    async def _save(self) -> None:
        assert self._lease.valid, "an owner whose lease is over must have been stopped"
        await self._around.broadcasts.save(self._record, self._lease.fence)

    async def _tell(self, change: Change) -> None:
        now_ms, broadcast = self._around.clock.now_ms(), self.broadcast
        body = broadcast_body(self._record)
        match change:
            case Change.STARTED:
                await self._around.talk.begin(self.room)
                await self._around.audiences.begin(self.room, broadcast.broadcast_id)
                await self._around.bus.publish(
                    BroadcastStarted(self.room, broadcast.broadcast_id, self._host, broadcast.started_at_ms)
                )
                await self._say("broadcast.started", body)
            case Change.LOST:
                await self._around.bus.publish(HostLost(self.room, now_ms))
                await self._say("broadcast.reconnecting", body)
            case Change.RETURNED:
                await self._around.bus.publish(HostReturned(self.room, now_ms))
                await self._say("broadcast.resumed", body)
            case Change.MOVED | Change.ENDED:
                pass  # told when the old home is closed, and by ``_finish``, once more after a crash

    async def _say(self, type_: str, body: dict[str, object], *users: str) -> None:
        await self._around.feed.post(FeedMessage(self.room, type_, body, users=users))

    async def _ask_to_move(self, asked: MediaMoving) -> None:
        """A worker lets the room go: its host shall find a new home, or the viewers of a relay another place."""
        if asked.whom == "viewers":
            await self._say("media.moved", {})
        elif asked.worker_id == self.broadcast.home.worker_id:
            await self._say("media.moved", {}, self._host)

    async def _mourn(self, started: WorkerStarted) -> None:
        """Our home's process is another one now: the camera is gone, and its host need not find out by a timeout."""
        home = self.broadcast.home
        if started.worker_id == home.worker_id and started.url != home.url:
            await self._step(CameraDown(self.broadcast.session))
            await self._guests.lose_all()
            await self._say("media.moved", {}, self._host)

    async def _finish(self) -> None:
        """End it for everybody. Each act is idempotent: after an owner who died half-way the next does it again."""
        broadcast = self.broadcast
        assert broadcast.end_reason is not None and broadcast.ended_at_ms is not None
        reason = "banned" if broadcast.end_reason is EndReason.BANNED else "ended"
        if self._mixing is not None:
            await end(self._mixing)
        await self._guests.over()
        await self._try(self._around.workers.close_room(broadcast.home.url, self.room, reason))
        await self._around.bus.publish(
            BroadcastEnded(
                self.room, broadcast.broadcast_id, self._host, broadcast.end_reason.value, broadcast.ended_at_ms
            )
        )
        await self._say("broadcast.ended", broadcast_body(self._record))
        figures, tally = await self._around.audiences.figures(self.room), await self._around.talk.tally(self.room)
        await self._around.rooms.finish(broadcast, self._lease.name, self._lease.fence, figures, tally)
        await self._around.broadcasts.unpin_home(self.room)
        await self._around.broadcasts.remove(self._record, self._lease.fence)
        await self._around.broadcasts.withdraw(self.room)

    async def _command(self) -> None:
        """Tell the home what the program shall show, unless it has confirmed just that."""
        battle = await self._around.stages.battle(self.room)
        camera = self.broadcast.state is not State.STARTING
        self._guests.mix(self._record.card.host_name, self.broadcast.home.pipe, wanted=not battle and not self.over)
        source = choose(Asked(over=self.over, battle=battle, guests=self._guests.asked, camera=camera))
        if source.kind is Kind.CLOSED:
            return
        wanted = f"{self.broadcast.session} {source}"
        if wanted == self._commanded:
            return
        order = self._around.workers.set_source(self.broadcast.home.url, self.room, source.wanted, source.composite)
        if await self._try(order):
            self._commanded = wanted
        if self._record.source != str(source):
            self._record = Record(self.broadcast, self._record.card, str(source))
            await self._save()

    async def _reconcile(self, seen: SeenRoom | None) -> None:
        broadcast = self.broadcast
        if seen is None or not seen.alive:
            # One report may be older than the camera's first picture; two in a row are not.
            self._silences += 1
            if self._silences >= 2:
                await self._step(CameraDown(broadcast.session))
        else:
            self._silences = 0
            left = broadcast.on_deadline is EndReason.LEFT and seen.session == broadcast.session
            if seen.session != broadcast.session or (broadcast.state is State.RECONNECTING and not left):
                await self._step(CameraUp(seen.session, broadcast.home))
            if (seen.wanted, seen.composite) != self._confirmed():
                self._commanded = ""
        await self._look_at_guests(seen)
        if not self.over:
            await self.handle(EndAsked(self.room))
            await self.handle(HostSanctioned())
            await self._command()

    async def _look_at_guests(self, seen: SeenRoom | None) -> None:
        workers, home = self._around.workers, self.broadcast.home.url
        for user in await self._guests.reconcile(None if seen is None else seen.guests):
            await self._try(workers.close_guest(home, self.room, user, screen=user == self._host))
        for user in await self._watch.look(() if seen is None else seen.watchers):
            await self._try(workers.close_watcher(home, self.room, user))

    def _confirmed(self) -> tuple[str, str]:
        kind, _, composite = self._record.source.partition(":")
        source = Source(Kind(kind), composite) if kind else Source(Kind.CAMERA)
        return source.wanted, source.composite

    async def _renew_card(self) -> None:
        room = await self._around.rooms.room(self.room)
        if room is not None:
            self._record = Record(self.broadcast, room.card, self._record.source)
            await self._save()

    async def _obey_order(self) -> None:
        order = await self._around.broadcasts.end_order(self.room)
        if order is not None and order.broadcast_id == self.broadcast.broadcast_id:
            await self._step(End(order.reason))

    async def _remind(self) -> None:
        await self._around.broadcasts.announce(self.room)
        if self.broadcast.state is not State.STARTING:
            await self._save()
        await self._guests.look()

    async def _judge(self) -> None:
        if not await self._may_publish():
            await self._step(End(EndReason.BANNED))
        else:
            await self._guests.judge()

    async def _may_publish(self) -> bool:
        try:
            await self._around.gate.check(self._host, Scope.PUBLISH)
        except Sanctioned:
            return False
        return True

    async def _try(self, command: Coroutine[Any, Any, object]) -> bool:
        """Command a media worker; one that cannot answer is asked again when it is reconciled."""
        try:
            async with asyncio.timeout(self._around.rules.worker_deadline_s):
                await command
        except (Refusal, TimeoutError) as error:
            log.warning("a media worker did not obey", room=self.room, error=repr(error))
            return False
        return True


def home_of(fact: CameraStarted) -> Home:
    return Home(fact.worker_id, fact.worker_url, fact.pipe)


def _translated(fact: CameraStarted | CameraLost | CameraEnded) -> Event:
    """What a worker's fact means for the machine."""
    match fact:
        case CameraStarted():
            return CameraUp(fact.session, home_of(fact))
        case CameraEnded(reason="left"):
            return CameraLeft(fact.session)
        case CameraEnded(reason="replaced"):
            return CameraReplaced(fact.session)
    return CameraDown(fact.session)
