"""PURE: who cannot follow. Times in seconds, on one monotonic clock; 0 stands for never."""

from streaming.feed.rules import FeedRules


def behind_since(before_s: float, waiting: int, now_s: float) -> float:
    """Since when bytes have been waiting for this reader without a break; ``before_s`` is what was known before."""
    if not waiting:
        return 0.0
    return before_s or now_s


def too_slow(since_s: float, waiting: int, now_s: float, rules: FeedRules) -> bool:
    return waiting > rules.behind_bytes or (since_s > 0 and now_s - since_s >= rules.behind_s)
