"""What a host was given while he was on air: the figures are those of the ledger. On both databases."""

from typing import Any

from sqlalchemy import event, func, select

from foundation.ids import is_id, lowest_id
from foundation.lease import next_fence
from foundation.sql import Database
from gifts.ledger import DIAMOND, account_of
from gifts.money.corrections import Corrections
from gifts.outbox import RELAY, SqlOutbox
from gifts.store_sql import SqlLedger
from gifts.tables import balances, entries
from gifts.takings import BEHIND_MS, Takings
from tests.clocks import ToldClock
from tests.gifts.world import OTHER_ROOM, FrailDatabase, commit, order

NOTHING = {"gifts": 0, "givers": 0, "coins": 0, "diamonds": 0}


async def relay_all(database: FrailDatabase) -> None:
    outbox = SqlOutbox(database)
    await outbox.finish(await next_fence(database, RELAY), await outbox.unsent(1000))


async def booked(database: Database) -> int:
    """The diamonds that the entries have given anna and not taken back."""
    async with database.read() as transaction:
        mine = select(func.sum(entries.c.amount)).where(entries.c.account == account_of("anna", DIAMOND))
        held = select(balances.c.amount).where(balances.c.account == account_of("anna", DIAMOND))
        total = int((await transaction.execute(mine)).scalar_one())
        assert total == (await transaction.execute(held)).scalar_one()
    return total


async def test_the_diamonds_of_a_span_are_those_of_the_ledger(
    ledger: SqlLedger, either: FrailDatabase, clock: ToldClock
) -> None:
    """Relayed and waiting ones, from his own room and from another, one too small for a diamond, one taken back."""
    assert await ledger.grant_starter("wang", 1000)
    began = clock.now_ms()
    [undone, *_] = await commit(ledger, order(coins=40), order("wang", coins=30, room=OTHER_ROOM))
    await commit(ledger, order(recipient="bo", coins=500))
    await relay_all(either)
    await Corrections(either, clock).refund("root", undone.id, "charged back", undone.id)
    await commit(ledger, order(coins=1), order("wang", coins=11))
    clock.advance(10)
    [found] = await Takings(either).of("anna", [(began, clock.now_ms())])
    assert found == {"gifts": 3, "givers": 2, "coins": 42, "diamonds": 20}
    assert found["diamonds"] == await booked(either)


async def test_each_gift_is_in_the_span_in_which_it_was_accepted_and_in_no_other(
    ledger: SqlLedger, either: FrailDatabase, clock: ToldClock
) -> None:
    began = clock.now_ms()
    for coins in (10, 20, 40):
        await commit(ledger, order(coins=coins))
        clock.advance(1)
    await relay_all(either)
    spans = [(began, began + 2), (began + 2, began + 3), (began + 3, began + 9), (began, began + 3), (began, began)]
    found = await Takings(either).of("anna", spans)
    assert [each["coins"] for each in found] == [30, 40, 0, 70, 0]
    assert found[2] == NOTHING
    assert await Takings(either).of("bo", spans[:1]) == [NOTHING]
    assert await Takings(either).of("anna", []) == []


async def test_of_a_span_that_is_over_only_the_gifts_of_its_time_are_looked_at(
    ledger: SqlLedger, either: FrailDatabase, clock: ToldClock
) -> None:
    """By their ids, which the key has in order; an hour is for a clock that was set back."""
    began = clock.now_ms()
    await commit(ledger, order(coins=10))
    clock.advance(BEHIND_MS)
    await commit(ledger, order(coins=20))
    await relay_all(either)
    said: list[str] = []

    def heard(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: object) -> None:
        said.append(statement)
        bounds.extend(each for each in _values(parameters) if isinstance(each, str) and is_id(each))

    bounds: list[str] = []
    event.listen(either.engine.sync_engine, "before_cursor_execute", heard)
    [found] = await Takings(either).of("anna", [(began, began + 1)])
    event.remove(either.engine.sync_engine, "before_cursor_execute", heard)
    assert found["coins"] == 10
    assert bounds == [lowest_id(began), lowest_id(began + 1 + BEHIND_MS)]
    assert "gifts.id >= " in said[-1] and "gifts.id < " in said[-1]


def _values(parameters: Any) -> list[object]:
    return list(parameters.values() if isinstance(parameters, dict) else parameters)
