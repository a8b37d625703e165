"""What happens to a platform, as rules of Hypothesis, beside the model of what its ledger must then say.

Whatever is sent, retried, bought, taken back, cut off, flushed or settled, both say the same, also after a process has
died on the way of a gift, a purchase, a refund or of the relay.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
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

import foundation.redis
from bench.gifts_proof.journal import Journal
from bench.gifts_proof.road import (
    ANSWERED,
    COMMITTED,
    COUNTED,
    GATHERED,
    LOCKED,
    NOTED,
    SHOWN,
    WRITTEN,
    Road,
    RoadFeed,
)
from bench.gifts_proof.story import LATEST_STATEMENT, ODDS
from gifts.ledger import COIN, DIAMOND, Gift, GiftOrder, Replayed, account_of
from gifts.luck import Chance, Draw, encode
from gifts.money.corrections import Corrections
from gifts.money.errors import CorrectedAlready
from gifts.money.tables import debts
from gifts.outbox import SqlOutbox
from gifts.store_redis import RedisBoard
from gifts.store_sql import SqlLedger
from gifts.tables import balances
from gifts.verify import ledger_verify
from gifts.windows import SqlScoring, scores_of
from tests.clocks import ToldClock
from tests.gifts import dying
from tests.gifts.dying import PACKAGE, Place, Shop, died
from tests.gifts.ledger_model import HOSTS, SHARE_BP, USERS, Model
from tests.gifts.world import ROOM, FrailDatabase, codes, order, window

DAY_MS = 86_400_000
ALWAYS = encode((Chance(1, boost=2, win=3),))

users = st.sampled_from(USERS)
hosts = st.sampled_from(HOSTS)
coins = st.one_of(st.integers(1, 200), st.sampled_from([400, 500, 1200]))
lucks = st.sampled_from([None, None, *ODDS])
gifts_wished = st.tuples(users, hosts, coins, lucks)
pauses = st.sampled_from([0, 1, 300, 499, 500])  # ms
statements = st.integers(0, LATEST_STATEMENT)
cut_offs = st.sampled_from(["fine", "asked again", "answer lost", "away"])
deaths = st.tuples(st.sampled_from([GATHERED, LOCKED, WRITTEN, COMMITTED]), statements)
fates = st.one_of(cut_offs, deaths)
Fate = str | tuple[str, int]


class Ground:
    """A folder for the files of one story after the other; ``template`` is a SQLite file with tables."""

    def __init__(self, folder: Path, template: Path, redis_url: str) -> None:
        self._folder = folder
        self._template = template
        self._redis_url = redis_url
        self.database = FrailDatabase(f"sqlite+aiosqlite:///{folder / 'ledger.db'}")

    def empty(self, clock: ToldClock) -> Place:
        for path in self._folder.iterdir():
            path.unlink()
        shutil.copy(self._template, self._folder / "ledger.db")
        return Place(self.database, self._folder / "journal", self._redis_url, clock)


class LedgerMachine(RuleBasedStateMachine):
    """``keys`` are requests that were made before. All stories of a process have one place, which each finds empty."""

    keys: Bundle[GiftOrder] = Bundle("keys")
    ground: ClassVar["Ground"]
    begun: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        LedgerMachine.begun += 1
        self.runner = asyncio.Runner()
        self.clock = ToldClock()
        self.place = self.ground.empty(self.clock)
        self.database = self.ground.database
        self.journal = Journal(self.place.journal)
        self.model = Model()
        self.open()
        self.run(self.redis.flushall())
        self.fence = 0
        self.shown_again = False  # a gift may have been
        self.gift_ids: dict[str, str] = {}
        self.number = 0
        for user in USERS[:2]:
            self.starter_grant(user)
        self.battle_begins(1)

    def open(self) -> None:
        """What a process has of its own."""
        self.redis = foundation.redis.connect(self.place.redis_url, "model")
        self.board = RedisBoard(self.redis, dying.COMBO_MS)
        self.ledger = SqlLedger(self.database, self.clock)
        self.scoring = SqlScoring(self.database, self.board)
        self.shop = Shop(self.database, self.clock)
        self.corrections = Corrections(self.database, self.clock)

    def close(self) -> None:
        self.run(self.ledger.close())
        self.run(self.database.close())
        self.run(self.redis.aclose())

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def dies(self, fate: tuple[str, int], work: Callable[[Road], Any]) -> bool:
        """``work`` in another process, while this one has nothing open; whether it has come to where it should die."""
        road = Road(fate[0], statement=fate[1])
        self.close()
        dead = died(road, partial(work, road))
        self.open()
        return dead

    def insist(self, work: Callable[[], Any], fate: Fate, elsewhere: Callable[[Road], Any]) -> Any:
        """Who was told nothing, or that there is no database, asks again with the same key.

        ``elsewhere`` is the same work for a process that may die of it.
        """
        if isinstance(fate, tuple):
            self.dies(fate, elsewhere)
        elif fate != "fine":
            self.database.fail_before = fate == "away"
            self.database.fail_after = fate == "answer lost"
            with contextlib.suppress(ConnectionResetError):
                self.run(work())
            self.database.fail_before = self.database.fail_after = 0
        if fate == "asked again":
            self.run(work())
        return self.run(work())

    def new_key(self) -> str:
        self.number += 1
        return f"k{self.number}"

    def new_order(self, user: str, host: str, price: int, odds: str | None) -> GiftOrder:
        made = order(user, key=self.new_key(), coins=price, recipient=host, share_bp=SHARE_BP)
        return made if odds is None else replace(made, odds=odds, seed=f"{self.number:032x}")

    def commit(self, orders: list[GiftOrder], *, written: bool = False) -> None:
        """``written``: they were before, and nobody has heard of it.

        What was refused then is decided anew, and what others of the batch have won may have come in between.
        """
        outcomes = self.run(self.ledger.commit(orders))
        if written:
            before = [outcome if isinstance(outcome, Replayed) else None for outcome in outcomes]
            said = [self.send(*each) for each in zip(orders, before, strict=True)]
            assert [each == "sent" for each in said] == [outcome is not None for outcome in before]
        assert codes(outcomes) == [self.send(*each) for each in zip(orders, outcomes, strict=True)]

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

    @rule(target=keys, wishes=st.lists(gifts_wished, min_size=1, max_size=6), fate=cut_offs, after=pauses)
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
    def buys(self, user: str, fate: Fate) -> None:
        key = self.new_key()
        bought = self.insist(
            lambda: self.shop.buy(user, key), fate, lambda road: dying.buys(road, self.place, user, key)
        )
        assert bought.coins == PACKAGE.coins
        self.model.coins[user] += PACKAGE.coins

    @rule(before=keys, fate=fates)
    def refund(self, before: GiftOrder, fate: Fate) -> None:
        """Whole and once, whoever asks how often; the battle's score stays."""
        if before.key not in self.gift_ids:
            return
        first, other, gift = self.new_key(), self.new_key(), self.gift_ids[before.key]
        if before.key not in self.model.taken_back:
            made = self.insist(
                lambda: self.corrections.refund("root", gift, "by mistake", first),
                fate,
                lambda road: dying.refunds(road, self.place, gift, first),
            )
            assert {each.corrects for each in made.transfers} <= {f"{gift}c", f"{gift}d", f"{gift}w"}
            self.model.take_back(before.key)
        with pytest.raises(CorrectedAlready):
            self.run(self.corrections.refund("root", gift, "by mistake", other))

    @rule(target=keys, user=users, host=hosts, fate=fates)
    def a_win_is_spent_and_taken_back(self, user: str, host: str, fate: Fate) -> Any:
        """What the purse does not carry is owed."""
        if not self.model.coins[user]:
            return multiple()
        won = self.new_order(user, host, self.model.coins[user], ALWAYS)
        self.commit([won])
        spent = self.new_order(user, host, self.model.coins[user], None)
        self.commit([spent])
        self.refund(won, fate)
        return multiple(won, spent)

    @rule(days=st.sampled_from([1, 3, 8]))
    def days_pass(self, days: int) -> None:
        """Keys that are older than a week have expired."""
        self.clock.advance(days * DAY_MS)

    @rule(
        target=keys,
        wishes=st.lists(gifts_wished, min_size=1, max_size=4),
        label=st.sampled_from([GATHERED, LOCKED, WRITTEN, COMMITTED, ANSWERED]),
        statement=statements,
    )
    def the_process_dies(self, wishes: list[tuple[str, str, int, str | None]], label: str, statement: int) -> Any:
        """In the middle of a batch. Clients ask the next one again."""
        orders = [self.new_order(*wish) for wish in wishes]
        dead = self.dies((label, statement), lambda road: dying.gives(road, self.place, orders))
        self.commit(orders, written=dead and label in (COMMITTED, ANSWERED))
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
    def redis_is_flushed(self) -> None:
        self.run(self.redis.flushall())
        self.shown_again = True

    @rule(nth=st.integers(1, 2), label=st.sampled_from([COUNTED, SHOWN, NOTED]))
    def the_relay_dies(self, nth: int, label: str) -> None:
        """At its ``nth`` batch, if there are so many."""
        self.fence += 1
        fence = self.fence
        dead = self.dies((label, 0), lambda road: dying.relays(road, self.place, fence, nth))
        self.shown_again = self.shown_again or (dead and label == SHOWN)

    @rule(database_is_away=st.booleans())
    def the_relay_works(self, database_is_away: bool) -> None:
        """Another one than before; without the database it cannot take out what it has shown."""
        self.database.fail_before = int(database_is_away)
        with contextlib.suppress(ConnectionResetError):
            self.drain()
        self.database.fail_before = 0
        if not database_is_away:
            self.everything_is_shown()

    def drain(self) -> None:
        self.fence += 1
        feed = RoadFeed(self.journal.posted, Road())
        self.run(dying.relay(self.database, self.board, feed, self.clock).drain(dying.lease(self.fence)))

    def everything_is_shown(self) -> None:
        for battle, scores in self.model.scores.items():
            assert self.run(self.scoring.live_scores(battle)) == scores
        assert self.run(SqlOutbox(self.database).waiting()) == 0
        posted = {gift: times for (room, gift), times in self.journal.read().posted.items() if room == ROOM}
        assert list(posted) == [self.gift_ids[key] for key in self.model.shown]
        assert self.shown_again or set(posted.values()) <= {1}

    @invariant()
    def wallets_are_the_models(self) -> None:
        if not hasattr(self, "model"):
            return
        held, summed = self.run(self.in_the_ledger())
        for user in USERS:
            assert held.get(account_of(user, COIN), 0) == self.model.coins[user]
        for host in HOSTS:
            assert held.get(account_of(host, DIAMOND), 0) == self.model.diamonds[host]
        assert summed == self.model.scores

    async def in_the_ledger(self) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """Balances, and the score of each battle."""
        async with self.database.read() as transaction:
            held = {row.account: row.amount for row in await transaction.execute(select(balances))}
            return held, {battle: await scores_of(transaction, battle) for battle in self.model.scores}

    async def debts(self) -> dict[str, int]:
        query = select(debts.c.owner, debts.c.currency, func.sum(debts.c.amount)).group_by("owner", "currency")
        async with self.database.read() as transaction:
            return {account_of(owner, currency): owed for owner, currency, owed in await transaction.execute(query)}

    def teardown(self) -> None:
        """In the end the relay comes to everything, and the books are sound."""
        if not hasattr(self, "model"):
            return
        try:
            self.drain()
            self.everything_is_shown()
            report = self.run(ledger_verify(self.database, drained=True))
            assert report.holds, report.text()
            owed = {account_of(user, COIN): coins for user, coins in self.model.owed.items() if coins}
            assert self.run(self.debts()) == owed
        finally:
            self.close()
            self.journal.close()
            self.runner.close()


def play(examples: int, steps: int, chosen: int, template: Path, redis_url: str) -> int:
    """So many stories of at most so many steps, those of the seed ``chosen``; how many were told, or an error."""
    with tempfile.TemporaryDirectory() as folder:
        LedgerMachine.ground, LedgerMachine.begun = Ground(Path(folder), template, redis_url), 0
        run_state_machine_as_test(seed(chosen)(LedgerMachine), settings=_settings(examples, steps))
    return LedgerMachine.begun


def _settings(examples: int, steps: int) -> settings:
    # Without shrinking: a shorter story is not worth the minutes that hundreds of databases take to find it.
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
