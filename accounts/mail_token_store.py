"""Tokens that go out by mail, good once and for a while; what is kept of one is its SHA-256. Truth: SQL."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from accounts.store import Account


class Purpose(StrEnum):
    RESET = "reset"
    EMAIL = "email"


@dataclass(frozen=True)
class MailToken:
    """``email`` is the address that it was sent to; from ``until_ms`` on it is worth nothing."""

    user_id: str
    purpose: Purpose
    token_hash: str
    email: str
    until_ms: int


def mail_token_hash(token: str) -> str:
    # 256 random bits need neither salt nor stretching.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class MailTokenStore(Protocol):
    """A user has one token of each purpose. Those who use one take turns, so that it is used once."""

    async def put(self, token: MailToken, younger_ms: int = 0) -> bool:
        """The user's token of this purpose from now on, instead of an earlier one; ``UnknownUser``.

        False, and the earlier one stays, if this one is good for less than ``younger_ms`` longer.
        """

    async def good(self, token_hash: str, purpose: Purpose, now_ms: int) -> bool:
        """Whether it could be used at this moment."""

    async def set_password(self, token_hash: str, password_hash: str, now_ms: int) -> Account:
        """Use a token of a reset, all or nothing: new password, every sign-in ended, no other token left.

        ``MailTokenUnknown`` when it is used, over, was never made, or went to an address that is not the account's now.
        """

    async def set_email(self, token_hash: str, now_ms: int) -> Account:
        """Use a token of an address: it is the account's now, and no other token is left.

        ``MailTokenUnknown`` as above; ``EmailTaken`` when another account has the address.
        """

    async def forget_email(self, user_id: str) -> None:
        """The account has no address any more, and no token; ``UnknownUser``."""
