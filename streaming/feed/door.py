"""How many sockets one address and one user may hold open on an api process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from streaming.feed.errors import TooManySockets
from streaming.feed.rules import FeedRules


class Door:
    def __init__(self, rules: FeedRules) -> None:
        self._per_address = rules.sockets_per_address
        self._per_user = rules.sockets_per_user
        self._addresses: Counter[str] = Counter()
        self._users: Counter[str] = Counter()

    @contextmanager
    def inside(self, address: str, user: str) -> Iterator[None]:
        """While the block runs one more is counted; ``user`` is empty for a stranger. Raises ``TooManySockets``."""
        if self._addresses[address] >= self._per_address:
            raise TooManySockets(retry_after_s=5, of="address", most=self._per_address)
        if user and self._users[user] >= self._per_user:
            raise TooManySockets(retry_after_s=5, of="user", most=self._per_user)
        with _counted(self._addresses, address), _counted(self._users, user):
            yield


@contextmanager
def _counted(counts: Counter[str], name: str) -> Iterator[None]:
    counts[name] += 1
    try:
        yield
    finally:
        counts[name] -= 1
        if not counts[name]:
            del counts[name]
