"""The e-mail address of an account: optional, and its owner shows that it is his before it counts."""

from accounts.attempts import Attempts
from accounts.email_address import address_of
from accounts.errors import CredentialsWrong, UnknownUser
from accounts.letters import confirmation_letter
from accounts.mail import Letter
from accounts.mail_token_store import MailToken, MailTokenStore, Purpose, mail_token_hash
from accounts.passwords import Passwords
from accounts.post import Post
from accounts.rules import AccountRules
from accounts.store import Account, AccountStore
from foundation.clock import Clock
from foundation.ids import new_secret


class Emails:
    """``site`` as in ``PasswordResets``."""

    def __init__(
        self,
        store: AccountStore,
        tokens: MailTokenStore,
        attempts: Attempts,
        passwords: Passwords,
        post: Post,
        site: str,
        clock: Clock,
        rules: AccountRules,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._attempts = attempts
        self._passwords = passwords
        self._post = post
        self._site = site
        self._clock = clock
        self._rules = rules

    async def want(self, user_id: str, email: str | None, password: str, address: str) -> None:
        """Write to ``email``, which is the account's once that letter's token was used; None: no address any more.

        Whoever changes it could have a new password sent there, so the present one is asked for: a token that was
        stolen is not enough. Whether another account has the address does not show here. A mailbox gets few letters,
        however many accounts ask for them: it may be a stranger's.
        """
        wanted = None if email is None else address_of(email)
        await self._attempts.take("email:address", address, self._rules.email_per_address)
        await self._attempts.take("email:user", user_id, self._rules.email_per_user)
        account = await self._store.by_id(user_id)
        if account is None:
            raise UnknownUser
        if not await self._passwords.verify(account.password_hash, password):
            raise CredentialsWrong
        if wanted is None:
            await self._tokens.forget_email(user_id)
        else:
            await self._attempts.take("email:mailbox", wanted, self._rules.email_per_mailbox)
            self._post.soon(lambda: self._write(account, wanted))

    async def confirm(self, token: str, address: str) -> None:
        """The address that ``token`` was sent to is the account's from now on. Works once."""
        await self._attempts.take("mail-token:address", address, self._rules.mail_token_per_address)
        await self._tokens.set_email(mail_token_hash(token), self._clock.now_ms())

    async def _write(self, account: Account, email: str) -> Letter:
        token, until_ms = new_secret(), self._clock.now_ms() + self._rules.email_life_ms
        await self._tokens.put(MailToken(account.user_id, Purpose.EMAIL, mail_token_hash(token), email, until_ms))
        link = f"{self._site}/email#{token}"
        return confirmation_letter(email, account.name, link, self._rules.email_life_ms // 3600_000)
