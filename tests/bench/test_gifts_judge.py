"""The judge of ``make prove-gifts`` complains of everything that may be wrong, and of nothing that is right."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from bench.gifts_proof.chain import Verdict
from bench.gifts_proof.journal import Seen
from bench.gifts_proof.judge import Books, Cast, complaints
from bench.gifts_proof.road import LABELS, LOCKED, Road
from bench.gifts_proof.totals import POINTS, SERIES, Totals

CAST = Cast(coins={"vera": 100, "wang": 50}, sides={"anna": "red", "bo": "blue"}, rooms=("red-room", "blue-room"))


def gift(number: int, sender: str, recipient: str, coins: int, **changes: object) -> dict[str, Any]:
    told = {"id": f"g{number}", "sender": sender, "recipient": recipient, "coins": coins, "diamonds": coins // 2}
    scored = {"side": CAST.sides[recipient], "multiplier": 1, "score": coins, "balance": 0, "accepted_at_ms": number}
    drawn = {"boost": 1, "win": 0, "seed": None, "odds": None}
    return {**told, **scored, **drawn, **changes}


ALWAYS = {"odds": "[[1,3,2]]", "seed": "0f" * 16, "boost": 3}


def lucky(number: int, sender: str, recipient: str, coins: int, **changes: object) -> dict[str, Any]:
    """Its score counts three times, and twice the price has come back."""
    return gift(number, sender, recipient, coins, **{**ALWAYS, "score": 3 * coins, "win": 2 * coins, **changes})


class Case:
    """Four gifts, of which two were taken back (one had won, and 4 coins are owed), and a purchase: all of it right."""

    def __init__(self) -> None:
        rows = [gift(1, "vera", "anna", 10), gift(2, "wang", "bo", 20)]
        rows += [lucky(3, "vera", "anna", 10), lucky(4, "wang", "bo", 10)]
        self.seen = Seen(
            asked=[{"key": key} for key in ("k1", "kg2", "kg3", "kg4", "k3")],
            gifts={"k1": deepcopy(rows[:1]) * 2, **{f"k{row['id']}": [deepcopy(row)] for row in rows[1:]}},
            refused={"k3": ["insufficient-coins"]},
            refunds={"r": "g2", "s": "g4"},
            taken_back={"g2": {"c1"}, "g4": {"c2"}},
            owed={"c1": {}, "c2": {"wang:coin": 4}},
            purchases={"b": "wang"},
            bought={"b": {("p1", 500)}},
            posted={(room, row["id"]): 1 for room in CAST.rooms for row in rows},
        )
        balances = {"vera:coin": 100, "wang:coin": 554, "anna:diamond": 10, "bo:diamond": 0}
        self.books = Books({row["id"]: row for row in rows}, balances)
        self.shown = {"red": 40, "blue": 50}

    def complaints(self) -> list[str]:
        return list(complaints(self.seen, self.books, self.shown, CAST))


def drawn_otherwise(case: Case, shown: int = 0, coins: int = 0, **changes: object) -> None:
    """The gift that has won; everything else agrees with that."""
    for row in (case.books.gifts["g3"], *case.seen.gifts["kg3"]):
        row.update(changes)
    case.shown["red"] += shown
    case.books.balances["vera:coin"] += coins


WRONGS: dict[str, Callable[[Case], object]] = {
    "a key without an answer": lambda case: case.seen.asked.append({"key": "k4"}),
    "a refund without an answer": lambda case: case.seen.refunds.update({"q": "g1"}),
    "a purchase without an answer": lambda case: case.seen.purchases.update({"q": "vera"}),
    "an acknowledged gift that is not there": lambda case: case.books.gifts.pop("g1"),
    "a gift that nobody knows of": lambda case: case.books.gifts.update(g9=gift(9, "vera", "anna", 0)),
    "two gifts for one key": lambda case: case.seen.gifts["k1"].append(gift(2, "wang", "bo", 20)),
    "another answer to the retry": lambda case: case.seen.gifts["k1"].append(gift(1, "vera", "anna", 10, score=11)),
    "a strange refusal": lambda case: case.seen.refused.update(k3=["ledger-away"]),
    "a coin lost": lambda case: case.books.balances.update({"vera:coin": 99}),
    "a coin made": lambda case: case.books.balances.update({"wang:coin": 555}),
    "a diamond lost": lambda case: case.books.balances.update({"anna:diamond": 9}),
    "a stranger with money": lambda case: case.books.balances.update({"xeno:coin": 1}),
    "a refund twice": lambda case: case.seen.taken_back.update(g2={"c1", "c2"}),
    "a purchase twice": lambda case: case.seen.bought.update(b={("p1", 500), ("p2", 500)}),
    "a win that was not paid": lambda case: case.books.balances.update({"vera:coin": 80}),
    "a win that stayed when its gift was taken back": lambda case: case.books.balances.update({"wang:coin": 570}),
    "a debt that was taken all the same": lambda case: case.books.balances.update({"wang:coin": 550}),
    "a score without its boost": lambda case: case.shown.update(red=20),
    "a boost that was not drawn": lambda case: drawn_otherwise(case, boost=5, score=50, shown=20),
    "a win that was not drawn": lambda case: drawn_otherwise(case, win=0, coins=-20),
    "luck without odds": lambda case: drawn_otherwise(case, odds=None),
    "a score behind": lambda case: case.shown.update(red=39),
    "a gift that one room never saw": lambda case: case.seen.posted.pop(("blue-room", "g1")),
    "a gift on screen that is not in the ledger": lambda case: case.seen.posted.update({("red-room", "g9"): 1}),
    "a COMMIT that was not durable": lambda case: case.seen.faults.append("COMMIT has come back"),
}


def test_what_is_right_gives_no_complaint() -> None:
    assert Case().complaints() == []


@pytest.mark.parametrize("wrong", WRONGS)
def test_whatever_is_wrong_is_complained_of(wrong: str) -> None:
    case = Case()
    WRONGS[wrong](case)
    assert case.complaints()


def test_a_road_ends_at_its_point_for_the_nth_time() -> None:
    deaths: list[str] = []
    road = Road(die=lambda: deaths.append("died"))
    road.arm(LOCKED, nth=2, statement=1)
    for expected in (0, 1, 1):
        with road.writing():
            for statement in ("BEGIN IMMEDIATE", "SELECT 1", "SELECT 2", "COMMIT"):
                road.before(statement)
                road.after(statement)
        assert len(deaths) == expected
    assert road.passed["gathered"] == road.passed["written"] == road.passed["committed"] == 3


def test_what_was_wrong_is_kept_with_its_seed_and_bounds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[dict[str, Any]] = []
    monkeypatch.setattr("bench.gifts_proof.totals.write", lambda name, figures, notes, told: written.append(figures))
    totals = Totals("code", {series.name: 0 for series in SERIES} | {POINTS.name: 10})
    totals.add(POINTS, Verdict(1, LABELS[1]), Verdict(2, LABELS[2]))
    assert written[-1]["points_bound"].value == 1.5 and totals.missing(POINTS) == 8
    totals.add(POINTS, Verdict(3, LABELS[3], ["a coin is lost"]))
    assert "points_bound" not in written[-1] and written[-1]["points_right"].value == 2
    assert "seed 3" in totals.wrong[0] and "a coin is lost" in totals.wrong[0]
