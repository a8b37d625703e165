"""Guests in a battle's composite: on their host's side, live as they come and go, muted as their host says."""

from dataclasses import replace

import pytest

from pk.cast import PEOPLE_MAX, Guests, cast, muted_seats, roster
from pk.inputs import MuteOpponent
from pk.mixer.arguments import parse
from pk.mixer.layout import Layout
from pk.state import Mute, State
from streaming.events import GuestsChanged
from streaming.stage import StageGuest
from tests.pk.people import first_state, strangers
from tests.pk.scenes import fight, scene
from tests.pk.virtual import passes
from tests.pk.world import World


def guest(name: str, **changes: bool) -> StageGuest:
    return replace(StageGuest(name, name.title(), f"guest:{name}"), **changes)  # type: ignore[arg-type]


def names(state: State, guests: Guests) -> list[tuple[str, int]]:
    return [
        (person.member.name if person.guest is None else person.guest.name, person.side)
        for person in cast(state, guests)
    ]


def test_without_guests_everybody_has_the_seat_that_the_battle_gave_him() -> None:
    for sides, members in ((2, 1), (4, 1), (2, 2), (4, 2)):
        state = first_state(strangers(sides, members))
        assert tuple(person.member for person in cast(state, {})) == state.members


def test_guests_sit_behind_the_hosts_of_their_side() -> None:
    state = first_state(strangers(2, 2))
    red, _, blue, _ = state.rooms
    assert names(state, {red: [guest("ann"), guest("bob")], blue: [guest("cid")]}) == [
        ("host 0", 0),
        ("host 1", 0),
        ("Ann", 0),
        ("Bob", 0),
        ("host 2", 1),
        ("host 3", 1),
        ("Cid", 1),
    ]


def test_who_does_not_fit_is_left_out_hosts_first_and_then_a_guest_of_each_room_in_turn() -> None:
    state = first_state(strangers(4, 1))
    full = {
        room: [guest(f"{place}{index}") for index in range(3)] for place, room in zip("abcd", state.rooms, strict=True)
    }
    shown = [name for name, _ in names(state, full)]
    assert len(shown) == PEOPLE_MAX
    assert set(shown) == {"host 0", "host 1", "host 2", "host 3", "A0", "B0", "C0", "D0", "A1"}
    crowded = first_state(strangers(4, 2))
    assert [name for name, _ in names(crowded, {crowded.rooms[7]: [guest("ann"), guest("bob")]})][-1] == "Ann"


@pytest.mark.parametrize(("sides", "members"), [(2, 1), (3, 1), (4, 1), (2, 2), (4, 2)])
def test_the_mixer_takes_every_such_cast(sides: int, members: int) -> None:
    state = first_state(strangers(sides, members))
    homes = dict.fromkeys(state.rooms, "127.0.0.1:1")
    for count in range(4):
        guests = {room: [guest(f"{room}{index}") for index in range(count)] for room in state.rooms}
        people = cast(state, guests)
        mixed = parse({"battle": "b", "token": "t", **roster(state, people, homes)}).roster
        assert len(mixed.sources) == len(people)
        assert mixed.layout is (Layout.DUEL if len(people) == 2 else Layout.TEAM)
        assert [source.stream for source in mixed.sources] == [
            "camera" if person.guest is None else person.guest.stream for person in people
        ]


def test_a_guest_with_his_voice_only_is_told_so() -> None:
    state = first_state()
    people = cast(state, {state.rooms[0]: [guest("ann", voice_only=True)]})
    sources = roster(state, people, dict.fromkeys(state.rooms, "p"))["sources"]
    assert [source.get("voice_only", False) for source in sources] == [False, True, False]


def test_a_hosts_screen_is_one_more_tile_of_his_side_and_is_named_so() -> None:
    state = first_state()
    people = cast(state, {state.rooms[1]: [guest("ann"), guest("host", screen=True)]})
    sources = roster(state, people, dict.fromkeys(state.rooms, "p"))["sources"]
    seen = [(source["side"], source.get("screen", False)) for source in sources]
    assert seen == [(0, False), (1, False), (1, False), (1, True)]


def test_a_guest_muted_by_his_host_is_unheard_everywhere_and_with_a_muted_host_his_guests_are() -> None:
    state = first_state()
    red, blue = state.rooms
    people = cast(state, {red: [guest("ann", muted=True)], blue: [guest("bob")]})  # seats: red 0, ann 1, blue 2, bob 3
    assert (muted_seats(state, people, red), muted_seats(state, people, blue)) == ((1,), (1,))
    muting = replace(state, mutes=(*state.mutes, Mute(red, state.sides[1].host.user)))
    assert (muted_seats(muting, people, red), muted_seats(muting, people, blue)) == ((1, 2, 3), (1,))


def test_a_guest_comes_into_the_running_composite_at_once_and_leaves_it_again() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        red, blue = state.rooms
        assert world.jobs.rosters == [], "a duel without guests is told nothing"
        world.stages.beside[red] = (guest("ann", muted=True),)
        await world.bus.publish(GuestsChanged(red))
        await passes(50)
        assert [source["name"] for source in world.jobs.rosters[-1]["sources"]] == ["host 0", "Ann", "host 1"]
        assert world.jobs.muted == {red: [1], blue: [1]}
        world.stages.beside.clear()
        await passes(1_100)  # the fact is lost: he looks every second
        assert [source["name"] for source in world.jobs.rosters[-1]["sources"]] == ["host 0", "host 1"]
        assert world.jobs.muted == {}
        assert len(world.jobs.started) == 1

    scene(scenario)


def test_a_mute_of_an_opponent_stays_his_when_a_guest_has_moved_the_seats() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        red, _ = state.rooms
        await world.office.command(state.battle, MuteOpponent(state.sides[0].host.user))
        await passes(300)
        assert world.jobs.muted == {red: [1]}
        world.stages.beside[red] = (guest("ann"),)
        await passes(1_100)
        assert world.jobs.muted == {red: [2]}

    scene(scenario)


def test_a_mute_is_told_again_when_the_seat_is_anothers() -> None:
    async def scenario(world: World) -> None:
        state = await fight(world)
        red, _ = state.rooms
        for name in ("ann", "bob"):
            world.stages.beside[red] = (guest(name, muted=True),)
            world.jobs.mutes.clear()
            await passes(1_100)
            assert world.jobs.muted == {room: [1] for room in state.rooms}

    scene(scenario)


def test_guests_who_are_there_before_the_battle_are_in_its_first_composite_and_in_a_replaced_one() -> None:
    async def scenario(world: World) -> None:
        sides = strangers()
        world.stages.beside[sides[1].host.room] = (guest("ann"),)
        await fight(world, sides=sides)
        await passes(500)
        await world.jobs.kill()
        await passes(1_500)
        assert len(world.jobs.started) == 2
        for _, arguments in world.jobs.started:
            assert [source["name"] for source in arguments["sources"]] == ["host 0", "host 1", "Ann"]
            assert [source["side"] for source in arguments["sources"]] == [0, 1, 1]
        assert world.jobs.rosters == []

    scene(scenario)
