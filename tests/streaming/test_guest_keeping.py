"""A keeper and his room's guests: who is observed on stage, what is mixed, what the program is asked to show."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from foundation.lease import Lease
from moderation.gate import Scope
from streaming.broadcast import Broadcast, EndReason
from streaming.doorbells import EndAsked, StageChanged
from streaming.events import GuestEnded, GuestsChanged, GuestStarted, WorkerStarted
from streaming.guest_acts import Sitting
from streaming.guest_composite import GuestComposite
from streaming.guests import Apply, Approve, GuestState, Leave, Mute, Remove, Share
from streaming.keeper import Forgotten, HostSanctioned, Keeper, Reconcile
from streaming.store import EndOrder, Record
from streaming.workers import SeenGuest, SeenRoom
from tests.streaming.scene import HOME, NOW, OTHER, Stand, ToldJobs, camera_started, card, live
from transcode.job import EndReason as JobEnd

LEASE = Lease("broadcast:x", 1, "token", float("inf"))
CAMERA, GUESTS = (HOME.url, "camera", ""), (HOME.url, "composite", "guests-b1")


class Scene(Stand):
    """A keeper whose room is live."""

    def __init__(self, jobs: ToldJobs | None = None) -> None:
        super().__init__(jobs)
        self.card = card()
        self.sitting = Sitting(self.card.room, self.card.host_user, "b1")
        record = Record(Broadcast("b1", self.card.room, self.card.host_user, NOW), self.card)
        self.keeper = Keeper(record, LEASE, self.around)

    @property
    def room(self) -> str:
        return self.card.room

    @property
    def composite(self) -> GuestComposite:
        return self.keeper._guests.composite

    async def begun(self) -> "Scene":
        await self.rooms.create(self.card, NOW)
        await self.broadcasts.announce(self.room)
        await self.keeper.handle(camera_started(self.card))
        return self

    async def approved(self, user: str, picture: bool = True) -> None:
        await self.acts.act(self.sitting, Apply(user, user.title(), picture))
        await self.acts.act(self.sitting, Approve(user))
        await self.rings()

    async def staged(self, *users: str) -> "Scene":
        for user in users:
            await self.approved(user)
            await self.keeper.handle(GuestStarted(self.room, user, f"session of {user}", NOW))
        await self.composite.align()
        await self.composite.align()
        return self

    async def rings(self) -> None:
        """Somebody has changed the seats, and the keeper hears of it."""
        await self.keeper.handle(GuestsChanged(self.room))
        await self.composite.align()

    async def state(self, user: str) -> GuestState | None:
        guest = (await self.acts.seats(self.sitting)).find(user)
        return None if guest is None else guest.state

    def seen(self, *guests: SeenGuest, watchers: tuple[str, ...] = ()) -> Reconcile:
        host = self.card.host_user
        return Reconcile(
            SeenRoom(self.room, host, "s1", True, "camera", "", "camera", 0, guests=guests, watchers=watchers)
        )

    @property
    def sources(self) -> list[tuple[str, str, str]]:
        return [(order[1], order[3], order[4]) for order in self.workers.orders if order[0] == "source"]

    @property
    def mixed(self) -> list[str]:
        """The names of those whom the mixer that runs was told of."""
        return [source["name"] for source in self.jobs.last("stage")["sources"]]


async def begun() -> Scene:
    return await Scene().begun()


async def test_the_first_guest_on_stage_gets_the_program_and_the_last_one_gives_it_back() -> None:
    scene = await begun()
    await scene.approved("bob")
    assert (scene.sources, scene.jobs.started) == ([CAMERA], []), "nobody is there yet"
    await scene.keeper.handle(GuestStarted(scene.room, "bob", "s", NOW))
    await scene.composite.align()
    assert scene.sources[-1] == GUESTS
    ((job, arguments),) = scene.jobs.started
    assert (arguments["battle"], arguments["token"]) == ("guests-b1", "pipe token")
    assert (arguments["width"], arguments["height"], arguments["fps"]) == (720, 640, 30)
    assert arguments["outputs"] == [{"room": scene.room, "pipe": HOME.pipe}]
    assert [(each["name"], each["seat"], each["side"], each.get("stream")) for each in arguments["sources"]] == [
        ("Ann", 0, 0, None),
        ("Bob", 1, 0, "guest:bob"),
    ]
    await scene.keeper.handle(GuestEnded(scene.room, "bob", "s", "left", NOW))
    await scene.composite.align()
    assert (scene.sources[-1], scene.jobs.running) == (CAMERA, set())
    await scene.keeper.handle(GuestStarted(scene.room, "bob", "s2", NOW))
    await scene.composite.align()
    assert (scene.sources[-1], scene.jobs.running) == (GUESTS, {job})


async def test_who_comes_goes_or_is_muted_is_told_to_the_mixer_that_runs() -> None:
    scene = await (await begun()).staged("bob")
    assert scene.jobs.last("mute") == {"room": scene.room, "seats": []}
    await scene.staged("cid")
    assert scene.mixed == ["Ann", "Bob", "Cid"]
    await scene.acts.act(scene.sitting, Mute("cid", True, by_host=True))
    await scene.rings()
    assert scene.jobs.last("mute")["seats"] == [2]
    await scene.acts.act(scene.sitting, Leave("bob"))
    await scene.rings()
    assert scene.mixed == ["Ann", "Cid"]
    assert scene.jobs.last("mute")["seats"] == [1], "he has another seat now, and is muted there"
    assert len(scene.jobs.started) == 1
    told = len(scene.jobs.told)
    await scene.composite.align()
    assert len(scene.jobs.told) == told, "what it knows it is not told again"


async def test_a_mute_is_told_again_when_the_seat_is_anothers() -> None:
    scene = await (await begun()).staged("bob", "cid")
    await scene.acts.act(scene.sitting, Mute("bob", True, by_host=True))
    await scene.rings()
    await scene.acts.act(scene.sitting, Mute("cid", True, by_host=True))
    await scene.acts.act(scene.sitting, Leave("bob"))
    told = len(scene.jobs.told)
    await scene.rings()
    assert [message for _, message in scene.jobs.told[told:] if "mute" in message] == [
        {"mute": {"room": scene.room, "seats": [1]}}
    ]


async def test_a_guest_without_picture_is_only_heard() -> None:
    scene = await begun()
    await scene.approved("bob", picture=False)
    await scene.keeper.handle(GuestStarted(scene.room, "bob", "s", NOW))
    await scene.composite.align()
    assert scene.jobs.started[0][1]["sources"][1]["voice_only"] is True


async def test_a_battle_has_the_program_and_the_guests_have_it_again_after() -> None:
    scene = await (await begun()).staged("bob")
    await scene.stages.join(scene.room, "battle-1")
    await scene.keeper.handle(StageChanged(scene.room))
    await scene.composite.align()
    assert scene.sources[-1] == (HOME.url, "composite", "battle-1")
    assert scene.jobs.running == set(), "the battle's own mixer has the guests"
    await scene.stages.leave(scene.room, "battle-1")
    await scene.keeper.handle(StageChanged(scene.room))
    await scene.composite.align()
    assert scene.sources[-1] == GUESTS
    assert len(scene.jobs.running) == 1
    assert (await scene.acts.seats(scene.sitting)).losses == 0, "it was stopped, not lost"


async def test_a_lost_mixer_is_replaced_three_times_then_the_room_keeps_its_host_and_is_told() -> None:
    scene = await (await begun()).staged("bob")
    for losses in range(4):
        (job,) = scene.jobs.running
        scene.jobs.end(job)
        await scene.composite.align()
        await scene.keeper.handle(scene.keeper._inbox.get_nowait())
        await scene.composite.align()
        assert len(scene.jobs.running) == (losses < 3)
    assert len({job for job, _ in scene.jobs.started}) == 4
    assert scene.sources[-1] == CAMERA
    assert scene.wire.messages[-1].type == "stage.changed"
    assert scene.wire.messages[-1].body["mixed"] is False


async def test_a_runner_that_is_not_heard_of_for_a_moment_is_no_lost_mixer() -> None:
    scene = await (await begun()).staged("bob")
    looks = iter([0.0, 2.4, 2.6])
    scene.composite._monotonic = lambda: next(looks)
    scene.jobs.hidden = True
    for _ in range(2):
        await scene.composite.align()
    assert scene.keeper._inbox.empty()
    await scene.composite.align()
    await scene.keeper.handle(scene.keeper._inbox.get_nowait())
    assert (await scene.acts.seats(scene.sitting)).losses == 1


async def test_the_next_owner_goes_on_with_the_mixer_that_runs_and_stops_one_that_nobody_needs() -> None:
    scene = await (await begun()).staged("bob")
    record = await scene.broadcasts.load(scene.room)
    assert record is not None
    successor = Keeper(record, LEASE, scene.around)
    await successor._guests.adopt()
    await successor._command()
    await successor._guests.composite.align()
    assert len(scene.jobs.started) == 1 and scene.mixed == ["Ann", "Bob"]
    await scene.acts.act(scene.sitting, Leave("bob"))
    third = Keeper(record, LEASE, scene.around)
    await third._guests.adopt()
    await third._command()
    await third._guests.composite.align()
    assert scene.jobs.running == set()


async def test_missed_facts_are_healed_by_what_the_worker_reports() -> None:
    scene = await begun()
    await scene.approved("bob")
    await scene.keeper.handle(scene.seen(SeenGuest("bob", "s1", True)))
    assert await scene.state("bob") is GuestState.ON_STAGE
    assert scene.sources[-1] == GUESTS
    await scene.keeper.handle(scene.seen())
    assert await scene.state("bob") is GuestState.ON_STAGE, "one report may be older than his first picture"
    await scene.keeper.handle(scene.seen())
    assert await scene.state("bob") is GuestState.APPROVED
    assert scene.sources[-1] == CAMERA


async def test_what_was_missed_of_a_guest_before_he_was_lost_does_not_count_when_he_is_back() -> None:
    scene = await (await begun()).staged("bob")
    await scene.keeper.handle(scene.seen())
    await scene.keeper.handle(GuestEnded(scene.room, "bob", "session of bob", "lost", NOW))
    await scene.keeper.handle(GuestStarted(scene.room, "bob", "s2", NOW))
    await scene.keeper.handle(scene.seen())
    assert await scene.state("bob") is GuestState.ON_STAGE


async def test_a_guest_who_begins_a_broadcast_of_his_own_leaves_the_seat() -> None:
    scene = await (await begun()).staged("bob")
    own = card("bob")
    await scene.rooms.create(own, NOW)
    bobs = SeenGuest("bob", "session of bob", True)
    await scene.keeper.handle(scene.seen(bobs))
    assert await scene.state("bob") is GuestState.ON_STAGE, "a room is no broadcast"
    await scene.broadcasts.save(live(own), 1)
    await scene.keeper.handle(scene.seen(bobs))
    assert await scene.state("bob") is None


async def test_a_hosts_screen_is_mixed_last_and_his_broadcast_does_not_send_it_away() -> None:
    scene = await (await begun()).staged("bob")
    host, people = scene.card.host_user, [SeenGuest(user, f"session of {user}", True) for user in ("bob", "cid")]
    await scene.acts.act(scene.sitting, Share(host, "Ann"))
    await scene.keeper.handle(GuestStarted(scene.room, host, "s2", NOW))
    await scene.staged("cid")
    stage = scene.jobs.last("stage")
    assert [(source["name"], source.get("screen", False)) for source in stage["sources"]] == [
        *(("Ann", False), ("Bob", False), ("Cid", False), ("Ann", True))
    ]
    assert (stage["layout"], stage["sources"][-1]["stream"]) == ("screen", f"guest:{host}")
    await scene.keeper.handle(scene.seen(*people, SeenGuest(host, "s2", True)))
    assert await scene.state(host) is GuestState.ON_STAGE
    await scene.acts.act(scene.sitting, Remove(host))
    await scene.rings()
    assert (scene.jobs.last("stage")["layout"], scene.mixed) == ("grid", ["Ann", "Bob", "Cid"])
    assert not any(host in message.users for message in scene.wire.messages if message.type == "guest.answered")
    await scene.keeper.handle(scene.seen(*people, SeenGuest(host, "s3", True)))
    assert ("close-screen", HOME.url, scene.room, host) in scene.workers.orders


async def test_a_redis_that_forgets_the_guests_is_told_of_them_again() -> None:
    scene = await (await begun()).staged("bob")
    seats = await scene.acts.seats(scene.sitting)
    scene.book._kept.clear()
    await scene.keeper.handle(Forgotten())
    assert await scene.acts.seats(scene.sitting) == seats
    assert scene.sources[-1] == GUESTS


async def test_who_publishes_without_a_seat_is_cut() -> None:
    scene = await begun()
    await scene.keeper.handle(scene.seen(SeenGuest("eve", "s1", True)))
    assert scene.workers.orders[-1] == ("close-guest", HOME.url, scene.room, "eve")
    assert await scene.state("eve") is None


async def test_who_shares_the_stage_no_more_is_cut_from_its_cameras_at_the_second_look() -> None:
    scene = await begun()
    scene.mates = {"opponent", "bob"}
    both = scene.seen(watchers=("bob", "opponent"))
    await scene.keeper.handle(both)
    scene.mates = {"bob"}
    await scene.keeper.handle(both)
    assert "close-watcher" not in {order[0] for order in scene.workers.orders}, "Redis may just have forgotten"
    await scene.keeper.handle(both)
    cut = [order for order in scene.workers.orders if order[0] == "close-watcher"]
    assert cut == [("close-watcher", HOME.url, scene.room, "opponent")]


async def test_a_stage_that_was_forgotten_for_a_moment_costs_nobody_his_view() -> None:
    scene = await begun()
    for mates in (set[str](), {"opponent"}, set[str]()):
        scene.mates = mates
        await scene.keeper.handle(scene.seen(watchers=("opponent",)))
    assert "close-watcher" not in {order[0] for order in scene.workers.orders}


@pytest.mark.parametrize("scope", [Scope.PUBLISH, Scope.PLATFORM])
async def test_a_sanctioned_guest_is_sent_away_also_when_the_fact_was_missed(scope: Scope) -> None:
    for given in (HostSanctioned(), None):
        scene = await (await begun()).staged("bob")
        assert scene.keeper.concerns("bob") and not scene.keeper.concerns("cid")
        scene.gate.sanctions.add(("bob", scope))
        await scene.keeper.handle(given or scene.seen(SeenGuest("bob", "session of bob", True)))
        assert await scene.state("bob") is None
        assert not scene.keeper.over


async def test_a_guest_who_does_not_come_back_loses_his_seat_at_the_next_look() -> None:
    scene = await (await begun()).staged("bob")
    await scene.keeper.handle(GuestEnded(scene.room, "bob", "session of bob", "lost", NOW))
    scene.clock.advance(60_000)
    await scene.keeper.handle(scene.seen())
    assert await scene.state("bob") is None


async def test_seats_that_redis_has_lost_are_restored_by_the_keeper_who_remembers_them() -> None:
    scene = await (await begun()).staged("bob")
    scene.book._kept.clear()
    await scene.keeper.handle(scene.seen(SeenGuest("bob", "session of bob", True)))
    assert await scene.state("bob") is GuestState.ON_STAGE
    assert scene.workers.orders[-1][0] != "close-guest"
    await scene.acts.act(scene.sitting, Leave("bob"))
    await scene.keeper.handle(scene.seen())
    assert await scene.state("bob") is None, "who has left is not brought back"


async def test_an_application_that_comes_first_after_redis_has_forgotten_clears_no_stage() -> None:
    scene = await (await begun()).staged("bob")
    bobs = SeenGuest("bob", "session of bob", True)
    for user, first in (("cid", scene.seen(bobs)), ("dan", GuestStarted(scene.room, "bob", "s2", NOW))):
        scene.book._kept.clear()
        await scene.acts.act(scene.sitting, Apply(user, user.title(), True))
        await scene.keeper.handle(first)
        assert await scene.state("bob") is GuestState.ON_STAGE
        assert await scene.state(user) is GuestState.APPLIED
    assert await scene.state("cid") is GuestState.APPLIED, "lost twice, and known all the time"
    assert scene.workers.orders[-1][0] != "close-guest"


async def test_a_keeper_who_acts_first_after_redis_has_forgotten_forgets_nobody() -> None:
    scene = await (await begun()).staged("bob")
    scene.book._kept.clear()
    await scene.keeper.handle(GuestEnded(scene.room, "bob", "session of bob", "lost", NOW))
    assert await scene.state("bob") is GuestState.APPROVED


async def test_a_host_who_moves_is_mixed_from_his_new_home_by_the_same_mixer() -> None:
    scene = await (await begun()).staged("bob")
    await scene.keeper.handle(camera_started(scene.card, "s2", OTHER))
    await scene.composite.align()
    stage = scene.jobs.last("stage")
    assert {each["pipe"] for each in (*stage["sources"], *stage["outputs"])} == {OTHER.pipe}
    assert scene.sources[-1] == (OTHER.url, "composite", "guests-b1")
    assert len(scene.jobs.started) == 1


async def test_a_home_that_died_has_lost_its_guests_too() -> None:
    scene = await (await begun()).staged("bob")
    await scene.keeper.handle(WorkerStarted(HOME.worker_id, "http://media-1:9", NOW))
    assert await scene.state("bob") is GuestState.APPROVED


async def test_with_the_broadcast_the_stage_is_empty_and_the_mixer_stopped() -> None:
    scene = await (await begun()).staged("bob")
    await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.ENDED))
    await scene.keeper.handle(EndAsked(scene.room))
    assert scene.jobs.running == set()
    assert (await scene.acts.seats(scene.sitting)).people == ()
    assert scene.jobs.ended == {"guests-b1-0": JobEnd.STOPPED}


class TardyJobs(ToldJobs):
    """A start is asked for and never answered; the node runs the job only after it was asked once to stop it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.coming: set[str] = set()

    async def start(self, kind: str, arguments: Mapping[str, Any], job_id: str, *, renewed: bool = False) -> object:
        self.coming.add(job_id)
        self.asked.set()
        return await asyncio.Event().wait()

    async def stop(self, job_id: str) -> object:
        await super().stop(job_id)
        if job_id in self.coming:
            self.coming.remove(job_id)
            self.running.add(job_id)
        return None


async def test_a_mixer_that_is_just_being_started_when_the_host_ends_is_stopped_all_the_same() -> None:
    scene = Scene(TardyJobs())
    await scene.begun()
    await scene.acts.act(scene.sitting, Apply("bob", "Bob", True))
    await scene.acts.act(scene.sitting, Approve("bob"))
    running = asyncio.create_task(scene.keeper.run())
    scene.keeper.put(GuestStarted(scene.room, "bob", "s", NOW))
    async with asyncio.timeout(5):
        assert isinstance(scene.jobs, TardyJobs)
        await scene.jobs.asked.wait()
        await scene.broadcasts.order_end(scene.room, EndOrder("b1", EndReason.ENDED))
        scene.keeper.put(EndAsked(scene.room))
        await running
    assert (scene.jobs.coming, scene.jobs.running) == (set(), set())


async def test_the_removal_of_somebody_who_has_just_gone_is_no_fault() -> None:
    scene = await (await begun()).staged("bob")
    await scene.acts.act(scene.sitting, Remove("bob"))
    scene.gate.sanctions.add(("bob", Scope.PUBLISH))
    await scene.keeper.handle(HostSanctioned())
    assert not scene.keeper.over
