"""Bodies of requests, answers and feed messages about random matches."""

from typing import Annotated

from pydantic import Field

from foundation.feed import FeedMessage
from pk.match.pairing import End, Seeker, window
from pk.rules import MatchRules
from pk.schema import Strict


class Wish(Strict):
    """How long the fight shall be; who wishes nothing gets the configured one."""

    duration_s: Annotated[int, Field(ge=1, le=86_400)] | None = None


def waiting_body(seeker: Seeker, now_ms: int, rules: MatchRules) -> dict[str, object]:
    return {
        "room": seeker.room,
        "since_ms": seeker.since_ms,
        "rating": seeker.rating,
        "window": window(seeker, now_ms, rules),
        "duration_ms": seeker.fight_ms,
    }


def waiting_message(seeker: Seeker, now_ms: int, rules: MatchRules) -> FeedMessage:
    """To the host only, as everything of his wait."""
    return FeedMessage(seeker.room, "match.waiting", waiting_body(seeker, now_ms, rules), users=(seeker.user,))


def ended_message(seeker: Seeker, end: End, battle: str | None = None) -> FeedMessage:
    body: dict[str, object] = {"reason": str(end), "battle": battle}
    return FeedMessage(seeker.room, "match.ended", body, users=(seeker.user,))
