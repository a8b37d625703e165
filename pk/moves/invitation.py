"""PURE: an invitation is answered, taken back, or forgotten. Everybody invited must accept; one refusal ends it."""

from dataclasses import replace

from pk.events import BattlePrepared, InvitationCancelled, InvitationDeclined, InvitationExpired
from pk.inputs import Accept, Cancel, Decline, Departure, OperatorEnd, TimeUp
from pk.moves.step import Step, enter, fact, only
from pk.state import Member, Phase, Reason, State


def accept(state: State, event: Accept, now_ms: int) -> Step:
    only(event.user, _invited(state))
    if event.user in state.accepted:
        return state, []
    after = replace(state, accepted=(*state.accepted, event.user))
    if len(after.accepted) < len(_invited(state)):
        return after, []
    starts = now_ms + state.rules.countdown_ms
    after = replace(
        enter(after, Phase.PREPARING, starts, operator=event.user),
        starts_at_ms=starts,
        ends_at_ms=starts + state.fight_ms,
    )
    return after, [fact(BattlePrepared, after, now_ms)]


def accepted_before(state: State, event: Accept, now_ms: int) -> Step:
    """Said twice, by a double tap or because the first answer was lost on its way."""
    only(event.user, _invited(state))
    return state, []


def decline(state: State, event: Decline, now_ms: int) -> Step:
    only(event.user, _invited(state))
    after = enter(state, Phase.ENDED, None, Reason.DECLINED, event.user)
    return after, [fact(InvitationDeclined, after, now_ms)]


def cancel(state: State, event: Cancel, now_ms: int) -> Step:
    only(event.user, [state.inviter])
    after = enter(state, Phase.ENDED, None, Reason.CANCELLED, event.user)
    return after, [fact(InvitationCancelled, after, now_ms)]


def expire(state: State, event: TimeUp, now_ms: int) -> Step:
    after = enter(state, Phase.ENDED, None, Reason.EXPIRED)
    return after, [fact(InvitationExpired, after, now_ms)]


def withdraw(state: State, event: Departure | OperatorEnd, now_ms: int) -> Step:
    if isinstance(event, OperatorEnd):
        after = enter(state, Phase.ENDED, None, Reason.OPERATOR, event.user)
    else:
        after = enter(state, Phase.ENDED, None, Reason.HOST_LEFT)
    return after, [fact(InvitationCancelled, after, now_ms)]


def _invited(state: State) -> tuple[Member, ...]:
    return state.members[1:]
