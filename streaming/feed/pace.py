"""PURE: when a room is told next. Times in seconds, on one monotonic clock."""

from streaming.feed.rules import FeedRules

BUSY_AT_MOST = 0.6
"""Of the time so much may be spent on telling one room: the rest is for everybody else."""


def earliest(began_s: float, ended_s: float, rules: FeedRules) -> float:
    """When the next telling may begin. One that takes longer than its share stretches the tick: then more is merged
    in the next one, and it heals by itself."""
    return began_s + max(rules.tick_ms / 1000, (ended_s - began_s) / BUSY_AT_MOST)


def due(first_s: float, earliest_s: float, sockets: int, rules: FeedRules) -> float:
    """When what came first at ``first_s`` is told. Few sockets hear it at once after a silence; for many, where the
    write is what costs, it waits a tick for company, and for thousands a wider one."""
    if sockets >= rules.wide_from:
        wait_ms = rules.wide_tick_ms
    else:
        wait_ms = rules.tick_ms if sockets >= rules.gathers_from else 0
    return max(first_s + wait_ms / 1000, earliest_s)
