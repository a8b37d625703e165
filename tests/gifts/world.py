"""The people and things that gifts tests need around the ledger."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from accounts.principal import Principal, Role
from foundation.errors import Refusal
from foundation.feed import FeedMessage
from foundation.ids import new_id
from foundation.scripts import Script, ScriptFailed, ScriptRunner, Staging
from foundation.sql import Database, Transaction
from gifts.ledger import Gift, GiftOrder, Posted, Replayed
from gifts.scoring import ScoringWindow
from gifts.service import LiveHost, StagePerson
from gifts.store_sql import SqlLedger
from moderation.gate import Sanctioned, Scope

T = TypeVar("T")

ROOM = "room-of-anna"
OTHER_ROOM = "room-of-bo"
ANNA = LiveHost("anna", "Anna", ROOM)
BO = LiveHost("bo", "Bo", OTHER_ROOM)
VERA = Principal("vera", "Vera", frozenset({Role.VIEWER}))


def order(sender: str = "vera", *, key: str = "", coins: int = 10, **changes: object) -> GiftOrder:
    members: dict[str, object] = {
        "key": key or new_id(),
        "room": ROOM,
        "sender": sender,
        "sender_name": sender.title(),
        "recipient": "anna",
        "recipient_name": "Anna",
        "item": "rose",
        "count": 1,
        "price": coins,
        "share_bp": 5000,
    }
    return GiftOrder(**(members | changes))  # type: ignore[arg-type]


def gift(sender: str = "vera", *, score: int = 10, at_ms: int = 1000, side: str = "red", **changes: object) -> Gift:
    members: dict[str, object] = {
        "id": new_id(),
        "room": ROOM,
        "sender": sender,
        "sender_name": sender.title(),
        "recipient": "anna",
        "recipient_name": "Anna",
        "item": "rose",
        "count": 1,
        "price": score,
        "coins": score,
        "share_bp": 5000,
        "diamonds": score // 2,
        "battle": "battle",
        "side": side,
        "multiplier": 1,
        "score": score,
        "balance": 0,
        "accepted_at_ms": at_ms,
        "key": new_id(),
        "content": "",
    }
    return Gift(**(members | changes))  # type: ignore[arg-type]


def window(recipient: str = "anna", side: str = "red", **changes: object) -> ScoringWindow:
    members: dict[str, object] = {
        "battle_id": "battle",
        "recipient": recipient,
        "side": side,
        "start_ms": 0,
        "end_ms": 10**14,
        "rush_from_ms": 10**14,
        "rush_multiplier": 2,
        "rooms": (ROOM, OTHER_ROOM),
    }
    return ScoringWindow(**(members | changes))  # type: ignore[arg-type]


async def commit(ledger: SqlLedger, *orders: GiftOrder) -> list[Gift]:
    """Commit orders that must all be accepted."""
    return [accepted(outcome) for outcome in await ledger.commit(orders)]


def accepted(outcome: Posted | Replayed | Refusal) -> Gift:
    assert not isinstance(outcome, Refusal), outcome
    return outcome.gift


def codes(outcomes: Sequence[Posted | Replayed | Refusal]) -> list[str]:
    """``sent``, ``replayed`` or the refusal's code."""
    return [
        each.code if isinstance(each, Refusal) else "sent" if isinstance(each, Posted) else "replayed"
        for each in outcomes
    ]


class KeptFeed:
    """A feed that keeps what was posted."""

    def __init__(self) -> None:
        self.messages: list[FeedMessage] = []

    async def post(self, *messages: FeedMessage) -> None:
        self.messages += messages

    def gifts(self, room: str) -> list[object]:
        return [each.body["id"] for each in self.messages if each.room == room and each.type == "gift.sent"]


@dataclass
class ToldStages:
    """Who is live and who stands on which stage, as the test says."""

    live: dict[str, LiveHost] = field(default_factory=lambda: {ROOM: ANNA, OTHER_ROOM: BO})
    together: dict[str, list[LiveHost]] = field(default_factory=dict)
    guests: list[StagePerson] = field(default_factory=list)

    async def host_of(self, room: str) -> LiveHost | None:
        return self.live.get(room)

    async def on_stage(self, room: str) -> list[StagePerson]:
        alone = [self.live[room]] if room in self.live else []
        hosts = self.together.get(room, alone)
        return [*map(StagePerson.himself, hosts), *(guest for guest in self.guests if guest.host in hosts)]

    def battle(self) -> None:
        self.together = {ROOM: [ANNA, BO], OTHER_ROOM: [ANNA, BO]}


@dataclass
class ToldGate:
    muted: set[tuple[str, Scope]] = field(default_factory=set)
    questions: list[list[str]] = field(default_factory=list)

    async def check(self, user_id: str, scope: Scope) -> None:
        if (user_id, scope) in self.muted:
            raise Sanctioned

    async def refusals(self, users: Collection[str], scope: Scope) -> dict[str, Sanctioned | None]:
        self.questions.append(sorted(users))
        return {user: Sanctioned() if (user, scope) in self.muted else None for user in users}


class FrailDatabase(Database):
    """Fails on demand: before the COMMIT, or after it so that nobody hears of it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.fail_before = 0
        self.fail_after = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with super().write() as transaction:
            yield transaction
            if self.failed_before():
                raise ConnectionResetError("cut off before COMMIT")
        if self.failed_after():
            raise ConnectionResetError("cut off after COMMIT")

    def scripts(self, *staging: Staging) -> ScriptRunner:
        return FrailScripts(super().scripts(*staging), self)

    def failed_before(self) -> bool:
        self.fail_before -= (failed := self.fail_before > 0)
        return failed

    def failed_after(self) -> bool:
        self.fail_after -= (failed := self.fail_after > 0)
        return failed


class FrailScripts:
    """The scripts of a ``FrailDatabase``."""

    def __init__(self, runner: ScriptRunner, database: FrailDatabase) -> None:
        self.dialect = runner.dialect
        self._runner = runner
        self._database = database

    async def run(self, script: Callable[[], Script[T]]) -> T:
        answer = await self._runner.run(partial(self._cut, script))
        if self._database.failed_after():
            raise ScriptFailed("cut off after COMMIT")
        return answer

    def _cut(self, script: Callable[[], Script[T]]) -> Script[T]:
        answer = yield from script()
        if self._database.failed_before():
            raise ScriptFailed("cut off before COMMIT")
        return answer

    async def close(self) -> None:
        await self._runner.close()
