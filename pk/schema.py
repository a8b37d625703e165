"""Bodies of requests and answers. The body of a battle is the same in REST, in the feed and in the snapshot."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pk.inputs import Accept, Cancel, Command, Decline, End, OperatorEnd, Surrender
from pk.state import Contributor, Result, State

RoomId = Annotated[str, Field(min_length=26, max_length=26)]

# What people may say to a battle, by the last step of the address.
VERBS: dict[str, type[Command]] = {
    "accept": Accept,
    "decline": Decline,
    "cancel": Cancel,
    "surrender": Surrender,
    "end": End,
}
OPERATOR_END = "operator-end"
INTERNAL_VERBS: dict[str, type[Command]] = {**VERBS, OPERATOR_END: OperatorEnd}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Invite(Strict):
    opponent_room: RoomId
    duration_s: Annotated[int, Field(ge=1, le=86_400)] | None = None


class OperatorOrder(Strict):
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Order(Strict):
    """A command on its way from api to control. ``reason`` is an operator's, for the audit log."""

    user: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(max_length=500)] | None = None


class Opening(Strict):
    """An invitation on its way from api to control: the first state, as ``pk.store.dump`` writes it."""

    state: dict[str, Any]


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
                "seat": side.seat,
                "room": side.room,
                "host": {"user": side.host_user, "name": side.host_name},
                "score": shown.get(side.side, 0),
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
        "result": None if state.result is None else _result_body(state.result),
    }


def _result_body(result: Result) -> dict[str, object]:
    return {
        "winner": result.winner,
        "reason": str(result.reason),
        "scores": dict(result.scores),
        "mvp": None if result.mvp is None else _contributor_body(result.mvp),
        "contributors": [_contributor_body(each) for each in result.contributors],
    }


def _contributor_body(contributor: Contributor) -> dict[str, object]:
    return {
        "user": contributor.user,
        "name": contributor.name,
        "side": contributor.side,
        "score": contributor.score,
    }


def seen_by(state: State, user: str | None) -> bool:
    """Whether ``user`` may see it: an invitation, and how it ended, concerns the hosts only."""
    accepted = state.starts_at_ms is not None
    return accepted or (user is not None and state.side_of(user) is not None)
