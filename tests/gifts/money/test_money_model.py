"""Money in and out against a dict: whatever is bought, told again, given, taken back or paid out, both agree."""

import asyncio
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.principal import Principal, Role
from bench.gifts_proof.story import ODDS
from foundation.errors import Refusal
from foundation.ids import new_id
from foundation.sql import Database
from gifts import luck
from gifts.ledger import Gift
from gifts.luck import PLAIN, Draw
from gifts.money.decisions import State, Verb
from gifts.money.grants import Grant, GrantWish
from gifts.money.purchase import PaymentKind, Purchase, Ruling
from gifts.money.statements import Span
from gifts.money.withdrawals import Withdrawal, WithdrawalWish
from gifts.verify import ledger_verify
from tests.clocks import ToldClock
from tests.gifts.money.world import House
from tests.gifts.world import codes, order

USERS = ("vera", "wang")
HOSTS = {name: Principal(name, name.title(), frozenset({Role.HOST})) for name in ("anna", "bo")}

users = st.sampled_from(USERS)
hosts = st.sampled_from(sorted(HOSTS))
lucks = st.sampled_from([None, None, *ODDS])


@dataclass
class Model:
    """What must be true, kept the simplest way."""

    coins: Counter[str] = field(default_factory=Counter)
    diamonds: Counter[str] = field(default_factory=Counter)
    owed: Counter[str] = field(default_factory=Counter)
    purchases: dict[str, str] = field(default_factory=dict)  # id: pending, paid, held, closed or over
    asked: dict[str, str] = field(default_factory=dict)  # who of ops wants a held purchase to be credited
    refunded: set[str] = field(default_factory=set)
    withdrawals: dict[str, State] = field(default_factory=dict)
    grants: dict[str, State] = field(default_factory=dict)

    def take(self, wallet: Counter[str], owner: str, amount: int) -> None:
        """As far as the wallet carries."""
        carried = min(amount, wallet[owner])
        wallet[owner] -= carried
        self.owed[owner] += amount - carried


class MoneyMachine(RuleBasedStateMachine):
    bought: Bundle[Purchase] = Bundle("bought")
    given: Bundle[Gift] = Bundle("given")
    asked: Bundle[Withdrawal] = Bundle("asked")
    granted: Bundle[Grant] = Bundle("granted")
    template: Path

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "ledger.db"
        shutil.copy(self.template, path)
        self.database = Database(f"sqlite+aiosqlite:///{path}")
        self.clock = ToldClock()
        self.house = House(self.database, self.clock)
        self.model = Model()

    def run(self, work: Any) -> Any:
        self.clock.advance(1)
        return self.runner.run(work)

    def attempt(self, work: Any) -> str:
        """``done``, or the code of the refusal."""
        try:
            self.run(work)
        except Refusal as refused:
            return refused.code
        return "done"

    @rule(target=bought, user=users, package=st.sampled_from(["small", "large"]), pays=st.booleans())
    def buys(self, user: str, package: str, pays: bool) -> Purchase:
        purchase: Purchase = self.run(self.house.topups.begin(user, package, new_id()))
        self.model.purchases[purchase.id] = "pending"
        if pays:
            self.is_told(purchase, PaymentKind.PAID, None, 2)
        return purchase

    @rule(
        purchase=bought,
        kind=st.sampled_from(PaymentKind),
        wrong=st.sampled_from([None, None, None, "amount", "currency"]),
        times=st.integers(1, 2),
    )
    def is_told(self, purchase: Purchase, kind: PaymentKind, wrong: str | None, times: int) -> None:
        """The provider says it, once or twice; with the same id, or as something new."""
        event = new_id()
        said: dict[str, dict[str, Any]] = {"amount": {"amount": 1}, "currency": {"currency": "XXX"}}
        changes = said.get(wrong or "", {})
        for _ in range(times):
            self.run(self.house.said(purchase, kind, id=event, **changes))
        state, model = self.model.purchases[purchase.id], self.model
        model.asked.pop(purchase.id, None)
        if state == "closed":
            model.purchases[purchase.id] = "held" if kind is PaymentKind.PAID else state
        elif wrong is not None:
            if state == "pending" and kind is PaymentKind.PAID:
                model.purchases[purchase.id] = "held"
        elif kind is PaymentKind.PAID and state == "pending":
            model.purchases[purchase.id] = "paid"
            model.coins[purchase.buyer] += purchase.coins
        elif kind is not PaymentKind.PAID and state in ("pending", "paid"):
            model.purchases[purchase.id] = "over"
            if state == "paid" and purchase.id not in model.refunded:
                model.refunded.add(purchase.id)
                model.take(model.coins, purchase.buyer, purchase.coins)

    @rule(purchase=bought, operator=st.sampled_from(["root", "other"]), ruling=st.sampled_from(Ruling))
    def is_ruled(self, purchase: Purchase, operator: str, ruling: Ruling) -> None:
        """By one of ops, if its payment is held."""
        state, asked_by, model = self.model.purchases[purchase.id], self.model.asked.get(purchase.id), self.model
        told = self.attempt(self.house.held.rule(operator, purchase.id, ruling, "looked at"))
        if ruling is Ruling.APPROVE and operator == asked_by:
            assert told == "own-purchase"
        elif state != "held" or ((asked_by is None) != (ruling is Ruling.CREDIT) and ruling is not Ruling.CLOSE):
            assert told == "decided-already"
        elif ruling is Ruling.CREDIT:
            model.asked[purchase.id] = operator
        else:
            model.purchases[purchase.id] = "closed" if ruling is Ruling.CLOSE else "paid"
            model.coins[purchase.buyer] += 0 if ruling is Ruling.CLOSE else purchase.coins

    @rule(target=given, user=users, host=hosts, coins=st.sampled_from([1, 40, 400, 4_000]), odds=lucks)
    def gives(self, user: str, host: str, coins: int, odds: str | None) -> Any:
        seed = new_id() if odds is not None else None
        outcome = self.run(self.house.ledger.commit([order(user, coins=coins, recipient=host, odds=odds, seed=seed)]))
        if self.model.coins[user] < coins:
            assert codes(outcome) == ["insufficient-coins"]
            return None
        gift: Gift = outcome[0].gift
        drawn = luck.draw(luck.decode(odds), str(seed), gift.id, coins) if odds is not None else PLAIN
        assert Draw(gift.boost, gift.win) == drawn
        self.model.coins[user] += drawn.win - coins
        self.model.diamonds[host] += coins // 2
        return gift

    @rule(gift=given, times=st.integers(1, 2))
    def is_refunded(self, gift: Gift | None, times: int) -> None:
        if gift is None:
            return
        for _ in range(times):
            told = self.attempt(self.house.corrections.refund("root", gift.id, "by mistake", new_id()))
            assert told == ("corrected-already" if gift.id in self.model.refunded else "done")
            if told == "done":
                self.model.refunded.add(gift.id)
                self.model.coins[gift.sender] += gift.coins
                self.model.take(self.model.coins, gift.sender, gift.win)
                self.model.take(self.model.diamonds, gift.recipient, gift.diamonds)

    @rule(purchase=bought)
    def is_corrected(self, purchase: Purchase) -> None:
        transfer = self.run(self.house.topups.one(purchase.buyer, purchase.id)).transfer
        if transfer is None:
            return
        told = self.attempt(self.house.corrections.correct("root", transfer, "by mistake", new_id()))
        assert told == ("corrected-already" if purchase.id in self.model.refunded else "done")
        if told == "done":
            self.model.refunded.add(purchase.id)
            self.model.take(self.model.coins, purchase.buyer, purchase.coins)

    @rule(target=asked, host=hosts, diamonds=st.sampled_from([10, 20, 200]))
    def asks(self, host: str, diamonds: int) -> Any:
        wish = WithdrawalWish(diamonds, "DE00", new_id())
        told = self.attempt(self.house.withdrawals.ask(HOSTS[host], wish))
        if self.model.owed[host]:
            assert told == "debt-open"
        else:
            assert told == ("done" if self.model.diamonds[host] >= diamonds else "insufficient-funds")
        if told != "done":
            return None
        self.model.diamonds[host] -= diamonds
        again: Withdrawal = self.run(self.house.withdrawals.ask(HOSTS[host], wish))
        self.model.withdrawals[again.id] = State.REQUESTED
        return again

    @rule(withdrawal=asked, verb=st.sampled_from(Verb))
    def is_decided(self, withdrawal: Withdrawal | None, verb: Verb) -> None:
        if withdrawal is None:
            return
        state = self.model.withdrawals[withdrawal.id]
        after = {
            (State.REQUESTED, Verb.APPROVE): State.APPROVED,
            (State.APPROVED, Verb.PAY): State.PAID,
            (State.REQUESTED, Verb.REJECT): State.REJECTED,
            (State.APPROVED, Verb.REJECT): State.REJECTED,
        }.get((state, verb))
        told = self.attempt(self.house.withdrawals.decide("root", withdrawal.id, verb, "note"))
        assert told == ("done" if after else "decided-already")
        self.model.withdrawals[withdrawal.id] = after or state
        if after is State.REJECTED:
            self.model.diamonds[withdrawal.host] += withdrawal.diamonds

    @rule(number=st.integers(0, 3))
    def is_collected(self, number: int) -> None:
        """Of the debt of that number what can be."""
        owed = self.run(self.house.debts.page(before=None, most=9))
        if number >= len(owed):
            return
        debt, model = owed[number], self.model
        wallet = model.coins if debt.currency == "coin" else model.diamonds
        told = self.attempt(self.house.debts.collect("root", debt.id, new_id()))
        amount = min(debt.left, wallet[debt.owner])
        assert told == ("debt-paid" if not debt.left else "done" if amount else "insufficient-funds")
        wallet[debt.owner] -= amount
        model.owed[debt.owner] -= amount

    @rule(target=granted, user=users, coins=st.sampled_from([1, 100]))
    def ops_ask(self, user: str, coins: int) -> Grant:
        grant: Grant = self.run(self.house.grants.ask("root", GrantWish(user, coins, "lost", new_id())))
        self.model.grants[grant.id] = State.REQUESTED
        return grant

    @rule(grant=granted, operator=st.sampled_from(["root", "other"]), verb=st.sampled_from([Verb.APPROVE, Verb.REJECT]))
    def ops_decide(self, grant: Grant, operator: str, verb: Verb) -> None:
        told = self.attempt(self.house.grants.decide(operator, grant.id, verb, "note"))
        if operator == "root" and verb is Verb.APPROVE:
            assert told == "own-grant"
        elif self.model.grants[grant.id] is not State.REQUESTED:
            assert told == "decided-already"
        else:
            self.model.grants[grant.id] = State.APPROVED if verb is Verb.APPROVE else State.REJECTED
            self.model.coins[grant.recipient] += grant.coins if verb is Verb.APPROVE else 0

    @invariant()
    def wallets_are_the_models(self) -> None:
        if not hasattr(self, "model"):
            return
        held = self.runner.run(self.house.amounts())
        assert {each: held.get(f"{each}:coin", 0) for each in USERS} == {each: self.model.coins[each] for each in USERS}
        diamonds = {each: held.get(f"{each}:diamond", 0) for each in HOSTS}
        assert diamonds == {each: self.model.diamonds[each] for each in HOSTS}

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        debts = self.runner.run(self.house.debts.page(before=None, most=999))
        owed: Counter[str] = Counter()
        for debt in debts:
            owed[debt.owner] += debt.left
        report = self.runner.run(ledger_verify(self.database))
        statement = self.runner.run(self.house.statements.page("vera", Span("coin"), most=999))
        self.runner.run(self.house.close())
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()
        assert report.holds, report.text()
        assert +owed == +self.model.owed
        assert all(line.balance >= 0 for line in statement.lines)


def test_money_does_what_the_model_says(sqlite_template: Path) -> None:
    """The tables are made once; each run of the machine begins with a copy of the file."""
    MoneyMachine.template = sqlite_template
    told = settings(
        max_examples=12,
        stateful_step_count=20,
        phases=(Phase.explicit, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(MoneyMachine, settings=told)
