"""What clients and audience have seen, written down before anybody goes on: a file that outlives who writes to it.

One line a fact, in one ``write``: the death of a process takes nothing of it along.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from foundation.errors import Refusal
from foundation.feed import FeedMessage
from gifts.ledger import Gift, GiftOrder, account_of
from gifts.money.corrections import Correction
from gifts.money.purchase import Purchase


@dataclass
class Seen:
    """All that a journal says."""

    asked: list[dict[str, Any]] = field(default_factory=list)  # fields of each order, each time
    gifts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # fields, by key, each time it was answered
    refused: dict[str, list[str]] = field(default_factory=dict)  # codes, by key
    refunds: dict[str, str] = field(default_factory=dict)  # which gift was to be taken back, by key
    taken_back: dict[str, set[str]] = field(default_factory=dict)  # ids of corrections, by gift
    owed: dict[str, dict[str, int]] = field(default_factory=dict)  # what was not carried, by correction and account
    purchases: dict[str, str] = field(default_factory=dict)  # who wanted to buy, by key
    bought: dict[str, set[tuple[str, int]]] = field(default_factory=dict)  # (purchase, coins), by key
    posted: dict[tuple[str, str], int] = field(default_factory=dict)  # how often, by room and gift id
    faults: list[str] = field(default_factory=list)  # what a process found wrong with itself

    def corrected(self, correction: str, gift: str, owed: dict[str, int]) -> None:
        self.taken_back.setdefault(gift, set()).add(correction)
        self.owed[correction] = owed

    @property
    def unanswered(self) -> set[str]:
        asked = {order["key"] for order in self.asked} | self.refunds.keys() | self.purchases.keys()
        refunded = {key for key, gift in self.refunds.items() if gift in self.taken_back}
        return asked - self.gifts.keys() - self.refused.keys() - self.bought.keys() - refunded


def owed_of(made: Correction) -> dict[str, int]:
    """By account."""
    owed: Counter[str] = Counter()
    for debt in made.debts:
        owed[account_of(debt.owner, debt.currency)] += debt.amount
    return dict(owed)


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._read_until = 0
        self._seen = Seen()

    def asked(self, order: GiftOrder) -> None:
        self._say({"asked": vars(order)})

    def answered(self, gift: Gift) -> None:
        self._say({"key": gift.key, "gift": gift._asdict()})

    def refunding(self, key: str, gift: str) -> None:
        self._say({"refunding": key, "of": gift})

    def refunded(self, made: Correction) -> None:
        self._say({"correction": made.id, "of": made.subject.removeprefix("gift:"), "owed": owed_of(made)})

    def refused(self, key: str, refusal: Refusal) -> None:
        self._say({"key": key, "code": refusal.code})

    def buying(self, key: str, buyer: str) -> None:
        self._say({"buying": key, "buyer": buyer})

    def bought(self, key: str, purchase: Purchase) -> None:
        self._say({"bought": key, "purchase": purchase.id, "coins": purchase.coins})

    def posted(self, message: FeedMessage) -> None:
        if message.type == "gift.sent":
            self._say({"posted": message.body["id"], "room": message.room})

    def fault(self, what: str) -> None:
        self._say({"fault": what})

    def _say(self, fact: dict[str, Any]) -> None:
        os.write(self._file, orjson.dumps(fact) + b"\n")

    def close(self) -> None:
        os.close(self._file)

    def read(self) -> Seen:
        """All that it says by now; the same object each time, that learns what has come since."""
        with self._path.open("rb") as lines:
            lines.seek(self._read_until)
            for line in lines:
                _learn(self._seen, orjson.loads(line))
            self._read_until = lines.tell()
        return self._seen


def _learn(seen: Seen, fact: dict[str, Any]) -> None:
    match fact:
        case {"asked": order}:
            seen.asked.append(order)
        case {"key": key, "gift": gift}:
            seen.gifts.setdefault(key, []).append(gift)
        case {"key": key, "code": code}:
            seen.refused.setdefault(key, []).append(code)
        case {"posted": gift, "room": room}:
            seen.posted[room, gift] = seen.posted.get((room, gift), 0) + 1
        case {"refunding": key, "of": gift}:
            seen.refunds[key] = gift
        case {"correction": correction, "of": gift, "owed": owed}:
            seen.corrected(correction, gift, owed)
        case {"buying": key, "buyer": buyer}:
            seen.purchases[key] = buyer
        case {"bought": key, "purchase": purchase, "coins": coins}:
            seen.bought.setdefault(key, set()).add((purchase, coins))
        case {"fault": what}:
            seen.faults.append(what)
