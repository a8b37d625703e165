"""A new password for who has forgotten his, by a token that goes to the address of his account."""

from accounts.attempts import Attempts
from accounts.email_address import address_of
from accounts.errors import EmailUnsuitable, MailTokenUnknown, NameUnsuitable
from accounts.letters import reset_letter
from accounts.mail import Letter
from accounts.mail_token_store import MailToken, MailTokenStore, Purpose, mail_token_hash
from accounts.names import name_of
from accounts.passwords import Passwords, suitable
from accounts.post import Post
from accounts.rules import AccountRules
from accounts.standing_keeper import StandingKeeper
from accounts.store import Account, AccountStore
from foundation.clock import Clock
from foundation.ids import new_secret


class PasswordResets:
    """``site`` is the address of the pages, without a slash at its end; never what a request calls itself."""

    def __init__(
        self,
        store: AccountStore,
        tokens: MailTokenStore,
        attempts: Attempts,
        passwords: Passwords,
        keeper: StandingKeeper,
        post: Post,
        site: str,
        clock: Clock,
        rules: AccountRules,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._attempts = attempts
        self._passwords = passwords
        self._keeper = keeper
        self._post = post
        self._site = site
        self._clock = clock
        self._rules = rules

    async def ask(self, whose: str, address: str) -> None:
        """Write to the account of this name or e-mail address, if there is one and it has an address.

        Whom we have written to within ``reset_pause_ms`` gets no second letter, and the first stays good.
        Whether there is one does not show: not in the answer, nor in what it takes, for all of it is done after.
        """
        name, email = _name_or_email(whose)
        await self._attempts.take("reset:address", address, self._rules.reset_per_address)
        await self._attempts.take("reset:account", name or email or whose, self._rules.reset_per_account)
        self._post.soon(lambda: self._write(whose))

    async def complete(self, token: str, password: str, address: str) -> None:
        """Set the password of whoever got ``token``. It works once; every sign-in of the account ends."""
        await self._attempts.take("mail-token:address", address, self._rules.mail_token_per_address)
        suitable(password, self._rules)
        token_hash = mail_token_hash(token)
        if not await self._tokens.good(token_hash, Purpose.RESET, self._clock.now_ms()):
            raise MailTokenUnknown  # before the hash, which costs a core
        password_hash = await self._passwords.hash(password)
        await self._keeper.announce(await self._tokens.set_password(token_hash, password_hash, self._clock.now_ms()))

    async def _write(self, whose: str) -> Letter | None:
        account = await self._find(whose)
        if account is None or account.email is None:
            return None
        token, until_ms = new_secret(), self._clock.now_ms() + self._rules.reset_life_ms
        made = MailToken(account.user_id, Purpose.RESET, mail_token_hash(token), account.email, until_ms)
        if not await self._tokens.put(made, self._rules.reset_pause_ms):
            return None
        # After the hash: a browser keeps it to itself, and no server or proxy on the way logs it.
        link = f"{self._site}/reset#{token}"
        return reset_letter(account.email, account.name, link, self._rules.reset_life_ms // 60_000)

    async def _find(self, whose: str) -> Account | None:
        name, email = _name_or_email(whose)
        if email is not None:
            return await self._store.by_email(email)
        return None if name is None else await self._store.by_name(name_of(whose, reserved=False))


def _name_or_email(whose: str) -> tuple[str | None, str | None]:
    """The key of a name, or an e-mail address (which no name can be); neither when it is impossible as both."""
    try:
        return (None, address_of(whose)) if "@" in whose else (name_of(whose, reserved=False).key, None)
    except (EmailUnsuitable, NameUnsuitable):
        return None, None
