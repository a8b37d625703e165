"""PURE: what the rooms are told: which message belongs to which fact, and who hears it."""

from collections.abc import Mapping

from foundation.feed import Delivery, FeedMessage
from pk.events import (
    BattleEnded,
    BattleFact,
    BattleInvited,
    BattlePrepared,
    BattleSettled,
    BattleStarted,
    InvitationCancelled,
    InvitationDeclined,
    InvitationExpired,
)
from pk.schema import battle_body
from pk.state import Phase, State

_TYPE: dict[type[BattleFact], str] = {
    BattleInvited: "battle.invited",
    InvitationDeclined: "battle.declined",
    InvitationCancelled: "battle.cancelled",
    InvitationExpired: "battle.expired",
    BattlePrepared: "battle.prepared",
    BattleStarted: "battle.started",
    BattleSettled: "battle.settled",
    BattleEnded: "battle.ended",
}
# Only the hosts hear of an invitation; their audiences hear of a battle.
_FOR_HOSTS = frozenset({"battle.invited", "battle.declined", "battle.cancelled", "battle.expired"})

_AGAIN: dict[Phase, str] = {
    Phase.INVITED: "battle.invited",
    Phase.PREPARING: "battle.prepared",
    Phase.FIGHTING: "battle.started",
    Phase.VICTORY: "battle.settled",
    Phase.DRAW: "battle.settled",
    Phase.ENDED: "battle.ended",
}


def messages(fact: BattleFact, state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    """What ``fact`` means for the rooms; ``state`` is that after it."""
    kind = _TYPE.get(type(fact))
    return [] if kind is None else _to_rooms(kind, state, scores)


def once_more(state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    """What a new owner says when he takes over: his predecessor may have saved without having told."""
    kind = _AGAIN.get(state.phase)
    return [] if kind is None else _to_rooms(kind, state, scores)


def score_messages(state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    body = battle_body(state, scores)
    return [FeedMessage(room, "battle.score", body, Delivery.LATEST, state.battle) for room in state.rooms]


def _to_rooms(kind: str, state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    body = battle_body(state, scores)
    return [
        FeedMessage(side.room, kind, body, users=(side.host_user,) if kind in _FOR_HOSTS else ())
        for side in state.sides
    ]
