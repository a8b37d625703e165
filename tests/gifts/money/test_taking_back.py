"""What is taken back, and what becomes a debt."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from gifts.ledger import COIN, DIAMOND, GIFT_COINS, GIFT_DIAMONDS, GIFT_WIN, PLATFORM, Transfer
from gifts.money.taking_back import Cause, TakenBack, take_back

CAUSE = Cause("root", "by mistake", 7)


def transfer(name: str, kind: str, currency: str, amount: int, payer: str, payee: str) -> Transfer:
    return Transfer(name, kind, currency, amount, payer, payee, 1)


def gift(coins: int, diamonds: int, win: int = 0) -> list[Transfer]:
    parts = [transfer("gc", GIFT_COINS, COIN, coins, "vera", PLATFORM)]
    if diamonds:
        parts.append(transfer("gd", GIFT_DIAMONDS, DIAMOND, diamonds, PLATFORM, "anna"))
    if win:
        parts.append(transfer("gw", GIFT_WIN, COIN, win, PLATFORM, "vera"))
    return parts


def taken(old: list[Transfer], **amounts: int) -> TakenBack:
    numbers = count(1)
    held = {name.replace("_", ":"): amount for name, amount in amounts.items()}
    return take_back(old, held, CAUSE, lambda: f"new{next(numbers)}")


def moves(made: TakenBack) -> list[tuple[str | None, str, str, int]]:
    return [(each.corrects, each.payer, each.payee, each.amount) for each in made.transfers]


def test_a_gift_goes_back_the_way_it_came() -> None:
    made = taken(gift(100, 50), anna_diamond=80, vera_coin=0)
    assert moves(made) == [("gc", PLATFORM, "vera", 100), ("gd", "anna", PLATFORM, 50)]
    assert made.debts == ()
    assert {(each.operator, each.reason, each.at_ms, each.kind) for each in made.transfers} == {
        ("root", "by mistake", 7, "correction")
    }


def test_what_the_balance_does_not_carry_is_a_debt() -> None:
    made = taken(gift(100, 50), anna_diamond=30)
    assert moves(made)[1] == ("gd", "anna", PLATFORM, 30)
    assert [(debt.owner, debt.currency, debt.amount, debt.transfer) for debt in made.debts] == [
        ("anna", DIAMOND, 20, "gd")
    ]


def test_of_an_empty_wallet_nothing_is_taken_and_all_is_owed() -> None:
    made = taken(gift(100, 50))
    assert [each.corrects for each in made.transfers] == ["gc"]
    assert [debt.amount for debt in made.debts] == [50]


def test_a_win_is_returned_out_of_the_coins_that_come_back() -> None:
    assert moves(taken(gift(100, 0, win=90)))[1] == ("gw", "vera", PLATFORM, 90)
    larger = taken(gift(100, 0, win=500), vera_coin=50)
    assert moves(larger)[1] == ("gw", "vera", PLATFORM, 150)
    assert [debt.amount for debt in larger.debts] == [350]


@given(
    coins=st.integers(1, 100),
    diamonds=st.integers(0, 100),
    win=st.integers(0, 300),
    held=st.tuples(st.integers(0, 100), st.integers(0, 200)),
)
def test_nobody_falls_below_zero_and_all_is_taken_or_owed(
    coins: int, diamonds: int, win: int, held: tuple[int, int]
) -> None:
    old = gift(coins, diamonds, win)
    made = taken(old, anna_diamond=held[0], vera_coin=held[1])
    left = {("anna", DIAMOND): held[0], ("vera", COIN): held[1]}
    for each in made.transfers:
        for owner, amount in ((each.payer, -each.amount), (each.payee, each.amount)):
            if owner != PLATFORM:
                left[owner, each.currency] += amount
                assert left[owner, each.currency] >= 0
    for each in old:
        back = sum(one.amount for one in made.transfers if one.corrects == each.id)
        assert back + sum(debt.amount for debt in made.debts if debt.transfer == each.id) == each.amount
