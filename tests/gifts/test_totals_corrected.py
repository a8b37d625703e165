"""Who takes his coins back has given nothing: no line in the list, no fan level. On both databases."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from foundation.lease import next_fence
from foundation.sql import Transaction
from gifts import totals_corrected
from gifts.ledger import Gift
from gifts.money.corrections import Corrections
from gifts.outbox import RELAY, SqlOutbox
from gifts.spans import DAY_MS, Days
from gifts.store_sql import SqlLedger
from gifts.totals import Patron, SqlTotals
from gifts.totals_corrected import taken_back
from gifts.verify import ledger_verify
from tests.clocks import ToldClock
from tests.gifts.scene import Scene
from tests.gifts.world import OTHER_ROOM, ROOM, FrailDatabase, commit, order

EVER = Days(0, 10**6)


@pytest.fixture
def corrections(either: FrailDatabase, clock: ToldClock) -> Corrections:
    return Corrections(either, clock)


async def relay_all(database: FrailDatabase) -> None:
    outbox = SqlOutbox(database)
    await outbox.finish(await next_fence(database, RELAY), await outbox.unsent(1000))


async def give(ledger: SqlLedger, coins: int, sender: str = "vera", room: str = ROOM) -> Gift:
    [sent] = await commit(ledger, order(sender, coins=coins, room=room))
    return sent


async def refund(corrections: Corrections, gift: Gift) -> None:
    await corrections.refund("root", gift.id, "charged back", gift.id)


async def test_a_gift_that_was_taken_back_leaves_the_list_and_the_fan_level(
    ledger: SqlLedger, either: FrailDatabase, corrections: Corrections, clock: ToldClock
) -> None:
    totals = SqlTotals(either)
    early = await give(ledger, 10)
    clock.advance(5)
    kept = await give(ledger, 20)
    clock.advance(5)
    late = await give(ledger, 30)
    elsewhere = await give(ledger, 7, room=OTHER_ROOM)
    clock.advance(DAY_MS)
    tomorrow = await give(ledger, 40)
    await relay_all(either)
    waiting = await give(ledger, 80)
    for gift in (early, late):
        await refund(corrections, gift)
    today = Days(kept.accepted_at_ms // DAY_MS, kept.accepted_at_ms // DAY_MS)
    assert await totals.contributors(ROOM, today, 9) == [Patron("vera", "Vera", 20, 1, kept.accepted_at_ms)]
    assert await totals.given([("anna", "vera")]) == {("anna", "vera"): 20 + 7 + 40}
    assert (await ledger_verify(either)).holds
    for gift in (kept, elsewhere, tomorrow):
        await refund(corrections, gift)
    assert await totals.contributors(ROOM, EVER, 9) == await totals.contributors(OTHER_ROOM, EVER, 9) == []
    await relay_all(either)
    assert await totals.given([("anna", "vera")]) == {("anna", "vera"): waiting.coins}
    assert (await ledger_verify(either, drained=True)).holds


async def test_of_equals_who_was_there_first_stands_higher_after_a_gift_was_taken_back(
    ledger: SqlLedger, either: FrailDatabase, corrections: Corrections, clock: ToldClock
) -> None:
    await ledger.grant_starter("wang", 100)
    await give(ledger, 50)
    clock.advance(1)
    await give(ledger, 50, "wang")
    clock.advance(1)
    last = await give(ledger, 1)
    await relay_all(either)
    await refund(corrections, last)
    found = await SqlTotals(either).contributors(ROOM, EVER, 9)
    assert [each.user for each in found] == ["vera", "wang"], "he stood at 50 first, though he has given later"


async def test_a_gift_that_is_taken_back_before_the_relay_has_seen_it_is_in_no_total(
    ledger: SqlLedger, either: FrailDatabase, corrections: Corrections
) -> None:
    await refund(corrections, await give(ledger, 10))
    await give(ledger, 20)
    assert (await ledger_verify(either)).holds
    await relay_all(either)
    assert [each.coins for each in await SqlTotals(either).contributors(ROOM, EVER, 9)] == [20]
    assert (await ledger_verify(either, drained=True)).holds


async def test_taking_back_and_relaying_at_one_time_leave_each_gift_in_or_out(
    ledger: SqlLedger, either: FrailDatabase, corrections: Corrections
) -> None:
    for _ in range(10):
        sent = [await give(ledger, 1) for _ in range(4)]
        await asyncio.gather(relay_all(either), *(refund(corrections, gift) for gift in sent[:3]))
    assert [each.coins for each in await SqlTotals(either).contributors(ROOM, EVER, 9)] == [10]
    assert (await ledger_verify(either, drained=True)).holds


async def test_who_takes_a_gift_back_waits_for_the_relay_that_is_just_counting_it(
    ledger: SqlLedger, either: FrailDatabase, corrections: Corrections, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await give(ledger, 10)
    looked, go = asyncio.Event(), asyncio.Event()

    async def slowly(transaction: Transaction, gift_ids: Collection[str]) -> set[str]:
        found = await taken_back(transaction, gift_ids)
        looked.set()
        await go.wait()
        return found

    monkeypatch.setattr("gifts.outbox.taken_back", slowly)
    counting = asyncio.create_task(relay_all(either))
    await looked.wait()
    taking = asyncio.create_task(refund(corrections, sent))
    await asyncio.wait({taking}, timeout=0.3)
    go.set()
    await asyncio.gather(counting, taking)
    assert await SqlTotals(either).contributors(ROOM, EVER, 9) == []
    assert (await ledger_verify(either, drained=True)).holds


async def test_the_relay_that_counts_another_gift_waits_for_who_sums_the_line_again(
    ledger: SqlLedger, either: FrailDatabase, corrections: Corrections, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, _ = await give(ledger, 10), await give(ledger, 20)
    await relay_all(either)
    await give(ledger, 40)
    summed, go, rest = asyncio.Event(), asyncio.Event(), totals_corrected._rest

    async def slowly(*line: Any) -> dict[str, Any]:
        found = await rest(*line)
        summed.set()
        await go.wait()
        return found

    monkeypatch.setattr("gifts.totals_corrected._rest", slowly)
    taking = asyncio.create_task(refund(corrections, sent))
    await summed.wait()
    counting = asyncio.create_task(relay_all(either))
    await asyncio.wait({counting}, timeout=0.3)
    go.set()
    await asyncio.gather(counting, taking)
    assert [each.coins for each in await SqlTotals(either).contributors(ROOM, EVER, 9)] == [60]
    assert (await ledger_verify(either, drained=True)).holds


async def test_the_check_tells_a_taken_back_gift_that_is_still_in_the_sums(
    ledger: SqlLedger, either: FrailDatabase, corrections: Corrections, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await give(ledger, 10)
    await relay_all(either)

    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr("gifts.money.corrections.take_out_of_totals", nothing)
    await refund(corrections, sent)
    [broken] = [check.name for check in (await ledger_verify(either)).checks if not check.holds]
    assert broken == "totals = gifts"


async def test_the_next_gift_of_who_took_his_back_has_the_level_that_is_left(scene: Scene) -> None:
    relay, lease = scene.relay(), await scene.lease()
    [dear] = await scene.give(5000)
    await relay.drain(lease)
    [waits] = await scene.give(4000)
    for gift in (dear, waits):
        await refund(Corrections(scene.database, scene.clock), gift)
    await relay.drain(lease)
    for _ in range(2):
        await scene.give(1)
        await relay.drain(lease)
    told = [each.body["from"] for each in scene.feed.messages if each.room == ROOM and each.type == "gift.sent"]
    assert told[0]["fan_level"] == 5  # type: ignore[index]
    assert [each["fan_level"] for each in told[2:]] == [1, 1]  # type: ignore[index]
    assert (await ledger_verify(scene.database, drained=True)).holds
