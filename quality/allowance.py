"""How many samples an address may send: a count per window, in memory, for each api process by itself. Pure.

Samples are cheap to take and nobody's money: what a distributed throttle would cost buys nothing here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class AllowanceRules:
    window_ms: int = 10_000
    per_address: int = 600
    """Samples in a window: a page sends one every 20 s, so this is 1200 viewers behind one address."""
    addresses: int = 20_000
    """So many are remembered; a further address waits for the next window."""


class Allowance:
    def __init__(self, rules: AllowanceRules | None = None) -> None:
        self._rules = rules or AllowanceRules()
        self._window = 0
        self._taken: dict[str, int] = {}

    def take(self, address: str, samples: int, now_ms: int) -> int:
        """Take ``samples`` for ``address``: 0, or milliseconds to wait when it has had its share."""
        window = now_ms // self._rules.window_ms
        if window != self._window:
            self._window, self._taken = window, {}
        taken = self._taken.get(address)
        known = taken is not None or len(self._taken) < self._rules.addresses
        if not known or (taken or 0) + samples > self._rules.per_address:
            return (window + 1) * self._rules.window_ms - now_ms
        self._taken[address] = (taken or 0) + samples
        return 0
