"""Facts about accounts. The store is the truth; these are only the doorbell."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from foundation.facts import Fact


def key_hash(key: str) -> str:
    """What is kept of a stream key."""
    # 256 random bits need neither salt nor stretching.
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def hash_fingerprint(kept: str) -> str:
    """What may be told of a stream key to say which one is meant, from what is kept of it."""
    return hashlib.sha256(f"fingerprint {kept}".encode()).hexdigest()[:16]


def key_fingerprint(key: str) -> str:
    return hash_fingerprint(key_hash(key))


@dataclass(frozen=True)
class StreamKeyRotated(Fact):
    """The user has a new stream key, of this fingerprint; a publisher who came with another one must go."""

    topic: ClassVar[str] = "accounts.stream_key_rotated"
    user: str
    fingerprint: str
    at_ms: int


@dataclass(frozen=True)
class SignInsEnded(Fact):
    """The user, or whoever acts for him, has ended these sign-ins."""

    topic: ClassVar[str] = "accounts.sign_ins_ended"
    user: str
    sign_ins: tuple[str, ...]
    at_ms: int


@dataclass(frozen=True)
class StandingChanged(Fact):
    """Roles were changed or tokens revoked; ``standing`` counts these changes of one user."""

    topic: ClassVar[str] = "accounts.standing_changed"
    user: str
    roles: tuple[str, ...]
    standing: int
    tokens_since: int
    at_ms: int
