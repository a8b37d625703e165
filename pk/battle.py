"""PURE: the game. One battle from invitation to end, as a machine that is told what happens and what time it is.

How a battle goes:

1. A host invites another (``INVITED``); he has 15 s to answer.
2. Accepted (``PREPARING``): a countdown of 3 s, while a mixer is started that makes one picture of both.
3. ``FIGHTING``: gifts score for their side until the time is over, one surrenders, is banned, or stays away for 60 s.
4. ``SETTLING``: the ledger is asked for the sums, once and for all.
5. ``VICTORY`` or ``DRAW``: the winner's card, the loser's forfeit; then ``ENDED``, and both may battle again.

``TABLE`` below is the whole game: a cell for each input that a phase takes, with the phases it may lead to. An input
without a cell is refused (``OutOfPhase``) and changes nothing. Time comes before everything: an input that arrives
after a deadline finds the phase that the deadline led to, however late the timer was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pk.errors import NotYourMove, OutOfPhase
from pk.events import (
    BattleEnded,
    BattleFact,
    BattleInvited,
    BattlePrepared,
    BattleSettled,
    BattleStarted,
    FightEnded,
    InvitationCancelled,
    InvitationDeclined,
    InvitationExpired,
)
from pk.inputs import (
    Accept,
    Cancel,
    Decline,
    End,
    Input,
    MixerDown,
    MixerUp,
    OperatorEnd,
    SideLeft,
    SideLost,
    SideRemoved,
    SideReturned,
    Surrender,
    Tallied,
    TimeUp,
)
from pk.rules import BattleRules
from pk.state import Away, Mixer, Out, Phase, Reason, Side, State
from pk.verdict import judge

Step = tuple[State, Sequence[BattleFact]]


def invite(battle: str, sides: tuple[Side, ...], rules: BattleRules, fight_ms: int, now_ms: int) -> State:
    """The first state of a battle. ``sides[0]`` invites the others."""
    ends = now_ms + rules.invitation_ms
    return State(battle, rules, sides, fight_ms, now_ms, phase_ends_at_ms=ends, operator=sides[0].host_user)


class Battle:
    """Holds the state and changes it only by ``handle``."""

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def deadline_ms(self) -> int | None:
        """When time itself will do something next; None when it will not (settling, ended)."""
        return deadline(self.state)

    def handle(self, event: Input, now_ms: int) -> list[BattleFact]:
        """Take ``event`` at ``now_ms`` and return what has happened, in order.

        Raises ``OutOfPhase`` or ``NotYourMove``; then nothing has changed, not even by the time that has passed.
        """
        state, facts = _pass_time(self.state, now_ms)
        if not isinstance(event, TimeUp):
            state, more = _move(state, event, now_ms)
            state, late = _pass_time(state, now_ms)
            facts = [*facts, *more, *late]
        if state != self.state:
            self.state = replace(state, version=self.state.version + 1)
        return facts


def first_fact(state: State) -> BattleFact:
    """What is told of a battle that has just been invited."""
    return _fact(BattleInvited, state, state.invited_at_ms)


def deadline(state: State) -> int | None:
    """The time at which ``TimeUp`` has something to do."""
    if state.phase is Phase.FIGHTING:
        assert state.ends_at_ms is not None
        return min(state.ends_at_ms, _walkover_at(state) or state.ends_at_ms)
    if state.phase is Phase.PREPARING and state.mixer is not Mixer.UP:
        assert state.phase_ends_at_ms is not None
        return state.phase_ends_at_ms + state.rules.mixer_grace_ms
    return state.phase_ends_at_ms


def _pass_time(state: State, now_ms: int) -> tuple[State, list[BattleFact]]:
    facts: list[BattleFact] = []
    while (due := deadline(state)) is not None and due <= now_ms:
        state, more = _move(state, TimeUp(), now_ms)
        facts.extend(more)
    return state, facts


def _move(state: State, event: Input, now_ms: int) -> Step:
    cell = TABLE.get((state.phase, type(event)))
    if cell is None:
        raise OutOfPhase(f"{type(event).__name__} while {state.phase}", phase=state.phase, reason=state.reason)
    after, facts = cell.act(state, event, now_ms)
    assert after.phase in cell.to, f"{type(event).__name__} led from {state.phase} to {after.phase}"
    return after, facts


# Invitation


def _accept(state: State, event: Accept, now_ms: int) -> Step:
    _only(event.user, state.sides[1:])
    starts = now_ms + state.rules.countdown_ms
    after = replace(
        _enter(state, Phase.PREPARING, starts, operator=event.user),
        starts_at_ms=starts,
        ends_at_ms=starts + state.fight_ms,
    )
    return after, [_fact(BattlePrepared, after, now_ms)]


def _accepted_before(state: State, event: Accept, now_ms: int) -> Step:
    """Said twice, by a double tap or because the first answer was lost on its way."""
    _only(event.user, state.sides[1:])
    return state, []


def _decline(state: State, event: Decline, now_ms: int) -> Step:
    _only(event.user, state.sides[1:])
    after = _enter(state, Phase.ENDED, None, Reason.DECLINED, event.user)
    return after, [_fact(InvitationDeclined, after, now_ms)]


def _cancel(state: State, event: Cancel, now_ms: int) -> Step:
    _only(event.user, state.sides[:1])
    after = _enter(state, Phase.ENDED, None, Reason.CANCELLED, event.user)
    return after, [_fact(InvitationCancelled, after, now_ms)]


def _expire(state: State, event: TimeUp, now_ms: int) -> Step:
    after = _enter(state, Phase.ENDED, None, Reason.EXPIRED)
    return after, [_fact(InvitationExpired, after, now_ms)]


def _withdraw(state: State, event: SideLeft | SideRemoved | OperatorEnd, now_ms: int) -> Step:
    if isinstance(event, OperatorEnd):
        after = _enter(state, Phase.ENDED, None, Reason.OPERATOR, event.user)
    else:
        after = _enter(state, Phase.ENDED, None, Reason.HOST_LEFT)
    return after, [_fact(InvitationCancelled, after, now_ms)]


# Preparing


def _countdown_over(state: State, event: TimeUp, now_ms: int) -> Step:
    if state.mixer is not Mixer.UP:
        return _call_off(state, event, now_ms)
    ends = now_ms + state.fight_ms
    after = replace(_enter(state, Phase.FIGHTING, ends), starts_at_ms=now_ms, ends_at_ms=ends)
    assert after.rush_from_ms is not None
    return after, [_fact(BattleStarted, after, now_ms, ends_at_ms=ends, rush_from_ms=after.rush_from_ms)]


def _call_off(state: State, event: TimeUp | MixerDown | SideLeft | SideRemoved | OperatorEnd, now_ms: int) -> Step:
    match event:
        case OperatorEnd():
            after = _enter(state, Phase.ENDED, None, Reason.OPERATOR, event.user)
        case SideLeft() | SideRemoved():
            after = _enter(state, Phase.ENDED, None, Reason.HOST_LEFT)
        case _:
            after = _enter(state, Phase.ENDED, None, Reason.MIXER_UNAVAILABLE)
    return after, [_fact(BattleEnded, after, now_ms)]


# The mixer, and hosts who come and go


def _mixer_up(state: State, event: MixerUp, now_ms: int) -> Step:
    return (state if state.mixer is Mixer.GONE else replace(state, mixer=Mixer.UP)), []


def _mixer_down(state: State, event: MixerDown, now_ms: int) -> Step:
    if event.attempt != state.mixer_losses or state.mixer is Mixer.GONE:  # an attempt that was given up before
        return state, []
    losses = state.mixer_losses + 1
    mixer = Mixer.GONE if losses > state.rules.mixer_restarts else Mixer.STARTING
    after = replace(state, mixer=mixer, mixer_losses=losses)
    if mixer is Mixer.GONE and state.phase is Phase.PREPARING:
        return _call_off(after, event, now_ms)
    return after, []


def _lost(state: State, event: SideLost, now_ms: int) -> Step:
    if any(away.side == event.side for away in state.away):
        return state, []
    return replace(state, away=(*state.away, Away(event.side, now_ms))), []


def _returned(state: State, event: SideReturned, now_ms: int) -> Step:
    return replace(state, away=tuple(away for away in state.away if away.side != event.side)), []


# Fighting


def _surrender(state: State, event: Surrender, now_ms: int) -> Step:
    side = _only(event.user, tuple(side for side in state.sides if side.side in state.standing))
    return _fall(state, (side.side,), Reason.SURRENDER, now_ms, event.user)


def _leave(state: State, event: SideLeft, now_ms: int) -> Step:
    return _fall(_mark_gone(state, event.side), (event.side,), Reason.SURRENDER, now_ms)


def _remove(state: State, event: SideRemoved, now_ms: int) -> Step:
    return _fall(_mark_gone(state, event.side), (event.side,), Reason.FORFEIT, now_ms)


def _stop(state: State, event: OperatorEnd, now_ms: int) -> Step:
    return _to_settlement(state, Reason.OPERATOR, now_ms, event.user)


def _fight_over(state: State, event: TimeUp, now_ms: int) -> Step:
    """The time, or the patience with a host who is away: whichever came first, also when both are noticed late."""
    walkover = _walkover_at(state)
    assert state.ends_at_ms is not None
    if walkover is None or state.ends_at_ms <= walkover:
        return _to_settlement(state, Reason.TIME, now_ms)
    away = {away.side for away in state.away}
    if away.issuperset(state.standing):
        return _to_settlement(state, Reason.BOTH_LOST, now_ms)
    late = tuple(
        away.side
        for away in state.away
        if away.side in state.standing and away.since_ms + state.rules.away_ms <= now_ms
    )
    return _fall(state, late, Reason.AWAY, now_ms)


def _walkover_at(state: State) -> int | None:
    """When a host has been away for too long. While every host is away the clock of the last one decides."""
    away = [away.since_ms for away in state.away if away.side in state.standing]
    if not away:
        return None
    return (max(away) if len(away) == len(state.standing) else min(away)) + state.rules.away_ms


def _fall(state: State, sides: tuple[str, ...], reason: Reason, now_ms: int, user: str | None = None) -> Step:
    state = replace(state, out=(*state.out, *(Out(side, reason) for side in sides if side in state.standing)))
    if len(state.standing) > 1:  # battles of three and four go on
        return state, []
    return _to_settlement(state, reason, now_ms, user)


def _to_settlement(state: State, reason: Reason, now_ms: int, user: str | None = None) -> Step:
    assert state.ends_at_ms is not None
    after = replace(
        _enter(state, Phase.SETTLING, None, reason, user),
        ends_at_ms=min(now_ms, state.ends_at_ms),
    )
    return after, [_fact(FightEnded, after, now_ms)]


# Settling, victory and draw


def _settle(state: State, event: Tallied, now_ms: int) -> Step:
    result = judge(state, event, now_ms)
    if result.reason is Reason.BOTH_LOST:
        phase, ends = Phase.ENDED, None
    elif result.winner is not None:
        phase, ends = Phase.VICTORY, now_ms + state.rules.victory_ms
    else:
        phase, ends = Phase.DRAW, now_ms + state.rules.draw_ms
    if ends is not None and state.gone:
        ends = min(ends, now_ms + state.rules.alone_ms)
    after = replace(_enter(state, phase, ends, result.reason), result=result)
    facts = [_fact(BattleSettled, after, now_ms, winner=result.winner, scores=result.scores)]
    return after, facts if ends is not None else [*facts, _fact(BattleEnded, after, now_ms)]


def _end_early(state: State, event: End, now_ms: int) -> Step:
    assert state.result is not None
    winner = state.result.winner
    _only(event.user, tuple(side for side in state.sides if winner in (None, side.side)))
    return _over(state, Reason.ENDED_EARLY, now_ms, event.user)


def _end_by_operator(state: State, event: OperatorEnd, now_ms: int) -> Step:
    return _over(state, Reason.OPERATOR, now_ms, event.user)


def _celebrated(state: State, event: TimeUp, now_ms: int) -> Step:
    return _over(state, Reason.HOST_LEFT if state.gone else Reason.TIME, now_ms)


def _alone(state: State, event: SideLeft | SideRemoved, now_ms: int) -> Step:
    """Nobody is left to share the stage with: keep the card for a moment, not for minutes."""
    after = _mark_gone(state, event.side)
    if state.phase_ends_at_ms is not None:
        after = replace(after, phase_ends_at_ms=min(state.phase_ends_at_ms, now_ms + state.rules.alone_ms))
    return after, []


def _over(state: State, reason: Reason, now_ms: int, user: str | None = None) -> Step:
    after = _enter(state, Phase.ENDED, None, reason, user)
    return after, [_fact(BattleEnded, after, now_ms)]


# Shared by the moves


def _enter(state: State, phase: Phase, ends_ms: int | None, reason: str = "", operator: str | None = None) -> State:
    return replace(state, phase=phase, phase_ends_at_ms=ends_ms, reason=str(reason), operator=operator)


def _mark_gone(state: State, side: str) -> State:
    return state if side in state.gone else replace(state, gone=(*state.gone, side))


def _only(user: str, allowed: tuple[Side, ...]) -> Side:
    for side in allowed:
        if side.host_user == user:
            return side
    raise NotYourMove


def _fact(kind: type[BattleFact], state: State, now_ms: int, **more: Any) -> BattleFact:
    return kind(state.battle, state.rooms, now_ms, state.reason, state.operator, **more)


@dataclass(frozen=True)
class Cell:
    act: Callable[[State, Any, int], Step]
    to: tuple[Phase, ...]


_I, _P, _F, _S, _V, _D, _E = Phase

TABLE: dict[tuple[Phase, type[Input]], Cell] = {
    (_I, Accept): Cell(_accept, (_P,)),
    (_I, Decline): Cell(_decline, (_E,)),
    (_I, Cancel): Cell(_cancel, (_E,)),
    (_I, TimeUp): Cell(_expire, (_E,)),
    (_I, SideLeft): Cell(_withdraw, (_E,)),
    (_I, SideRemoved): Cell(_withdraw, (_E,)),
    (_I, OperatorEnd): Cell(_withdraw, (_E,)),
    (_I, SideLost): Cell(_lost, (_I,)),
    (_I, SideReturned): Cell(_returned, (_I,)),
    (_P, Accept): Cell(_accepted_before, (_P,)),
    (_P, TimeUp): Cell(_countdown_over, (_F, _E)),
    (_P, MixerUp): Cell(_mixer_up, (_P,)),
    (_P, MixerDown): Cell(_mixer_down, (_P, _E)),
    (_P, SideLost): Cell(_lost, (_P,)),
    (_P, SideReturned): Cell(_returned, (_P,)),
    (_P, SideLeft): Cell(_call_off, (_E,)),
    (_P, SideRemoved): Cell(_call_off, (_E,)),
    (_P, OperatorEnd): Cell(_call_off, (_E,)),
    (_F, TimeUp): Cell(_fight_over, (_F, _S)),
    (_F, Surrender): Cell(_surrender, (_F, _S)),
    (_F, SideLeft): Cell(_leave, (_F, _S)),
    (_F, SideRemoved): Cell(_remove, (_F, _S)),
    (_F, SideLost): Cell(_lost, (_F,)),
    (_F, SideReturned): Cell(_returned, (_F,)),
    (_F, MixerUp): Cell(_mixer_up, (_F,)),
    (_F, MixerDown): Cell(_mixer_down, (_F,)),
    (_F, OperatorEnd): Cell(_stop, (_S,)),
    (_S, Tallied): Cell(_settle, (_V, _D, _E)),
    (_S, SideLeft): Cell(_alone, (_S,)),
    (_S, SideRemoved): Cell(_alone, (_S,)),
    (_V, TimeUp): Cell(_celebrated, (_E,)),
    (_V, End): Cell(_end_early, (_E,)),
    (_V, SideLeft): Cell(_alone, (_V,)),
    (_V, SideRemoved): Cell(_alone, (_V,)),
    (_V, MixerUp): Cell(_mixer_up, (_V,)),
    (_V, MixerDown): Cell(_mixer_down, (_V,)),
    (_V, OperatorEnd): Cell(_end_by_operator, (_E,)),
    (_D, TimeUp): Cell(_celebrated, (_E,)),
    (_D, End): Cell(_end_early, (_E,)),
    (_D, SideLeft): Cell(_alone, (_D,)),
    (_D, SideRemoved): Cell(_alone, (_D,)),
    (_D, MixerUp): Cell(_mixer_up, (_D,)),
    (_D, MixerDown): Cell(_mixer_down, (_D,)),
    (_D, OperatorEnd): Cell(_end_by_operator, (_E,)),
}
