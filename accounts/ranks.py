"""Ranks: who is viewer, host, moderator or admin, and how that changes."""

from accounts.errors import NameTaken, OwnRoles, UnknownUser
from accounts.names import key_of, name_of
from accounts.passwords import Passwords
from accounts.principal import Principal, Role
from accounts.standing_keeper import StandingKeeper
from accounts.store import Account, AccountStore, Deed
from foundation.clock import Clock
from foundation.ids import new_id

FIRST_ADMIN = "admin"


class Ranks:
    def __init__(self, store: AccountStore, passwords: Passwords, keeper: StandingKeeper, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._keeper = keeper
        self._clock = clock

    async def person(self, user_id: str) -> Account | None:
        return await self._store.by_id(user_id)

    async def promote(self, user_id: str) -> None:
        """Make the user a host, by his own wish; nothing when he is one. His tokens say so without a new sign-in."""
        account = await self._store.by_id(user_id)
        if account is None:
            raise UnknownUser
        if Role.HOST not in account.roles:
            await self._change(user_id, account.roles | {Role.HOST}, Deed(user_id, "became a host"))

    async def grant(self, actor: Principal, user_id: str, roles: frozenset[Role], reason: str) -> Account:
        """Give the user exactly ``roles`` (and that of a viewer). Nobody changes his own."""
        if actor.user_id == user_id:
            raise OwnRoles
        return await self._change(user_id, roles | {Role.VIEWER}, Deed(actor.user_id, reason))

    async def search(self, name: str, after: str, limit: int) -> list[Account]:
        """Accounts whose names begin with ``name``, after the key ``after``."""
        return await self._store.search(key_of(name), after, limit)

    async def ensure_admin(self, password: str) -> bool:
        """At the first start: open the account ``admin`` with ``password``. Whether it was opened by this call."""
        name = name_of(FIRST_ADMIN, reserved=False)
        if await self._store.by_name(name) is not None:
            return False
        password_hash = await self._passwords.hash(password)
        roles = frozenset((Role.VIEWER, Role.ADMIN))
        try:
            await self._store.add(Account(new_id(), name.shown, name.key, password_hash, roles, self._clock.now_ms()))
        except NameTaken:  # another process was first
            return False
        return True

    async def _change(self, user_id: str, roles: frozenset[Role], deed: Deed) -> Account:
        account = await self._store.set_roles(user_id, roles, deed, self._clock.now_ms())
        await self._keeper.announce(account)
        return account
