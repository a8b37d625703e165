"""Accounts in memory: for tests of what stands on them."""

from collections.abc import Callable, Collection
from dataclasses import replace

from accounts import bucket as buckets
from accounts.bucket import Bucket
from accounts.errors import NameTaken, UnknownUser
from accounts.names import Name
from accounts.principal import Role
from accounts.standing import Standing
from accounts.store import Account, Deed, standing_of


class MemoryAccounts:
    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._stream_keys: dict[str, tuple[str, int]] = {}
        self.deeds: list[Deed] = []

    async def add(self, account: Account) -> None:
        if any(other.name_key == account.name_key for other in self._accounts.values()):
            raise NameTaken
        self._accounts[account.user_id] = account

    def put(self, account: Account) -> Account:
        """Keep ``account`` instead of what is kept of it."""
        self._accounts[account.user_id] = account
        return account

    async def by_id(self, user_id: str) -> Account | None:
        return self._accounts.get(user_id)

    async def by_name(self, name: Name) -> Account | None:
        return next((account for account in self._accounts.values() if account.name_key == name.key), None)

    async def by_email(self, email: str) -> Account | None:
        return next((account for account in self._accounts.values() if account.email == email), None)

    async def search(self, prefix: str, after: str, limit: int) -> list[Account]:
        found = [each for each in self._accounts.values() if each.name_key.startswith(prefix) and each.name_key > after]
        return sorted(found, key=lambda account: account.name_key)[:limit]

    async def set_password_hash(self, user_id: str, old: str, new: str) -> None:
        account = self._accounts.get(user_id)
        if account is not None and account.password_hash == old:
            self._accounts[user_id] = replace(account, password_hash=new)

    async def set_profile(self, user_id: str, name: Name | None, about: str | None) -> Account:
        account = self._accounts.get(user_id)
        if account is None:
            raise UnknownUser
        if name is not None:
            holder = await self.by_name(name)
            if holder is not None and holder.user_id != user_id:
                raise NameTaken
            account = replace(account, name=name.shown, name_key=name.key)
        return self.put(account if about is None else replace(account, about=about))

    async def set_roles(self, user_id: str, roles: frozenset[Role], deed: Deed, now_ms: int) -> Account:
        changed = self._change(user_id, now_ms, lambda account: replace(account, roles=roles))
        self.deeds.append(deed)
        return changed

    async def revoke_tokens(self, user_id: str, now_ms: int) -> Account:
        return self._change(user_id, now_ms, lambda account: replace(account, tokens_since=account.standing))

    def _change(self, user_id: str, now_ms: int, how: Callable[[Account], Account]) -> Account:
        account = self._accounts.get(user_id)
        if account is None:
            raise UnknownUser
        changed = how(replace(account, standing=account.standing + 1, changed_at_ms=now_ms))
        self._accounts[user_id] = changed
        return changed

    async def changed_after(self, changed_at_ms: int, user_id: str, limit: int) -> list[Standing]:
        changed = [
            standing_of(each)
            for each in self._accounts.values()
            if (each.changed_at_ms, each.user_id) > (changed_at_ms, user_id) and each.changed_at_ms > 0
        ]
        return sorted(changed, key=lambda standing: (standing.changed_at_ms, standing.user_id))[:limit]

    async def set_stream_key(self, user_id: str, key_hash: str, now_ms: int) -> None:
        if user_id not in self._accounts:
            raise UnknownUser
        self._stream_keys[user_id] = (key_hash, now_ms)

    async def stream_key_made_at(self, user_id: str) -> int | None:
        _, made_at_ms = self._stream_keys.get(user_id, (None, None))
        return made_at_ms

    async def user_of_stream_key(self, key_hash: str) -> str | None:
        return next((user for user, (known, _) in self._stream_keys.items() if known == key_hash), None)

    async def stream_key_hashes(self, users: Collection[str]) -> dict[str, str]:
        return {user: self._stream_keys[user][0] for user in users if user in self._stream_keys}


class MemoryThrottle:
    def __init__(self) -> None:
        self._full_at: dict[tuple[str, str], int] = {}

    async def take(self, act: str, subject: str, bucket: Bucket, now_ms: int) -> int:
        full_at_ms, wait_ms = buckets.take(bucket, self._full_at.get((act, subject), 0), now_ms)
        self._full_at[act, subject] = full_at_ms
        return wait_ms
