"""PURE: hosts who cannot be reached, and how long they are waited for; and opponents who are not to be heard."""

from dataclasses import replace

from pk.errors import NotAnOpponent
from pk.inputs import MemberLost, MemberReturned, MuteOpponent, UnmuteOpponent
from pk.moves.step import Step, only, unwish
from pk.state import Away, Mute, State


def lost(state: State, event: MemberLost, now_ms: int) -> Step:
    if state.member_in(event.room) is None or any(away.room == event.room for away in state.away):
        return state, []
    return replace(unwish(state, event.room), away=(*state.away, Away(event.room, now_ms))), []


def returned(state: State, event: MemberReturned, now_ms: int) -> Step:
    return replace(state, away=tuple(away for away in state.away if away.room != event.room)), []


def patience_ends(state: State) -> int | None:
    """When a fighter has been away for too long. While nobody at all is there the clock of the last one decides."""
    away = _away_since(state, [member.room for member in state.upright])
    if not away:
        return None
    return (max(away) if len(away) == len(state.upright) else min(away)) + state.rules.away_ms


def gives_up_waiting(state: State) -> int | None:
    """After the fight: when the next host who is away counts as gone."""
    away = _away_since(state, [room for room in state.rooms if room not in state.gone])
    return min(away) + state.rules.away_ms if away else None


def away_for_too_long(state: State, at_ms: int) -> tuple[str, ...]:
    """The rooms whose hosts have been waited for long enough at ``at_ms``."""
    return tuple(away.room for away in state.away if away.since_ms + state.rules.away_ms <= at_ms)


def _away_since(state: State, rooms: list[str]) -> list[int]:
    return [away.since_ms for away in state.away if away.room in rooms]


def mute(state: State, event: MuteOpponent, now_ms: int) -> Step:
    member = only(event.user, state.members)
    more = (Mute(member.room, user) for user in _meant(state, event))
    return replace(state, mutes=(*state.mutes, *(each for each in more if each not in state.mutes))), []


def unmute(state: State, event: UnmuteOpponent, now_ms: int) -> Step:
    member = only(event.user, state.members)
    meant = {Mute(member.room, user) for user in _meant(state, event)}
    return replace(state, mutes=tuple(each for each in state.mutes if each not in meant)), []


def _meant(state: State, event: MuteOpponent | UnmuteOpponent) -> tuple[str, ...]:
    own = state.side_of(event.user)
    opponents = tuple(member.user for side in state.sides if side is not own for member in side.members)
    if event.target is None:
        return opponents
    if event.target not in opponents:
        raise NotAnOpponent
    return (event.target,)
