"""A token bucket as one number: the moment at which it will be full again. Pure; ``lua/take.lua`` is its twin."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bucket:
    """``burst`` attempts at once, then one more every ``refill_ms``."""

    burst: int
    refill_ms: int


def take(bucket: Bucket, full_at_ms: int, now_ms: int) -> tuple[int, int]:
    """Take one attempt: the bucket's new ``full_at_ms``, and 0 or the milliseconds to wait when it is empty."""
    full_at_ms = max(full_at_ms, now_ms)
    after = full_at_ms + bucket.refill_ms
    wait_ms = after - now_ms - bucket.burst * bucket.refill_ms
    return (full_at_ms, wait_ms) if wait_ms > 0 else (after, 0)
