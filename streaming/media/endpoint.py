"""One peer behind the port: his credentials, the addresses that are his, and the one that media go to.

That an address sends valid checks does not say that it receives: a peer can forge the source of his own. So media go
only to where he has *answered* from, either the handshake (its flights cannot be answered unread) or a check of ours.
"""

import asyncio
import os
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from streaming.media.wire import stun

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

ADDRESSES_MAX = 8
TRANSACTIONS_MAX = 32
# Packets on their way when the peer nominated another address; later ones say that he has not left.
RETURN_AFTER_S = 0.5
# Reports of a peer who only listens are up to 5 s apart (RFC 3550, section 6.2).
THERE_FOR_S = 6.0
# Consent to be sent to lasts for so long (RFC 7675, section 5.1).
ANSWERED_FOR_S = 30.0
ALLOWANCE = 4_096
"""Bytes that go where nothing was answered from yet, besides as many as came from there: a few flights of DTLS."""


def _ufrag() -> str:
    return secrets.token_hex(8)


def _password() -> str:
    return secrets.token_hex(16)


class Credentials(NamedTuple):
    """Of both sides, for one generation of ICE."""

    ufrag: str
    password: str
    peer_ufrag: str
    peer_password: str


class Question(NamedTuple):
    """A check of ours that an address has to answer before media go there."""

    address: Address
    transaction: bytes
    request: bytes
    key: bytes
    asked_at: float


@dataclass(eq=False, slots=True)
class Endpoint:
    """`on_datagram` gets DTLS, SRTP and SRTCP of addresses that have passed a check, and says what was authentic."""

    on_datagram: Callable[[bytes], bool]
    on_heard: Callable[[], None]
    ufrag: str = field(default_factory=_ufrag)
    password: str = field(default_factory=_password)
    peer_ufrag: str = ""
    peer_password: str = ""
    former: Credentials | None = None
    """From before an ICE restart, honoured until a check with the new ones has passed."""
    remote: Address | None = None
    known: list[Address] = field(default_factory=list)
    transactions: deque[bytes] = field(default_factory=lambda: deque(maxlen=TRANSACTIONS_MAX))
    """Of his latest checks: who records one and sends it again from elsewhere gets nothing by it."""
    on_moved: Callable[[], None] = lambda: None
    """Told when `remote` has changed."""
    bound: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first check has told us the peer's address."""
    spoken: bool = False
    """Whether he was sent anything but answers to his checks."""
    allowance: int = ALLOWANCE
    answered: dict[Address, float] = field(default_factory=dict)
    """From where he has answered, and until when media went there (or when he did)."""
    question: Question | None = None
    _moved_at: float = 0.0
    _proved: Address | None = None
    _proved_at: float = 0.0

    def credentials(self, ufrag: bytes) -> Credentials:
        """Those that go with one of our user fragments."""
        if self.former is not None and ufrag == self.former.ufrag.encode():
            return self.former
        return Credentials(self.ufrag, self.password, self.peer_ufrag, self.peer_password)

    def key(self, ufrag: bytes) -> bytes:
        return self.credentials(ufrag).password.encode()

    def restart(self, peer_ufrag: str, peer_password: str) -> str | None:
        """Fresh credentials (RFC 8445, section 9; RFC 8839, section 4.4.1.1.1); media go on as before.

        Returns the user fragment of a restart of which the peer has made no use: it is forgotten, two pairs of
        credentials at most.
        """
        unused = None
        if self.former is None:
            self.former = Credentials(self.ufrag, self.password, self.peer_ufrag, self.peer_password)
        else:
            unused = self.ufrag
        self.ufrag, self.password = _ufrag(), _password()
        self.peer_ufrag, self.peer_password = peer_ufrag, peer_password
        return unused

    def learn(self, address: Address) -> Address | None:
        """Another address of his; returns the one that is forgotten for it."""
        self.known.append(address)
        if len(self.known) <= ADDRESSES_MAX:
            return None
        oldest = next(each for each in self.known if each not in (self.remote, address))
        self.forget(oldest)
        return oldest

    def forget(self, address: Address) -> None:
        """It is no longer his."""
        self.known.remove(address)
        self.answered.pop(address, None)

    def may_move(self, address: Address, now: float) -> bool:
        """Whether media may go there: he has lately answered from there, or nothing goes anywhere yet."""
        return not self.spoken or now - self.answered.get(address, -ANSWERED_FOR_S) < ANSWERED_FOR_S

    def ask(self, address: Address, ufrag: bytes, now: float) -> Question:
        """The check (RFC 8445, section 7.3.1.4) that he has to answer from there; it replaces any other."""
        said = self.credentials(ufrag)
        transaction, key = os.urandom(12), said.peer_password.encode()
        username = f"{said.peer_ufrag}:{said.ufrag}"
        request = stun.request(transaction, username, os.urandom(8), key)
        self.question = Question(address, transaction, request, key, now)
        return self.question

    def answers(self, message: bytes, address: Address) -> bool:
        """Whether this is what he was asked for, from where he was asked."""
        asked = self.question
        return asked is not None and asked.address == address and stun.answers(message, asked.transaction, asked.key)

    def has_answered(self, address: Address, now: float) -> None:
        self.answered[address] = now
        if self.question is not None and self.question.address == address:
            self.question = None

    def may_say(self, size: int) -> bool:
        """Whether so many bytes may go to him now; they are counted until he has answered."""
        self.spoken = True
        if self.remote in self.answered:
            return True
        left = self.allowance - size
        if left >= 0:
            self.allowance = left
        return left >= 0

    def move(self, address: Address, now: float) -> None:
        """Media go to `address` from now on (seconds of a monotonic clock)."""
        if self.remote != address:
            if self.remote in self.answered:
                self.answered[self.remote] = now
            self.remote = address
            self._moved_at = now
            self.on_moved()
        self.bound.set()

    def proved(self, address: Address, now: float) -> bool:
        """An authentic packet has come from one of his addresses: nobody else can have made it, nor repeat it.

        So it outweighs a nomination, which can be repeated: media go back to where he really is. False: he has to be
        asked first.
        """
        self._proved, self._proved_at = address, now
        if self.remote == address or now - self._moved_at < RETURN_AFTER_S:
            return True
        if self.may_move(address, now):
            self.move(address, now)
            return True
        return False

    def there(self, address: Address, now: float) -> bool:
        """Whether he has lately proved to be at `address`, so that nobody else can be."""
        return self._proved == address and now - self._proved_at < THERE_FOR_S
