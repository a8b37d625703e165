"""What others see of an account, how they find it, and how its owner changes it: name, what he says about himself."""

from accounts.about import about_of
from accounts.attempts import Attempts
from accounts.errors import NameUnsuitable, UnknownUser
from accounts.names import RESERVED, Name, key_of, name_of
from accounts.rules import AccountRules
from accounts.service import Doorkeeper
from accounts.store import Account, AccountStore
from foundation.ids import is_id


class Profiles:
    def __init__(self, store: AccountStore, attempts: Attempts, doorkeeper: Doorkeeper, rules: AccountRules) -> None:
        self._store = store
        self._attempts = attempts
        self._doorkeeper = doorkeeper
        self._rules = rules

    async def of(self, user_id: str) -> Account:
        account = await self._store.by_id(user_id) if is_id(user_id) else None
        if account is None:
            raise UnknownUser
        return account

    async def search(self, seeker: str, beginning: str, limit: int) -> list[Account]:
        """Whose names begin so, in the order of their names; nobody for a beginning of nothing."""
        key = key_of(" ".join(beginning.split()))
        if not key:
            return []
        await self._attempts.take("search:user", seeker, self._rules.search_per_user)
        return await self._store.search(key, "", limit)

    async def change(self, user_id: str, name: str | None, about: str | None) -> Account:
        """Change what is not None, all or nothing. A name is what he signs in with, too, and nobody else's."""
        wanted, said = None if name is None else name_of(name), None if about is None else about_of(about)
        await self._doorkeeper.admit(user_id)
        await self._attempts.take("profile:user", user_id, self._rules.profile_per_user)
        account = await self.of(user_id)
        if wanted is not None and wanted.shown != account.name:
            await self._may_rename(account, wanted)
        return await self._store.set_profile(user_id, wanted, said)

    async def _may_rename(self, account: Account, wanted: Name) -> None:
        if account.name_key in RESERVED and wanted.key != account.name_key:
            raise NameUnsuitable("this account keeps its name")  # it would be opened anew at the next start
        await self._attempts.take("rename:user", account.user_id, self._rules.rename_per_user)
