"""What people do with their accounts: sign up, log in, carry on, sign out everywhere."""

from dataclasses import dataclass
from typing import Protocol

from accounts.attempts import Attempts
from accounts.errors import CredentialsWrong, NameUnsuitable, SignInAgain, UnknownUser
from accounts.names import Name, name_of
from accounts.passwords import Passwords, suitable
from accounts.principal import Principal, Role
from accounts.rules import AccountRules
from accounts.sign_in_service import SignIns
from accounts.standing_keeper import StandingKeeper
from accounts.store import Account, AccountStore, Throttle
from accounts.tokens import SignedTokens
from foundation.clock import Clock
from foundation.ids import new_id


class Doorkeeper(Protocol):
    """Who may use the platform at all; moderation's gate is one."""

    async def admit(self, user_id: str) -> None:
        """Raise a refusal when a sanction keeps the user off the platform."""


class Welcome(Protocol):
    """What is done for a newcomer, his starter coins for example; again at each log-in, so twice must be once."""

    async def __call__(self, user: str, /) -> object: ...


@dataclass(frozen=True)
class Session:
    """A signed-in user: his token, which expires at ``expires_at_ms``, and what it says."""

    principal: Principal
    token: str
    expires_at_ms: int


class Accounts:
    def __init__(
        self,
        store: AccountStore,
        throttle: Throttle,
        passwords: Passwords,
        tokens: SignedTokens,
        keeper: StandingKeeper,
        sign_ins: SignIns,
        doorkeeper: Doorkeeper,
        clock: Clock,
        rules: AccountRules,
        *,
        welcome: Welcome | None = None,
    ) -> None:
        self._store = store
        self._attempts = Attempts(throttle, clock)
        self._passwords = passwords
        self._tokens = tokens
        self._keeper = keeper
        self._sign_ins = sign_ins
        self._doorkeeper = doorkeeper
        self._clock = clock
        self._rules = rules
        self._welcome = welcome

    async def sign_up(self, name: str, password: str, address: str, agent: str = "") -> Session:
        """Open an account and sign it in. ``address`` is the network address that asks, ``agent`` its browser."""
        chosen = name_of(name)
        suitable(password, self._rules)
        await self._attempts.take("sign-up:address", address, self._rules.sign_up_per_address)
        password_hash = await self._passwords.hash(password)
        now_ms = self._clock.now_ms()
        account = Account(new_id(), chosen.shown, chosen.key, password_hash, frozenset((Role.VIEWER,)), now_ms)
        await self._store.add(account)
        await self._greet(account)
        return await self._signed_in(account, address, agent)

    async def log_in(self, name: str, password: str, address: str, agent: str = "") -> Session:
        """Sign in. An unknown name, an impossible one and a wrong password are refused alike and after equal work."""
        wanted = _perhaps_name(name)
        await self._attempts.take("log-in:address", address, self._rules.log_in_per_address)
        await self._attempts.take("log-in:name", name if wanted is None else wanted.key, self._rules.log_in_per_name)
        account = None if wanted is None else await self._store.by_name(wanted)
        right = await self._passwords.verify(None if account is None else account.password_hash, password)
        if account is None or not right:
            raise CredentialsWrong
        await self._doorkeeper.admit(account.user_id)
        if self._passwords.outdated(account.password_hash):
            renewed = await self._passwords.hash(password)
            await self._store.set_password_hash(account.user_id, account.password_hash, renewed)
        await self._greet(account)  # again, in case that a sign-up was cut off before it
        return await self._signed_in(account, address, agent)

    async def refresh(self, token: str, address: str = "", agent: str = "") -> Session:
        """The next token for the holder of a valid one, with the roles that he has now."""
        claims = self._tokens.claims(token)
        if self._clock.now_ms() // 1000 >= claims.signed_in_at_s + self._rules.sign_in_life_s:
            raise SignInAgain
        account = await self.account(claims.principal.user_id)
        if claims.standing < account.tokens_since:
            raise SignInAgain  # signed out everywhere a moment ago; this process has not heard it yet
        await self._doorkeeper.admit(account.user_id)
        sign_in = claims.principal.session
        if sign_in:
            await self._sign_ins.carry_on(account.user_id, sign_in)
        else:  # a token of an earlier version
            sign_in = await self._sign_ins.open(account, claims.signed_in_at_s * 1000, address, agent)
        return self._session(account, claims.signed_in_at_s, sign_in)

    async def sign_out_everywhere(self, user_id: str) -> None:
        """Revoke every token of the user, in every process within a second."""
        await self._keeper.announce(await self._store.revoke_tokens(user_id, self._clock.now_ms()))

    async def account(self, user_id: str) -> Account:
        account = await self._store.by_id(user_id)
        if account is None:
            raise UnknownUser
        return account

    async def _greet(self, account: Account) -> None:
        if self._welcome is not None:
            await self._welcome(account.user_id)

    async def _signed_in(self, account: Account, address: str, agent: str) -> Session:
        now_ms = self._clock.now_ms()
        return self._session(account, now_ms // 1000, await self._sign_ins.open(account, now_ms, address, agent))

    def _session(self, account: Account, signed_in_at_s: int, sign_in: str) -> Session:
        principal = Principal(account.user_id, account.name, account.roles, sign_in)
        token, expires_at_ms = self._tokens.issue(principal, account.standing, signed_in_at_s)
        return Session(principal, token, expires_at_ms)


def _perhaps_name(text: str) -> Name | None:
    try:
        return name_of(text, reserved=False)
    except NameUnsuitable:
        return None
