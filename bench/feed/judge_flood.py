"""PURE. What a flood, a storm and a reader who does not read came to: their figures."""

from dataclasses import dataclass

from bench.feed.judge import TARGET_P99_MS, Found, Opened
from bench.record import Figure

SNAPSHOTS_MAX = 3
CLOSED_S_MAX = 13  # ten of waiting, two looks a second apart, and ours from outside
SLOW_CODE = 4001


@dataclass(frozen=True)
class Spoken:
    """What was ``said`` in ``seconds``, and as far as it was not ``refused``: heard by who said it (``own``), and
    ``shown`` to somebody who only listens, of each speaker ``least`` to ``most``."""

    seconds: float
    said: int
    refused: int
    own: int
    own_p99_ms: float
    shown: int
    least: int
    most: int

    @property
    def taken(self) -> int:
        return self.said - self.refused


def lost(found: Found) -> int:
    """Events that somebody has not heard."""
    return found.posted * found.asked - found.delivered


def flood_figures(found: Found, spoken: Spoken) -> dict[str, Figure]:
    return {
        "flood_gift_p99_ms": Figure(round(found.p99_ms, 1), "ms", TARGET_P99_MS),
        "flood_gifts_lost": Figure(lost(found), "", 0),
        "flood_own_shown": Figure(round(spoken.own / max(1, spoken.taken), 4), "", 1),
        "flood_own_p99_ms": Figure(round(spoken.own_p99_ms, 1), "ms"),
        "flood_said_per_s": Figure(round(spoken.said / spoken.seconds), "lines/s"),
        "flood_taken_per_s": Figure(round(spoken.taken / spoken.seconds), "lines/s"),
        "flood_shown_per_s": Figure(round(spoken.shown / spoken.seconds), "lines/s"),
        "flood_shown_least": Figure(spoken.least, "lines"),
        "flood_shown_most": Figure(spoken.most, "lines"),
        "flood_core_share": Figure(round(found.server_share, 3), "cores"),
    }


def storm_figures(
    joined: Opened, join_snapshots: int, others: Found, resumed: Opened, resume_snapshots: int, missed: int
) -> dict[str, Figure]:
    """``others`` were there while they joined; who came back had ``missed`` so many events."""
    return {
        "join_storm_p95_ms": Figure(round(joined.p95_ms), "ms"),
        "join_storm_lost": Figure(joined.asked - joined.ready, "sockets", 0),
        "join_snapshots": Figure(join_snapshots, "snapshots", SNAPSHOTS_MAX),
        "join_storm_others_p99_ms": Figure(round(others.p99_ms, 1), "ms", TARGET_P99_MS),
        "join_storm_others_lost": Figure(lost(others), "events", 0),
        "resume_storm_p95_ms": Figure(round(resumed.p95_ms), "ms"),
        "resume_storm_lost": Figure(resumed.asked - resumed.ready, "sockets", 0),
        "resume_snapshots": Figure(resume_snapshots, "snapshots", 0),
        "resume_events_lost": Figure(missed * resumed.asked - resumed.events, "events", 0),
    }


def slow_figures(before: Found, beside: Found, closed_s: float | None, closed: float, code: int) -> dict[str, Figure]:
    """``closed``: of those who do not read so many heard a code. ``closed_s`` None: they were not closed in time."""
    return {
        "slow_closed_s": Figure(None if closed_s is None else round(closed_s, 1), "s", CLOSED_S_MAX),
        "slow_closed_share": Figure(round(closed, 3), "", 1),
        "slow_code": Figure(code, "", SLOW_CODE),
        "slow_others_p99_ms": Figure(round(beside.p99_ms, 1), "ms", TARGET_P99_MS),
        "slow_others_p99_before_ms": Figure(round(before.p99_ms, 1), "ms"),
        "slow_others_lost": Figure(lost(beside), "events", 0),
    }
