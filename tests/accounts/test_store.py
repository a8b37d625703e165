"""The store of accounts keeps its word on both twins."""

import pytest
from sqlalchemy import select

from accounts.errors import NameTaken, UnknownUser
from accounts.names import name_of
from accounts.principal import Role
from accounts.store import Account, AccountStore, Deed, standing_of
from accounts.store_memory import MemoryAccounts
from accounts.store_sql import SqlAccounts
from foundation.ids import new_id
from foundation.sql import Database, Transaction
from moderation.audit import record
from moderation.tables import audit_log

NOW = 1_700_000_000_000
HOST = frozenset((Role.VIEWER, Role.HOST))


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, database: Database) -> AccountStore:
    return MemoryAccounts() if request.param == "memory" else SqlAccounts(database, record)


def account(name: str) -> Account:
    chosen = name_of(name)
    return Account(new_id(), chosen.shown, chosen.key, "a hash", frozenset((Role.VIEWER,)), NOW)


async def added(store: AccountStore, name: str) -> Account:
    made = account(name)
    await store.add(made)
    return made


async def test_an_account_is_found_by_its_id_and_by_any_form_of_its_name(store: AccountStore) -> None:
    mina = await added(store, "Mina")
    assert await store.by_id(mina.user_id) == mina
    assert await store.by_name(name_of("ＭＩＮＡ")) == mina
    assert await store.by_id(new_id()) is None
    assert await store.by_name(name_of("Luo")) is None


async def test_a_name_belongs_to_one_account(store: AccountStore) -> None:
    await added(store, "Mina")
    with pytest.raises(NameTaken):
        await store.add(account("MINA"))


async def test_accounts_are_searched_by_the_beginning_of_the_name_and_paged(store: AccountStore) -> None:
    for name in ("Mina", "Mila", "Luo", "m_x"):
        await added(store, name)
    assert [each.name for each in await store.search("mi", "", 10)] == ["Mila", "Mina"]
    assert [each.name for each in await store.search("mi", "mila", 10)] == ["Mina"]
    assert [each.name for each in await store.search("m_", "", 10)] == ["m_x"], "an underscore stands for itself"
    assert await store.search("%", "", 10) == []
    assert len(await store.search("", "", 2)) == 2


async def test_a_password_hash_is_replaced_only_where_the_old_one_still_stands(store: AccountStore) -> None:
    mina = await added(store, "Mina")
    await store.set_password_hash(mina.user_id, "a hash", "dearer")
    await store.set_password_hash(mina.user_id, "a hash", "late")
    found = await store.by_id(mina.user_id)
    assert found is not None and found.password_hash == "dearer"


async def test_a_profile_is_changed_in_part_and_stays_when_nothing_is_wished(store: AccountStore) -> None:
    mina = await added(store, "Mina")
    said = await store.set_profile(mina.user_id, None, "sings 🎤")
    assert (said.name, said.about) == ("Mina", "sings 🎤")
    renamed = await store.set_profile(mina.user_id, name_of("Minerva"), None)
    assert (renamed.name, renamed.name_key, renamed.about) == ("Minerva", "minerva", "sings 🎤")
    assert await store.set_profile(mina.user_id, None, None) == renamed == await store.by_name(name_of("MINERVA"))
    assert await store.by_name(name_of("Mina")) is None


async def test_nobody_takes_the_name_of_somebody_else(store: AccountStore) -> None:
    mina, _ = await added(store, "Mina"), await added(store, "Luo")
    with pytest.raises(NameTaken):
        await store.set_profile(mina.user_id, name_of("LUO"), "the true one")
    assert await store.by_id(mina.user_id) == mina
    assert (await store.set_profile(mina.user_id, name_of("MINA"), None)).name == "MINA", "it is his own"


async def test_a_change_of_roles_counts_the_standing_up(store: AccountStore) -> None:
    mina = await added(store, "Mina")
    changed = await store.set_roles(mina.user_id, HOST, Deed(mina.user_id, "became a host"), NOW + 5)
    assert (changed.roles, changed.standing, changed.tokens_since, changed.changed_at_ms) == (HOST, 1, 0, NOW + 5)
    assert await store.by_id(mina.user_id) == changed


async def test_a_revocation_refuses_every_earlier_standing(store: AccountStore) -> None:
    mina = await added(store, "Mina")
    await store.set_roles(mina.user_id, HOST, Deed(mina.user_id, "became a host"), NOW)
    revoked = await store.revoke_tokens(mina.user_id, NOW + 5)
    assert (revoked.standing, revoked.tokens_since, revoked.roles) == (2, 2, HOST)


async def test_nobody_cannot_be_changed(store: AccountStore) -> None:
    for act in (
        store.set_roles(new_id(), HOST, Deed("ops", "a test"), NOW),
        store.revoke_tokens(new_id(), NOW),
        store.set_profile(new_id(), name_of("Nobody"), "x"),
        store.set_profile(new_id(), None, None),
        store.set_stream_key(new_id(), "00" * 32, NOW),
    ):
        with pytest.raises(UnknownUser):
            await act


async def test_changes_of_standing_are_told_in_order_and_in_pages(store: AccountStore) -> None:
    people = [await added(store, name) for name in ("Mina", "Luo", "Ada", "Unchanged")]
    moments = (NOW + 2, NOW + 1, NOW + 2)
    changed = [
        standing_of(await store.revoke_tokens(each.user_id, moment))
        for each, moment in zip(people, moments, strict=False)
    ]
    expected = sorted(changed, key=lambda each: (each.changed_at_ms, each.user_id))
    assert await store.changed_after(0, "", 10) == expected
    assert await store.changed_after(0, "", 2) == expected[:2]
    assert await store.changed_after(expected[1].changed_at_ms, expected[1].user_id, 10) == expected[2:]
    assert await store.changed_after(NOW + 1, "z", 10) == expected[1:]


async def test_a_new_stream_key_replaces_the_old_one(store: AccountStore) -> None:
    mina = await added(store, "Mina")
    assert await store.stream_key_made_at(mina.user_id) is None
    await store.set_stream_key(mina.user_id, "aa" * 32, NOW)
    await store.set_stream_key(mina.user_id, "bb" * 32, NOW + 1)
    assert await store.user_of_stream_key("aa" * 32) is None
    assert await store.stream_key_hashes([mina.user_id, new_id()]) == {mina.user_id: "bb" * 32}
    assert await store.user_of_stream_key("bb" * 32) == mina.user_id
    assert await store.stream_key_made_at(mina.user_id) == NOW + 1


async def test_a_change_of_roles_and_its_audit_row_are_one(database: Database) -> None:
    mina = await added(SqlAccounts(database, record), "Mina")

    async def failing(transaction: Transaction, **entry: object) -> None:
        raise RuntimeError("the audit log is full")

    with pytest.raises(RuntimeError):
        await SqlAccounts(database, failing).set_roles(mina.user_id, HOST, Deed("ops", "a test"), NOW)
    store = SqlAccounts(database, record)
    assert await store.by_id(mina.user_id) == mina
    await store.set_roles(mina.user_id, HOST, Deed("ops", "a test"), NOW)
    async with database.read() as transaction:
        (row,) = await transaction.execute(select(audit_log))
    assert (row.actor, row.action, row.subject) == ("ops", "account.set_roles", f"user:{mina.user_id}")
    assert (row.before, row.after) == ('{"roles":["viewer"]}', '{"roles":["host","viewer"]}')
