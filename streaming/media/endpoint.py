"""One peer behind the port: his credentials, the addresses that are his, and the one that media go to."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

ADDRESSES_MAX = 8
TRANSACTIONS_MAX = 32
# Packets on their way when the peer nominated another address; later ones say that he has not left.
RETURN_AFTER_S = 0.5
# Reports of a peer who only listens are up to 5 s apart (RFC 3550, section 6.2).
THERE_FOR_S = 6.0


def _ufrag() -> str:
    return secrets.token_hex(8)


def _password() -> str:
    return secrets.token_hex(16)


@dataclass(eq=False)
class Endpoint:
    """`on_datagram` gets DTLS, SRTP and SRTCP of addresses that have passed a check, and says what was authentic."""

    on_datagram: Callable[[bytes], bool]
    on_heard: Callable[[], None]
    ufrag: str = field(default_factory=_ufrag)
    password: str = field(default_factory=_password)
    former: tuple[str, str] | None = None
    """User fragment and password from before an ICE restart, honoured until a check with the new ones has passed."""
    remote: Address | None = None
    known: list[Address] = field(default_factory=list)
    transactions: deque[bytes] = field(default_factory=lambda: deque(maxlen=TRANSACTIONS_MAX))
    """Of his latest checks: who records one and sends it again from elsewhere gets nothing by it."""
    on_moved: Callable[[], None] = lambda: None
    """Told when `remote` has changed."""
    bound: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first check has told us the peer's address."""
    _moved_at: float = 0.0
    _proved: Address | None = None
    _proved_at: float = 0.0

    def key(self, ufrag: bytes) -> bytes:
        """The password that goes with one of his user fragments."""
        if self.former is not None and ufrag == self.former[0].encode():
            return self.former[1].encode()
        return self.password.encode()

    def restart(self) -> str | None:
        """Fresh credentials (RFC 8445, section 9; RFC 8839, section 4.4.1.1.1); media go on as before.

        Returns the user fragment of a restart of which the peer has made no use: it is forgotten, two pairs of
        credentials at most.
        """
        unused = None
        if self.former is None:
            self.former = (self.ufrag, self.password)
        else:
            unused = self.ufrag
        self.ufrag, self.password = _ufrag(), _password()
        return unused

    def learn(self, address: Address) -> Address | None:
        """Another address of his; returns the one that is forgotten for it."""
        self.known.append(address)
        if len(self.known) <= ADDRESSES_MAX:
            return None
        oldest = next(each for each in self.known if each not in (self.remote, address))
        self.known.remove(oldest)
        return oldest

    def move(self, address: Address, now: float) -> None:
        """Media go to `address` from now on (seconds of a monotonic clock)."""
        if self.remote != address:
            self.remote = address
            self._moved_at = now
            self.on_moved()
        self.bound.set()

    def proved(self, address: Address, now: float) -> None:
        """An authentic packet has come from one of his addresses: it can be neither forged nor repeated.

        So it outweighs a nomination, which can be: media go back to where he really is.
        """
        self._proved, self._proved_at = address, now
        if self.remote != address and now - self._moved_at >= RETURN_AFTER_S:
            self.move(address, now)

    def there(self, address: Address, now: float) -> bool:
        """Whether he has lately proved to be at `address`, so that nobody else can be."""
        return self._proved == address and now - self._proved_at < THERE_FOR_S
