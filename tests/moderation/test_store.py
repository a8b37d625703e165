"""The store of moderation keeps its word on both twins; SQL's audit log cannot be changed."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from foundation.ids import new_id
from foundation.sql import Database
from moderation.audit import AuditEntry, append
from moderation.errors import AlreadySanctioned, SanctionOver
from moderation.gate import Scope
from moderation.sanction import Reason, Sanction
from moderation.store import ModerationStore
from moderation.store_memory import MemoryModeration
from moderation.store_sql import SqlModeration
from moderation.tables import audit_log

NOW = 1_700_000_000_000
MINA, LUO, OPS = new_id(), new_id(), new_id()


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, database: Database) -> ModerationStore:
    return MemoryModeration() if request.param == "memory" else SqlModeration(database)


def sanction(user: str = MINA, scope: Scope = Scope.CHAT, until_ms: int | None = None) -> Sanction:
    return Sanction(new_id(), user, scope, Reason.ABUSE, "swore at a child", OPS, NOW, until_ms)


def entry(action: str = "sanction.impose", subject: str = f"user:{MINA}", actor: str = OPS) -> AuditEntry:
    return AuditEntry(actor, action, subject, "swore", NOW, before={"b": 1, "a": None}, after=None)


async def imposed(store: ModerationStore, made: Sanction) -> Sanction:
    await store.impose(made, entry())
    return made


async def test_a_sanction_stands_until_its_time(store: ModerationStore) -> None:
    made = await imposed(store, sanction(until_ms=NOW + 1000))
    assert await store.by_id(made.sanction_id) == made
    assert await store.standing(MINA, NOW + 999) == [made]
    assert await store.standing(MINA, NOW + 1000) == []
    assert await store.standing(LUO, NOW) == []


async def test_the_sanctions_of_many_are_one_question(store: ModerationStore) -> None:
    made = await imposed(store, sanction(until_ms=NOW + 1000))
    assert await store.standing_of([LUO, MINA], NOW + 999) == {MINA: [made], LUO: []}
    assert await store.standing_of([LUO, MINA], NOW + 1000) == {MINA: [], LUO: []}


async def test_a_sanction_without_a_time_stands_until_lifted(store: ModerationStore) -> None:
    made = await imposed(store, sanction())
    assert await store.standing(MINA, NOW + 10**12) == [made]
    lifted = await store.lift(made.sanction_id, OPS, NOW + 5, entry("sanction.lift"))
    assert lifted == replace(made, lifted_by=OPS, lifted_at_ms=NOW + 5)
    assert await store.by_id(made.sanction_id) == lifted
    assert await store.standing(MINA, NOW + 5) == []


async def test_what_does_not_stand_cannot_be_lifted_and_leaves_no_audit_row(store: ModerationStore) -> None:
    lifted, over = await imposed(store, sanction()), await imposed(store, sanction(LUO, until_ms=NOW + 1))
    await store.lift(lifted.sanction_id, OPS, NOW, entry("sanction.lift"))
    for name in (lifted.sanction_id, over.sanction_id, new_id()):
        with pytest.raises(SanctionOver):
            await store.lift(name, OPS, NOW + 1, entry("sanction.lift again"))
    assert [each.entry.action for each in await store.audit_page(None, None, None, 10)] == [
        "sanction.lift",
        "sanction.impose",
        "sanction.impose",
    ]


@pytest.mark.parametrize(("stands", "asked"), [(None, NOW + 5), (None, None), (NOW + 5, NOW + 5), (NOW + 5, NOW + 4)])
async def test_a_sanction_that_adds_nothing_is_refused(
    store: ModerationStore, stands: int | None, asked: int | None
) -> None:
    first = await imposed(store, sanction(until_ms=stands))
    with pytest.raises(AlreadySanctioned) as refused:
        await imposed(store, sanction(until_ms=asked))
    assert refused.value.extra == {"sanction": first.sanction_id}
    assert len(await store.audit_page(None, None, None, 10)) == 1


async def test_a_longer_one_and_one_of_another_scope_are_taken(store: ModerationStore) -> None:
    await imposed(store, sanction(until_ms=NOW + 5))
    await imposed(store, sanction(until_ms=NOW + 6))
    await imposed(store, sanction(until_ms=None))
    await imposed(store, sanction(scope=Scope.PLATFORM))
    await imposed(store, sanction(LUO))
    assert len(await store.standing(MINA, NOW)) == 4


async def test_of_many_at_once_one_is_imposed_and_one_lifts_it(store: ModerationStore) -> None:
    tries = await asyncio.gather(*(imposed(store, sanction()) for _ in range(6)), return_exceptions=True)
    (made,) = [each for each in tries if isinstance(each, Sanction)]
    lifts = (store.lift(made.sanction_id, OPS, NOW, entry("sanction.lift")) for _ in range(6))
    lifted = await asyncio.gather(*lifts, return_exceptions=True)
    assert sum(isinstance(each, Sanction) for each in lifted) == 1
    assert len(await store.audit_page(None, None, None, 10)) == 2


async def test_on_postgresql_with_its_many_writers_one_is_imposed_too(on_postgres: Database) -> None:
    await test_of_many_at_once_one_is_imposed_and_one_lifts_it(SqlModeration(on_postgres))


async def test_sanctions_are_listed_newest_first_page_by_page(store: ModerationStore) -> None:
    users = enumerate((MINA, LUO, new_id(), new_id()))
    made = [await imposed(store, replace(sanction(user), sanction_id=f"{number:026}")) for number, user in users]
    assert await store.page(None, None, 2) == [made[3], made[2]]
    assert await store.page(None, made[2].sanction_id, 2) == [made[1], made[0]]
    assert await store.page(LUO, None, 10) == [made[1]]
    assert await store.page(None, made[0].sanction_id, 10) == []


async def test_the_audit_log_is_listed_newest_first_by_actor_and_subject(store: ModerationStore) -> None:
    for number, (actor, subject) in enumerate([(OPS, "user:a"), (OPS, "user:b"), (LUO, "user:a")]):
        made = replace(sanction(new_id()), sanction_id=f"{number:026}")
        await store.impose(made, entry(subject=subject, actor=actor))
    everything = await store.audit_page(None, None, None, 10)
    assert [each.entry for each in everything] == [
        entry(subject="user:a", actor=LUO),
        entry(subject="user:b"),
        entry(subject="user:a"),
    ]
    assert await store.audit_page(OPS, None, None, 1) == [everything[1]]
    assert await store.audit_page(None, "user:a", None, 10) == [everything[0], everything[2]]
    assert await store.audit_page(None, None, everything[1].number, 10) == [everything[2]]


async def test_an_audit_row_goes_away_with_the_transaction_that_fails(database: Database) -> None:
    async def failing() -> None:
        async with database.write() as transaction:
            await append(transaction, entry())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await failing()
    assert await SqlModeration(database).audit_page(None, None, None, 10) == []


@pytest.mark.parametrize("change", [update(audit_log).values(reason="nothing"), delete(audit_log)])
async def test_the_database_itself_refuses_to_change_the_audit_log(database: Database, change: object) -> None:
    store = SqlModeration(database)
    await store.impose(sanction(), entry())
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as transaction:
            await transaction.execute(change)  # type: ignore[call-overload]
    assert [each.entry for each in await store.audit_page(None, None, None, 10)] == [entry()]
