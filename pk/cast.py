"""PURE: who is in a battle's composite, in which seat of the mixer: its hosts, and their guests on their side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

from pk.state import Member, State
from streaming.stage import StageGuest

PEOPLE_MAX = 9  # in one composite

Guests = Mapping[str, Sequence[StageGuest]]  # by room


@dataclass(frozen=True)
class Person:
    """A host (``guest`` None), or a guest of his, or his screen; ``side`` counts from the left."""

    member: Member
    side: int
    guest: StageGuest | None = None


Cast = tuple[Person, ...]  # by seat; the people of one side are neighbours


def cast(state: State, guests: Guests) -> Cast:
    """Hosts first: who does not fit is left out, and of the guests each room has its first before any has a second."""
    staying = set(_in_turn(state, guests)[: PEOPLE_MAX - len(state.members)])
    people: list[Person] = []
    for index, side in enumerate(state.sides):
        people += [Person(member, index) for member in side.members]
        for member in side.members:
            people += [
                Person(member, index, guest)
                for guest in guests.get(member.room, ())
                if (member.room, guest.user) in staying
            ]
    return tuple(people)


def _in_turn(state: State, guests: Guests) -> list[tuple[str, str]]:
    rows = [[(room, guest.user) for guest in guests.get(room, ())] for room in state.rooms]
    return [each for each in chain.from_iterable(zip_longest(*rows)) if each is not None]


def roster(state: State, people: Cast, homes: Mapping[str, str]) -> dict[str, Any]:
    """Sources and outputs as the mixer takes them; ``homes`` are the media pipes of the rooms."""
    return {
        "sources": [_source(person, seat, homes[person.member.room]) for seat, person in enumerate(people)],
        "outputs": [{"room": room, "pipe": homes[room]} for room in state.rooms],
    }


def _source(person: Person, seat: int, pipe: str) -> dict[str, Any]:
    member, guest = person.member, person.guest
    place = {"room": member.room, "seat": seat, "side": person.side, "pipe": pipe}
    if guest is None:
        return {**place, "name": member.name}
    seen = {"voice_only": guest.voice_only, "screen": guest.screen}
    return {**place, "name": guest.name, "stream": guest.stream, **seen}


def muted_seats(state: State, people: Cast, room: str) -> tuple[int, ...]:
    """Whom ``room`` does not hear: hosts that it has muted, with their guests, and guests muted for everybody."""
    muted = state.muted_in(room)
    return tuple(
        seat
        for seat, person in enumerate(people)
        if person.member.user in muted or (person.guest is not None and person.guest.muted)
    )
