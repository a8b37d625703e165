"""PURE: how a fight ends: by its time, by operators, or because all others have fallen.

A member falls by surrender, by the end of his broadcast, by a ban, or when he is away for too long; a side falls with
its last member, and the fight is over when one side is left.
"""

from dataclasses import replace

from pk.errors import NotYourMove
from pk.events import FightEnded
from pk.inputs import MemberLeft, MemberRemoved, OperatorEnd, Surrender, TimeUp
from pk.moves.presence import away_for_too_long, patience_ends
from pk.moves.step import Step, enter, fact, mark_gone, only
from pk.state import Fallen, Phase, Reason, State


def surrender(state: State, event: Surrender, now_ms: int) -> Step:
    member = only(event.user, state.members)
    if member in state.upright:
        return _fall(state, (member.room,), Reason.SURRENDER, now_ms, event.user)
    if Fallen(member.room, Reason.SURRENDER) in state.fallen:  # said twice; his partner fights on
        return state, []
    raise NotYourMove


def leave(state: State, event: MemberLeft, now_ms: int) -> Step:
    return _fall(mark_gone(state, event.room), (event.room,), Reason.SURRENDER, now_ms)


def remove(state: State, event: MemberRemoved, now_ms: int) -> Step:
    return _fall(mark_gone(state, event.room), (event.room,), Reason.FORFEIT, now_ms)


def stop(state: State, event: OperatorEnd, now_ms: int) -> Step:
    return _to_settlement(state, Reason.OPERATOR, now_ms, event.user)


def fight_over(state: State, event: TimeUp, now_ms: int) -> Step:
    """The time, or the patience with a host who is away: whichever came first, also when both are noticed late."""
    walkover = patience_ends(state)
    assert state.ends_at_ms is not None
    if walkover is None or state.ends_at_ms <= walkover:
        return _to_settlement(state, Reason.TIME, now_ms)
    if {away.room for away in state.away}.issuperset(member.room for member in state.upright):
        return _to_settlement(state, Reason.BOTH_LOST, now_ms)
    return _fall(state, away_for_too_long(state, walkover), Reason.AWAY, now_ms)


def _fall(state: State, rooms: tuple[str, ...], reason: Reason, now_ms: int, user: str | None = None) -> Step:
    falling = tuple(Fallen(member.room, reason) for member in state.upright if member.room in rooms)
    state = replace(state, fallen=(*state.fallen, *falling))
    if len(state.standing) > 1:
        return state, []
    return _to_settlement(state, reason, now_ms, user)


def _to_settlement(state: State, reason: Reason, now_ms: int, user: str | None = None) -> Step:
    assert state.ends_at_ms is not None
    after = replace(enter(state, Phase.SETTLING, None, reason, user), ends_at_ms=min(now_ms, state.ends_at_ms))
    return after, [fact(FightEnded, after, now_ms)]
