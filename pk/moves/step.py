"""PURE: what the moves share: entering a phase, telling of it, and who may do what."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pk.errors import NotYourMove
from pk.events import BattleFact
from pk.state import Member, Phase, State

Step = tuple[State, Sequence[BattleFact]]


def enter(state: State, phase: Phase, ends_ms: int | None, reason: str = "", operator: str | None = None) -> State:
    return replace(state, phase=phase, phase_ends_at_ms=ends_ms, reason=str(reason), operator=operator)


def fact(kind: type[BattleFact], state: State, now_ms: int, **more: Any) -> BattleFact:
    return kind(state.battle, state.rooms, now_ms, state.reason, state.operator, **more)


def only(user: str, allowed: Iterable[Member]) -> Member:
    """The member that ``user`` is, if he is one of ``allowed``; else ``NotYourMove``."""
    for member in allowed:
        if member.user == user:
            return member
    raise NotYourMove


def mark_gone(state: State, room: str) -> State:
    """The broadcast of ``room`` is over; its host does not want a rematch any more."""
    if room in state.gone:
        return state
    return replace(unwish(state, room), gone=(*state.gone, room))


def unwish(state: State, room: str) -> State:
    member = state.member_in(room)
    return replace(state, rematch=tuple(user for user in state.rematch if member is None or user != member.user))
