"""Refunds and corrections by ops: new transfers that name the old ones, each at most once."""

import asyncio

import pytest
from sqlalchemy import select

from foundation.errors import Refusal
from foundation.ids import new_id
from foundation.sql import Database
from gifts.ledger import COINS_OF_GIFT, KEY_KEPT_MS, Gift
from gifts.money.corrections import Correction
from gifts.money.statements import Span
from gifts.store_memory import MemoryBoard
from gifts.tables import gifts, transfers
from gifts.verify import ledger_verify
from gifts.windows import SqlScoring
from tests.gifts.money.world import House
from tests.gifts.world import window


async def refunded(house: House, gift: Gift, key: str = "k", reason: str = "by mistake") -> Correction:
    house.clock.advance(1)
    return await house.corrections.refund("root", gift.id, reason, key)


async def refusal(house: House, gift: str, key: str = "k", reason: str = "by mistake") -> str:
    with pytest.raises(Refusal) as refused:
        await house.corrections.refund("root", gift, reason, key)
    return refused.value.code


async def row_of(database: Database, gift: Gift) -> object:
    async with database.read() as transaction:
        return (await transaction.execute(select(gifts).where(gifts.c.id == gift.id))).one()


async def test_a_refund_gives_the_coins_back_and_takes_the_diamonds(house: House) -> None:
    gift = await house.gift(100)
    row = await row_of(house.database, gift)
    made = await refunded(house, gift)
    assert (await house.coins(), await house.diamonds()) == (1000, 0)
    assert [(each.corrects, each.amount, each.payer, each.payee) for each in made.transfers] == [
        (f"{gift.id}c", 100, "platform", "vera"),
        (f"{gift.id}d", 50, "anna", "platform"),
    ]
    assert made.debts == ()
    assert await row_of(house.database, gift) == row
    assert await house.audited() == [("root", "ledger.correct", f"gift:{gift.id}")]
    assert (await ledger_verify(house.database)).holds


async def test_what_a_lucky_gift_has_won_is_taken_back_too(house: House) -> None:
    gift = await house.gift(100, odds="[[1,1,2]]", seed="00")
    assert (gift.win, await house.coins()) == (200, 1100)
    made = await refunded(house, gift)
    assert [(each.corrects, each.amount) for each in made.transfers] == [
        (f"{gift.id}c", 100),
        (f"{gift.id}d", 50),
        (f"{gift.id}w", 200),
    ]
    assert (await house.coins(), await house.diamonds()) == (1000, 0)
    (line, *_) = (await house.statements.page("vera", Span("coin"), most=9)).lines
    assert line.corrects_kind == "gift-win" and line.gift is not None
    assert (await ledger_verify(house.database)).holds


async def test_diamonds_that_are_gone_are_a_debt(house: House) -> None:
    gift = await house.gift(100)
    await house.asked(40)
    made = await refunded(house, gift)
    assert (await house.coins(), await house.diamonds()) == (1000, 0)
    assert [(debt.owner, debt.amount, debt.transfer) for debt in made.debts] == [("anna", 40, f"{gift.id}d")]
    assert (await ledger_verify(house.database)).holds


async def test_a_gift_is_refunded_once(house: House) -> None:
    gift = await house.gift(100)
    made = await asyncio.gather(*(refunded(house, gift) for _ in range(4)))
    assert all(each == made[0] for each in made)
    assert await refusal(house, gift.id, key="other") == "corrected-already"
    assert await house.coins() == 1000


async def test_two_operators_at_once_refund_once(house: House) -> None:
    gift = await house.gift(100)
    told = await asyncio.gather(*(refunded(house, gift, key=new_id()) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, Correction) for each in told) == 1
    assert {each.code for each in told if isinstance(each, Refusal)} == {"corrected-already"}
    assert await house.coins() == 1000


async def test_refunds_at_once_of_one_host_take_what_there_is_and_owe_the_rest(house: House) -> None:
    given = [await house.gift(100) for _ in range(3)]
    await house.asked(80)
    made = await asyncio.gather(*(refunded(house, gift, key=new_id()) for gift in given))
    taken = sum(each.amount for one in made for each in one.transfers if each.currency == "diamond")
    owed = sum(debt.amount for one in made for debt in one.debts)
    assert (taken, owed, await house.diamonds(), await house.coins()) == (70, 80, 0, 1000)
    assert (await ledger_verify(house.database)).holds


async def test_nothing_is_refunded_twice_although_nothing_could_be_taken(house: House) -> None:
    """Then no transfer is there that names the old one: the correction itself is the guard."""
    purchase = await house.bought()
    await house.gift(1500)
    made = await house.corrections.correct("root", str(purchase.transfer), "a stolen card", "k")
    assert (made.transfers, [debt.amount for debt in made.debts]) == ((), [500])
    with pytest.raises(Refusal, match="taken back before"):
        await house.corrections.correct("root", str(purchase.transfer), "a stolen card", "k2")
    assert await house.corrections.correct("root", str(purchase.transfer), "a stolen card", "k") == made


async def test_the_same_key_is_the_same_refund_and_another_wish_a_conflict(house: House) -> None:
    gift, other = await house.gift(100), await house.gift(100)
    first = await refunded(house, gift)
    assert await refunded(house, gift) == first
    assert await refusal(house, other.id) == "idempotency-conflict"
    assert await refusal(house, new_id()) == "idempotency-conflict"
    assert await refusal(house, gift.id, reason="another") == "idempotency-conflict"
    assert await refusal(house, gift.id, key="") == "idempotency-key-invalid"
    assert await refusal(house, new_id(), key="k2") == "gift-not-sent"
    house.clock.advance(KEY_KEPT_MS + 2)
    assert await refusal(house, gift.id) == "key-expired"


async def test_a_refund_never_rewrites_the_result_of_a_battle(home: House) -> None:
    scoring = SqlScoring(home.database, MemoryBoard(5000))
    async with home.database.write() as transaction:
        await scoring.open_windows(transaction, [window()])
    gift = await home.gift(100)
    await refunded(home, gift)
    async with home.database.write() as transaction:
        tally = await scoring.tally(transaction, "battle")
    assert (tally.scores, tally.gifts) == ({"red": 100}, 1)
    assert (await ledger_verify(home.database)).holds


async def test_only_top_ups_and_grants_are_corrected_by_their_transfer(home: House) -> None:
    gift = await home.gift(100)
    asked = await home.asked(20)
    refund = await refunded(home, gift)
    for transfer in (f"{gift.id}{COINS_OF_GIFT}", asked.transfer, refund.transfers[0].id):
        with pytest.raises(Refusal) as refused:
            await home.corrections.correct("root", transfer, "why", new_id())
        assert refused.value.code == "not-correctable"
    with pytest.raises(Refusal) as refused:
        await home.corrections.correct("root", "no-such", "why", "k9")
    assert refused.value.code == "transfer-unknown"


async def test_a_starter_grant_can_be_taken_back(home: House) -> None:
    async with home.database.read() as transaction:
        (starter,) = (await transaction.execute(select(transfers.c.id))).scalars()
    await home.corrections.correct("root", starter, "a second account", "k")
    assert await home.coins() == 0
    assert (await ledger_verify(home.database)).holds


async def test_debts_are_listed_by_owner_page_by_page(home: House) -> None:
    for _ in range(2):
        purchase = await home.bought()
        await home.gift(await home.coins())
        await home.corrections.correct("root", str(purchase.transfer), "a stolen card", new_id())
    first = await home.debts.page(owner="vera", before=None, most=1)
    rest = await home.debts.page(owner="vera", before=first[0].id, most=9)
    assert len({row.transfer for row in [*first, *rest]}) == 2
    assert await home.debts.page(owner="anna", before=None, most=9) == []
