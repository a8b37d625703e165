"""Bodies of requests and answers. The body of a battle is the same in REST, in the feed and in the snapshot."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from foundation.ids import new_id
from pk.inputs import (
    Accept,
    Cancel,
    Command,
    Decline,
    End,
    MuteOpponent,
    OperatorEnd,
    Ready,
    Rematch,
    Surrender,
    UnmuteOpponent,
)
from pk.state import MAX_MEMBERS, SIDES, Contributor, Member, Result, State

RoomId = Annotated[str, Field(min_length=26, max_length=26)]
SideRooms = Annotated[list[RoomId], Field(min_length=1, max_length=MAX_MEMBERS)]


class Verb(StrEnum):
    """What people may say to a battle: the last step of the address."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    READY = "ready"
    SURRENDER = "surrender"
    END = "end"
    REMATCH = "rematch"


MUTE = "mute"
UNMUTE = "unmute"
OPERATOR_END = "operator-end"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Invite(Strict):
    """To a duel with ``opponent_room``, or to a battle of ``sides``: the rooms of each, the inviter's first of all."""

    opponent_room: RoomId | None = None
    sides: Annotated[list[SideRooms], Field(min_length=2, max_length=len(SIDES))] | None = None
    duration_s: Annotated[int, Field(ge=1, le=86_400)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.opponent_room is None) == (self.sides is None):
            raise ValueError("either opponent_room or sides")
        return self

    def rooms(self, inviter: str) -> list[list[str]]:
        """By side."""
        if self.sides is not None:
            return self.sides
        assert self.opponent_room is not None
        return [[inviter], [self.opponent_room]]


class Target(Strict):
    """Whom a host does not want to hear; left out: all hosts of the other sides."""

    user: Annotated[str, Field(max_length=64)] | None = None


class OperatorOrder(Strict):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Order(Strict):
    """A command on its way from api to control. ``reason`` is an operator's, ``target`` whom a mute is about."""

    user: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(max_length=500)] | None = None
    target: Annotated[str, Field(max_length=64)] | None = None


class Opening(Strict):
    """An invitation on its way from api to control: the first state, as ``pk.saved.dump`` writes it."""

    state: dict[str, Any]


def command_of(verb: str, order: Order) -> Command | None:
    """What is meant by an order at the address ``verb``; None when there is no such address."""
    plain: dict[str, type[Accept | Decline | Cancel | Ready | Surrender | End | OperatorEnd]] = {
        Verb.ACCEPT: Accept,
        Verb.DECLINE: Decline,
        Verb.CANCEL: Cancel,
        Verb.READY: Ready,
        Verb.SURRENDER: Surrender,
        Verb.END: End,
        OPERATOR_END: OperatorEnd,
    }
    if verb == Verb.REMATCH:
        return Rematch(order.user, new_id())
    if verb == MUTE:
        return MuteOpponent(order.user, order.target)
    if verb == UNMUTE:
        return UnmuteOpponent(order.user, order.target)
    return plain[verb](order.user) if verb in plain else None


def battle_body(state: State, scores: Mapping[str, int]) -> dict[str, object]:
    """``scores`` are those shown now; once there is a result, its own are taken."""
    shown = dict(state.result.scores) if state.result is not None else scores
    return {
        "battle": state.battle,
        "version": state.version,
        "phase": str(state.phase),
        "reason": state.reason or None,
        "operator": state.operator,
        "sides": [
            {
                "side": side.side,
                "seat": side.host.seat,
                "room": side.host.room,
                "host": {"user": side.host.user, "name": side.host.name},
                "score": shown.get(side.side, 0),
                "members": [_member_body(state, member) for member in side.members],
            }
            for side in state.sides
        ],
        "starts_at_ms": state.starts_at_ms,
        "ends_at_ms": state.ends_at_ms,
        "rush_from_ms": state.rush_from_ms,
        "rush_multiplier": state.rules.rush_multiplier,
        "duration_ms": state.fight_ms,
        "phase_ends_at_ms": state.phase_ends_at_ms,
        "composite": str(state.mixer),
        "stage": state.stage,
        "previous": state.previous,
        "successor": state.successor,
        "result": None if state.result is None else _result_body(state.result),
    }


def _member_body(state: State, member: Member) -> dict[str, object]:
    return {
        "seat": member.seat,
        "room": member.room,
        "host": {"user": member.user, "name": member.name},
        "accepted": member is state.inviter or member.user in state.accepted,
        "ready": member.user in state.ready,
        "rematch": member.user in state.rematch,
        "away_since_ms": next((away.since_ms for away in state.away if away.room == member.room), None),
        "fallen": next((str(fallen.reason) for fallen in state.fallen if fallen.room == member.room), None),
        "muted": list(state.muted_in(member.room)),
        "rating": member.rating,
        "streak": member.streak,
    }


def _result_body(result: Result) -> dict[str, object]:
    return {
        "winner": result.winner,
        "reason": str(result.reason),
        "scores": dict(result.scores),
        "mvp": None if result.mvp is None else _contributor_body(result.mvp),
        "contributors": contributor_bodies(result.contributors),
        "ratings": [
            {"user": each.user, "before": each.before, "after": each.after, "streak": each.streak}
            for each in result.ratings
        ],
    }


def _contributor_body(contributor: Contributor) -> dict[str, object]:
    return {
        "user": contributor.user,
        "name": contributor.name,
        "side": contributor.side,
        "score": contributor.score,
    }


def contributor_bodies(contributors: Iterable[Contributor]) -> list[dict[str, object]]:
    return [_contributor_body(each) for each in contributors]


def seen_by(state: State, user: str | None) -> bool:
    """Whether ``user`` may see it: an invitation, and how it ended, concerns the hosts only."""
    return state.public or (user is not None and state.member_of(user) is not None)
