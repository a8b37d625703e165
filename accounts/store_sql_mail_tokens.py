"""Tokens that go out by mail, in SQL: table ``mail_tokens``."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    String,
    Table,
    and_,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from accounts.errors import EmailTaken, MailTokenUnknown, UnknownUser
from accounts.mail_token_store import MailToken, Purpose
from accounts.store import Account
from accounts.store_sql import accounts, known, revoke_tokens
from foundation.ids import ID_LENGTH
from foundation.sql import Database, Transaction, metadata

mail_tokens = Table(
    "mail_tokens",
    metadata,
    Column("user_id", String(ID_LENGTH), ForeignKey("accounts.user_id"), primary_key=True),
    Column("purpose", String(8), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256, hexadecimal
    Column("email", String(254), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)


class SqlMailTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, token: MailToken, younger_ms: int = 0) -> bool:
        mine = (mail_tokens.c.user_id == token.user_id) & (mail_tokens.c.purpose == token.purpose)
        async with self._database.write() as transaction:
            await _take_turns(transaction, token.user_id)
            earlier = await transaction.scalar(select(mail_tokens.c.until_ms).where(mine)) if younger_ms else None
            if earlier is not None and earlier > token.until_ms - younger_ms:
                return False
            await transaction.execute(delete(mail_tokens).where(mine))
            await transaction.execute(insert(mail_tokens).values(vars(token)))
        return True

    async def good(self, token_hash: str, purpose: Purpose, now_ms: int) -> bool:
        found = select(mail_tokens.c.user_id).where(_usable(token_hash, purpose, now_ms))
        async with self._database.read() as transaction:
            return await transaction.scalar(found) is not None

    async def set_password(self, token_hash: str, password_hash: str, now_ms: int) -> Account:
        async with self._database.write() as transaction:
            user_id, email = await _use(transaction, token_hash, Purpose.RESET, now_ms)
            changed = await revoke_tokens(transaction, user_id, now_ms, password_hash=password_hash)
            if changed.email != email:
                raise MailTokenUnknown  # he has another mailbox by now
            return changed

    async def set_email(self, token_hash: str, now_ms: int) -> Account:
        try:
            async with self._database.write() as transaction:
                user_id, email = await _use(transaction, token_hash, Purpose.EMAIL, now_ms)
                mine = accounts.c.user_id == user_id
                await transaction.execute(update(accounts).where(mine).values(email=email))
                return await known(transaction, user_id)
        except IntegrityError as error:
            raise EmailTaken from error

    async def forget_email(self, user_id: str) -> None:
        async with self._database.write() as transaction:
            await _take_turns(transaction, user_id)
            await transaction.execute(update(accounts).where(accounts.c.user_id == user_id).values(email=None))
            await transaction.execute(delete(mail_tokens).where(mail_tokens.c.user_id == user_id))


def _usable(token_hash: str, purpose: Purpose, now_ms: int) -> ColumnElement[bool]:
    kept = mail_tokens.c
    return and_(kept.token_hash == token_hash, kept.purpose == purpose, kept.until_ms > now_ms)


async def _use(transaction: Transaction, token_hash: str, purpose: Purpose, now_ms: int) -> tuple[str, str]:
    """The token's user and address; it is gone, and whatever else was sent to him."""
    usable = _usable(token_hash, purpose, now_ms)
    user_id = await transaction.scalar(select(mail_tokens.c.user_id).where(usable))
    if user_id is None:
        raise MailTokenUnknown
    await _take_turns(transaction, user_id)  # all lock the account first, so nobody waits in a circle
    email = await transaction.scalar(delete(mail_tokens).where(usable).returning(mail_tokens.c.email))
    if email is None:
        raise MailTokenUnknown  # somebody was faster
    await transaction.execute(delete(mail_tokens).where(mail_tokens.c.user_id == user_id))
    return user_id, email


async def _take_turns(transaction: Transaction, user_id: str) -> None:
    row = select(accounts.c.user_id).where(accounts.c.user_id == user_id)
    if await transaction.scalar(row.with_for_update()) is None:
        raise UnknownUser
