"""Who may publish and watch, and where."""

import pytest

from accounts.principal import Role, TokenInvalid
from foundation.errors import Unauthorised
from foundation.nodes import MemoryNodes, Node
from moderation.gate import Sanctioned, Scope
from streaming.admission import Admission
from streaming.broadcast import CameraDown, End, EndReason, Home
from streaming.errors import Blocked, NotInBattle, NotLive, NotOnStage, NotYourRoom, RoomUnknown
from streaming.lobby import Lobby
from streaming.presence import RoomCard
from streaming.rules import BroadcastRules
from streaming.store import Record
from streaming.store_memory import MemoryBroadcasts, MemoryRooms
from streaming.whip_router import PublishGrant
from tests.streaming.scene import HOME, NOW, OTHER, ToldGate, ToldTokens, live


class Door:
    """A platform with one room, of Ann, and two media workers; ``OTHER`` has less to do."""

    def __init__(self) -> None:
        self.rooms, self.broadcasts, self.nodes = MemoryRooms(), MemoryBroadcasts(), MemoryNodes()
        self.tokens, self.gate = ToldTokens(), ToldGate()
        self.keys: dict[str, str] = {}
        self.stages: set[tuple[str, str]] = set()
        self.seats: set[tuple[str, str]] = set()
        self.apart: set[tuple[str, str]] = set()
        self.lobby = Lobby(self.rooms, self.broadcasts)
        self.admission = Admission(self.lobby, self.broadcasts, self.nodes, self.tokens, self, self.gate, self)
        self.ann = self.tokens.add("Ann", Role.HOST)

    async def user_of(self, key: str) -> str | None:
        return self.keys.get(key)

    async def share_stage(self, user_id: str, room: str) -> bool:
        return (user_id, room) in self.stages

    async def has_seat(self, user_id: str, room: str) -> bool:
        return (user_id, room) in self.seats

    async def kept_apart(self, user_id: str, room: str, whose: str) -> bool:
        return (user_id, whose) in self.apart

    async def open(self) -> RoomCard:
        for home, load in ((HOME, 0.7), (OTHER, 0.1)):
            await self.nodes.announce(Node("media", home.worker_id, home.url, load))
        card = RoomCard("01hzzzzzzzzzzzzzzzzzzzzzzz", self.ann.user_id, "Ann", "Songs")
        return (await self.rooms.create(card, NOW)).card

    async def go_live(self, card: RoomCard, home: Home = HOME) -> Record:
        record = live(card, home=home)
        await self.broadcasts.announce(card.room)
        await self.broadcasts.save(record, 1)
        return record

    async def withdraw(self, home: Home) -> None:
        await self.nodes.withdraw(Node("media", home.worker_id, home.url))


async def test_the_host_publishes_with_his_token_or_his_stream_key_on_the_least_loaded_worker() -> None:
    door = Door()
    room = (await door.open()).room
    door.keys["rk_x"] = door.ann.user_id
    for token in ("Ann", "rk_x"):
        grant = await door.admission.publish(token, room)
        assert (grant.user, grant.room, grant.worker_url) == (door.ann.user_id, room, OTHER.url)


async def test_nobody_else_publishes() -> None:
    door = Door()
    room = (await door.open()).room
    bob = door.tokens.add("Bob", Role.ADMIN)
    door.keys["rk_bob"] = bob.user_id
    for token in ("Bob", "rk_bob"):
        with pytest.raises(NotYourRoom):
            await door.admission.publish(token, room)
    for nothing in (None, ""):
        with pytest.raises(Unauthorised):
            await door.admission.publish(nothing, room)
    with pytest.raises(TokenInvalid):
        await door.admission.publish("rk_unknown", room)


@pytest.mark.parametrize("room", ["", "x", "../..", "01hyyyyyyyyyyyyyyyyyyyyyyy"])
async def test_an_unknown_room_can_be_neither_published_nor_watched(room: str) -> None:
    door = Door()
    await door.open()
    with pytest.raises(RoomUnknown):
        await door.admission.publish("Ann", room)
    with pytest.raises(RoomUnknown):
        await door.admission.watch(None, room, "program")


@pytest.mark.parametrize("scope", [Scope.PUBLISH, Scope.PLATFORM])
async def test_a_sanctioned_host_does_not_publish(scope: Scope) -> None:
    door = Door()
    room = (await door.open()).room
    door.gate.sanctions.add((door.ann.user_id, scope))
    with pytest.raises(Sanctioned):
        await door.admission.publish("Ann", room)


async def test_a_broadcast_stays_at_its_home_while_that_lives_also_when_its_host_is_away() -> None:
    door = Door()
    card = await door.open()
    record = await door.go_live(card, HOME)
    assert (await door.admission.publish("Ann", card.room)).worker_url == HOME.url
    record.broadcast.handle(CameraDown("s1"), NOW, BroadcastRules())
    await door.broadcasts.save(record, 1)
    assert (await door.admission.publish("Ann", card.room)).worker_url == HOME.url
    await door.withdraw(HOME)
    assert (await door.admission.publish("Ann", card.room)).worker_url == OTHER.url


async def test_two_publishers_before_the_first_picture_meet_on_one_worker() -> None:
    door = Door()
    room = (await door.open()).room
    await door.admission.publish("Ann", room)
    await door.nodes.announce(Node("media", OTHER.worker_id, OTHER.url, 1.0))
    assert (await door.admission.publish("Ann", room)).worker_url == OTHER.url
    await door.withdraw(OTHER)
    assert (await door.admission.publish("Ann", room)).worker_url == HOME.url


async def test_without_a_worker_the_choice_is_left_to_who_answers() -> None:
    door = Door()
    room = (await door.open()).room
    await door.withdraw(HOME)
    await door.withdraw(OTHER)
    assert (await door.admission.publish("Ann", room)).worker_url is None


async def test_anybody_watches_a_live_room_at_its_home() -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card, HOME)
    bob = door.tokens.add("Bob")
    stranger = await door.admission.watch(None, card.room, "program")
    assert (stranger.user, stranger.worker_url) == (None, HOME.url)
    assert (await door.admission.watch("Bob", card.room, "program")).user == bob.user_id


async def test_who_watches_a_live_room_costs_the_database_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card, HOME)
    asked: list[str] = []
    monkeypatch.setattr(door.rooms, "room", asked.append)
    await door.admission.watch(None, card.room, "program")
    assert not asked


async def test_a_room_that_is_not_live_says_when_to_come_back() -> None:
    door = Door()
    card = await door.open()
    with pytest.raises(NotLive) as refused:
        await door.admission.watch(None, card.room, "program")
    assert (refused.value.status, refused.value.code, refused.value.retry_after_s) == (409, "not-live", 2)
    record = await door.go_live(card)
    record.broadcast.handle(End(EndReason.ENDED), NOW, BroadcastRules())
    await door.broadcasts.save(record, 1)  # it has ended, its keeper is still tidying up
    with pytest.raises(NotLive):
        await door.admission.watch(None, card.room, "program")


async def test_a_false_token_is_not_taken_for_a_stranger_and_a_banned_user_does_not_watch() -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card)
    with pytest.raises(TokenInvalid):
        await door.admission.watch("False", card.room, "program")
    door.gate.sanctions.add((door.tokens.add("Bob").user_id, Scope.PLATFORM))
    with pytest.raises(Sanctioned):
        await door.admission.watch("Bob", card.room, "program")


async def test_a_camera_is_for_opponents_and_moderators() -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card)
    bob = door.tokens.add("Bob", Role.HOST)
    with pytest.raises(Unauthorised):
        await door.admission.watch(None, card.room, "camera")
    with pytest.raises(NotInBattle):
        await door.admission.watch("Bob", card.room, "camera")
    door.stages.add((bob.user_id, card.room))
    assert (await door.admission.watch("Bob", card.room, "camera")).worker_url == HOME.url
    for role in (Role.MODERATOR, Role.ADMIN):
        door.tokens.add(role, role)
        assert (await door.admission.watch(role, card.room, "camera")).worker_url == HOME.url


async def test_viewers_of_a_crowded_room_are_sent_to_a_relay_that_takes_from_its_home() -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card, HOME)
    crowd = {"homes": f"{card.room}=300"}
    await door.nodes.announce(Node("media", HOME.worker_id, HOME.url, 0.5, crowd))  # type: ignore[arg-type]
    placed = await door.admission.watch(None, card.room, "program")
    assert (placed.worker_url, placed.relay_of) == (OTHER.url, HOME.pipe)
    moderator = door.tokens.add("Mod", Role.MODERATOR)
    camera = await door.admission.watch("Mod", card.room, "camera")
    assert (camera.user, camera.worker_url, camera.relay_of) == (moderator.user_id, HOME.url, ""), "never relayed"


async def test_a_guest_publishes_at_the_rooms_home_once_the_host_has_approved_him() -> None:
    door = Door()
    card = await door.open()
    bob = door.tokens.add("Bob")
    door.seats.add((bob.user_id, card.room))
    with pytest.raises(NotLive):
        await door.admission.publish_guest("Bob", card.room)
    await door.go_live(card, HOME)
    assert await door.admission.publish_guest("Bob", card.room) == PublishGrant(bob.user_id, card.room, HOME.url)
    door.seats.clear()
    with pytest.raises(NotOnStage):
        await door.admission.publish_guest("Bob", card.room)
    with pytest.raises(NotOnStage):
        await door.admission.publish_guest("Ann", card.room)
    with pytest.raises(RoomUnknown):
        await door.admission.publish_guest("Bob", "x")
    for nothing in (None, ""):
        with pytest.raises(Unauthorised):
            await door.admission.publish_guest(nothing, card.room)
    door.keys["rk_bob"] = bob.user_id
    with pytest.raises(TokenInvalid):
        await door.admission.publish_guest("rk_bob", card.room)


async def test_a_sanctioned_guest_does_not_publish() -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card)
    bob = door.tokens.add("Bob")
    door.seats.add((bob.user_id, card.room))
    door.gate.sanctions.add((bob.user_id, Scope.PUBLISH))
    with pytest.raises(Sanctioned):
        await door.admission.publish_guest("Bob", card.room)


async def test_the_people_of_a_stage_watch_each_other_and_nobody_himself() -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card, HOME)
    bob, cid = door.tokens.add("Bob"), door.tokens.add("Cid")
    tracks = ("camera", f"guest:{bob.user_id}")
    for track in tracks:
        with pytest.raises(Unauthorised):
            await door.admission.watch(None, card.room, track)
        with pytest.raises((NotOnStage, NotInBattle)) as refused:
            await door.admission.watch("Cid", card.room, track)
        assert refused.value.status == 403
    door.stages = {(person.user_id, card.room) for person in (door.ann, bob, cid)}
    for who, track in (("Cid", tracks[0]), ("Bob", tracks[0]), ("Cid", tracks[1]), ("Ann", tracks[1])):
        grant = await door.admission.watch(who, card.room, track)
        assert (grant.worker_url, grant.relay_of) == (HOME.url, ""), "never relayed"
    with pytest.raises(NotInBattle):
        await door.admission.watch("Ann", card.room, "camera")
    with pytest.raises(NotOnStage):
        await door.admission.watch("Bob", card.room, f"guest:{bob.user_id}")


async def test_whom_a_block_keeps_apart_do_not_watch_each_other_on_one_stage() -> None:
    door = Door()
    card = await door.open()
    await door.go_live(card, HOME)
    bob, cid = door.tokens.add("Bob"), door.tokens.add("Cid")
    door.stages = {(person.user_id, card.room) for person in (door.ann, bob, cid)}
    door.apart = {(cid.user_id, door.ann.user_id), (cid.user_id, bob.user_id)}
    for track in ("camera", f"guest:{bob.user_id}"):
        with pytest.raises(Blocked):
            await door.admission.watch("Cid", card.room, track)
    assert await door.admission.watch("Bob", card.room, "camera")
