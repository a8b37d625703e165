"""The desk of a control process: sees to it that every broadcast has a keeper, here or in another process.

A camera's first picture starts a keeper; a broadcast whose owner died is adopted as soon as his lease is over (within
3 s of his last sign of life); every two seconds what the media workers report is laid before the keepers, and a camera
that nobody keeps gets one. A keeper that fails is not repaired: its lease is given back, and the next one starts from
the snapshot.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from accounts.events import StreamKeyRotated
from foundation.away import StoreAway
from foundation.errors import Refusal
from foundation.ids import new_id
from foundation.lease import Fenced, Lease, Leases
from foundation.nodes import Node, NodeRegistry
from foundation.stopping import heed_cancellation
from foundation.tasks import TaskOwner
from foundation.tenure import while_held
from moderation.events import SanctionImposed
from moderation.gate import Sanctioned, Scope
from streaming.broadcast import Broadcast
from streaming.doorbells import EndAsked, RoomChanged, StageChanged
from streaming.errors import StaleOwner
from streaming.events import (
    CameraEnded,
    CameraLost,
    CameraResumed,
    CameraStarted,
    GuestEnded,
    GuestRemoved,
    GuestsChanged,
    GuestStarted,
    MediaMoving,
    WorkerStarted,
)
from streaming.former_keys import KeyFingerprints, came_with_keys, outdated
from streaming.keeper import Forgotten, HostSanctioned, Keeper, Reconcile
from streaming.store import Record
from streaming.surroundings import Surroundings
from streaming.workers import SeenRoom, seen

log = structlog.get_logger(__name__)

LEASE = "broadcast:{room}"
GUESTS = (GuestStarted, GuestEnded, GuestsChanged)
DOORBELLS = (StageChanged, RoomChanged, EndAsked, CameraLost, CameraResumed, CameraEnded, MediaMoving, *GUESTS)


class Desk:
    """``run`` until cancelled; it then gives its leases back, and another control adopts the broadcasts at once."""

    def __init__(self, around: Surroundings, leases: Leases, nodes: NodeRegistry, keys: KeyFingerprints) -> None:
        self._around = around
        self._keys = keys
        self._leases = leases
        self._nodes = nodes
        self._keepers: dict[str, Keeper] = {}
        self._tasks = TaskOwner("desk")
        self._meeting = asyncio.Lock()

    @property
    def rooms(self) -> frozenset[str]:
        """Rooms that are kept here."""
        return frozenset(self._keepers)

    async def run(self) -> None:
        rules = self._around.rules
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._every(rules.adopt_every_s, self._listen), name="desk/listen")
                group.create_task(self._every(rules.adopt_every_s, self.adopt), name="desk/adopt")
                group.create_task(self._every(rules.reconcile_every_s, self.reconcile), name="desk/reconcile")
        finally:
            await self._tasks.close()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except (*StoreAway, Refusal) as error:
                log.warning("the desk could not do its round", error=repr(error))
            heed_cancellation()
            await asyncio.sleep(seconds)

    async def _listen(self) -> None:
        others = (CameraStarted, WorkerStarted, SanctionImposed, StreamKeyRotated, GuestRemoved)
        async with self._around.bus.subscribe(*others, *DOORBELLS) as facts:
            heed_cancellation()
            async for fact in facts:
                match fact:
                    case CameraStarted():
                        self._tasks.start(self._met(fact), f"met-{fact.room}")
                    case WorkerStarted():
                        for each in self._keepers.values():
                            each.put(fact)
                    case SanctionImposed():
                        self._sanctioned(fact)
                    case StreamKeyRotated():
                        self._tasks.start(self._cut_former_keys(fact), f"keys-{fact.user}")
                    case GuestRemoved():
                        self._tasks.start(self._show_out(fact), f"show-out-{fact.user}")
                    case (
                        StageChanged()
                        | RoomChanged()
                        | EndAsked()
                        | CameraLost()
                        | CameraResumed()
                        | CameraEnded()
                        | MediaMoving()
                        | GuestStarted()
                        | GuestEnded()
                        | GuestsChanged()
                    ):
                        if (keeper := self._keepers.get(fact.room)) is not None:
                            keeper.put(fact)

    def _sanctioned(self, fact: SanctionImposed) -> None:
        if fact.scope not in (Scope.PLATFORM, Scope.PUBLISH):
            return
        for keeper in self._keepers.values():
            if keeper.concerns(fact.user):
                keeper.put(HostSanctioned())
        if fact.scope == Scope.PLATFORM:
            self._tasks.start(self._send_away(fact.user), f"send-away-{fact.user}")

    async def _send_away(self, user: str) -> None:
        """Close what a banned user watches, on every worker."""
        await self._everywhere(lambda url: self._around.workers.close_user(url, user))

    async def _show_out(self, fact: GuestRemoved) -> None:
        """In a battle he has watched people on other workers as well."""
        await self._everywhere(lambda url: self._around.workers.close_guest(url, fact.room, fact.user, fact.screen))

    async def _cut_former_keys(self, fact: StreamKeyRotated) -> None:
        """Who came with a key that is worth nothing any more publishes no longer; who is missed here is found later."""
        await self._everywhere(lambda url: self._around.workers.close_former_keys(url, fact.user, fact.fingerprint))

    async def _everywhere(self, order: Callable[[str], Awaitable[None]]) -> None:
        for node in await self._nodes.alive("media"):
            try:
                await order(node.url)
            except Refusal as error:
                log.warning("a media worker did not send somebody away", worker=node.id, error=repr(error))

    async def _met(self, fact: CameraStarted) -> None:
        """A camera shows pictures: its broadcast's keeper hears of it, or the room gets a broadcast."""
        async with self._meeting:
            keeper = self._keepers.get(fact.room)
            if keeper is not None and not keeper.over:
                keeper.put(fact)
            elif await self._welcome(fact):
                await self._begin(fact)

    async def _welcome(self, fact: CameraStarted) -> bool:
        """False, and the camera is closed, when its broadcast has ended already or its host is banned."""
        if await self._around.broadcasts.ended_session(fact.room) == fact.session:
            await self._refuse(fact, "ended")
            return False
        try:
            await self._around.gate.check(fact.user, Scope.PUBLISH)
        except Sanctioned:
            await self._refuse(fact, "banned")
            return False
        return True

    async def _refuse(self, fact: CameraStarted, reason: str) -> None:
        try:
            await self._around.workers.close_room(fact.worker_url, fact.room, reason)
        except Refusal as error:
            log.warning("a media worker did not close a room", room=fact.room, error=repr(error))

    async def _begin(self, fact: CameraStarted) -> None:
        """Start the room's keeper here, unless another process has him."""
        lease = await self._leases.acquire(LEASE.format(room=fact.room))
        if lease is None:
            return
        record = await self._around.broadcasts.load(fact.room)
        if record is None:
            room = await self._around.rooms.room(fact.room)
            if room is None:
                log.warning("a camera in a room that does not exist", room=fact.room)
                await self._leases.release(lease)
                return
            started = Broadcast(new_id(), fact.room, room.card.host_user, self._around.clock.now_ms())
            record = Record(started, room.card)
            await self._around.broadcasts.announce(fact.room)
        keeper = self._keep(record, lease)
        keeper.put(fact)

    def _keep(self, record: Record, lease: Lease) -> Keeper:
        keeper = self._keepers[record.broadcast.room] = Keeper(record, lease, self._around)
        self._tasks.start(self._run(keeper, lease), f"keep-{keeper.room}")
        return keeper

    async def _run(self, keeper: Keeper, lease: Lease) -> None:
        try:
            await while_held(self._leases, lease, keeper.run())
        except (Fenced, StaleOwner, *StoreAway) as error:
            log.warning("a keeper has stopped", room=keeper.room, error=repr(error))
        except Exception:
            log.exception("a keeper has failed", room=keeper.room)
        finally:
            if self._keepers.get(keeper.room) is keeper:
                del self._keepers[keeper.room]

    async def adopt(self) -> None:
        """Take over every broadcast that nobody keeps; have those restored that Redis has forgotten."""
        known = await self._around.broadcasts.rooms()
        for keeper in list(self._keepers.values()):
            if keeper.room not in known:
                keeper.put(Forgotten())
        for room in known - self.rooms:
            lease = await self._leases.acquire(LEASE.format(room=room))
            if lease is None:
                continue
            record = await self._around.broadcasts.load(room)
            if record is None:
                await self._around.broadcasts.withdraw(room)
                await self._leases.release(lease)
            else:
                log.info("a broadcast is taken over", room=room, fence=lease.fence)
                self._keep(record, lease)

    async def reconcile(self) -> None:
        """Lay before each keeper what the workers report of his room; meet the cameras that nobody keeps."""
        nodes = await self._nodes.alive("media")
        reports = dict(zip((node.url for node in nodes), await asyncio.gather(*map(self._report, nodes)), strict=True))
        alive = [(node, each) for node in nodes for each in reports[node.url] or () if each.alive]
        for keeper in list(self._keepers.values()):
            self._lay_before(keeper, reports, alive)
        known = self.rooms | await self._around.broadcasts.rooms()
        for node, each in alive:
            if each.room not in known:
                await self._met(self._started(node, each))
        await self._look_at_keys(reports)

    async def _look_at_keys(self, reports: dict[str, list[SeenRoom] | None]) -> None:
        """Cut the publishers of our rooms who came with a key that was good once. Keys are read after the reports."""
        cameras = [(url, each) for url, rooms in reports.items() for each in rooms or () if each.room in self.rooms]
        users = came_with_keys(each for _, each in cameras)
        if not users:
            return
        good = await self._keys.fingerprints(users)
        for url, each in cameras:
            if outdated(each, good):
                log.info("a publisher came with a former stream key", room=each.room, user=each.user)
                await self._around.workers.close_former_keys(url, each.user, good.get(each.user, ""))

    def _lay_before(
        self, keeper: Keeper, reports: dict[str, list[SeenRoom] | None], alive: list[tuple[Node, SeenRoom]]
    ) -> None:
        home = keeper.broadcast.home.url
        if not home or (home in reports and reports[home] is None):
            return  # not begun yet, or its worker is there and did not answer: that says nothing
        here = next((each for each in reports.get(home) or () if each.room == keeper.room), None)
        if here is not None and here.alive:
            keeper.put(Reconcile(here))
            return
        elsewhere = next(((node, each) for node, each in alive if each.room == keeper.room), None)
        keeper.put(Reconcile(here) if elsewhere is None else self._started(*elsewhere))

    def _started(self, node: Node, camera: SeenRoom) -> CameraStarted:
        pipe, now_ms = str(node.attributes.get("pipe", "")), self._around.clock.now_ms()
        return CameraStarted(camera.room, camera.user, camera.session, node.id, node.url, pipe, now_ms)

    async def _report(self, node: Node) -> list[SeenRoom] | None:
        """None when a worker that is there does not answer in time."""
        try:
            async with asyncio.timeout(self._around.rules.worker_deadline_s):
                return [seen(state) for state in await self._around.workers.rooms(node.url)]
        except (Refusal, TimeoutError) as error:
            log.warning("a media worker does not report", worker=node.id, error=repr(error))
            return None
