"""Sending: who may, what there is, where it goes; refusals leave nothing behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from accounts.principal import Principal, Role
from foundation.bus import MemoryBus
from foundation.errors import Refusal
from foundation.sql import Database
from gifts.events import GiftsCommitted
from gifts.service import GiftService, SendGift, StagePerson
from gifts.settings import GiftSettings
from gifts.tables import gifts, outbox, transfers
from moderation.gate import Scope
from tests.clocks import ToldClock
from tests.gifts.world import ANNA, BO, ROOM, VERA, ToldGate, ToldStages

HOST = Principal("anna", "Anna", frozenset({Role.HOST}))


@pytest.fixture
def stages() -> ToldStages:
    return ToldStages()


@pytest.fixture
def gate() -> ToldGate:
    return ToldGate()


@pytest.fixture
async def service(
    database: Database, clock: ToldClock, bus: MemoryBus, gate: ToldGate, stages: ToldStages, settings: GiftSettings
) -> AsyncIterator[GiftService]:
    made = GiftService(database, clock, bus, gate, stages, settings)
    await made.start()
    await made.grant_starter("vera")
    yield made
    await made.close()


def wish(gift: str = "rose", count: int = 1, to: str | None = None, key: str = "key") -> SendGift:
    return SendGift(gift, count, to, key)


async def refusal(service: GiftService, made: SendGift, who: Principal = VERA, room: str = ROOM) -> str:
    with pytest.raises(Refusal) as refused:
        await service.send(who, room, made)
    return refused.value.code


async def stored(database: Database) -> list[int]:
    async with database.read() as transaction:
        return [
            int((await transaction.execute(select(func.count()).select_from(table))).scalar_one())
            for table in (gifts, transfers, outbox)
        ]


async def test_a_gift_goes_to_the_host_of_the_room(service: GiftService) -> None:
    sent = await service.send(VERA, ROOM, wish("cake", 3))
    assert (sent.gift.recipient, sent.gift.recipient_name) == ("anna", "Anna")
    assert (sent.gift.coins, sent.gift.balance, sent.replayed) == (300, 700, False)


async def test_in_a_battle_a_gift_may_go_to_the_other_host(service: GiftService, stages: ToldStages) -> None:
    stages.battle()
    sent = await service.send(VERA, ROOM, wish(to="bo"))
    assert (sent.gift.recipient, sent.gift.room) == ("bo", ROOM)


async def test_without_a_battle_the_other_host_is_not_on_the_stage(service: GiftService) -> None:
    assert await refusal(service, wish(to="bo")) == "recipient-unknown"


async def test_a_gift_to_a_guest_is_earned_by_his_host_and_its_row_names_the_guest(
    service: GiftService, stages: ToldStages
) -> None:
    stages.battle()
    stages.guests = [StagePerson("gus", "Gus", BO)]
    gift = (await service.send(VERA, ROOM, wish(to="gus"))).gift
    assert (gift.recipient, gift.recipient_name) == ("bo", "Bo")
    assert (gift.asked_for, gift.asked_for_name) == ("gus", "Gus")
    again = await service.send(VERA, ROOM, wish(to="gus"))
    assert (again.replayed, again.gift) == (True, gift)
    assert (await service.send(VERA, ROOM, wish(to="bo", key="2"))).gift.asked_for is None
    assert (await service.wallet("bo")).diamonds == 2 * gift.diamonds
    assert (await service.wallet("gus")).diamonds == 0


async def test_neither_a_guest_nor_his_host_pays_himself(service: GiftService, stages: ToldStages) -> None:
    stages.guests = [StagePerson("gus", "Gus", ANNA)]
    for who in (HOST, Principal("gus", "Gus", frozenset())):
        assert await refusal(service, wish(to="gus"), who) == "gift-to-self"
    stages.guests = []
    assert await refusal(service, wish(to="gus")) == "recipient-unknown"


@pytest.mark.parametrize("count", [0, -1, 1000, 2**70])
async def test_a_wrong_count_is_refused(service: GiftService, count: int) -> None:
    assert await refusal(service, wish(count=count)) == "gift-count-invalid"


@pytest.mark.parametrize("count", [1, 999])
async def test_the_bounds_of_the_count_are_allowed(service: GiftService, count: int) -> None:
    await service._ledger.grant_starter("rich", 10_000)
    sent = await service.send(Principal("rich", "Rich", frozenset()), ROOM, wish(count=count))
    assert sent.gift.count == count


@pytest.mark.parametrize("key", ["", "a" * 129, "with space", "ключ", "line\n"])
async def test_a_key_must_be_short_and_visible(service: GiftService, key: str) -> None:
    assert await refusal(service, wish(key=key)) == "idempotency-key-invalid"


async def test_every_other_fault_has_its_own_code(
    service: GiftService, stages: ToldStages, gate: ToldGate, database: Database
) -> None:
    before = await stored(database)
    assert await refusal(service, wish("no-such-gift")) == "gift-unknown"
    assert await refusal(service, wish("crown")) == "insufficient-coins"
    assert await refusal(service, wish(), HOST) == "gift-to-self"
    assert await refusal(service, wish(to="anna"), HOST) == "gift-to-self"
    assert await refusal(service, wish(to="nobody")) == "recipient-unknown"
    assert await refusal(service, wish(), room="no-such-room") == "not-live"
    gate.muted.add(("vera", Scope.GIFT))
    assert await refusal(service, wish()) == "sanctioned"
    assert await stored(database) == before, "a refused gift leaves nothing behind"


async def test_a_key_that_was_refused_may_be_used_again(service: GiftService, stages: ToldStages) -> None:
    host = stages.live.pop(ROOM)
    assert await refusal(service, wish(key="k")) == "not-live"
    stages.live[ROOM] = host
    assert not (await service.send(VERA, ROOM, wish(key="k"))).replayed


async def test_a_retry_is_answered_though_the_broadcast_has_ended_since(
    service: GiftService, stages: ToldStages, gate: ToldGate
) -> None:
    first = await service.send(VERA, ROOM, wish(key="k"))
    stages.live.clear()
    gate.muted.add(("vera", Scope.GIFT))
    again = await service.send(VERA, ROOM, wish(key="k"))
    assert again.replayed and again.gift == first.gift
    assert await refusal(service, wish(key="k", count=2)) == "idempotency-conflict"


async def test_the_same_key_for_another_wish_is_a_conflict(service: GiftService) -> None:
    await service.send(VERA, ROOM, wish(key="k"))
    assert await refusal(service, wish(key="k", count=2)) == "idempotency-conflict"
    assert await refusal(service, wish("cake", key="k")) == "idempotency-conflict"


async def test_twenty_equal_requests_at_once_are_one_gift(service: GiftService, database: Database) -> None:
    answers = await asyncio.gather(*(service.send(VERA, ROOM, wish(key="k")) for _ in range(20)))
    assert len({each.gift for each in answers}) == 1
    assert sum(not each.replayed for each in answers) == 1
    assert (await service.wallet("vera")).coins == 990


async def test_the_relay_is_rung_for_after_a_gift(service: GiftService, bus: MemoryBus) -> None:
    async with bus.subscribe(GiftsCommitted) as bell:
        await service.send(VERA, ROOM, wish())
        await asyncio.wait_for(anext(bell), 5)


async def test_a_wallet_shows_both_sides_of_a_gift(service: GiftService) -> None:
    sent = await service.send(VERA, ROOM, wish("cake", 2))
    mine, hers = await service.wallet("vera"), await service.wallet("anna")
    assert (mine.coins, mine.diamonds) == (800, 0)
    assert [(each.kind, each.amount, each.item, each.count) for each in mine.entries] == [
        ("gift-coins", -200, "cake", 2),
        ("starter-grant", 1000, None, None),
    ]
    assert (hers.coins, hers.diamonds) == (0, 100)
    assert [(each.kind, each.amount, each.gift_id, each.sender_name) for each in hers.entries] == [
        ("gift-diamonds", 100, sent.gift.id, "Vera")
    ]


async def test_a_wallet_is_read_page_by_page(service: GiftService) -> None:
    for number in range(5):
        await service.send(VERA, ROOM, wish(key=f"k{number}"))
    seen, before = [], None
    for _ in range(3):
        page = await service.wallet("vera", before=before, most=2)
        seen += [each.id for each in page.entries]
        before = page.next_before
    assert len(seen) == 6 and before is None
    assert seen == sorted(seen, reverse=True)


async def test_a_new_user_gets_his_coins_once(service: GiftService) -> None:
    assert await service.grant_starter("wang")
    assert not await service.grant_starter("wang")
    assert (await service.wallet("wang")).coins == 1000


async def test_nobody_sees_anothers_wallet_entries(service: GiftService) -> None:
    await service.send(VERA, ROOM, wish())
    assert (await service.wallet("stranger")).entries == ()


async def test_a_closed_service_leaves_no_task(
    database: Database, clock: ToldClock, bus: MemoryBus, settings: GiftSettings
) -> None:
    made = GiftService(database, clock, bus, ToldGate(), ToldStages(), settings)
    await made.start()
    await made.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
