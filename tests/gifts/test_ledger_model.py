"""The ledger against a dict: whatever is sent, retried, bought, taken back, cut off, flushed or settled, both say the
same, also after the process has died on the way.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
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
from sqlalchemy import func, select

from bench.gifts_proof.road import ANSWERED, COMMITTED, DIED, GATHERED, LOCKED, WRITTEN, Road
from bench.gifts_proof.story import LATEST_STATEMENT, ODDS
from foundation.bus import MemoryBus
from foundation.lease import Lease, MemoryLeases
from gifts import luck
from gifts.ledger import COIN, DIAMOND, Gift, GiftOrder, account_of
from gifts.luck import PLAIN, Draw
from gifts.money.corrections import Corrections
from gifts.money.errors import CorrectedAlready
from gifts.money.purchase import Purchase
from gifts.money.settings import MoneySettings
from gifts.money.tables import debts
from gifts.money.test_provider import TestProvider
from gifts.money.till import Till
from gifts.money.topups import TopUps
from gifts.money.webhooks import Webhooks
from gifts.outbox import RELAY, SqlOutbox
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store_memory import MemoryBoard
from gifts.store_sql import SqlLedger
from gifts.tables import balances
from gifts.verify import ledger_verify
from gifts.windows import SqlScoring, scores_of
from tests.clocks import ToldClock
from tests.gifts.dying import NOTHING_TO_WRITE, end_there
from tests.gifts.world import ROOM, FrailDatabase, KeptFeed, codes, order, window

USERS = ("vera", "wang", "xeno")
HOSTS = ("anna", "bo")
SHARE_BP = 4000
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
PACKAGE = MoneySettings().packages[0]

users = st.sampled_from(USERS)
hosts = st.sampled_from(HOSTS)
coins = st.integers(1, 200)
lucks = st.sampled_from([None, None, *ODDS])
gifts_wished = st.tuples(users, hosts, coins, lucks)
pauses = st.sampled_from([0, 1, 300, 499, 500])  # ms
fates = st.sampled_from(["fine", "asked again", "answer lost", "away"])


@dataclass
class Model:
    """What must be true, kept the simplest way."""

    coins: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USERS, 0))
    diamonds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HOSTS, 0))
    owed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(USERS, 0))  # wins that were spent, in coins
    done: dict[str, tuple[GiftOrder, int, int]] = field(default_factory=dict)  # by key: order, balance, stamp
    drawn: dict[str, Draw] = field(default_factory=dict)  # by key
    taken_back: set[str] = field(default_factory=set)  # keys
    battle: str | None = None
    end_ms: int = 0
    rush_ms: int = 0
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)  # keys, in order of commitment

    def send(self, each: GiftOrder, now_ms: int, gift: str) -> str:
        """``gift`` is the id that it has in the ledger, if it is there: the draw hangs on it."""
        if each.key in self.done:
            known, _, stamp = self.done[each.key]
            if now_ms - stamp > WEEK_MS:
                return "key-expired"
            return "replayed" if known.content == each.content else "idempotency-conflict"
        if self.coins[each.sender] < each.coins:
            return "insufficient-coins"
        drawn = luck.draw(luck.decode(each.odds), str(each.seed), gift, each.coins) if each.odds else PLAIN
        self.drawn[each.key] = drawn
        self.coins[each.sender] += drawn.win - each.coins
        self.diamonds[each.recipient] += each.coins * SHARE_BP // 10_000
        self.done[each.key] = (each, self.coins[each.sender], now_ms)
        self.shown.append(each.key)
        if self.battle is not None and now_ms < self.end_ms:
            times = 2 if now_ms >= self.rush_ms else 1
            self.scores[self.battle][each.recipient] += each.coins * times * drawn.boost
        return "sent"

    def take_back(self, key: str) -> None:
        each = self.done[key][0]
        self.taken_back.add(key)
        held, won = self.coins[each.sender] + each.coins, self.drawn[key].win
        self.coins[each.sender] = max(0, held - won)
        self.owed[each.sender] += max(0, won - held)
        self.diamonds[each.recipient] -= each.coins * SHARE_BP // 10_000


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
        self.path = path
        self.clock = ToldClock()
        self.model = Model()
        self.board = MemoryBoard(5000)
        self.feed = KeptFeed()
        self.open()
        self.fence = 0
        self.gift_ids: dict[str, str] = {}
        self.number = 0
        for user in USERS[:2]:
            self.starter_grant(user)
        self.battle_begins(1)

    def open(self) -> None:
        """What a process has of its own."""
        self.database = FrailDatabase(f"sqlite+aiosqlite:///{self.path}")
        self.ledger = SqlLedger(self.database, self.clock)
        self.scoring = SqlScoring(self.database, self.board)
        provider = TestProvider(b"secret")
        providers = {provider.name: provider}
        self.topups = TopUps(self.database, self.clock, MoneySettings(), providers)
        self.till = Till(self.topups, Webhooks(self.database, self.clock, providers), self.clock, provider)
        self.corrections = Corrections(self.database, self.clock)

    def close(self) -> None:
        self.run(self.ledger.close())
        self.run(self.database.close())

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def insist(self, work: Callable[[], Any], fate: str) -> Any:
        """Who was told nothing, or that there is no database, asks again with the same key."""
        if fate != "fine":
            self.database.fail_before = fate == "away"
            self.database.fail_after = fate == "answer lost"
            with contextlib.suppress(ConnectionResetError):
                self.run(work())
            self.database.fail_before = self.database.fail_after = 0
        if fate == "asked again":
            self.run(work())
        return self.run(work())

    def new_order(self, user: str, host: str, price: int, odds: str | None) -> GiftOrder:
        self.number += 1
        made = order(user, key=f"k{self.number}", coins=price, recipient=host, share_bp=SHARE_BP)
        return made if odds is None else replace(made, odds=odds, seed=f"{self.number:032x}")

    def commit(self, orders: list[GiftOrder], *, written: bool = False) -> None:
        """``written``: they were before, and nobody has heard of it."""
        outcomes = self.run(self.ledger.commit(orders))
        expected = [self.send(*each) for each in zip(orders, outcomes, strict=True)]
        assert codes(outcomes) == ["replayed" if written and each == "sent" else each for each in expected]

    def send(self, each: GiftOrder, outcome: Any) -> str:
        """What the model says; of a gift both say the same."""
        gift: Gift | None = getattr(outcome, "gift", None)
        expected = self.model.send(each, self.clock.now_ms(), gift.id if gift else "")
        if gift is not None:
            assert gift.balance == self.model.done[each.key][1]
            assert Draw(gift.boost, gift.win) == self.model.drawn[each.key]
            assert self.gift_ids.setdefault(each.key, gift.id) == gift.id
        return expected

    @rule(user=users)
    def starter_grant(self, user: str) -> None:
        given = self.run(self.ledger.grant_starter(user, 500))
        first = f"grant {user}" not in self.gift_ids
        assert given == first
        self.gift_ids[f"grant {user}"] = ""
        self.model.coins[user] += 500 if first else 0

    @rule(target=keys, wishes=st.lists(gifts_wished, min_size=1, max_size=6), fate=fates, after=pauses)
    def gifts(self, wishes: list[tuple[str, str, int, str | None]], fate: str, after: int) -> Any:
        """A batch; clients who were told nothing, or that the ledger is away, ask again."""
        self.clock.advance(after)
        orders = [self.new_order(*wish) for wish in wishes]
        if fate == "away":
            self.database.fail_before = 100
            assert set(codes(self.run(self.ledger.commit(orders)))) == {"ledger-away"}
            self.database.fail_before = 0
        self.database.fail_after = int(fate == "answer lost")
        self.commit(orders, written=fate == "answer lost")
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

    @rule(user=users, fate=fates)
    def buys(self, user: str, fate: str) -> None:
        self.number += 1
        key = f"k{self.number}"

        async def pay() -> Purchase:
            purchase = await self.topups.begin(user, PACKAGE.id, key)
            return await self.till.pay(user, purchase.id)

        assert self.insist(pay, fate).coins == PACKAGE.coins
        self.model.coins[user] += PACKAGE.coins

    @rule(before=keys, fate=fates)
    def refund(self, before: GiftOrder, fate: str) -> None:
        """Whole and once, whoever asks how often; the battle's score stays."""
        if before.key not in self.gift_ids:
            return
        self.number += 1
        first, other = f"k{self.number}", f"other-{self.number}"
        gift = self.gift_ids[before.key]
        if before.key not in self.model.taken_back:
            made = self.insist(lambda: self.corrections.refund("root", gift, "by mistake", first), fate)
            assert {each.corrects for each in made.transfers} <= {f"{gift}c", f"{gift}d", f"{gift}w"}
            self.model.take_back(before.key)
        with pytest.raises(CorrectedAlready):
            self.run(self.corrections.refund("root", gift, "by mistake", other))

    @rule(days=st.sampled_from([1, 3, 8]))
    def days_pass(self, days: int) -> None:
        """Keys that are older than a week have expired."""
        self.clock.advance(days * DAY_MS)

    @rule(
        target=keys,
        wishes=st.lists(gifts_wished, min_size=1, max_size=4),
        label=st.sampled_from([GATHERED, LOCKED, WRITTEN, COMMITTED, ANSWERED]),
        statement=st.integers(0, LATEST_STATEMENT),
    )
    def the_process_dies(self, wishes: list[tuple[str, str, int, str | None]], label: str, statement: int) -> Any:
        """A forked one, in the middle of a batch. Clients ask the next one again."""
        orders = [self.new_order(*wish) for wish in wishes]
        self.close()
        road = Road(label, statement=statement)
        pid = os.fork()
        if pid == 0:
            end_there(road, self.path, self.clock, orders)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.open()
        assert ended in (DIED, NOTHING_TO_WRITE)
        self.commit(orders, written=ended == DIED and label in (COMMITTED, ANSWERED))
        return multiple(*orders)

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
        assert list(dict.fromkeys(self.feed.gifts(ROOM))) == [self.gift_ids[key] for key in self.model.shown]

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

    async def debts(self) -> dict[str, int]:
        query = select(debts.c.owner, debts.c.currency, func.sum(debts.c.amount)).group_by("owner", "currency")
        async with self.database.read() as transaction:
            return {account_of(owner, currency): owed for owner, currency, owed in await transaction.execute(query)}

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        report, owed = self.run(ledger_verify(self.database)), self.run(self.debts())
        self.close()
        self.runner.close()
        self.folder.cleanup()
        assert report.holds, report.text()
        assert owed == {account_of(user, COIN): coins for user, coins in self.model.owed.items() if coins}


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
