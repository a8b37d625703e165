"""PURE: what the rooms are told: which message belongs to which fact, and who hears it."""

from collections.abc import Mapping

from foundation.feed import Delivery, FeedMessage
from pk.events import (
    BattleChanged,
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
from pk.schema import battle_body
from pk.state import Phase, State

_TYPE: dict[type[BattleFact], str] = {
    BattleInvited: "battle.invited",
    InvitationDeclined: "battle.declined",
    InvitationCancelled: "battle.cancelled",
    InvitationExpired: "battle.expired",
    BattleChanged: "battle.changed",
    BattlePrepared: "battle.prepared",
    BattleStarted: "battle.started",
    FightEnded: "battle.settling",
    BattleSettled: "battle.settled",
    BattleEnded: "battle.ended",
}
_AGAIN: dict[Phase, str] = {
    Phase.INVITED: "battle.invited",
    Phase.PREPARING: "battle.prepared",
    Phase.FIGHTING: "battle.started",
    Phase.SETTLING: "battle.settling",
    Phase.VICTORY: "battle.settled",
    Phase.DRAW: "battle.settled",
    Phase.ENDED: "battle.ended",
}


def messages(fact: BattleFact, state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    """What ``fact`` means for the rooms; ``state`` is that after it."""
    return _to_rooms(_TYPE[type(fact)], state, scores)


def once_more(state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    """What a new owner says when he takes over: his predecessor may have saved without having told."""
    return _to_rooms(_AGAIN[state.phase], state, scores)


def score_messages(state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    body = battle_body(state, scores)
    return [FeedMessage(room, "battle.score", body, Delivery.LATEST, state.battle) for room in state.rooms]


def _to_rooms(kind: str, state: State, scores: Mapping[str, int]) -> list[FeedMessage]:
    """Only the hosts hear of an invitation; their audiences hear of a battle. Of changes the last one is enough."""
    body = battle_body(state, scores)
    delivery = Delivery.LATEST if kind == "battle.changed" else Delivery.MUST
    return [
        FeedMessage(member.room, kind, body, delivery, state.battle, () if state.public else (member.user,))
        for member in state.members
    ]
