"""Tokens that go out by mail, in memory: for tests of what stands on them."""

from dataclasses import replace

from accounts.errors import EmailTaken, MailTokenUnknown, UnknownUser
from accounts.mail_token_store import MailToken, Purpose
from accounts.store import Account
from accounts.store_memory import MemoryAccounts


class MemoryMailTokens:
    def __init__(self, accounts: MemoryAccounts) -> None:
        self._accounts = accounts
        self._tokens: dict[tuple[str, Purpose], MailToken] = {}

    async def put(self, token: MailToken, younger_ms: int = 0) -> bool:
        await self._known(token.user_id)
        earlier = self._tokens.get((token.user_id, token.purpose))
        if earlier is not None and earlier.until_ms > token.until_ms - younger_ms:
            return False
        self._tokens[token.user_id, token.purpose] = token
        return True

    async def good(self, token_hash: str, purpose: Purpose, now_ms: int) -> bool:
        return self._found(token_hash, purpose, now_ms) is not None

    async def set_password(self, token_hash: str, password_hash: str, now_ms: int) -> Account:
        token = self._use(token_hash, Purpose.RESET, now_ms)
        account = await self._known(token.user_id)
        if account.email != token.email:
            raise MailTokenUnknown
        await self._accounts.set_password_hash(account.user_id, account.password_hash, password_hash)
        return await self._accounts.revoke_tokens(account.user_id, now_ms)

    async def set_email(self, token_hash: str, now_ms: int) -> Account:
        token = self._found(token_hash, Purpose.EMAIL, now_ms)
        other = None if token is None else await self._accounts.by_email(token.email)
        if token is not None and other is not None and other.user_id != token.user_id:
            raise EmailTaken
        used = self._use(token_hash, Purpose.EMAIL, now_ms)
        return self._accounts.put(replace(await self._known(used.user_id), email=used.email))

    async def forget_email(self, user_id: str) -> None:
        self._accounts.put(replace(await self._known(user_id), email=None))
        self._forget(user_id)

    def _found(self, token_hash: str, purpose: Purpose, now_ms: int) -> MailToken | None:
        return next(
            (
                each
                for each in self._tokens.values()
                if each.token_hash == token_hash and each.purpose is purpose and each.until_ms > now_ms
            ),
            None,
        )

    def _use(self, token_hash: str, purpose: Purpose, now_ms: int) -> MailToken:
        token = self._found(token_hash, purpose, now_ms)
        if token is None:
            raise MailTokenUnknown
        self._forget(token.user_id)
        return token

    def _forget(self, user_id: str) -> None:
        for purpose in Purpose:
            self._tokens.pop((user_id, purpose), None)

    async def _known(self, user_id: str) -> Account:
        account = await self._accounts.by_id(user_id)
        if account is None:
            raise UnknownUser
        return account
