"""What clients and audience have seen, written down before anybody goes on: a file that outlives who writes to it.

One line a fact, in one ``write``: the death of a process takes nothing of it along.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from foundation.errors import Refusal
from foundation.feed import FeedMessage
from gifts.ledger import Gift, GiftOrder


@dataclass
class Seen:
    """All that a journal says."""

    asked: list[dict[str, Any]] = field(default_factory=list)  # fields of each order, each time
    gifts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # fields, by key, each time it was answered
    refused: dict[str, list[str]] = field(default_factory=dict)  # codes, by key
    posted: dict[tuple[str, str], int] = field(default_factory=dict)  # how often, by room and gift id
    faults: list[str] = field(default_factory=list)  # what a process found wrong with itself

    @property
    def unanswered(self) -> set[str]:
        return {order["key"] for order in self.asked} - self.gifts.keys() - self.refused.keys()


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def asked(self, order: GiftOrder) -> None:
        self._say({"asked": vars(order)})

    def answered(self, key: str, outcome: Gift | Refusal) -> None:
        said = {"code": outcome.code} if isinstance(outcome, Refusal) else {"gift": outcome._asdict()}
        self._say({"key": key, **said})

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
        seen = Seen()
        for fact in self._facts():
            if "asked" in fact:
                seen.asked.append(fact["asked"])
            elif "posted" in fact:
                where = (fact["room"], fact["posted"])
                seen.posted[where] = seen.posted.get(where, 0) + 1
            elif "fault" in fact:
                seen.faults.append(fact["fault"])
            elif "gift" in fact:
                seen.gifts.setdefault(fact["key"], []).append(fact["gift"])
            else:
                seen.refused.setdefault(fact["key"], []).append(fact["code"])
        return seen

    def _facts(self) -> Iterator[dict[str, Any]]:
        for line in self._path.read_bytes().splitlines():
            yield orjson.loads(line)
