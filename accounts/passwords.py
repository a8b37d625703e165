"""Passwords: argon2id in threads of its own, so many at once and no more, for each hash takes 64 MiB and a core."""

import base64
import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from accounts.errors import PasswordUnsuitable
from accounts.hashing import HashingThreads
from accounts.rules import AccountRules, PasswordCost

_SALT_BYTES, _HASH_BYTES = 16, 32

T = TypeVar("T")


class Passwords:
    """``at_once`` hashes run, at most ``waiting`` wait, one more is refused with ``SignInBusy``; close it after."""

    def __init__(self, cost: PasswordCost | None = None, *, at_once: int = 2, waiting: int = 32) -> None:
        cost = cost or PasswordCost()
        self._hasher = PasswordHasher(
            cost.passes, cost.memory_kib, cost.lanes, hash_len=_HASH_BYTES, salt_len=_SALT_BYTES, type=Type.ID
        )
        self._threads = HashingThreads(at_once, waiting)
        self.decoy = _decoy(cost)
        """Stands in for the hash of an unknown name."""
        self.hashed = 0
        """How many hashes were computed, for a new password or to check one."""

    async def hash(self, password: str) -> str:
        """The encoded hash (PHC string) to store for ``password``."""
        return await self._work(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is the one of ``stored``. None, for an unknown name, is False and takes as long."""
        return await self._work(lambda: self._matches(stored or self.decoy, password)) and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether ``stored`` was made at another cost than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def close(self) -> None:
        await self._threads.close()

    async def _work(self, work: Callable[[], T]) -> T:
        done = await self._threads.run(work)
        self.hashed += 1
        return done

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password))
        except VerifyMismatchError:
            return False


def suitable(password: str, rules: AccountRules) -> None:
    """Raise ``PasswordUnsuitable`` for a password that nobody may choose (NIST SP 800-63B: length, no other rule)."""
    if not rules.password_shortest <= len(password) <= rules.password_longest:
        raise PasswordUnsuitable(f"a password has {rules.password_shortest} to {rules.password_longest} characters")


def _normal(password: str) -> bytes:
    """Two keyboards may write one password in two ways: these bytes are the same."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _decoy(cost: PasswordCost) -> str:
    """A hash that no password has, of the same cost as a real one."""
    salt, tag = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p={cost.lanes}${salt}${tag}"
