"""PURE: the result, the celebration or the draw, and another battle on the same stage if all hosts want one."""

from dataclasses import replace

from pk.errors import HostOffline
from pk.events import BattleEnded, BattleSettled
from pk.inputs import Cancel, Departure, End, OperatorEnd, Rematch, Tallied, TimeUp
from pk.moves.presence import away_for_too_long
from pk.moves.step import Step, enter, fact, mark_gone, only
from pk.state import Member, Mixer, Phase, Reason, Side, State
from pk.verdict import judge


def settle(state: State, event: Tallied, now_ms: int) -> Step:
    result = judge(state, event, now_ms)
    if result.reason is Reason.BOTH_LOST:
        phase, ends = Phase.ENDED, None
    elif result.winner is not None:
        phase, ends = Phase.VICTORY, now_ms + state.rules.victory_ms
    else:
        phase, ends = Phase.DRAW, now_ms + state.rules.draw_ms
    after = _shorter_if_alone(replace(enter(state, phase, ends, result.reason), result=result), now_ms)
    facts = [fact(BattleSettled, after, now_ms, winner=result.winner, scores=result.scores)]
    return after, facts if ends is not None else [*facts, fact(BattleEnded, after, now_ms)]


def end_early(state: State, event: End, now_ms: int) -> Step:
    assert state.result is not None
    winner = state.result.winner
    only(event.user, [member for side in state.sides if winner in (None, side.side) for member in side.members])
    return _over(state, Reason.ENDED_EARLY, now_ms, event.user)


def end_by_operator(state: State, event: OperatorEnd, now_ms: int) -> Step:
    return _over(state, Reason.OPERATOR, now_ms, event.user)


def time_passes(state: State, event: TimeUp, now_ms: int) -> Step:
    """The celebration is over; or a host has been away for so long that nobody waits for him any more."""
    assert state.phase_ends_at_ms is not None
    if state.phase_ends_at_ms <= now_ms:
        return _over(state, Reason.HOST_LEFT if _alone(state) else Reason.TIME, now_ms)
    for room in away_for_too_long(state, now_ms):
        state = mark_gone(state, room)
    return _shorter_if_alone(state, now_ms), []


def part(state: State, event: Departure, now_ms: int) -> Step:
    return _shorter_if_alone(mark_gone(state, event.room), now_ms), []


def wish_rematch(state: State, event: Rematch, now_ms: int) -> Step:
    """The last one to ask ends this battle, and its successor begins in the same moment (``next_battle``)."""
    member = only(event.user, state.members)
    missing = [room for room in state.rooms if room in state.gone]
    missing += [away.room for away in state.away if away.room == member.room]
    if missing:
        raise HostOffline(room=missing[0])
    if event.user in state.rematch:
        return state, []
    after = replace(state, rematch=(*state.rematch, event.user))
    if len(after.rematch) < len(state.members):
        return after, []
    after = replace(enter(after, Phase.ENDED, None, Reason.REMATCH, event.user), successor=event.successor)
    return after, [fact(BattleEnded, after, now_ms, successor=event.successor)]


def unwish_rematch(state: State, event: Cancel, now_ms: int) -> Step:
    only(event.user, state.members)
    return replace(state, rematch=tuple(user for user in state.rematch if user != event.user)), []


def next_battle(state: State, now_ms: int) -> State:
    """The first state of the battle that follows ``state``: same people, rules and stage; the mixer runs on."""
    assert state.phase is Phase.ENDED and state.successor is not None
    starts = now_ms + state.rules.countdown_ms
    return State(
        battle=state.successor,
        stage=state.stage,
        rules=state.rules,
        sides=_with_new_badges(state),
        fight_ms=state.fight_ms,
        invited_at_ms=now_ms,
        phase=Phase.PREPARING,
        phase_ends_at_ms=starts,
        operator=state.operator,
        starts_at_ms=starts,
        ends_at_ms=starts + state.fight_ms,
        mixer=Mixer.STARTING if state.mixer is Mixer.GONE else state.mixer,
        mixer_attempt=state.mixer_attempt,
        accepted=state.rematch,
        mutes=state.mutes,
        previous=state.battle,
    )


def _with_new_badges(state: State) -> tuple[Side, ...]:
    """As this battle has left them."""
    changed = {} if state.result is None else {each.user: each for each in state.result.ratings}

    def after(member: Member) -> Member:
        change = changed.get(member.user)
        return member if change is None else replace(member, rating=change.after, streak=change.streak)

    return tuple(replace(side, members=tuple(after(member) for member in side.members)) for side in state.sides)


def _alone(state: State) -> bool:
    """Nobody is left to share the stage with."""
    return len(state.members) - len(state.gone) < 2


def _shorter_if_alone(state: State, now_ms: int) -> State:
    """Keep the card for a moment then, not for minutes."""
    if state.phase_ends_at_ms is None or not _alone(state):
        return state
    return replace(state, phase_ends_at_ms=min(state.phase_ends_at_ms, now_ms + state.rules.alone_ms))


def _over(state: State, reason: Reason, now_ms: int, user: str | None = None) -> Step:
    after = enter(state, Phase.ENDED, None, reason, user)
    return after, [fact(BattleEnded, after, now_ms)]
