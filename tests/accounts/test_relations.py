"""Blocks and follows keep their word: every twin in the same way, and two people at once."""

import asyncio

import pytest

from accounts.errors import Blocked, RelationsFull, UnknownUser
from accounts.names import name_of
from accounts.principal import Role
from accounts.relation_store import RelationStore
from accounts.relations import Relation
from accounts.store import Account, AccountStore
from accounts.store_memory import MemoryAccounts
from accounts.store_memory_relations import MemoryRelations
from accounts.store_sql import SqlAccounts
from accounts.store_sql_relations import SqlRelations
from foundation.ids import new_id
from foundation.sql import Database
from moderation.audit import record

NOW = 1_700_000_000_000
MOST = 3


class Village:
    """People, and what they want to do with each other."""

    def __init__(self, accounts: AccountStore, store: RelationStore) -> None:
        self.accounts = accounts
        self.store = store

    async def person(self, name: str) -> str:
        chosen = name_of(name)
        made = Account(new_id(), chosen.shown, chosen.key, "a hash", frozenset((Role.VIEWER,)), NOW)
        await self.accounts.add(made)
        return made.user_id

    async def people(self, *names: str) -> list[str]:
        return [await self.person(name) for name in names]

    async def add(self, relation: Relation, user: str, other: str, now_ms: int = NOW) -> None:
        await self.store.add(relation, user, other, MOST, now_ms)

    async def block(self, user: str, other: str, now_ms: int = NOW) -> None:
        await self.add(Relation.BLOCK, user, other, now_ms)

    async def follow(self, user: str, other: str, now_ms: int = NOW) -> None:
        await self.add(Relation.FOLLOW, user, other, now_ms)

    async def list(self, relation: Relation, user: str) -> list[str]:
        return [each.name for each in await self.store.page(relation, user, None, 100)]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def village(request: pytest.FixtureRequest) -> Village:
    if request.param == "memory":
        accounts = MemoryAccounts()
        return Village(accounts, MemoryRelations(accounts))
    database: Database = request.getfixturevalue("database" if request.param == "sqlite" else "on_postgres")
    return Village(SqlAccounts(database, record), SqlRelations(database))


async def test_a_block_is_said_of_one_by_another_and_not_back(village: Village) -> None:
    mina, luo = await village.people("Mina", "Luo")
    await village.block(mina, luo)
    assert await village.store.blocks(mina, luo)
    assert not await village.store.blocks(luo, mina)
    assert not await village.store.follows(mina, luo)
    await village.store.remove(Relation.BLOCK, mina, luo)
    assert not await village.store.blocks(mina, luo)


async def test_a_follow_is_no_block(village: Village) -> None:
    mina, luo = await village.people("Mina", "Luo")
    await village.follow(mina, luo)
    await village.follow(luo, mina)
    assert await village.store.follows(mina, luo) and await village.store.follows(luo, mina)
    assert not await village.store.blocks(mina, luo)
    await village.store.remove(Relation.BLOCK, mina, luo)
    await village.store.remove(Relation.FOLLOW, mina, luo)
    assert not await village.store.follows(mina, luo) and await village.store.follows(luo, mina)


async def test_what_is_said_twice_is_said_once_and_since_the_first_time(village: Village) -> None:
    mina, luo = await village.people("Mina", "Luo")
    await village.block(mina, luo)
    await village.block(mina, luo, NOW + 5)
    (known,) = await village.store.page(Relation.BLOCK, mina, None, 10)
    assert (known.user, known.name, known.since_ms) == (luo, "Luo", NOW)


async def test_what_was_never_said_is_taken_back_without_harm(village: Village) -> None:
    mina, luo = await village.people("Mina", "Luo")
    await village.store.remove(Relation.FOLLOW, mina, luo)
    await village.store.remove(Relation.FOLLOW, mina, new_id())


@pytest.mark.parametrize("relation", list(Relation))
async def test_nobody_is_blocked_or_followed_who_is_not_there(village: Village, relation: Relation) -> None:
    mina = await village.person("Mina")
    with pytest.raises(UnknownUser):
        await village.add(relation, mina, new_id())
    with pytest.raises(UnknownUser):
        await village.add(relation, new_id(), mina)
    assert await village.list(relation, mina) == []


async def test_a_block_ends_the_follows_of_both_and_no_others(village: Village) -> None:
    mina, luo, ada = await village.people("Mina", "Luo", "Ada")
    for one, other in ((mina, luo), (luo, mina), (mina, ada), (ada, luo)):
        await village.follow(one, other)
    await village.block(mina, luo)
    assert await village.list(Relation.FOLLOW, mina) == ["Ada"]
    assert await village.list(Relation.FOLLOW, luo) == []
    assert await village.list(Relation.FOLLOW, ada) == ["Luo"]
    await village.store.remove(Relation.BLOCK, mina, luo)
    assert await village.list(Relation.FOLLOW, mina) == ["Ada"], "what a block ended does not come back"


async def test_where_one_blocks_the_other_neither_follows(village: Village) -> None:
    mina, luo = await village.people("Mina", "Luo")
    await village.block(mina, luo)
    for one, other in ((mina, luo), (luo, mina)):
        with pytest.raises(Blocked):
            await village.follow(one, other)
    await village.store.remove(Relation.BLOCK, mina, luo)
    await village.follow(luo, mina)


@pytest.mark.parametrize("relation", list(Relation))
async def test_a_list_has_an_end(village: Village, relation: Relation) -> None:
    mina, *others = await village.people("Mina", "Luo", "Ada", "Noor", "Olga")
    for other in others[:MOST]:
        await village.add(relation, mina, other)
    with pytest.raises(RelationsFull) as refused:
        await village.add(relation, mina, others[MOST])
    assert refused.value.extra == {"most": MOST}
    await village.add(relation, mina, others[0])
    await village.add(relation, others[MOST], mina)
    await village.store.remove(relation, mina, others[0])
    await village.add(relation, mina, others[MOST])


async def test_a_list_is_paged_from_the_newest(village: Village) -> None:
    mina, luo, ada, noor = await village.people("Mina", "Luo", "Ada", "Noor")
    for moment, other in ((NOW, luo), (NOW + 1, ada), (NOW + 1, noor)):
        await village.follow(mina, other, moment)
    everybody = await village.store.page(Relation.FOLLOW, mina, None, 10)
    assert [each.place for each in everybody] == sorted([(NOW, luo), (NOW + 1, ada), (NOW + 1, noor)], reverse=True)
    for count in range(3):
        rest = await village.store.page(Relation.FOLLOW, mina, everybody[count].place, 1)
        assert rest == everybody[count + 1 : count + 2]


async def test_of_many_at_once_the_list_takes_what_it_may_hold(village: Village) -> None:
    mina, *others = await village.people("Mina", *(f"person {number}" for number in range(10)))
    outcomes = await asyncio.gather(*(village.block(mina, other) for other in others), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == MOST
    assert all(outcome is None or isinstance(outcome, RelationsFull) for outcome in outcomes)
    assert len(await village.list(Relation.BLOCK, mina)) == MOST


async def test_a_block_and_a_follow_at_once_leave_the_block_alone(village: Village) -> None:
    for number in range(8):
        mina, luo = await village.people(f"Mina {number}", f"Luo {number}")
        acts = [village.block(mina, luo), village.follow(luo, mina), village.follow(mina, luo)]
        outcomes = await asyncio.gather(*(acts if number % 2 else acts[::-1]), return_exceptions=True)
        assert all(outcome is None or isinstance(outcome, Blocked) for outcome in outcomes), outcomes
        assert await village.store.blocks(mina, luo)
        assert not await village.store.follows(luo, mina) and not await village.store.follows(mina, luo)


async def test_two_who_block_each_other_at_once_both_do(village: Village) -> None:
    mina, luo = await village.people("Mina", "Luo")
    await asyncio.gather(village.block(mina, luo), village.block(luo, mina))
    assert await village.store.blocks(mina, luo) and await village.store.blocks(luo, mina)
