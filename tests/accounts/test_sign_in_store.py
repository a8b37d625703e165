"""The store of sign-ins keeps its word on both twins."""

import pytest

from accounts.sign_in_store import Ended, SignInStore
from accounts.sign_ins import AGENT_LONGEST, SignIn, address_hint, agent_of
from accounts.store import AccountStore
from accounts.store_memory import MemoryAccounts
from accounts.store_memory_sign_ins import MemorySignIns
from accounts.store_sql import SqlAccounts
from accounts.store_sql_sign_ins import SqlSignIns
from foundation.ids import new_id
from foundation.sql import Database
from moderation.audit import record
from tests.accounts.test_store import NOW, added

Stores = tuple[SignInStore, AccountStore]


@pytest.fixture(params=["memory", "sql"])
def stores(request: pytest.FixtureRequest, database: Database) -> Stores:
    if request.param == "memory":
        return MemorySignIns(), MemoryAccounts()
    return SqlSignIns(database), SqlAccounts(database, record)


async def person(stores: Stores, name: str = "Mina") -> str:
    return (await added(stores[1], name)).user_id


async def made(
    stores: Stores, user: str, seen_at_ms: int = NOW, standing: int = 0, forget_before_ms: int = 0
) -> SignIn:
    sign_in = SignIn(new_id(), user, NOW, seen_at_ms, "a browser", "203.0.113.x", standing)
    await stores[0].add(sign_in, forget_before_ms)
    return sign_in


async def test_sign_ins_are_listed_as_they_were_seen_last(stores: Stores) -> None:
    mina, luo = await person(stores), await person(stores, "Luo")
    old, new = await made(stores, mina, NOW), await made(stores, mina, NOW + 1)
    await made(stores, luo)
    store = stores[0]
    assert await store.in_force(mina, 0, 0, 10) == [new, old]
    assert await store.in_force(mina, 0, 0, 1) == [new]
    assert await store.in_force(mina, NOW, 0, 10) == [new], "a sign-in whose last token is over is no more"
    assert await store.seen(old.id, mina, NOW + 2)
    assert [each.id for each in await store.in_force(mina, 0, 0, 10)] == [old.id, new.id]


async def test_a_sign_in_from_before_everything_was_signed_out_is_not_listed(stores: Stores) -> None:
    mina = await person(stores)
    await made(stores, mina, standing=1)
    after = await made(stores, mina, standing=2)
    assert await stores[0].in_force(mina, 0, 2, 10) == [after]


async def test_a_sign_in_is_ended_once_and_by_its_user_only(stores: Stores) -> None:
    mina, luo = await person(stores), await person(stores, "Luo")
    sign_in, store = await made(stores, mina), stores[0]
    assert not await store.end(luo, sign_in.id, NOW) and not await store.seen(sign_in.id, luo, NOW)
    assert await store.end(mina, sign_in.id, NOW + 5)
    assert not await store.end(mina, sign_in.id, NOW + 6)
    assert not await store.seen(sign_in.id, mina, NOW + 7)
    assert await store.in_force(mina, 0, 0, 10) == []
    assert await store.ended_after(0, "", 10) == [Ended(sign_in.id, mina, NOW + 5)]


async def test_all_others_are_ended_at_once(stores: Stores) -> None:
    mina, luo = await person(stores), await person(stores, "Luo")
    here, there, elsewhere = [await made(stores, mina) for _ in range(3)]
    his = await made(stores, luo)
    store = stores[0]
    assert sorted(await store.end_others(mina, here.id, NOW)) == sorted([there.id, elsewhere.id])
    assert await store.end_others(mina, here.id, NOW) == []
    assert await store.in_force(mina, 0, 0, 10) == [here]
    assert await store.in_force(luo, 0, 0, 10) == [his]


async def test_ended_ones_are_told_in_order_and_in_pages(stores: Stores) -> None:
    mina, store = await person(stores), stores[0]
    sign_ins = [await made(stores, mina) for _ in range(4)]
    for sign_in, moment in zip(sign_ins, (NOW + 2, NOW + 1, NOW + 2), strict=False):
        await store.end(mina, sign_in.id, moment)
    told = await store.ended_after(0, "", 10)
    assert [each.ended_at_ms for each in told] == [NOW + 1, NOW + 2, NOW + 2]
    assert told == sorted(told, key=lambda each: (each.ended_at_ms, each.id))
    assert await store.ended_after(0, "", 2) == told[:2]
    assert await store.ended_after(told[1].ended_at_ms, told[1].id, 10) == told[2:]


async def test_what_has_run_out_is_forgotten_at_the_next_sign_in_of_its_user(stores: Stores) -> None:
    mina, luo = await person(stores), await person(stores, "Luo")
    await made(stores, mina, NOW)
    kept = [await made(stores, mina, NOW + 1), await made(stores, luo, NOW)]
    kept.append(await made(stores, mina, NOW + 2, forget_before_ms=NOW + 1))
    store = stores[0]
    assert await store.in_force(mina, 0, 0, 10) == [kept[2], kept[0]]
    assert await store.in_force(luo, 0, 0, 10) == [kept[1]]


async def test_on_postgresql_it_is_the_same(on_postgres: Database) -> None:
    stores = SqlSignIns(on_postgres), SqlAccounts(on_postgres, record)
    await test_ended_ones_are_told_in_order_and_in_pages(stores)


def test_an_agent_is_printable_and_short() -> None:
    assert agent_of("Mozilla/5.0\x1b[31m (X11)\n") == "Mozilla/5.0[31m (X11)"
    assert len(agent_of("x" * 4000)) == AGENT_LONGEST


def test_an_address_is_kept_only_as_far_as_its_owner_knows_it_again() -> None:
    assert address_hint("203.0.113.77") == "203.0.113.x"
    assert address_hint("2001:db8:1:2::/64") == "2001:db8:1:2::/64"
    assert address_hint("unknown") == "unknown"
