"""Accounts in SQL: tables ``accounts`` and ``stream_keys``."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from accounts.errors import NameTaken, UnknownUser
from accounts.names import Name
from accounts.principal import Role, known_roles
from accounts.standing import Standing
from accounts.store import Account, Audit, Deed, standing_of
from foundation.ids import ID_LENGTH
from foundation.sql import Database, Transaction, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("user_id", String(ID_LENGTH), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(256), nullable=False, unique=True),
    Column("password_hash", String(160), nullable=False),
    Column("roles", String(64), nullable=False),  # sorted, joined by commas
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("standing", BigInteger, nullable=False),
    Column("tokens_since", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False, index=True),
    Column("email", String(254)),
    Column("about", String(160), nullable=False, server_default=""),
    Index("uq_accounts_email", "email", unique=True),
)

stream_keys = Table(
    "stream_keys",
    metadata,
    Column("user_id", String(ID_LENGTH), ForeignKey("accounts.user_id"), primary_key=True),
    Column("key_hash", String(64), nullable=False, unique=True),  # SHA-256, hexadecimal
    Column("made_at_ms", BigInteger, nullable=False),
)


class SqlAccounts:
    """``audit`` writes the row that goes with each change of roles, in the same transaction."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def add(self, account: Account) -> None:
        values = {**vars(account), "roles": _joined(account.roles)}
        try:
            async with self._database.write() as transaction:
                await transaction.execute(insert(accounts).values(values))
        except IntegrityError as error:
            raise NameTaken from error

    async def by_id(self, user_id: str) -> Account | None:
        async with self._database.read() as transaction:
            return await _by_id(transaction, user_id)

    async def by_name(self, name: Name) -> Account | None:
        async with self._database.read() as transaction:
            return await _one(transaction, accounts.c.name_key == name.key)

    async def by_email(self, email: str) -> Account | None:
        async with self._database.read() as transaction:
            return await _one(transaction, accounts.c.email == email)

    async def search(self, prefix: str, after: str, limit: int) -> list[Account]:
        matching = select(accounts).where(
            accounts.c.name_key.startswith(prefix, autoescape=True), accounts.c.name_key > after
        )
        async with self._database.read() as transaction:
            found = await transaction.execute(matching.order_by(accounts.c.name_key).limit(limit))
            return [_account(row) for row in found]

    async def set_password_hash(self, user_id: str, old: str, new: str) -> None:
        unchanged = (accounts.c.user_id == user_id) & (accounts.c.password_hash == old)
        async with self._database.write() as transaction:
            await transaction.execute(update(accounts).where(unchanged).values(password_hash=new))

    async def set_profile(self, user_id: str, name: Name | None, about: str | None) -> Account:
        changed = {} if name is None else {"name": name.shown, "name_key": name.key}
        if about is not None:
            changed["about"] = about
        try:
            async with self._database.write() as transaction:
                if changed:
                    await transaction.execute(update(accounts).where(accounts.c.user_id == user_id).values(changed))
                return await known(transaction, user_id)
        except IntegrityError as error:
            raise NameTaken from error

    async def set_roles(self, user_id: str, roles: frozenset[Role], deed: Deed, now_ms: int) -> Account:
        async with self._database.write() as transaction:
            before = await _by_id(transaction, user_id, lock=True)
            if before is None:
                raise UnknownUser
            changed = {"roles": _joined(roles), "standing": before.standing + 1, "changed_at_ms": now_ms}
            await transaction.execute(update(accounts).where(accounts.c.user_id == user_id).values(changed))
            await self._audit(
                transaction,
                actor=deed.actor,
                action="account.set_roles",
                subject=f"user:{user_id}",
                reason=deed.reason,
                at_ms=now_ms,
                before={"roles": sorted(before.roles)},
                after={"roles": sorted(roles)},
            )
            return await known(transaction, user_id)

    async def revoke_tokens(self, user_id: str, now_ms: int) -> Account:
        async with self._database.write() as transaction:
            return await revoke_tokens(transaction, user_id, now_ms)

    async def changed_after(self, changed_at_ms: int, user_id: str, limit: int) -> list[Standing]:
        columns = accounts.c.changed_at_ms, accounts.c.user_id
        later = select(accounts).where(tuple_(*columns) > (changed_at_ms, user_id), accounts.c.changed_at_ms > 0)
        async with self._database.read() as transaction:
            found = [_account(row) for row in await transaction.execute(later.order_by(*columns).limit(limit))]
        return [standing_of(each) for each in found]

    async def set_stream_key(self, user_id: str, key_hash: str, now_ms: int) -> None:
        mine = stream_keys.c.user_id == user_id
        made = {"key_hash": key_hash, "made_at_ms": now_ms}
        async with self._database.write() as transaction:
            # Two first keys of one user at once: the account's row makes them take turns.
            if await _by_id(transaction, user_id, lock=True) is None:
                raise UnknownUser
            rotated = await transaction.execute(update(stream_keys).where(mine).values(made))
            if rotated.rowcount == 0:
                await transaction.execute(insert(stream_keys).values(user_id=user_id, **made))

    async def stream_key_made_at(self, user_id: str) -> int | None:
        async with self._database.read() as transaction:
            made = select(stream_keys.c.made_at_ms).where(stream_keys.c.user_id == user_id)
            return await transaction.scalar(made)

    async def user_of_stream_key(self, key_hash: str) -> str | None:
        async with self._database.read() as transaction:
            return await transaction.scalar(select(stream_keys.c.user_id).where(stream_keys.c.key_hash == key_hash))

    async def stream_key_hashes(self, users: Collection[str]) -> dict[str, str]:
        if not users:
            return {}
        query = select(stream_keys.c.user_id, stream_keys.c.key_hash).where(stream_keys.c.user_id.in_(users))
        async with self._database.read() as transaction:
            return {row.user_id: row.key_hash for row in await transaction.execute(query)}


async def revoke_tokens(transaction: Transaction, user_id: str, now_ms: int, **changes: object) -> Account:
    """As ``AccountStore.revoke_tokens``, with what else changes of the account."""
    counted = accounts.c.standing + 1
    changed = {"standing": counted, "tokens_since": counted, "changed_at_ms": now_ms, **changes}
    await transaction.execute(update(accounts).where(accounts.c.user_id == user_id).values(changed))
    return await known(transaction, user_id)


async def known(transaction: Transaction, user_id: str) -> Account:
    account = await _by_id(transaction, user_id)
    if account is None:
        raise UnknownUser
    return account


async def _one(transaction: Transaction, condition: ColumnElement[bool]) -> Account | None:
    row = (await transaction.execute(select(accounts).where(condition))).one_or_none()
    return None if row is None else _account(row)


async def _by_id(transaction: Transaction, user_id: str, *, lock: bool = False) -> Account | None:
    """With ``lock`` the row waits for its other writers (PostgreSQL; SQLite has one writer anyway)."""
    query = select(accounts).where(accounts.c.user_id == user_id)
    row = (await transaction.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _account(row)


def _account(row: Row[Any]) -> Account:
    columns = row._mapping
    return Account(**{**columns, "roles": known_roles(columns["roles"].split(","))})


def _joined(roles: frozenset[Role]) -> str:
    return ",".join(sorted(roles))
