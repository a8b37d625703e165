"""The road of a gift and the eight points on it at which a process may be told to die.

Nothing of this is in the product. The points lie on seams that are there: the ledger that the committer is given, the
bus and the feed that are given to doorbell and relay, and Python's ``sqlite3``, of which every connection made here is
one that tells the road of its statements. ``os._exit`` is the death: nothing is flushed, closed or rolled back.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from foundation.bus import MemoryBus
from foundation.facts import Fact
from foundation.feed import FeedMessage
from gifts.committer import Ledger
from gifts.events import GiftsCommitted
from gifts.ledger import GiftOrder, Outcome

DIED = 77  # the exit status of who died where he was told to

GATHERED = "gathered"  # a batch is handed to the ledger
LOCKED = "locked"  # it has the write lock (PostgreSQL: has begun), and has written none, some or all of its rows
WRITTEN = "written"  # all rows are there, COMMIT is not said
COMMITTED = "committed"  # it is durable, nobody is answered
ANSWERED = "answered"  # the senders are told, the doorbell is not rung
COUNTED = "counted"  # the relay has counted on the board, nothing is posted to the feed
SHOWN = "shown"  # it is posted, that is not noted
NOTED = "noted"  # it is noted, the rows of the outbox are still there
LABELS = (GATHERED, LOCKED, WRITTEN, COMMITTED, ANSWERED, COUNTED, SHOWN, NOTED)
OF_THE_RELAY = (COUNTED, SHOWN, NOTED)

_OUTBOX_ENDS = "DELETE FROM gift_outbox"


@dataclass
class Road:
    """Dies when ``label`` is passed for the ``nth`` time; None: nobody dies. ``statement`` is where in ``LOCKED``."""

    label: str | None = None
    nth: int = 1
    statement: int = 0
    die: Callable[[], Any] = lambda: os._exit(DIED)
    begin: str = "BEGIN IMMEDIATE"  # what a transaction that may write begins with
    committed: Callable[[], Any] = lambda: None  # after each COMMIT about money that went well
    passed: dict[str, int] = field(default_factory=dict)
    _writing: bool = False
    _said: int | None = None  # statements since it has begun

    def arm(self, label: str, nth: int, statement: int) -> None:
        """From now on."""
        self.label, self.nth, self.statement = label, nth, statement
        self.passed.clear()

    def at(self, label: str) -> None:
        self.passed[label] = self.passed.get(label, 0) + 1
        if label == self.label and self.passed[label] == self.nth:
            self.die()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction about money is on its way from here on."""
        self.at(GATHERED)
        self._writing = True
        try:
            yield
        finally:
            self._writing = False

    def before(self, statement: str) -> None:
        if statement.startswith(_OUTBOX_ENDS):
            self.at(NOTED)
        if not self._writing:
            return
        if statement.startswith("COMMIT"):
            self._said = None
            self.at(WRITTEN)
        elif self._said is not None:
            if self._said == self.statement:
                self.at(LOCKED)
            self._said += 1

    def after(self, statement: str) -> None:
        if not self._writing:
            return
        if statement.startswith("COMMIT"):
            self.committed()
            self.at(COMMITTED)
        elif statement == self.begin:
            self._said = 0


def lead(road: Road) -> None:
    """Every connection that ``sqlite3`` opens in this process from now on tells ``road`` of its statements."""

    class Cursor(sqlite3.Cursor):
        def execute(self, statement: str, *parameters: Any) -> "Cursor":
            road.before(statement)
            super().execute(statement, *parameters)
            road.after(statement)
            return self

        def executemany(self, statement: str, *parameters: Any) -> "Cursor":
            road.before(statement)
            super().executemany(statement, *parameters)
            road.after(statement)
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(factory or Cursor)

        def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
            road.before(statement)
            answer = super().execute(statement, *parameters)
            road.after(statement)
            return answer

        def commit(self) -> None:
            told = self.in_transaction
            if told:
                road.before("COMMIT")
            super().commit()
            if told:
                road.after("COMMIT")

    connect: Callable[..., sqlite3.Connection] = sqlite3.dbapi2.connect

    def connected(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return connect(*arguments, **{"factory": Connection} | named)

    sqlite3.connect = connected  # type: ignore[assignment]


class RoadLedger:
    """Before the committer's ledger."""

    def __init__(self, ledger: Ledger, road: Road) -> None:
        self._ledger = ledger
        self._road = road

    async def commit(self, orders: Sequence[GiftOrder], wanted: Callable[[], bool]) -> list[Outcome]:
        with self._road.writing():
            return await self._ledger.commit(orders, wanted)


class RoadBus(MemoryBus):
    """The bus of the doorbell."""

    def __init__(self, road: Road) -> None:
        super().__init__()
        self._road = road

    async def publish(self, *facts: Fact) -> None:
        if any(isinstance(fact, GiftsCommitted) for fact in facts):
            self._road.at(ANSWERED)
        await super().publish(*facts)


class RoadFeed:
    """A feed that tells ``post`` of each message that it has taken."""

    def __init__(self, post: Callable[[FeedMessage], None], road: Road) -> None:
        self._post = post
        self._road = road

    async def post(self, *messages: FeedMessage) -> None:
        self._road.at(COUNTED)
        for message in messages:
            self._post(message)
        self._road.at(SHOWN)
