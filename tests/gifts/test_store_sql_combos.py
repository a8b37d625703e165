"""Combos made again from the ledger are those that Redis had: whole, and of what is through the outbox alone."""

from typing import Any

import pytest

from foundation.lease import next_fence
from gifts.ledger import Gift
from gifts.outbox import RELAY, SqlOutbox
from gifts.store_memory import MemoryBoard
from gifts.store_sql import SqlLedger
from gifts.store_sql_combos import SqlCombos
from gifts.windows import SqlScoring
from tests.clocks import ToldClock
from tests.gifts.world import OTHER_ROOM, ROOM, FrailDatabase, commit, order, window

COMBO_MS = 5000


@pytest.fixture
def combos(either: FrailDatabase) -> SqlCombos:
    return SqlCombos(either, COMBO_MS)


async def give(ledger: SqlLedger, count: int = 1, **changes: Any) -> Gift:
    [sent] = await commit(ledger, order(count=count, coins=1, **changes))
    return sent


async def relay_all(database: FrailDatabase) -> None:
    outbox = SqlOutbox(database)
    await outbox.finish(await next_fence(database, RELAY), await outbox.unsent(1000))


async def test_a_combo_is_found_whole_however_far_back_it_has_begun(
    ledger: SqlLedger, either: FrailDatabase, combos: SqlCombos, clock: ToldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gifts.store_sql_combos.PAGE", 2)
    await give(ledger, 100)  # of another combo of his
    clock.advance(COMBO_MS + 1)
    first = await give(ledger)
    for _ in range(9):
        clock.advance(COMBO_MS - 1)
        await give(ledger, 2)
        await give(ledger, item="cake")
        await ledger.grant_starter("wang", 10)
    last = await give(ledger, sender="wang")
    await relay_all(either)
    now = clock.now_ms()
    found = await combos.between(now, now)
    assert [(each.id, each.who, each.count) for each in found if each.item == "rose"] == [
        (first.id, "vera:rose:anna", 19),
        (last.id, "wang:rose:anna", 1),
    ]
    assert [each.count for each in found if each.item == "cake"] == [9]
    assert (await combos.between(now + 1, now + COMBO_MS)) == []
    monkeypatch.setattr("gifts.store_sql_combos.MOST_NAMED", 0)
    assert await combos.between(now, now) == found
    monkeypatch.setattr("gifts.store_sql_combos.LONGEST_MS", COMBO_MS)
    assert [each.count for each in await combos.between(now, now) if each.item == "rose"] == [4, 1], "the last part"


async def test_what_waits_in_the_outbox_is_no_piece_yet(
    ledger: SqlLedger, either: FrailDatabase, combos: SqlCombos, clock: ToldClock
) -> None:
    assert await combos.waiting_since_ms() is None
    first = await give(ledger, 2)
    await relay_all(either)
    clock.advance(10)
    waiting = await give(ledger, 3)
    clock.advance(10)
    await give(ledger, 3)
    assert await combos.waiting_since_ms() == waiting.accepted_at_ms
    [found] = await combos.between(first.accepted_at_ms, clock.now_ms())
    assert (found.id, found.count, found.last_at_ms) == (first.id, 2, first.accepted_at_ms)


async def test_a_combo_of_a_battle_was_seen_in_all_its_rooms(
    ledger: SqlLedger, either: FrailDatabase, combos: SqlCombos, clock: ToldClock
) -> None:
    scoring = SqlScoring(either, MemoryBoard(COMBO_MS))
    async with either.write() as transaction:
        await scoring.open_windows(transaction, [window("anna"), window("bo", "blue")])
    sent = await give(ledger, asked_for="gus", guest="gus", guest_name="Gus")
    await relay_all(either)
    [found] = await combos.between(sent.accepted_at_ms, clock.now_ms())
    assert (found.rooms, found.guest, found.who) == ((ROOM, OTHER_ROOM), "gus", "vera:rose:gus")
