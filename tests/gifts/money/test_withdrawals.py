"""Diamonds on their way out: held, then paid or given back, each once, and never by the host himself."""

import asyncio

import pytest

from accounts.principal import Principal, Role
from foundation.errors import Refusal
from gifts.ledger import KEY_KEPT_MS
from gifts.money.decisions import State, Verb
from gifts.money.statements import Span
from gifts.money.withdrawals import WithdrawalWish
from gifts.verify import ledger_verify
from moderation.gate import Scope
from tests.gifts.money.world import HOST, House


async def refusal(house: House, diamonds: int, key: str = "k", who: Principal = HOST, to: str = "DE00 1234") -> str:
    with pytest.raises(Refusal) as refused:
        await house.withdrawals.ask(who, WithdrawalWish(diamonds, to, key))
    return refused.value.code


async def decision(house: House, withdrawal: str, verb: Verb, operator: str = "root") -> str:
    """The state after it, or the code of the refusal."""
    house.clock.advance(1)
    try:
        return (await house.withdrawals.decide(operator, withdrawal, verb, "note")).state
    except Refusal as refused:
        return refused.code


async def test_diamonds_are_held_as_soon_as_somebody_asks_for_them(house: House) -> None:
    await house.gift(200)
    asked = await house.asked(60, key="k")
    assert (asked.state, asked.diamonds, asked.host, asked.host_name) == (State.REQUESTED, 60, "anna", "Anna")
    assert await house.diamonds() == 40
    assert await house.asked(60, key="k") == asked
    assert await house.diamonds() == 40
    assert await refusal(house, 61) == "idempotency-conflict"
    assert await refusal(house, 60, to="elsewhere") == "idempotency-conflict"
    house.clock.advance(KEY_KEPT_MS + 1)
    assert await refusal(house, 60) == "key-expired"
    assert (await ledger_verify(house.database)).holds


async def test_the_same_key_at_once_holds_once(house: House) -> None:
    await house.gift(120)
    asked = await asyncio.gather(*(house.asked(60, key="k") for _ in range(5)))
    assert len({each.id for each in asked}) == 1
    assert await house.diamonds() == 0


async def test_many_at_once_hold_no_more_than_there_is(house: House) -> None:
    await house.gift(200)
    asked = await asyncio.gather(*(house.asked(30) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(each, Refusal) and each.code == "insufficient-funds" for each in asked) == 3
    assert await house.diamonds() == 10


async def test_approved_and_paid_diamonds_go_back_to_the_platform(house: House) -> None:
    await house.gift(200)
    asked = await house.asked(60)
    assert await decision(house, asked.id, Verb.PAY) == "decided-already"
    assert await decision(house, asked.id, Verb.APPROVE) == "approved"
    assert await decision(house, asked.id, Verb.PAY) == "paid"
    for verb in Verb:
        assert await decision(house, asked.id, verb) == "decided-already"
    (paid,) = await house.withdrawals.page(host="anna", before=None, most=9)
    assert (paid.state, paid.decided_by, paid.paid_by, paid.reference) == (State.PAID, "root", "root", "note")
    assert await house.diamonds() == 40
    assert [(who, what) for who, what, _ in await house.audited()] == [
        ("root", "withdrawal.approve"),
        ("root", "withdrawal.pay"),
    ]
    assert (await ledger_verify(house.database)).holds


@pytest.mark.parametrize("approved", [False, True])
async def test_rejected_diamonds_are_back_by_a_transfer_that_names_the_holding(house: House, approved: bool) -> None:
    await house.gift(200)
    asked = await house.asked(60)
    if approved:
        await decision(house, asked.id, Verb.APPROVE)
    told = await asyncio.gather(*(decision(house, asked.id, Verb.REJECT) for _ in range(3)))
    assert sorted(told) == ["decided-already", "decided-already", "rejected"]
    assert await house.diamonds() == 100
    (line, *_) = (await house.statements.page("anna", Span("diamond"), most=9)).lines
    assert (line.amount, line.corrects, line.reason) == (60, asked.transfer, "note")
    assert (await ledger_verify(house.database)).holds


async def test_nobody_decides_on_his_own_withdrawal(home: House) -> None:
    await home.gift(200)
    both = Principal("anna", "Anna", frozenset({Role.HOST, Role.ADMIN}))
    asked = await home.asked(60, host=both)
    for verb in Verb:
        assert await decision(home, asked.id, verb, "anna") == "own-withdrawal"
    assert await decision(home, "no-such", Verb.APPROVE) == "withdrawal-unknown"


async def test_who_cannot_ask_is_told_why_and_keeps_his_diamonds(home: House) -> None:
    await home.gift(200)
    assert await refusal(home, 9) == "withdrawal-too-small"
    assert await refusal(home, 101) == "insufficient-funds"
    assert await refusal(home, 60, key="") == "idempotency-key-invalid"
    assert await refusal(home, 60, who=Principal("vera", "Vera", frozenset({Role.VIEWER}))) == "forbidden"
    for scope in Scope:
        home.gate.muted = {("anna", scope)}
        assert await refusal(home, 60) == "sanctioned"
    assert await home.diamonds() == 100
    assert await home.withdrawals.page(before=None, most=9) == []


async def test_they_are_listed_page_by_page_by_host_and_by_state(home: House) -> None:
    await home.gift(200)
    asked = [(await home.asked(10)).id for _ in range(3)]
    await decision(home, asked[0], Verb.APPROVE)
    first = await home.withdrawals.page(before=None, most=2)
    rest = await home.withdrawals.page(before=first[-1].id, most=2)
    assert {each.id for each in [*first, *rest]} == set(asked)
    assert [each.id for each in await home.withdrawals.page(state=State.APPROVED, before=None, most=9)] == asked[:1]
    assert await home.withdrawals.page(host="bo", before=None, most=9) == []
