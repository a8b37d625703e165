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
    profile_per_user: Bucket = field(default=Bucket(burst=20, refill_ms=10_000))
    search_per_user: Bucket = field(default=Bucket(burst=30, refill_ms=2_000))
    rename_per_user: Bucket = field(default=Bucket(burst=5, refill_ms=24 * 3600_000))
    reset_per_account: Bucket = field(default=Bucket(burst=3, refill_ms=600_000))
    """Letters to one name or one address, whether it exists or not."""
    reset_per_address: Bucket = field(default=Bucket(burst=20, refill_ms=60_000))
    email_per_user: Bucket = field(default=Bucket(burst=5, refill_ms=300_000))
    email_per_mailbox: Bucket = field(default=Bucket(burst=3, refill_ms=3600_000))
    """Letters that ask whether an address is somebody's, whoever entered it."""
    email_per_address: Bucket = field(default=Bucket(burst=20, refill_ms=60_000))
    """Of the network."""
    mail_token_per_address: Bucket = field(default=Bucket(burst=20, refill_ms=5_000))
    """Tries of a token that went out by mail."""
    reset_life_ms: int = 30 * 60_000
    reset_pause_ms: int = 60_000
    """No second letter so soon after the first: it would end a token that is just being used."""
    email_life_ms: int = 24 * 3600_000
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
