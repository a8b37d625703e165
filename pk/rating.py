"""PURE: what a battle does to the standing of its hosts: rating, counts and streak.

Ratings are Elo's: who beats a stronger one gains more. A duel moves the same number of points from one host to the
other, so the sum stays. How it is done where Elo says nothing:

* **Sides of two** meet with the average of their members, and each member gets the change of his side, also one who
  fell while his partner won: a side wins or loses together.
* **More than two sides** are a duel of each with each other, and K is divided by the number of opponents, so that one
  evening moves about as much as a duel does. The winner is ahead of everybody; of the others who stands is ahead of
  who fell, and among those standing the higher score decides. Those that fell are equal: how long they lasted is often
  the network's doing. Each of these duels moves whole points, and so the sum over the sides stays here too.
* **A best score below the minimum** is a draw of all: it was fought, and nobody won.
* **Nobody was there** (``both_lost``): not rated, and no streak ends by it. When all are lost at once the fault is
  hardly theirs. The battle stays in their history, as drawn and without a change.

A battle that was called off has no result and changes nothing. A streak is of wins one after the other; it ends with a
draw and with a loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from pk.rules import RatingRules
from pk.state import Member, Outcome, RatingChange, Reason, Side, State


@dataclass(frozen=True)
class Standing:
    """A host's, from all his rated battles. ``version`` counts the settled ones: those that are not rated, too."""

    user: str
    rating: int = RatingRules.start
    battles: int = 0
    wins: int = 0
    draws: int = 0
    losses: int = 0
    streak: int = 0
    best_streak: int = 0
    version: int = 0


def badged(member: Member, standing: Standing) -> Member:
    """``member`` with what he has to show when a battle opens."""
    return replace(member, rating=standing.rating, streak=standing.streak)


def rate(state: State, standings: Mapping[str, Standing], rules: RatingRules) -> tuple[State, tuple[Standing, ...]]:
    """``state``, which has just been settled, with the changes in its result; and the standings of all its members.

    ``standings`` are those before it; a user who is missing there has not battled yet.
    """
    result = state.result
    assert result is not None
    before = {member.user: standings.get(member.user) or Standing(member.user, rules.start) for member in state.members}
    rated = result.reason is not Reason.BOTH_LOST
    places = _places(state)
    changes = _changes(state.sides, places, before, rules) if rated else dict.fromkeys(places, 0)
    after = {}
    outcomes = {}
    for side in state.sides:
        for member in side.members:
            outcomes[member.user] = outcome = _outcome(side.side, places)
            after[member.user] = _counted(before[member.user], outcome, changes[side.side], rated)
    ratings = tuple(
        RatingChange(user, before[user].rating, standing.rating, standing.streak, outcomes[user])
        for user, standing in after.items()
    )
    return replace(state, result=replace(result, ratings=ratings)), tuple(after.values())


def expected(rating: float, other: float, rules: RatingRules) -> float:
    """The share of a win, 0 to 1, that ``rating`` is expected to get against ``other``."""
    return float(1 / (1 + 10 ** ((other - rating) / rules.scale)))


def _places(state: State) -> dict[str, int]:
    """Side -> place, 0 the best; equals share one."""
    result = state.result
    assert result is not None
    if result.winner is None and result.reason is not Reason.DRAW:
        return {side.side: 0 for side in state.sides}
    scores = dict(result.scores)

    def behind(side: Side) -> tuple[bool, bool, int]:
        stands = side.side in state.standing
        return side.side != result.winner, not stands, -scores[side.side] if stands else 0

    order = sorted({behind(side) for side in state.sides})
    return {side.side: order.index(behind(side)) for side in state.sides}


def _outcome(side: str, places: Mapping[str, int]) -> Outcome:
    if places[side] > 0:
        return Outcome.LOST
    return Outcome.WON if list(places.values()).count(0) == 1 else Outcome.DRAWN


def _changes(
    sides: tuple[Side, ...], places: Mapping[str, int], before: Mapping[str, Standing], rules: RatingRules
) -> dict[str, int]:
    """Side -> points, from a duel of each with each other."""
    strength = {
        side.side: sum(before[member.user].rating for member in side.members) / len(side.members) for side in sides
    }
    changes = dict.fromkeys(strength, 0)
    for one, other in combinations(strength, 2):
        got = 0.5 + ((places[one] < places[other]) - (places[one] > places[other])) / 2
        points = round(rules.k / (len(sides) - 1) * (got - expected(strength[one], strength[other], rules)))
        changes[one] += points
        changes[other] -= points
    return changes


def _counted(standing: Standing, outcome: Outcome, points: int, rated: bool) -> Standing:
    version = standing.version + 1
    if not rated:
        return replace(standing, version=version)
    streak = standing.streak + 1 if outcome is Outcome.WON else 0
    return Standing(
        user=standing.user,
        rating=standing.rating + points,
        battles=standing.battles + 1,
        wins=standing.wins + (outcome is Outcome.WON),
        draws=standing.draws + (outcome is Outcome.DRAWN),
        losses=standing.losses + (outcome is Outcome.LOST),
        streak=streak,
        best_streak=max(standing.best_streak, streak),
        version=version,
    )
