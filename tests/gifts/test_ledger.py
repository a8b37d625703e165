"""The pure rules: orders and books in, outcomes out."""

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gifts.errors import IdempotencyConflict, InsufficientCoins
from gifts.ledger import Books, GiftOrder, Outcome, Posted, decide, earnings
from tests.gifts.world import OTHER_ROOM, ROOM, accepted, codes, order, window

NOW = 50_000


def decided(books: Books, *orders: GiftOrder, now_ms: int = NOW) -> list[Outcome]:
    ids = count(1)
    return decide(orders, books, now_ms, lambda: f"id-{next(ids)}")


def test_a_gift_takes_the_coins_and_earns_the_hosts_share() -> None:
    [posted] = decided(Books(coins={"vera": 100}), order(coins=31))
    assert isinstance(posted, Posted)
    assert (posted.gift.coins, posted.gift.diamonds, posted.gift.balance) == (31, 15, 69)


@given(coins=st.integers(0, 10**12), share_bp=st.integers(0, 10_000))
def test_earnings_are_the_floor_and_never_more_than_the_coins(coins: int, share_bp: int) -> None:
    got = earnings(coins, share_bp)
    assert got * 10_000 <= coins * share_bp < (got + 1) * 10_000


def test_several_gifts_of_one_wallet_are_taken_one_after_another() -> None:
    outcomes = decided(Books(coins={"vera": 25}), *(order(coins=10) for _ in range(3)))
    assert codes(outcomes) == ["sent", "sent", "insufficient-coins"]


def test_a_refusal_says_the_balance_and_changes_nothing() -> None:
    books = Books(coins={"vera": 5})
    [refusal] = decided(books, order(coins=10))
    assert isinstance(refusal, InsufficientCoins) and refusal.extra == {"balance": 5}
    assert books == Books(coins={"vera": 5})


def test_the_last_coin_can_be_spent() -> None:
    [posted] = decided(Books(coins={"vera": 10}), order(coins=10))
    assert isinstance(posted, Posted) and posted.gift.balance == 0


def test_a_key_used_twice_in_one_batch_is_one_gift() -> None:
    outcomes = decided(Books(coins={"vera": 100}), order(key="k"), order(key="k"))
    assert codes(outcomes) == ["sent", "replayed"]
    assert len({accepted(each).id for each in outcomes}) == 1


@pytest.mark.parametrize("change", [{"count": 2}, {"item": "cake"}, {"room": OTHER_ROOM}, {"asked_for": "bo"}])
def test_a_key_used_again_for_something_else_is_a_conflict(change: dict[str, Any]) -> None:
    outcomes = decided(Books(coins={"vera": 100}), order(key="k"), order(key="k", **change))
    assert isinstance(outcomes[1], IdempotencyConflict)


def test_a_new_price_does_not_make_a_retry_something_else() -> None:
    outcomes = decided(Books(coins={"vera": 100}), order(key="k", coins=10), order(key="k", coins=12))
    assert codes(outcomes) == ["sent", "replayed"]


def test_a_key_is_answered_for_a_week_and_never_used_again() -> None:
    books = Books(coins={"vera": 100})
    decided(books, order(key="k"))
    week = NOW + 7 * 86_400_000
    assert codes(decided(books, order(key="k"), now_ms=week)) == ["replayed"]
    assert codes(decided(books, order(key="k"), order(key="k", count=2), now_ms=week + 1)) == ["key-expired"] * 2
    assert books.coins == {"vera": 90}


def test_two_users_may_use_the_same_key() -> None:
    books = Books(coins={"vera": 100, "wang": 100})
    assert codes(decided(books, order("vera", key="k"), order("wang", key="k"))) == ["sent", "sent"]


@pytest.mark.parametrize(
    ("now_ms", "side", "multiplier"),
    [
        pytest.param(9_999, None, 1, id="a millisecond before the start"),
        pytest.param(10_000, "red", 1, id="on the start"),
        pytest.param(18_999, "red", 1, id="before the rush"),
        pytest.param(19_000, "red", 2, id="when the rush begins"),
        pytest.param(19_999, "red", 2, id="the last millisecond"),
        pytest.param(20_000, None, 1, id="on the deadline"),
    ],
)
def test_a_gift_scores_from_the_start_until_just_before_the_deadline(
    now_ms: int, side: str | None, multiplier: int
) -> None:
    fight = window(start_ms=10_000, rush_from_ms=19_000, end_ms=20_000)
    books = Books(coins={"vera": 100}, windows={"anna": (fight,)})
    [posted] = decided(books, order(coins=10), now_ms=now_ms)
    assert isinstance(posted, Posted)
    assert (posted.gift.side, posted.gift.multiplier) == (side, multiplier)
    assert posted.gift.score == (10 * multiplier if side else 0)
    assert posted.gift.battle == ("battle" if side else None)
    assert posted.rooms == ((ROOM, OTHER_ROOM) if side else (ROOM,))


def test_a_gift_scores_for_the_side_of_its_recipient() -> None:
    books = Books(coins={"vera": 100}, windows={"anna": (window(),), "bo": (window("bo", "blue"),)})
    [posted] = decided(books, order(recipient="bo"))
    assert isinstance(posted, Posted) and posted.gift.side == "blue"
