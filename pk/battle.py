"""PURE: the game. One battle from invitation to end, as a machine that is told what happens and what time it is.

How a battle goes:

1. A host invites others (``INVITED``): one to a duel, or several, to sides of up to two. They have 15 s to answer.
2. All have accepted (``PREPARING``): a countdown of 3 s, while a mixer is started that makes one picture of all.
3. ``FIGHTING``: gifts score for their side until the time is over, or one side is left: a side falls with its last
   member, who surrenders, is banned, or stays away for 60 s.
4. ``SETTLING``: the ledger is asked for the sums, once and for all.
5. ``VICTORY`` or ``DRAW``: the winner's card, the loser's forfeit; then ``ENDED``, and all may battle again. When all
   have asked for a rematch it ends at once, and the next battle on the same stage begins in ``PREPARING``.

``TABLE`` below is the whole game: a cell for each input that a phase takes, with the phases it may lead to. An input
without a cell is refused (``OutOfPhase``) and changes nothing. Time comes before everything: an input that arrives
after a deadline finds the phase that the deadline led to, however late the timer was. What the cells do is in
``pk.moves``; the diagram in ``docs/battle-machine.md`` is drawn from the table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pk.errors import OutOfPhase
from pk.events import BattleChanged, BattleFact, BattleInvited, BattlePrepared
from pk.inputs import (
    Accept,
    Cancel,
    Decline,
    End,
    Input,
    MemberLeft,
    MemberLost,
    MemberRemoved,
    MemberReturned,
    MixerDown,
    MixerUp,
    MuteOpponent,
    OperatorEnd,
    Ready,
    Rematch,
    Surrender,
    Tallied,
    TimeUp,
    UnmuteOpponent,
)
from pk.moves import aftermath, fighting, invitation, preparing, presence
from pk.moves.step import Step, fact
from pk.rules import BattleRules
from pk.state import Mixer, Phase, Side, State

AFTERMATH = (Phase.VICTORY, Phase.DRAW)


def invite(battle: str, sides: tuple[Side, ...], rules: BattleRules, fight_ms: int, now_ms: int) -> State:
    """The first state of a battle. The host of ``sides[0]`` invites the others."""
    ends = now_ms + rules.invitation_ms
    return State(battle, battle, rules, sides, fight_ms, now_ms, phase_ends_at_ms=ends, operator=sides[0].host.user)


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

        Raises ``OutOfPhase``, ``NotYourMove`` or another refusal; then nothing has changed, not even by the time that
        has passed.
        """
        state, facts = _pass_time(self.state, now_ms)
        if not isinstance(event, TimeUp):
            state, more = _move(state, event, now_ms)
            state, late = _pass_time(state, now_ms)
            facts = [*facts, *more, *late]
        if state != self.state:
            self.state = replace(state, version=self.state.version + 1)
            facts = facts or [fact(BattleChanged, self.state, now_ms)]
        return facts


def first_fact(state: State) -> BattleFact:
    """What is told of a battle that has just been invited, or has begun as a rematch."""
    return fact(BattleInvited if state.phase is Phase.INVITED else BattlePrepared, state, state.invited_at_ms)


def deadline(state: State) -> int | None:
    """The time at which ``TimeUp`` has something to do."""
    ends = state.phase_ends_at_ms
    if ends is None:
        return None
    if state.phase is Phase.FIGHTING:
        return _earlier(ends, presence.patience_ends(state))
    if state.phase in AFTERMATH:
        return _earlier(ends, presence.gives_up_waiting(state))
    if state.phase is Phase.PREPARING and state.mixer is not Mixer.UP:
        return ends + state.rules.mixer_grace_ms
    return ends


def _earlier(one: int, other: int | None) -> int:
    return one if other is None else min(one, other)


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
    if isinstance(event, OF_A_ROOM) and event.room not in state.rooms:
        return state, []  # somebody else's
    after, facts = cell.act(state, event, now_ms)
    assert after.phase in cell.to, f"{type(event).__name__} led from {state.phase} to {after.phase}"
    return after, facts


OF_A_ROOM = (MemberLost, MemberReturned, MemberLeft, MemberRemoved)


@dataclass(frozen=True)
class Cell:
    act: Callable[[State, Any, int], Step]
    to: tuple[Phase, ...]


_I, _P, _F, _S, _V, _D, _E = Phase

TABLE: dict[tuple[Phase, type[Input]], Cell] = {
    (_I, Accept): Cell(invitation.accept, (_I, _P)),
    (_I, Decline): Cell(invitation.decline, (_E,)),
    (_I, Cancel): Cell(invitation.cancel, (_E,)),
    (_I, TimeUp): Cell(invitation.expire, (_E,)),
    (_I, MemberLost): Cell(presence.lost, (_I,)),
    (_I, MemberReturned): Cell(presence.returned, (_I,)),
    (_I, MemberLeft): Cell(invitation.withdraw, (_E,)),
    (_I, MemberRemoved): Cell(invitation.withdraw, (_E,)),
    (_I, OperatorEnd): Cell(invitation.withdraw, (_E,)),
    (_P, Accept): Cell(invitation.accepted_before, (_P,)),
    (_P, Ready): Cell(preparing.ready, (_P, _F)),
    (_P, TimeUp): Cell(preparing.countdown_over, (_F, _E)),
    (_P, MixerUp): Cell(preparing.mixer_up, (_P, _F)),
    (_P, MixerDown): Cell(preparing.mixer_down, (_P, _E)),
    (_P, MuteOpponent): Cell(presence.mute, (_P,)),
    (_P, UnmuteOpponent): Cell(presence.unmute, (_P,)),
    (_P, MemberLost): Cell(presence.lost, (_P,)),
    (_P, MemberReturned): Cell(presence.returned, (_P,)),
    (_P, MemberLeft): Cell(preparing.call_off, (_E,)),
    (_P, MemberRemoved): Cell(preparing.call_off, (_E,)),
    (_P, OperatorEnd): Cell(preparing.call_off, (_E,)),
    (_F, TimeUp): Cell(fighting.fight_over, (_F, _S)),
    (_F, Surrender): Cell(fighting.surrender, (_F, _S)),
    (_F, MemberLost): Cell(presence.lost, (_F,)),
    (_F, MemberReturned): Cell(presence.returned, (_F,)),
    (_F, MemberLeft): Cell(fighting.leave, (_F, _S)),
    (_F, MemberRemoved): Cell(fighting.remove, (_F, _S)),
    (_F, MuteOpponent): Cell(presence.mute, (_F,)),
    (_F, UnmuteOpponent): Cell(presence.unmute, (_F,)),
    (_F, MixerUp): Cell(preparing.mixer_up, (_F,)),
    (_F, MixerDown): Cell(preparing.mixer_down, (_F,)),
    (_F, OperatorEnd): Cell(fighting.stop, (_S,)),
    (_S, Tallied): Cell(aftermath.settle, (_V, _D, _E)),
    (_S, MemberLost): Cell(presence.lost, (_S,)),
    (_S, MemberReturned): Cell(presence.returned, (_S,)),
    (_S, MemberLeft): Cell(aftermath.part, (_S,)),
    (_S, MemberRemoved): Cell(aftermath.part, (_S,)),
}
TABLE |= {
    (phase, event): cell
    for phase in AFTERMATH
    for event, cell in {
        TimeUp: Cell(aftermath.time_passes, (phase, _E)),
        End: Cell(aftermath.end_early, (_E,)),
        Rematch: Cell(aftermath.wish_rematch, (phase, _E)),
        Cancel: Cell(aftermath.unwish_rematch, (phase,)),
        MemberLost: Cell(presence.lost, (phase,)),
        MemberReturned: Cell(presence.returned, (phase,)),
        MemberLeft: Cell(aftermath.part, (phase,)),
        MemberRemoved: Cell(aftermath.part, (phase,)),
        MuteOpponent: Cell(presence.mute, (phase,)),
        UnmuteOpponent: Cell(presence.unmute, (phase,)),
        MixerUp: Cell(preparing.mixer_up, (phase,)),
        MixerDown: Cell(preparing.mixer_down, (phase,)),
        OperatorEnd: Cell(aftermath.end_by_operator, (_E,)),
    }.items()
}
