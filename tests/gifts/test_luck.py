"""The draw: what a gift's row says is enough to draw again, and odds that would bleed the platform are seen."""

import hashlib
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gifts import luck
from gifts.catalogue import ITEMS
from gifts.luck import Chance, Draw

CLOVER = (Chance(900), Chance(60, win=2), Chance(30, win=5), Chance(9, win=10), Chance(1, win=40))

CHANCES = st.lists(
    st.builds(Chance, st.integers(1, 1000), st.integers(1, luck.MOST_BOOST), st.integers(0, luck.MOST_WIN)),
    min_size=1,
    max_size=luck.MOST_CHANCES,
).map(tuple)


def test_a_draw_is_what_the_protocol_says() -> None:
    """The recipe of docs/protocol.md, written again without the module."""
    seed, gift, odds = "00112233445566778899aabbccddeeff", "01k9z4", [[90, 1, 0], [8, 2, 0], [2, 1, 25]]
    number = int(hashlib.sha256(f"{seed}/{gift}".encode()).hexdigest(), 16) % sum(weight for weight, _, _ in odds)
    spans = [(boost, win) for weight, boost, win in odds for _ in range(weight)]
    boost, win = spans[number]
    assert luck.draw(luck.decode(json.dumps(odds)), seed, gift, 20) == Draw(boost, 20 * win)


def test_the_example_of_the_protocol_is_right() -> None:
    odds = (Chance(500), Chance(300, win=1), Chance(200, win=2))
    assert luck.draw(odds, "00112233445566778899aabbccddeeff", "01k9z4", 1) == Draw(win=1)


def test_a_draw_never_changes() -> None:
    """Rows that were written are drawn again for ever: these stand for them."""
    drawn = [luck.draw(CLOVER, f"{number:032x}", "01k9z4", 10).win for number in range(40)]
    assert (drawn.count(0), sum(drawn)) == (38, 450)


@given(CHANCES, st.integers(0, 2**128 - 1), st.integers(1, 10**9))
def test_a_draw_is_one_of_the_chances_and_is_the_same_again(odds: luck.Odds, seed: int, coins: int) -> None:
    drawn = luck.draw(odds, f"{seed:032x}", "gift", coins)
    assert drawn in {Draw(chance.boost, chance.win * coins) for chance in odds}
    assert luck.draw(luck.decode(luck.encode(odds)), f"{seed:032x}", "gift", coins) == drawn


def test_chances_come_as_often_as_they_weigh() -> None:
    odds = (Chance(50), Chance(30, boost=2), Chance(20, win=1))
    seen = Counter(luck.draw(odds, f"{number:032x}", "gift", 1) for number in range(5000))
    for chance in odds:
        assert abs(seen[Draw(chance.boost, chance.win)] - 50 * chance.weight) < 150


@pytest.mark.parametrize(
    ("odds", "back_bp", "boost_bp"),
    [
        ((Chance(1),), 0, 10_000),
        ((Chance(1, win=1),), 10_000, 10_000),
        ((Chance(1, win=2), Chance(2)), 6667, 10_000),
        ((Chance(1, boost=5), Chance(3)), 0, 20_000),
        ((Chance(99_999), Chance(1, win=10_000)), 1000, 10_000),
        ((Chance(999_999, win=1), Chance(1, win=2)), 10_001, 10_000),
    ],
)
def test_what_comes_back_on_average_is_never_told_too_low(odds: luck.Odds, back_bp: int, boost_bp: int) -> None:
    assert (luck.expected_return_bp(odds), luck.expected_boost_bp(odds)) == (back_bp, boost_bp)


@pytest.mark.parametrize(
    "odds",
    [
        (),
        (Chance(1),) * 17,
        (Chance(0),),
        (Chance(-1),),
        (Chance(1_000_001),),
        (Chance(1, boost=0),),
        (Chance(1, boost=101),),
        (Chance(1, win=-1),),
        (Chance(1, win=10_001),),
    ],
)
def test_odds_out_of_bounds_are_none(odds: luck.Odds) -> None:
    assert luck.fault_of(odds) is not None


@given(CHANCES)
def test_odds_within_bounds_are_sound(odds: luck.Odds) -> None:
    assert luck.fault_of(odds) is None


def test_the_catalogue_begins_with_a_lucky_and_a_boosting_gift_that_leave_the_platform_something() -> None:
    drawn = {item.id: item.odds for item in ITEMS if item.odds}
    assert {item for item, odds in drawn.items() if luck.is_lucky(odds)} == {"clover"}
    assert {item for item, odds in drawn.items() if luck.is_boosting(odds)} == {"horn"}
    assert all(luck.fault_of(odds) is None for odds in drawn.values())
    assert luck.expected_return_bp(drawn["clover"]) == 4000, "with the host's half there is a tenth left"
