"""Whether money is right after a death: the rows of the database against what clients were told and rooms were shown.

It reads the database with Python's own ``sqlite3`` and adds up by itself; only the invariants are asked of
``ledger_verify`` besides.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import text

from bench.gifts_proof.journal import Seen
from foundation.sql import Database

REFUSALS = {"insufficient-coins", "idempotency-conflict", "corrected-already"}
_TOLD = (
    *("id", "sender", "recipient", "coins", "diamonds", "side", "score", "boost", "win", "seed"),
    *("balance", "accepted_at_ms"),
)


@dataclass(frozen=True)
class Books:
    """What is in the database."""

    gifts: dict[str, dict[str, Any]]  # by id
    balances: dict[str, int]  # by account

    @classmethod
    def read(cls, path: str) -> "Books":
        reading = sqlite3.connect(path)
        reading.row_factory = sqlite3.Row
        try:
            gifts = {row["id"]: dict(row) for row in reading.execute("SELECT * FROM gifts")}
            balances = dict(map(tuple, reading.execute("SELECT account, amount FROM ledger_balances")))
        finally:
            reading.close()
        return cls(gifts, balances)

    @classmethod
    async def of(cls, database: Database) -> "Books":
        """The same of any database, through SQLAlchemy."""
        async with database.read() as transaction:
            gifts = (await transaction.execute(text("SELECT * FROM gifts"))).mappings()
            balances = await transaction.execute(text("SELECT account, amount FROM ledger_balances"))
            return cls({row["id"]: dict(row) for row in gifts}, {row[0]: row[1] for row in balances})


@dataclass(frozen=True)
class Cast:
    """Who there is: coins that people began with, the side of each recipient, the rooms that see every gift."""

    coins: Mapping[str, int]
    sides: Mapping[str, str]
    rooms: tuple[str, ...]


def complaints(seen: Seen, books: Books, shown: Mapping[str, int], cast: Cast) -> Iterator[str]:
    """``shown``: the scores on the board."""
    yield from of_money(seen, books, cast.coins)
    scores = Counter(dict.fromkeys(cast.sides.values(), 0))
    for gift in books.gifts.values():
        scores[cast.sides[gift["recipient"]]] += gift["coins"] * gift["multiplier"] * gift["boost"]
    if dict(scores) != dict(shown):
        yield f"the board shows {dict(shown)}, the gifts are {dict(scores)}"
    for room in cast.rooms:
        if unseen := {gift for gift in books.gifts if not seen.posted.get((room, gift))}:
            yield f"never shown in {room}: {sorted(unseen)}"
    if strangers := {gift for _, gift in seen.posted} - books.gifts.keys():
        yield f"shown, but not in the ledger: {sorted(strangers)}"


def of_money(seen: Seen, books: Books, granted: Mapping[str, int]) -> Iterator[str]:
    """``granted``: the coins that people began with."""
    told = {gift["id"]: gift for answers in seen.gifts.values() for gift in answers}
    yield from seen.faults
    yield from _once(seen, told, books)
    yield from _as_told(seen, books)
    yield from _as_drawn(books)
    yield from _money(seen, told, books, granted)


def _once(seen: Seen, told: Mapping[str, dict[str, Any]], books: Books) -> Iterator[str]:
    if seen.unanswered:
        yield f"without an answer: {sorted(seen.unanswered)}"
    for key, answers in seen.gifts.items():
        if len({gift["id"] for gift in answers}) != 1:
            yield f"{key} was answered with several gifts: {sorted({gift['id'] for gift in answers})}"
    if lost := told.keys() - books.gifts.keys():
        yield f"acknowledged and not there: {sorted(lost)}"
    if made := books.gifts.keys() - told.keys():
        yield f"there, and nobody knows of it: {sorted(made)}"
    if wrong := {code for codes in seen.refused.values() for code in codes} - REFUSALS:
        yield f"refused with {sorted(wrong)}"


def _as_told(seen: Seen, books: Books) -> Iterator[str]:
    for key, answers in seen.gifts.items():
        for gift in answers:
            row = books.gifts.get(gift["id"])
            if row is not None and any(row[name] != gift[name] for name in _TOLD):
                yield f"{key} was answered {gift} and is {row}"


def _as_drawn(books: Books) -> Iterator[str]:
    for gift in books.gifts.values():
        if (gift["boost"], gift["win"]) != _drawn(gift):
            yield f"the draw of {gift} is {_drawn(gift)}"


def _drawn(gift: Mapping[str, Any]) -> tuple[int, int]:
    """Boost and win by the recipe of ``docs/protocol.md``."""
    if gift["odds"] is None:
        return 1, 0
    chances = json.loads(gift["odds"])
    number = int(hashlib.sha256(f"{gift['seed']}/{gift['id']}".encode()).hexdigest(), 16)
    spans = list(accumulate(weight for weight, _, _ in chances))
    boost, win = next(drawn for (_, *drawn), end in zip(chances, spans, strict=True) if number % spans[-1] < end)
    return boost, win * gift["coins"]


def _money(seen: Seen, told: Mapping[str, dict[str, Any]], books: Books, granted: Mapping[str, int]) -> Iterator[str]:
    expected = Counter({f"{who}:coin": coins for who, coins in granted.items()})
    for gift in told.values():
        back = len(seen.taken_back.get(gift["id"], ()))
        expected[f"{gift['sender']}:coin"] -= (gift["coins"] - gift["win"]) * (1 - back)
        expected[f"{gift['recipient']}:diamond"] += gift["diamonds"] * (1 - back)
    for owed in seen.owed.values():  # it stays where it is
        expected.update(owed)
    for key, bought in seen.bought.items():
        expected[f"{seen.purchases[key]}:coin"] += sum(coins for _, coins in bought)
    done = {key: len(each) for key, each in seen.taken_back.items()} | {k: len(each) for k, each in seen.bought.items()}
    if twice := sorted(key for key, times in done.items() if times > 1):
        yield f"taken back or bought twice: {twice}"
    held = {account: amount for account, amount in books.balances.items() if amount}
    if held != {account: amount for account, amount in expected.items() if amount}:
        yield f"balances are {held}, and should be {dict(expected)}"
