"""The numbers of accounts, each with its unit."""

from dataclasses import dataclass, field

from accounts.bucket import Bucket


@dataclass(frozen=True)
class AccountRules:
    token_life_s: int = 3600
    """A token is honoured so long; within it the page asks for the next one."""
    sign_in_life_s: int = 24 * 3600
    """After so long the next token needs the password again."""
    log_in_per_name: Bucket = field(default=Bucket(burst=10, refill_ms=30_000))
    log_in_per_address: Bucket = field(default=Bucket(burst=60, refill_ms=2_000))
    sign_up_per_address: Bucket = field(default=Bucket(burst=30, refill_ms=10_000))
    password_shortest: int = 8
    password_longest: int = 128


@dataclass(frozen=True)
class RelationRules:
    blocks: int = 1_000
    """So many people one may block."""
    follows: int = 2_000
    changes: Bucket = field(default=Bucket(burst=60, refill_ms=1_000))
    """How often one may change one's lists."""


@dataclass(frozen=True)
class PasswordCost:
    """Of one argon2id hash (RFC 9106, second recommended option but for the lanes: one hash, one core)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1
