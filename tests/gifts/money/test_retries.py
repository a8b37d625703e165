"""A request whose answer was lost is answered again, also when it would be refused by now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from accounts.principal import Principal, Role
from foundation.errors import NotFound, Refusal
from gifts.ledger import KEY_KEPT_MS
from gifts.money.grants import Grants, GrantWish
from gifts.money.topups import TopUps
from gifts.money.withdrawals import Withdrawals, WithdrawalWish
from moderation.gate import Scope
from tests.gifts.money.world import SETTINGS, House


class NobodyThere:
    async def check(self, user: str) -> None:
        raise NotFound


@dataclass
class Door:
    """``ask`` does something under a key, ``other`` something else; once ``shut``, what is new is refused."""

    ask: Callable[[House, str], Awaitable[Any]]
    other: Callable[[House, str], Awaitable[Any]]
    shut: Callable[[House], Awaitable[None]]
    code: str


async def buys(home: House, key: str) -> Any:
    return await home.topups.begin("vera", "small", key)


async def buys_another(home: House, key: str) -> Any:
    return await home.topups.begin("vera", "large", key)


async def withdraws(home: House, key: str, diamonds: int = 20) -> Any:
    return await home.withdrawals.ask(home.host, WithdrawalWish(diamonds, "DE00 1234", key))


async def withdraws_less(home: House, key: str) -> Any:
    return await withdraws(home, key, 10)


async def grants(home: House, key: str, coins: int = 500) -> Any:
    return await home.grants.ask("root", GrantWish("vera", coins, "lost a gift", key))


async def grants_less(home: House, key: str) -> Any:
    return await grants(home, key, 400)


async def out_of_breath(home: House) -> None:
    for user in ("vera", "anna"):
        await home.out_of_breath(user)


async def without_provider(home: House) -> None:
    home.topups = TopUps(home.database, home.clock, SETTINGS, {})


async def sanctioned(home: House) -> None:
    home.gate.muted = {("anna", Scope.CHAT)}


async def no_host_any_more(home: House) -> None:
    home.host = Principal("anna", "Anna", frozenset({Role.VIEWER}))


async def with_another_least(home: House) -> None:
    home.withdrawals = Withdrawals(home.database, home.clock, home.gate, replace(SETTINGS, least_withdrawal=50))


async def with_smaller_grants(home: House) -> None:
    home.grants = Grants(home.database, home.clock, NobodyThere(), replace(SETTINGS, most_grant=10))


async def without_the_user(home: House) -> None:
    home.grants = Grants(home.database, home.clock, NobodyThere(), SETTINGS)


DOORS = {
    "a purchase, the pace used up": Door(buys, buys_another, out_of_breath, "too-many"),
    "a purchase, the provider gone": Door(buys, buys_another, without_provider, "payment-provider-away"),
    "a withdrawal, the pace used up": Door(withdraws, withdraws_less, out_of_breath, "too-many"),
    "a withdrawal, a sanction": Door(withdraws, withdraws_less, sanctioned, "sanctioned"),
    "a withdrawal, another least": Door(withdraws, withdraws_less, with_another_least, "withdrawal-too-small"),
    "a withdrawal, no host any more": Door(withdraws, withdraws_less, no_host_any_more, "forbidden"),
    "a grant, less in one": Door(grants, grants_less, with_smaller_grants, "grant-too-large"),
    "a grant, the user gone": Door(grants, grants_less, without_the_user, "not-found"),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=list(DOORS))
async def test_what_was_done_is_answered_so_when_it_would_be_refused_by_now(home: House, door: Door) -> None:
    await home.gift(200)
    first = await door.ask(home, "k")
    wallets = await home.amounts()
    await door.shut(home)
    assert await door.ask(home, "k") == first
    assert await told(door.ask(home, "new")) == door.code
    assert await told(door.other(home, "k")) == "idempotency-conflict"
    assert await home.amounts() == wallets
    home.clock.advance(KEY_KEPT_MS + 1)
    await door.shut(home)
    assert await told(door.ask(home, "k")) == "key-expired"


async def told(answer: Awaitable[Any]) -> str:
    """The code of the refusal."""
    with pytest.raises(Refusal) as refused:
        await answer
    return refused.value.code
