"""The catalogue that ops change: versions that are only added, one winner of two who change the same one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import orjson
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from accounts.principal import Principal, Role
from foundation.bus import MemoryBus
from foundation.errors import Refusal
from gifts.catalogue import ITEMS, Item
from gifts.catalogue_keeper import CatalogueKeeper
from gifts.catalogue_service import CatalogueOffice
from gifts.luck import Chance
from gifts.store_sql_catalogue import Change, SqlCatalogue
from gifts.tables_play import items
from moderation.tables import audit_log
from tests.clocks import ToldClock
from tests.gifts.world import FrailDatabase
from tests.waiting import until

OLGA = Principal("olga", "Olga", frozenset({Role.ADMIN}))
TEDDY = Item(
    "teddy", 700, 3, "\N{TEDDY BEAR}", "pop", (("en", "Teddy"), ("zh", "泰迪熊")), odds=(Chance(2), Chance(1, win=1))
)


@pytest.fixture
def store(either: FrailDatabase) -> SqlCatalogue:
    return SqlCatalogue(either)


@pytest.fixture
async def keeper(store: SqlCatalogue, bus: MemoryBus, clock: ToldClock) -> AsyncIterator[CatalogueKeeper]:
    made = CatalogueKeeper(store, bus, clock, every_s=3600)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def office(store: SqlCatalogue, keeper: CatalogueKeeper, clock: ToldClock) -> CatalogueOffice:
    return CatalogueOffice(store, keeper, clock)


async def knows(keeper: CatalogueKeeper, item: Item) -> bool:
    return keeper.catalogue.find(item.id) == item


async def refusal(act: object) -> str:
    with pytest.raises(Refusal) as refused:
        await act  # type: ignore[misc]
    return refused.value.code


async def test_an_empty_catalogue_begins_with_the_built_in_gifts_once(
    store: SqlCatalogue, keeper: CatalogueKeeper, clock: ToldClock
) -> None:
    assert list(keeper.catalogue) == list(ITEMS)
    assert not await store.seed(ITEMS, clock.now_ms())
    assert await store.rows() == len(ITEMS)


async def test_processes_that_start_together_begin_with_one_catalogue(
    store: SqlCatalogue, bus: MemoryBus, clock: ToldClock
) -> None:
    keepers = [CatalogueKeeper(store, bus, clock) for _ in range(4)]
    await asyncio.gather(*(keeper.reconcile() for keeper in keepers))
    assert await store.rows() == len(ITEMS)
    assert all(list(keeper.catalogue) == list(ITEMS) for keeper in keepers)


async def test_a_new_gift_is_there_with_who_made_it_and_why(office: CatalogueOffice, clock: ToldClock) -> None:
    made = await office.create(OLGA, TEDDY, "for winter")
    assert (made.item, made.available) == (TEDDY, True)
    assert TEDDY in [each.item for each in await office.listed()]
    [only] = await office.history("teddy", None, 10)
    assert (only.item, only.operator, only.reason, only.at_ms) == (TEDDY, "olga", "for winter", clock.now_ms())


async def test_a_change_is_a_version_more_and_the_older_ones_stay(office: CatalogueOffice) -> None:
    await office.create(OLGA, TEDDY, "for winter")
    dearer = await office.change(OLGA, replace(TEDDY, price=800, odds=None), "too cheap")
    assert (dearer.item.version, dearer.item.price) == (2, 800)
    assert [(each.item.version, each.item.price) for each in await office.history("teddy", None, 10)] == [
        (2, 800),
        (1, 700),
    ]
    assert [each.item.version for each in await office.history("teddy", 2, 10)] == [1]


async def test_what_was_changed_meanwhile_is_not_overwritten(office: CatalogueOffice) -> None:
    await office.create(OLGA, TEDDY, "for winter")
    await office.change(OLGA, replace(TEDDY, price=800), "too cheap")
    with pytest.raises(Refusal) as stale:
        await office.change(OLGA, replace(TEDDY, price=600), "too dear")
    assert (stale.value.code, stale.value.extra) == ("gift-stale", {"version": 2})
    assert await refusal(office.change(OLGA, replace(TEDDY, version=3), "")) == "gift-stale"
    assert await refusal(office.withdraw(OLGA, "teddy", 1, "")) == "gift-stale"


async def test_of_many_who_change_one_version_at_once_one_wins(office: CatalogueOffice, store: SqlCatalogue) -> None:
    await office.create(OLGA, TEDDY, "for winter")
    wishes = [office.change(OLGA, replace(TEDDY, price=price), "race") for price in range(2, 12)]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    won = [each for each in outcomes if not isinstance(each, BaseException)]
    assert len(won) == 1
    assert {each.code for each in outcomes if isinstance(each, Refusal)} == {"gift-stale"}
    assert [each.item for each in await store.history("teddy", None, 10)] == [won[0].item, TEDDY]


async def test_a_gift_that_is_there_is_not_made_again_nor_one_changed_that_is_not(office: CatalogueOffice) -> None:
    assert await refusal(office.create(OLGA, replace(TEDDY, id="rose"), "")) == "gift-exists"
    assert await refusal(office.change(OLGA, TEDDY, "")) == "gift-unknown"
    assert await refusal(office.withdraw(OLGA, "teddy", 1, "")) == "gift-unknown"
    assert await refusal(office.history("teddy", None, 10)) == "gift-unknown"


async def test_who_withdraws_a_gift_keeps_everything_else_of_it(office: CatalogueOffice) -> None:
    await office.create(OLGA, TEDDY, "for winter")
    gone = await office.withdraw(OLGA, "teddy", 1, "spring")
    assert (gone.item, gone.available) == (replace(TEDDY, version=2, enabled=False), False)


async def test_odds_that_give_back_more_than_the_price_are_refused(office: CatalogueOffice) -> None:
    generous = replace(TEDDY, odds=(Chance(1, win=2), Chance(1)))
    assert (await office.create(OLGA, generous, "fair")).item.odds == generous.odds
    with pytest.raises(Refusal) as refused:
        await office.change(OLGA, replace(generous, odds=(Chance(999_999, win=1), Chance(1, win=2))), "generous")
    assert (refused.value.code, refused.value.extra) == ("odds-too-generous", {"expected_return_bp": 10_001})
    assert [each.item.version for each in await office.history("teddy", None, 10)] == [1]


async def test_each_change_is_in_the_audit_log_if_and_only_if_it_is_there(
    office: CatalogueOffice, either: FrailDatabase
) -> None:
    await office.create(OLGA, TEDDY, "for winter")
    await office.withdraw(OLGA, "teddy", 1, "spring")
    assert await refusal(office.withdraw(OLGA, "teddy", 1, "again")) == "gift-stale"
    either.fail_before = 1
    with pytest.raises(ConnectionResetError):
        await office.change(OLGA, replace(TEDDY, version=2), "cut off")
    async with either.read() as transaction:
        rows = (await transaction.execute(select(audit_log).order_by(audit_log.c.number))).all()
    assert [(row.actor, row.action, row.subject, row.reason) for row in rows] == [
        ("olga", "gift.create", "gift:teddy", "for winter"),
        ("olga", "gift.withdraw", "gift:teddy", "spring"),
    ]
    assert rows[0].before is None
    before, after = orjson.loads(rows[1].before), orjson.loads(rows[1].after)
    assert (before["enabled"], after["enabled"], after["odds"]) == (True, False, "[[2,1,0],[1,1,1]]")


async def test_history_cannot_be_rewritten(either: FrailDatabase, keeper: CatalogueKeeper) -> None:
    for act in (update(items).values(price=2), delete(items)):
        with pytest.raises(DBAPIError, match="append-only"):
            async with either.write() as transaction:
                await transaction.execute(act)


async def test_other_processes_hear_of_a_change_at_once(
    office: CatalogueOffice, store: SqlCatalogue, bus: MemoryBus, clock: ToldClock
) -> None:
    other = CatalogueKeeper(store, bus, clock, every_s=3600)
    await other.start()
    await office.create(OLGA, TEDDY, "for winter")
    await until(lambda: knows(other, TEDDY), "the change is known")
    await other.close()


async def test_a_change_whose_doorbell_nobody_heard_is_read_all_the_same(
    store: SqlCatalogue, bus: MemoryBus, clock: ToldClock
) -> None:
    other = CatalogueKeeper(store, MemoryBus(), clock, every_s=0.01)
    await other.start()
    await store.add(TEDDY, Change("olga", "gift.create", "", clock.now_ms()))
    await until(lambda: knows(other, TEDDY), "the change is known")
    await other.close()


async def test_while_sql_is_away_the_catalogue_is_as_it_was(
    store: SqlCatalogue, bus: MemoryBus, clock: ToldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    async def away() -> int:
        nonlocal asked
        asked += 1
        raise ConnectionRefusedError

    async def asked_again(before: int) -> bool:
        return asked > before

    keeper = CatalogueKeeper(store, bus, clock, every_s=0.01)
    with monkeypatch.context() as cut:
        cut.setattr(store, "rows", away)
        with pytest.raises(ConnectionRefusedError):
            await keeper.start()
        await keeper.start(patient=True)
        assert list(keeper.catalogue) == []
    await until(lambda: knows(keeper, ITEMS[0]), "the catalogue is there")
    with monkeypatch.context() as cut:
        cut.setattr(store, "rows", away)
        asked_before = asked
        await until(lambda: asked_again(asked_before), "SQL was asked")
        assert list(keeper.catalogue) == list(ITEMS)
    await keeper.close()


async def test_a_read_that_comes_late_does_not_bring_an_older_catalogue_back(
    store: SqlCatalogue, keeper: CatalogueKeeper, clock: ToldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = await store.read()
    await store.add(TEDDY, Change("olga", "gift.create", "", clock.now_ms()))
    await keeper.reconcile()

    async def rows() -> int:
        return older[0]

    async def read() -> tuple[int, list[Item]]:
        return older

    monkeypatch.setattr(store, "rows", rows)
    monkeypatch.setattr(store, "read", read)
    await keeper.reconcile()
    assert await knows(keeper, TEDDY)
