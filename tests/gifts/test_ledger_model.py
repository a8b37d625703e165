"""The ledger against a dict: whatever is sent, retried, cut off, flushed or settled, both say the same."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from foundation.bus import MemoryBus
from foundation.lease import Lease, MemoryLeases
from gifts.ledger import COIN, DIAMOND, Gift, GiftOrder, account_of
from gifts.outbox import RELAY, SqlOutbox
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store_memory import MemoryBoard
from gifts.store_sql import SqlLedger
from gifts.tables import balances
from gifts.verify import ledger_verify
from gifts.windows import SqlScoring, scores_of
from tests.clocks import ToldClock
from tests.gifts.world import FrailDatabase, KeptFeed, codes, order, window

USERS = ("vera", "wang", "xeno")
HOSTS = ("anna", "bo")
SHARE_BP = 4000

users = st.sampled_from(USERS)
hosts = st.sampled_from(HOSTS)
coins = st.integers(1, 200)
pauses = st.sampled_from([0, 1, 300, 499, 500])  # ms
fates = st.sampled_from(["fine", "asked again", "answer lost", "away"])


@dataclass
class Model:
    """What must be true, kept the simplest way."""

    coins: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USERS, 0))
    diamonds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HOSTS, 0))
    done: dict[str, tuple[GiftOrder, int]] = field(default_factory=dict)  # by key: the order and its balance
    battle: str | None = None
    end_ms: int = 0
    rush_ms: int = 0
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)  # keys, in order of commitment

    def send(self, each: GiftOrder, now_ms: int) -> str:
        if each.key in self.done:
            return "replayed" if self.done[each.key][0].content == each.content else "idempotency-conflict"
        if self.coins[each.sender] < each.coins:
            return "insufficient-coins"
        self.coins[each.sender] -= each.coins
        self.diamonds[each.recipient] += each.coins * SHARE_BP // 10_000
        self.done[each.key] = (each, self.coins[each.sender])
        self.shown.append(each.key)
        if self.battle is not None and now_ms < self.end_ms:
            times = 2 if now_ms >= self.rush_ms else 1
            self.scores[self.battle][each.recipient] += each.coins * times
        return "sent"


class LedgerMachine(RuleBasedStateMachine):
    """Rules are what happens to a platform; ``keys`` are requests that were made before."""

    keys: Bundle[GiftOrder] = Bundle("keys")
    template: Path

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "ledger.db"
        shutil.copy(self.template, path)
        self.database = FrailDatabase(f"sqlite+aiosqlite:///{path}")
        self.clock = ToldClock()
        self.model = Model()
        self.board = MemoryBoard(5000)
        self.feed = KeptFeed()
        self.ledger = SqlLedger(self.database, self.clock)
        self.scoring = SqlScoring(self.database, self.board)
        self.fence = 0
        self.gift_ids: dict[str, str] = {}
        self.number = 0
        for user in USERS[:2]:
            self.starter_grant(user)
        self.battle_begins(1)

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def new_order(self, user: str, host: str, price: int) -> GiftOrder:
        self.number += 1
        return order(user, key=f"k{self.number}", coins=price, recipient=host, share_bp=SHARE_BP)

    def commit(self, orders: list[GiftOrder]) -> None:
        expected = [self.model.send(each, self.clock.now_ms()) for each in orders]
        outcomes = self.run(self.ledger.commit(orders))
        assert codes(outcomes) == expected
        self.remember(orders, outcomes)

    def remember(self, orders: list[GiftOrder], outcomes: list[Any]) -> None:
        for each, outcome in zip(orders, outcomes, strict=True):
            gift = getattr(outcome, "gift", None)
            if isinstance(gift, Gift):
                assert gift.balance == self.model.done[each.key][1]
                assert self.gift_ids.setdefault(each.key, gift.id) == gift.id

    @rule(user=users)
    def starter_grant(self, user: str) -> None:
        given = self.run(self.ledger.grant_starter(user, 500))
        first = f"grant {user}" not in self.gift_ids
        assert given == first
        self.gift_ids[f"grant {user}"] = ""
        self.model.coins[user] += 500 if first else 0

    @rule(
        target=keys, wishes=st.lists(st.tuples(users, hosts, coins), min_size=1, max_size=6), fate=fates, after=pauses
    )
    def gifts(self, wishes: list[tuple[str, str, int]], fate: str, after: int) -> Any:
        """A batch; clients who were told nothing, or that the ledger is away, ask again."""
        self.clock.advance(after)
        orders = [self.new_order(*wish) for wish in wishes]
        if fate == "away":
            self.database.fail_before = 100
            assert set(codes(self.run(self.ledger.commit(orders)))) == {"ledger-away"}
            self.database.fail_before = 0
        if fate == "answer lost":
            self.database.fail_after = 1
            expected = [self.model.send(each, self.clock.now_ms()) for each in orders]
            outcomes = self.run(self.ledger.commit(orders))
            assert codes(outcomes) == ["replayed" if each == "sent" else each for each in expected]
            self.remember(orders, outcomes)
        else:
            self.commit(orders)
        if fate == "asked again":
            self.commit(orders)
        return multiple(*orders)

    @rule(first=keys, second=keys)
    def retry(self, first: GiftOrder, second: GiftOrder) -> None:
        self.commit([first, second, first])

    @rule(before=consumes(keys), count=st.integers(2, 9))
    def changed_retry(self, before: GiftOrder, count: int) -> None:
        changed = order(before.sender, key=before.key, coins=1, recipient=before.recipient, count=count)
        if before.key in self.model.done:
            self.commit([changed])

    @rule(seconds=st.integers(1, 3))
    def battle_begins(self, seconds: int) -> None:
        if self.model.battle is not None:
            return
        battle, now = f"battle-{len(self.model.scores)}", self.clock.now_ms()
        self.model.battle, self.model.end_ms, self.model.rush_ms = battle, now + seconds * 1000, now + seconds * 500
        self.model.scores[battle] = dict.fromkeys(HOSTS, 0)
        span = {"battle_id": battle, "start_ms": now, "end_ms": self.model.end_ms, "rush_from_ms": self.model.rush_ms}

        async def begin() -> None:
            async with self.database.write() as transaction:
                await self.scoring.open_windows(transaction, [window(host, host, **span) for host in HOSTS])

        self.run(begin())

    @rule()
    def battle_is_settled(self) -> None:
        if self.model.battle is None:
            return

        async def settle() -> dict[str, int]:
            async with self.database.write() as transaction:
                return (await self.scoring.tally(transaction, str(self.model.battle))).scores

        assert self.run(settle()) == self.model.scores[self.model.battle]
        self.model.battle = None

    @rule()
    def the_board_is_flushed(self) -> None:
        self.board = MemoryBoard(5000)
        self.scoring = SqlScoring(self.database, self.board)

    @rule(dies_before_marking=st.booleans())
    def the_relay_works(self, dies_before_marking: bool) -> None:
        self.fence += 1
        lease = Lease(RELAY, self.fence, "token", float("inf"))
        relay = GiftRelay(
            self.database, self.board, MemoryBus(), self.feed, MemoryLeases(), self.clock, GiftSettings(relay_batch=3)
        )
        self.database.fail_before = 1 if dies_before_marking else 0
        try:
            self.run(relay.drain(lease))
        except ConnectionResetError:
            self.database.fail_before = 0
            return
        self.database.fail_before = 0
        for battle, scores in self.model.scores.items():
            assert self.run(self.scoring.live_scores(battle)) == scores
        assert self.run(SqlOutbox(self.database).waiting()) == 0
        shown = [message.body["id"] for message in self.feed.messages if message.room == "room-of-anna"]
        assert list(dict.fromkeys(shown)) == [self.gift_ids[key] for key in self.model.shown]

    @invariant()
    def wallets_are_the_models(self) -> None:
        if not hasattr(self, "model"):
            return
        held = self.run(self.balances())
        for user in USERS:
            assert held.get(account_of(user, COIN), 0) == self.model.coins[user]
        for host in HOSTS:
            assert held.get(account_of(host, DIAMOND), 0) == self.model.diamonds[host]

        assert self.run(self.summed()) == self.model.scores

    async def summed(self) -> dict[str, dict[str, int]]:
        async with self.database.read() as transaction:
            return {battle: await scores_of(transaction, battle) for battle in self.model.scores}

    async def balances(self) -> dict[str, int]:
        async with self.database.read() as transaction:
            return {row.account: row.amount for row in await transaction.execute(select(balances))}

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        report = self.run(ledger_verify(self.database))
        self.run(self.ledger.close())
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()
        assert report.holds, report.text()


def test_the_ledger_does_what_the_model_says(sqlite_template: Path) -> None:
    """The tables are made once; each run of the machine begins with a copy of the file."""
    LedgerMachine.template = sqlite_template
    # Without shrinking: a shorter story is not worth the minutes that hundreds of databases take to find it.
    told = settings(
        max_examples=30,
        stateful_step_count=15,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(LedgerMachine, settings=told)
