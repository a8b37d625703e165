"""What accounts keep, and what they ask of whoever keeps it. Truth: SQL. Login throttle: Redis."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from accounts.bucket import Bucket
from accounts.names import Name
from accounts.principal import Role
from accounts.standing import Standing
from foundation.sql import Transaction

# string: the moment (ms) at which the bucket will be full again; expires at that moment. SUBJECT is a hash.
THROTTLE_KEY = "{{throttle:{act}:{subject}}}"


@dataclass(frozen=True)
class Account:
    user_id: str
    name: str
    name_key: str
    password_hash: str = field(repr=False)
    roles: frozenset[Role]
    opened_at_ms: int
    standing: int = 0
    """Counts changes of roles and revocations of tokens."""
    tokens_since: int = 0
    """Tokens of a lower standing are revoked."""
    changed_at_ms: int = 0
    """When ``standing`` last changed; 0: never."""
    email: str | None = field(default=None, repr=False)
    """An address that the owner has shown to be his; no two accounts have the same."""
    about: str = ""
    """What the owner says about himself."""


def standing_of(account: Account) -> Standing:
    return Standing(account.user_id, account.roles, account.standing, account.tokens_since, account.changed_at_ms)


@dataclass(frozen=True)
class Deed:
    """Who changed something about somebody else, and why: for the audit log."""

    actor: str
    reason: str


class Audit(Protocol):
    """Writes one row of the audit log in ``transaction``; ``moderation.audit.record`` is one."""

    async def __call__(
        self,
        transaction: Transaction,
        *,
        actor: str,
        action: str,
        subject: str,
        reason: str,
        at_ms: int,
        before: dict[str, object],
        after: dict[str, object],
    ) -> None: ...


class AccountStore(Protocol):
    async def add(self, account: Account) -> None:
        """Raises ``NameTaken`` when an account has its ``name_key``."""

    async def by_id(self, user_id: str) -> Account | None: ...

    async def by_name(self, name: Name) -> Account | None: ...

    async def by_email(self, email: str) -> Account | None: ...

    async def search(self, prefix: str, after: str, limit: int) -> list[Account]:
        """Accounts whose ``name_key`` begins with ``prefix`` and comes after ``after``, in its order."""

    async def set_password_hash(self, user_id: str, old: str, new: str) -> None:
        """Replace ``old``; nothing when another hash is there by now."""

    async def set_profile(self, user_id: str, name: Name | None, about: str | None) -> Account:
        """Change what is not None; ``NameTaken`` when another account has this name; ``UnknownUser``."""

    async def set_roles(self, user_id: str, roles: frozenset[Role], deed: Deed, now_ms: int) -> Account:
        """Change the roles, count the standing up, write the audit row, all or nothing; ``UnknownUser``."""

    async def revoke_tokens(self, user_id: str, now_ms: int) -> Account:
        """Count the standing up so that every token signed until now is revoked; ``UnknownUser``."""

    async def changed_after(self, changed_at_ms: int, user_id: str, limit: int) -> list[Standing]:
        """Standings that changed after (``changed_at_ms``, ``user_id``), in that order."""

    async def set_stream_key(self, user_id: str, key_hash: str, now_ms: int) -> None:
        """The one stream key of the user; an earlier one is worth nothing from now on; ``UnknownUser``."""

    async def stream_key_made_at(self, user_id: str) -> int | None: ...

    async def user_of_stream_key(self, key_hash: str) -> str | None: ...

    async def stream_key_hashes(self, users: Collection[str]) -> dict[str, str]:
        """By user; who has no key is left out."""


class Throttle(Protocol):
    async def take(self, act: str, subject: str, bucket: Bucket, now_ms: int) -> int:
        """Take one attempt of ``subject`` (a name, an address) at ``act``: 0, or milliseconds to wait.

        Raises ``Unavailable`` when nobody can count: an attempt that is not counted is not allowed.
        """
