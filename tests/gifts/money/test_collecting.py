"""Debts: collected by ops as far as there is something, once for a key; who owes diamonds is paid nothing out."""

import asyncio

import pytest

from foundation.errors import Refusal
from gifts.ledger import KEY_KEPT_MS
from gifts.money.collecting import OpenDebt
from gifts.verify import ledger_verify
from tests.gifts.money.world import House


@pytest.fixture
async def debt(house: House) -> OpenDebt:
    """Anna owes 40 diamonds of a gift that was refunded."""
    gift = await house.gift(100)
    await house.asked(40)
    await house.corrections.refund("root", gift.id, "by mistake", "k")
    (owed,) = await house.debts.page(before=None, most=9)
    assert (owed.owner, owed.amount, owed.left) == ("anna", 40, 40)
    return owed


async def refusal(house: House, debt: str, key: str = "k") -> str:
    with pytest.raises(Refusal) as refused:
        await house.debts.collect("root", debt, key)
    return refused.value.code


async def test_what_there_is_is_collected_until_nothing_is_left(house: House, debt: OpenDebt) -> None:
    assert await refusal(house, debt.id) == "insufficient-funds"
    await house.gift(50)
    assert (await house.debts.collect("root", debt.id, "k1")).left == 15
    assert await house.diamonds() == 0
    await house.gift(100)
    assert (await house.debts.collect("root", debt.id, "k2")).left == 0
    assert await house.diamonds() == 35
    assert await refusal(house, debt.id, "k3") == "debt-paid"
    assert (await house.audited())[-1] == ("root", "debt.collect", "user:anna")
    assert (await ledger_verify(house.database)).holds


async def test_the_same_key_collects_once(house: House, debt: OpenDebt) -> None:
    await house.gift(20)
    made = await asyncio.gather(*(house.debts.collect("root", debt.id, "k") for _ in range(4)))
    assert {each.left for each in made} == {30}
    await house.gift(20)
    assert (await house.debts.collect("root", debt.id, "k")).left == 30
    assert await house.diamonds() == 10
    assert await refusal(house, "no-such", "k2") == "debt-unknown"
    assert await refusal(house, "no-such") == "idempotency-conflict"
    assert await refusal(house, debt.id, "") == "idempotency-key-invalid"
    house.clock.advance(KEY_KEPT_MS + 9)
    assert await refusal(house, debt.id) == "key-expired"


async def test_operators_at_once_collect_no_more_than_is_left(house: House, debt: OpenDebt) -> None:
    await house.gift(200)
    told = await asyncio.gather(
        *(house.debts.collect("root", debt.id, f"k{n}") for n in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, OpenDebt) for each in told) == 1
    assert await house.diamonds() == 60
    assert (await ledger_verify(house.database)).holds


async def test_who_owes_diamonds_is_paid_nothing_out_until_he_has_paid(house: House, debt: OpenDebt) -> None:
    await house.gift(200)
    with pytest.raises(Refusal) as refused:
        await house.asked(20)
    assert (refused.value.code, refused.value.extra) == ("debt-open", {"owed": 40})
    assert await house.diamonds() == 100
    await house.debts.collect("root", debt.id, "k")
    assert (await house.asked(20)).diamonds == 20
