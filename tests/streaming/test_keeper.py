"""The keeper of one broadcast, in virtual time with the memory twins."""

import asyncio
from dataclasses import replace

import pytest

from foundation.lease import Lease
from moderation.gate import Scope
from streaming.audience.store import Beat, Figures, Here
from streaming.battle_stage import BattleStage
from streaming.broadcast import Broadcast, EndReason, State, TimePassed
from streaming.chat.store import Tally
from streaming.doorbells import EndAsked, RoomChanged, StageChanged
from streaming.errors import StaleOwner
from streaming.events import (
    BroadcastEnded,
    BroadcastStarted,
    CameraEnded,
    CameraLost,
    CameraResumed,
    HostLost,
    HostReturned,
    MediaMoving,
    WorkerStarted,
)
from streaming.keeper import HostSanctioned, Keeper, Reconcile
from streaming.lobby import Lobby
from streaming.stage_guests import StageGuests
from streaming.store import EndOrder, Record
from streaming.workers import SeenRoom
from tests.streaming.scene import HOME, NOW, OTHER, Stand, camera_started, card, listening

LEASE = Lease("broadcast:x", 1, "token", float("inf"))


class Scene(Stand):
    """A keeper whose room has its camera on, unless ``begun`` is not called."""

    def __init__(self) -> None:
        super().__init__()
        self.card = card()
        record = Record(Broadcast("b1", self.card.room, self.card.host_user, NOW), self.card)
        self.keeper = Keeper(record, LEASE, self.around)

    @property
    def room(self) -> str:
        return self.card.room

    async def begun(self) -> "Scene":
        await self.rooms.create(self.card, NOW)
        await self.broadcasts.announce(self.room)
        await self.keeper.handle(camera_started(self.card))
        return self

    async def saved(self) -> Broadcast | None:
        record = await self.broadcasts.load(self.room)
        return None if record is None else record.broadcast

    def seen(
        self, session: str = "s1", *, alive: bool = True, wanted: str = "camera", composite: str = ""
    ) -> Reconcile:
        return Reconcile(SeenRoom(self.room, self.card.host_user, session, alive, wanted, composite, wanted, 0))

    def sources(self) -> list[tuple[str, str, str]]:
        """Home, source and composite of each order to show something."""
        return [(order[1], order[3], order[4]) for order in self.workers.orders if order[0] == "source"]


async def begun() -> Scene:
    return await Scene().begun()


async def test_the_first_picture_is_told_to_everybody_after_it_is_saved() -> None:
    scene = Scene()
    async with listening(scene.bus, BroadcastStarted) as heard:
        await scene.begun()
        assert await heard.next() == BroadcastStarted(scene.room, "b1", scene.card.host_user, NOW)
    saved = await scene.saved()
    assert saved is not None and (saved.state, saved.home) == (State.LIVE, HOME)
    assert scene.rooms.history["b1"] == (scene.room, None)
    assert scene.said == ["broadcast.started"]
    assert scene.sources() == [(HOME.url, "camera", "")]


async def test_a_lost_and_returned_host_is_told() -> None:
    scene = await begun()
    async with listening(scene.bus, HostLost, HostReturned) as heard:
        await scene.keeper.handle(CameraLost(scene.room, "s1", NOW))
        assert await heard.next() == HostLost(scene.room, NOW)
        scene.clock.advance(3_000)
        await scene.keeper.handle(CameraResumed(scene.room, "s1", NOW))
        assert await heard.next() == HostReturned(scene.room, NOW + 3_000)
    assert scene.said[1:] == ["broadcast.reconnecting", "broadcast.resumed"]
    assert scene.wire.messages[1].body["reconnect_until_ms"] == NOW + 60_000


async def test_a_resumed_camera_of_another_session_is_no_return() -> None:
    scene = await begun()
    await scene.keeper.handle(CameraLost(scene.room, "s1", NOW))
    await scene.keeper.handle(CameraResumed(scene.room, "old", NOW))
    assert scene.keeper.broadcast.state is State.RECONNECTING


async def test_after_the_grace_time_it_is_over_and_nothing_is_left_behind() -> None:
    scene = await begun()
    await scene.keeper.handle(CameraLost(scene.room, "s1", NOW))
    scene.clock.advance(60_000)
    async with listening(scene.bus, BroadcastEnded) as heard:
        await scene.keeper.handle(TimePassed())
        assert await heard.next() == BroadcastEnded(scene.room, "b1", scene.card.host_user, "lost", NOW + 60_000)
    assert scene.said[-1] == "broadcast.ended"
    assert scene.wire.messages[-1].body["reason"] == "lost"
    assert scene.workers.orders[-1] == ("close-room", HOME.url, scene.room, "ended")
    assert await scene.saved() is None
    assert await scene.broadcasts.rooms() == set()
    assert scene.rooms.history["b1"] == (scene.room, EndReason.LOST)
    assert await scene.broadcasts.ended_session(scene.room) == "s1"


@pytest.mark.parametrize("scope", [Scope.PLATFORM, Scope.PUBLISH])
async def test_a_ban_ends_it_and_the_worker_closes_everybody(scope: Scope) -> None:
    scene = await begun()
    scene.gate.sanctions.add((scene.card.host_user, scope))
    await scene.keeper.handle(HostSanctioned())
    assert scene.workers.orders[-1] == ("close-room", HOME.url, scene.room, "banned")
    assert scene.rooms.history["b1"] == (scene.room, EndReason.BANNED)


async def test_the_end_has_how_many_watched_this_broadcast_and_none_before_it() -> None:
    scene = Scene()
    await scene.audiences.beat(scene.room, Beat("p", Here(9), NOW, ("early",)))
    await scene.begun()
    await scene.audiences.beat(scene.room, Beat("p", Here(3), NOW, ("ann", "bob")))
    await scene.audiences.beat(scene.room, Beat("p", Here(1), NOW))
    await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.ENDED))
    await scene.keeper.handle(scene.seen())
    assert scene.rooms.figures["b1"] == Figures(peak=3, unique=2)


async def test_the_end_has_what_was_liked_in_this_broadcast_and_not_before_it() -> None:
    scene = Scene()
    await scene.talk.like(scene.room, 40)
    await scene.begun()
    await scene.talk.like(scene.room, 3)
    await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.ENDED))
    await scene.keeper.handle(scene.seen())
    assert scene.rooms.tallies["b1"] == Tally(likes=3)


async def test_a_mute_does_not_end_a_broadcast() -> None:
    scene = await begun()
    scene.gate.sanctions.add((scene.card.host_user, Scope.CHAT))
    await scene.keeper.handle(HostSanctioned())
    assert scene.keeper.broadcast.state is State.LIVE


async def test_a_ban_whose_fact_was_missed_is_found_at_the_next_reconciliation() -> None:
    scene = await begun()
    scene.gate.sanctions.add((scene.card.host_user, Scope.PUBLISH))
    await scene.keeper.handle(scene.seen())
    assert scene.keeper.broadcast.end_reason is EndReason.BANNED


async def test_an_order_to_end_is_obeyed_also_when_its_doorbell_was_missed() -> None:
    for given in (None, EndAsked("")):
        scene = await begun()
        await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.ENDED))
        await scene.keeper.handle(given or scene.seen())
        assert scene.keeper.broadcast.end_reason is EndReason.ENDED


async def test_an_order_to_end_an_earlier_broadcast_is_not_obeyed() -> None:
    scene = await begun()
    await scene.broadcasts.order_end(scene.room, EndOrder("b0", EndReason.ENDED))
    await scene.keeper.handle(EndAsked(scene.room))
    assert scene.keeper.broadcast.state is State.LIVE


async def test_a_battle_gets_the_program_and_gives_it_back() -> None:
    scene = await begun()
    stage = BattleStage(scene.stages, StageGuests(scene.book, Lobby(scene.rooms, scene.broadcasts)), scene.bus)
    async with listening(scene.bus, StageChanged) as heard:
        await stage.join("battle-1", scene.room)
        await scene.keeper.handle(StageChanged(scene.room))
        assert await heard.next() == StageChanged(scene.room)
        await stage.leave("battle-1", scene.room)
        assert await heard.next() == StageChanged(scene.room)
    await scene.keeper.handle(StageChanged(scene.room))
    assert scene.sources() == [(HOME.url, "camera", ""), (HOME.url, "composite", "battle-1"), (HOME.url, "camera", "")]


async def test_what_is_shown_already_is_not_ordered_again() -> None:
    scene = await begun()
    await scene.keeper.handle(StageChanged(scene.room))
    await scene.keeper.handle(StageChanged(scene.room))
    await scene.keeper.handle(scene.seen())
    assert len(scene.sources()) == 1


async def test_a_worker_that_could_not_be_reached_is_told_at_the_next_reconciliation() -> None:
    scene = await begun()
    scene.workers.away.add(HOME.url)
    await scene.stages.join(scene.room, "battle-1")
    await scene.keeper.handle(StageChanged(scene.room))
    scene.workers.away.clear()
    await scene.keeper.handle(scene.seen())
    assert scene.sources()[-1] == (HOME.url, "composite", "battle-1")


async def test_a_worker_that_shows_something_else_is_told_again() -> None:
    scene = await begun()
    await scene.stages.join(scene.room, "battle-1")
    await scene.keeper.handle(StageChanged(scene.room))
    await scene.keeper.handle(scene.seen(wanted="camera"))
    assert scene.sources()[-2:] == [(HOME.url, "composite", "battle-1")] * 2


async def test_a_missed_return_is_healed_by_what_the_worker_reports() -> None:
    scene = await begun()
    await scene.keeper.handle(CameraLost(scene.room, "s1", NOW))
    await scene.keeper.handle(scene.seen("s2"))
    assert (scene.keeper.broadcast.state, scene.keeper.broadcast.session) == (State.LIVE, "s2")


async def test_a_missed_loss_is_healed_by_the_second_report_without_a_camera() -> None:
    scene = await begun()
    await scene.keeper.handle(Reconcile(None))
    assert scene.said == ["broadcast.started"]
    await scene.keeper.handle(Reconcile(None))
    assert scene.said == ["broadcast.started", "broadcast.reconnecting"]


async def test_one_report_that_is_older_than_the_camera_does_no_harm() -> None:
    scene = await begun()
    for _ in range(3):
        await scene.keeper.handle(Reconcile(None))
        await scene.keeper.handle(scene.seen())
    assert scene.said == ["broadcast.started"]


async def test_a_report_that_is_older_than_the_host_leaving_does_not_bring_him_back() -> None:
    scene = await begun()
    await scene.keeper.handle(CameraEnded(scene.room, "s1", "left", NOW))
    await scene.keeper.handle(scene.seen("s1"))
    assert scene.keeper.broadcast.state is State.RECONNECTING


async def test_a_second_publisher_takes_over_in_silence() -> None:
    scene = await begun()
    await scene.keeper.handle(CameraEnded(scene.room, "s1", "replaced", NOW))
    await scene.keeper.handle(camera_started(scene.card, "s2"))
    assert scene.said == ["broadcast.started"]
    saved = await scene.saved()
    assert saved is not None and saved.session == "s2"


async def test_a_host_on_another_worker_leaves_nobody_behind_on_the_old_one() -> None:
    scene = await begun()
    await scene.keeper.handle(CameraLost(scene.room, "s1", NOW))
    await scene.keeper.handle(camera_started(scene.card, "s2", OTHER))
    assert ("close-room", HOME.url, scene.room, "replaced") in scene.workers.orders
    assert scene.sources()[-1] == (OTHER.url, "camera", "")
    assert (scene.wire.messages[-1].type, scene.wire.messages[-1].users) == ("media.moved", ())


async def test_a_worker_that_stops_asks_the_host_to_move_and_a_relay_asks_the_viewers() -> None:
    scene = await begun()
    await scene.keeper.handle(MediaMoving(scene.room, OTHER.worker_id, "host", NOW))
    assert "media.moved" not in scene.said, "he is at home elsewhere"
    await scene.keeper.handle(MediaMoving(scene.room, HOME.worker_id, "host", NOW))
    assert (scene.said[-1], scene.wire.messages[-1].users) == ("media.moved", (scene.card.host_user,))
    await scene.keeper.handle(MediaMoving(scene.room, OTHER.worker_id, "viewers", NOW))
    assert (scene.said[-1], scene.wire.messages[-1].users) == ("media.moved", ())


async def test_a_home_whose_process_was_replaced_is_a_lost_camera_and_its_host_is_asked_to_come_at_once() -> None:
    scene = await begun()
    await scene.keeper.handle(WorkerStarted(HOME.worker_id, HOME.url, NOW))
    await scene.keeper.handle(WorkerStarted(OTHER.worker_id, "http://media-2:9", NOW))
    assert scene.said == ["broadcast.started"], "it is our home that it says, or not our home's at all"
    await scene.keeper.handle(WorkerStarted(HOME.worker_id, "http://media-1:9", NOW))
    assert scene.said[1:] == ["broadcast.reconnecting", "media.moved"]
    assert scene.wire.messages[-1].users == (scene.card.host_user,)
    again = replace(HOME, url="http://media-1:9")
    await scene.keeper.handle(camera_started(scene.card, "s2", again))
    assert scene.said[3:] == ["broadcast.resumed", "media.moved"]
    assert scene.keeper.broadcast.home == again


async def test_a_new_title_is_in_the_next_snapshot() -> None:
    scene = await begun()
    await scene.rooms.retitle(scene.room, "Stories")
    await scene.keeper.handle(RoomChanged(scene.room))
    record = await scene.broadcasts.load(scene.room)
    assert record is not None and record.card.title == "Stories"


async def test_a_worker_that_is_dead_does_not_keep_a_broadcast_from_ending() -> None:
    scene = await begun()
    scene.workers.away.add(HOME.url)
    await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.FORCED))
    await scene.keeper.handle(EndAsked(scene.room))
    assert await scene.saved() is None


async def test_an_owner_who_was_followed_by_another_tells_nobody_anything() -> None:
    scene = await begun()
    record = await scene.broadcasts.load(scene.room)
    assert record is not None
    await scene.broadcasts.save(record, LEASE.fence + 1)
    with pytest.raises(StaleOwner):
        await scene.keeper.handle(CameraLost(scene.room, "s1", NOW))
    assert scene.said == ["broadcast.started"]


async def test_what_an_owner_left_half_ended_is_ended_by_the_next() -> None:
    scene = await begun()
    scene.rooms.history.clear()  # the row cannot be written: the owner dies in the middle
    await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.ENDED))
    with pytest.raises(KeyError):
        await scene.keeper.handle(EndAsked(scene.room))
    left = await scene.broadcasts.load(scene.room)
    assert left is not None and left.broadcast.state is State.ENDED
    scene.rooms.history["b1"] = (scene.room, None)
    await Keeper(left, Lease("broadcast:x", 2, "token", float("inf")), scene.around).run()
    assert await scene.saved() is None
    assert await scene.broadcasts.rooms() == set()
    assert scene.rooms.history["b1"] == (scene.room, EndReason.ENDED)


async def test_the_next_owner_obeys_what_was_ordered_between_owners() -> None:
    scene = await begun()
    await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.FORCED))
    record = await scene.broadcasts.load(scene.room)
    assert record is not None
    async with asyncio.timeout(5):
        await Keeper(record, Lease("broadcast:x", 2, "token", float("inf")), scene.around).run()
    assert scene.rooms.history["b1"] == (scene.room, EndReason.FORCED)


async def test_a_deadline_that_passed_between_owners_ends_it_at_once() -> None:
    scene = await begun()
    await scene.keeper.handle(CameraLost(scene.room, "s1", NOW))
    scene.clock.advance(60_000)
    record = await scene.broadcasts.load(scene.room)
    assert record is not None
    async with asyncio.timeout(5):
        await Keeper(record, Lease("broadcast:x", 2, "token", float("inf")), scene.around).run()
    assert scene.rooms.history["b1"] == (scene.room, EndReason.LOST)


async def test_a_full_inbox_drops_and_the_keeper_goes_on() -> None:
    scene = await begun()
    for _ in range(1_000):
        scene.keeper.put(StageChanged(scene.room))
    running = asyncio.create_task(scene.keeper.run())
    await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.ENDED))
    async with asyncio.timeout(5):
        await running
    assert scene.keeper.over


async def test_likes_begin_at_zero_with_each_broadcast() -> None:
    scene = Scene()
    await scene.talk.like(scene.room, 7)
    await scene.begun()
    assert await scene.talk.likes(scene.room) == 0
