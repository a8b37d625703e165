"""Coins that ops give: two operators, limits, and a line in the audit log for each step."""

import asyncio

import pytest

from foundation.errors import Refusal
from gifts.ledger import KEY_KEPT_MS
from gifts.money.decisions import State, Verb
from gifts.money.grants import DAY_MS, Grant, GrantWish
from gifts.money.statements import Span
from gifts.verify import ledger_verify
from tests.gifts.money.world import House


async def asked(house: House, coins: int = 500, key: str = "k", operator: str = "root", user: str = "vera") -> Grant:
    return await house.grants.ask(operator, GrantWish(user, coins, "lost a gift", key))


async def refusal(house: House, coins: int = 500, key: str = "k", operator: str = "root", user: str = "vera") -> str:
    with pytest.raises(Refusal) as refused:
        await asked(house, coins, key, operator, user)
    return refused.value.code


async def decision(house: House, grant: str, verb: Verb, operator: str) -> str:
    """The state after it, or the code of the refusal."""
    house.clock.advance(1)
    try:
        return (await house.grants.decide(operator, grant, verb, "no")).state
    except Refusal as refused:
        return refused.code


async def test_coins_come_only_when_a_second_operator_says_so(house: House) -> None:
    grant = await asked(house)
    assert (grant.state, await house.coins()) == (State.REQUESTED, 1000)
    assert await decision(house, grant.id, Verb.APPROVE, "root") == "own-grant"
    assert await house.coins() == 1000
    assert await decision(house, grant.id, Verb.APPROVE, "other") == "approved"
    assert await decision(house, grant.id, Verb.APPROVE, "other") == "decided-already"
    assert await decision(house, grant.id, Verb.REJECT, "other") == "decided-already"
    assert await house.coins() == 1500
    (line, _) = (await house.statements.page("vera", Span("coin"), most=9)).lines
    assert (line.kind, line.amount, line.reason) == ("grant", 500, "lost a gift")
    assert await house.audited() == [
        ("root", "grant.ask", f"grant:{grant.id}"),
        ("other", "grant.approve", f"grant:{grant.id}"),
    ]
    assert (await ledger_verify(house.database)).holds


async def test_many_approvals_at_once_give_once(house: House) -> None:
    grant = await asked(house)
    told = await asyncio.gather(*(decision(house, grant.id, Verb.APPROVE, "other") for _ in range(4)))
    assert sorted(told) == ["approved"] + ["decided-already"] * 3
    assert await house.coins() == 1500


async def test_a_rejected_grant_gives_nothing_and_its_asker_may_take_it_back(home: House) -> None:
    for number, operator in enumerate(("root", "other")):
        grant = await asked(home, key=f"k{number}")
        assert await decision(home, grant.id, Verb.REJECT, operator) == "rejected"
        assert await decision(home, grant.id, Verb.APPROVE, "third") == "decided-already"
    assert await home.coins() == 1000
    found = await home.grants.page(state=State.REJECTED, before=None, most=1)
    assert [each.refusal for each in found] == ["no"]
    assert len(await home.grants.page(state=None, before=found[-1].id, most=9)) == 1


async def test_nobody_grants_to_himself_not_even_as_the_second(home: House) -> None:
    assert await refusal(home, user="root") == "own-grant"
    grant = await asked(home, user="other")
    assert await decision(home, grant.id, Verb.APPROVE, "other") == "own-grant"


async def test_limits_of_one_grant_and_of_a_day(home: House) -> None:
    assert await refusal(home, 1001) == "grant-too-large"
    assert await refusal(home, 0) == "grant-too-large"
    first = await asked(home, 1000, "k1")
    assert await refusal(home, 501, "k2") == "grants-exhausted"
    await asked(home, 500, "k3")
    assert await refusal(home, 1, "k4") == "grants-exhausted"
    await asked(home, 1000, "k4", operator="other")
    await decision(home, first.id, Verb.REJECT, "other")
    await asked(home, 1000, "k5")
    home.clock.advance(DAY_MS)
    await asked(home, 1000, "k6")


async def test_the_limit_of_a_day_holds_for_requests_at_once(house: House) -> None:
    made = await asyncio.gather(*(asked(house, 500, f"k{n}") for n in range(6)), return_exceptions=True)
    assert sum(isinstance(each, Grant) for each in made) == 3


async def test_the_same_key_at_once_is_one_grant_and_counts_once(house: House) -> None:
    made = await asyncio.gather(*(asked(house, 1000) for _ in range(4)))
    assert len({each.id for each in made}) == 1


async def test_the_same_key_is_the_same_grant(house: House) -> None:
    first = await asked(house)
    assert await asked(house) == first
    assert await refusal(house, 501) == "idempotency-conflict"
    assert await refusal(house, user="nobody", key="k2") == "not-found"
    assert await refusal(house, key="") == "idempotency-key-invalid"
    house.clock.advance(KEY_KEPT_MS + 1)
    assert await refusal(house) == "key-expired"
    assert len(await house.grants.page(state=None, before=None, most=9)) == 1
