"""PURE: who wins. A side that fell has lost whatever its score; among those standing the higher score wins."""

from pk.inputs import Tallied
from pk.state import Contributor, Reason, Result, State


def judge(state: State, tallied: Tallied, now_ms: int) -> Result:
    """The result of a fight that is over; ``tallied`` is the ledger's word."""
    said = dict(tallied.scores)
    scores = {side.side: said.get(side.side, 0) for side in state.sides}
    winner, reason = _winner(state, scores)
    return Result(
        winner=winner,
        reason=reason,
        scores=tuple(scores.items()),
        mvp=_mvp(tallied.contributors, winner),
        contributors=tallied.contributors,
        gifts=tallied.gifts,
        settled_at_ms=now_ms,
    )


def _winner(state: State, scores: dict[str, int]) -> tuple[str | None, Reason]:
    if state.reason == Reason.BOTH_LOST:
        return None, Reason.BOTH_LOST
    if len(state.standing) == 1:
        return state.standing[0], state.fallen[-1].reason
    best = max(scores[side] for side in state.standing)
    leaders = [side for side in state.standing if scores[side] == best]
    if len(leaders) > 1:
        return None, Reason.DRAW
    if best < state.rules.minimum_score:
        return None, Reason.BELOW_MINIMUM
    return leaders[0], Reason.SCORE


def _mvp(contributors: tuple[Contributor, ...], winner: str | None) -> Contributor | None:
    """The best contributor of the winner; without a winner, of all. The first of equals, who gave earlier."""
    counted = [each for each in contributors if winner in (None, each.side)]
    return max(counted, key=lambda each: (each.score, -each.first_at_ms), default=None)
