"""Who stands on a room's stage, alone and in a battle: for gifts, and for who may watch whom."""

import asyncio
from dataclasses import replace

import pytest

from accounts.principal import Role
from accounts.store import Account
from gifts.service import LiveHost, StagePerson
from server.stages import StagePeople
from streaming.errors import RoomUnknown
from streaming.guests import Guest, GuestState, Seats
from streaming.lobby import Lobby
from streaming.presence import RoomCard
from streaming.stage_guests import StageGuests
from streaming.store import Record
from streaming.store_memory import MemoryBroadcasts, MemoryGuestBook, MemoryRooms
from tests.streaming.scene import NOW, card, live


class Broadcasts(MemoryBroadcasts):
    """In a Redis that may be away, or not answer at all."""

    how = "there"

    async def load(self, room: str) -> Record | None:
        if self.how == "silent":
            await asyncio.Event().wait()
        if self.how == "away":
            raise ConnectionError
        return await super().load(room)


class Street:
    """Ann and Bea are live, each with guests; whether they battle is up to the test."""

    def __init__(self) -> None:
        self.rooms, self.broadcasts, self.book = MemoryRooms(), Broadcasts(), MemoryGuestBook()
        self.ann, self.bea = card("ann", "Ann"), card("bea", "Bea")
        self.battle: tuple[str, ...] = ()
        lobby = Lobby(self.rooms, self.broadcasts)
        self.blocked: set[tuple[str, str]] = set()
        self.people = StagePeople(lobby, self, StageGuests(self.book, lobby), self, self)

    async def blocks(self, user: str, other: str) -> bool:
        return (user, other) in self.blocked

    async def by_id(self, user_id: str) -> Account | None:
        role = {"mod": Role.MODERATOR, "root": Role.ADMIN}.get(user_id, Role.VIEWER)
        return None if user_id == "eve" else Account(user_id, user_id, user_id, "", frozenset((role,)), NOW)

    async def rooms_with(self, room: str) -> tuple[str, ...]:
        return self.battle

    async def open(self) -> "Street":
        for host, guests in ((self.ann, ("abe", "ada")), (self.bea, ("bob",))):
            await self.rooms.create(host, NOW)
            record = live(host)
            await self.rooms.begin(record.broadcast, "lease", 1)
            await self.broadcasts.save(record, 1)
            people = tuple(Guest(user, user.title(), True, NOW, GuestState.ON_STAGE) for user in guests)
            if host is self.ann:
                people += (Guest("amy", "Amy", True, NOW, GuestState.APPROVED), Guest("al", "Al", True, NOW))
            await self.book.save(host.room, Seats(record.broadcast.broadcast_id, people), 0)
        return self

    def host(self, of: RoomCard) -> LiveHost:
        return LiveHost(of.host_user, of.host_name, of.room)


@pytest.mark.parametrize("how", ["away", "silent"])
async def test_where_the_live_state_does_not_answer_the_rows_say_who_hosts(how: str) -> None:
    street = await Street().open()
    quiet = card("cat", "Cat")
    await street.rooms.create(quiet, NOW)
    street.broadcasts.how = how
    assert await street.people.host_of(street.ann.room) == street.host(street.ann)
    assert await street.people.host_of(quiet.room) is None
    with pytest.raises(RoomUnknown):
        await street.people.host_of("no-such-room")


async def test_where_it_answers_it_is_right() -> None:
    street = await Street().open()
    record = live(street.ann)
    await street.broadcasts.remove(record, 1)
    assert await street.people.host_of(street.ann.room) is None


async def test_a_room_alone_has_its_host_and_his_guests_who_are_there() -> None:
    street = await Street().open()
    ann = street.host(street.ann)
    assert await street.people.on_stage(street.ann.room) == [
        StagePerson.himself(ann),
        StagePerson("abe", "Abe", ann),
        StagePerson("ada", "Ada", ann),
    ]


async def test_a_host_who_shows_his_screen_stands_there_once_and_has_a_seat_for_it() -> None:
    street = await Street().open()
    seating = await street.book.seating(street.ann.room)
    screen = Guest("ann", "Ann", True, NOW, GuestState.ON_STAGE, screen=True)
    seats = replace(seating.seats, people=(*seating.seats.people, screen))
    assert not await street.people.has_seat("ann", street.ann.room)
    await street.book.save(street.ann.room, seats, seating.version)
    assert [person.user for person in await street.people.on_stage(street.ann.room)] == ["ann", "abe", "ada"]
    assert await street.people.has_seat("ann", street.ann.room)


async def test_in_a_battle_each_guests_gifts_are_his_own_hosts() -> None:
    street = await Street().open()
    street.battle = (street.ann.room, street.bea.room)
    found = {person.user: person.host.user for person in await street.people.on_stage(street.ann.room)}
    assert found == {"ann": "ann", "abe": "ann", "ada": "ann", "bea": "bea", "bob": "bea"}


async def test_a_host_who_is_the_guest_of_his_opponent_is_met_as_a_host() -> None:
    street = await Street().open()
    seating = await street.book.seating(street.ann.room)
    people = (*seating.seats.people, Guest("bea", "Bea", True, NOW, GuestState.ON_STAGE))
    await street.book.save(street.ann.room, replace(seating.seats, people=people), seating.version)
    street.battle = (street.ann.room, street.bea.room)
    first = next(each for each in await street.people.on_stage(street.ann.room) if each.user == "bea")
    assert first == StagePerson.himself(street.host(street.bea))


async def test_the_seats_of_a_broadcast_that_is_over_are_nobodys() -> None:
    street = await Street().open()
    await street.broadcasts.save(live(street.ann, "s2"), 2)
    assert [person.user for person in await street.people.on_stage(street.ann.room)] == ["ann"]
    assert not await street.people.has_seat("abe", street.ann.room)


@pytest.mark.parametrize(
    ("user", "alone", "in_battle"),
    [
        ("ann", True, True),
        ("abe", True, True),
        ("amy", True, True),
        ("al", False, False),
        ("bea", False, True),
        ("bob", False, True),
        ("eve", False, False),
    ],
)
async def test_who_is_on_the_same_stage(user: str, alone: bool, in_battle: bool) -> None:
    street = await Street().open()
    assert await street.people.share_stage(user, street.ann.room) is alone
    street.battle = (street.ann.room, street.bea.room)
    assert await street.people.share_stage(user, street.ann.room) is in_battle


@pytest.mark.parametrize(
    ("user", "whose", "apart"),
    [
        ("bob", "ann", True),
        ("bob", "abe", True),
        ("bea", "abe", True),
        ("ada", "abe", True),
        ("bea", "ann", False),
        ("abe", "ann", False),
        ("ann", "abe", False),
    ],
)
async def test_a_block_keeps_guests_from_others_than_their_own_host(user: str, whose: str, apart: bool) -> None:
    street = await Street().open()
    street.battle = (street.ann.room, street.bea.room)
    assert not await street.people.kept_apart(user, street.ann.room, whose)
    for pair in ((user, whose), (whose, user)):
        street.blocked = {pair}
        assert await street.people.kept_apart(user, street.ann.room, whose) is apart


async def test_who_watches_cameras_without_a_right_to() -> None:
    street = await Street().open()
    users = ("ann", "abe", "amy", "al", "bea", "bob", "mod", "root", "eve")
    assert await street.people.strangers(street.ann.room, users) == {"al", "bea", "bob", "eve"}
    street.battle = (street.ann.room, street.bea.room)
    assert await street.people.strangers(street.ann.room, users) == {"al", "eve"}


async def test_an_unknown_room_has_no_host() -> None:
    street = await Street().open()
    with pytest.raises(RoomUnknown):
        await street.people.host_of("x")
