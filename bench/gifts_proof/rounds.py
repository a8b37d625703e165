"""Requests that meet: the same one a hundred times, more than a wallet has, wallets against each other, and a database
that is cut off at its COMMIT. Each round is judged by what the clients were told and what the ledger has.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import text

from bench.gifts_proof.cutting import AFTER, BEFORE, Cutter
from bench.gifts_proof.giving import OverFeed
from bench.gifts_proof.journal import Seen, owed_of
from bench.gifts_proof.judge import Books, of_money
from bench.gifts_proof.line import Answer, Gone, Line
from bench.gifts_proof.story import ODDS
from bench.gifts_proof.town import Person, Town, town
from foundation.away import StoreAway
from foundation.clock import SystemClock
from foundation.errors import Refusal
from foundation.sql import Database
from gifts.ledger import GiftOrder
from gifts.luck import SEED_BYTES
from gifts.money.corrections import Corrections
from gifts.store_sql import SqlLedger
from gifts.verify import ledger_verify
from tests.databases import Postgres
from tests.gifts.world import order

APIS = 2
RETRIES = 100
RIVALS = 200
PURSE, PRICE = 100, 10
FEEDS = 8  # so many of them come by a feed, the others over HTTP
RETRIED = ("rose", "clover")  # of the second something is drawn
HOT = 24
FANS = ("vera", "wang")
REFUNDED = 0.3  # after so many of the batches a gift is taken back, and that COMMIT is cut off, too


Asked = tuple[Person, str, str]  # who, in which room, with which key


@dataclass
class Rounds:
    """Clients with ``lines`` to every api of ``place``, taken in turns."""

    place: Town
    lines: list[Line]

    async def retries(self, seed: int) -> list[str]:
        """One request, a hundred times at once: one transfer, and everybody is told the same, also of a draw."""
        fan, item = await self.place.fan(f"Fan {seed}", PURSE), RETRIED[seed // 2 % len(RETRIED)]
        asked = [(fan, self.place.hosts[seed % 2].room, f"retry-{seed}")] * RETRIES
        async with self._feeds(asked) as feeds:
            answers = await self._all(asked, item, feeds)
        over_http = answers[len(feeds) :]
        found = [] if _statuses(answers) == {201: RETRIES} else [f"answered with {_statuses(answers)}"]
        if (bodies := len({answer.body for answer in over_http})) != 1:
            found.append(f"{bodies} different bodies")
        if any(answer.json() != over_http[0].json() for answer in answers):
            found.append("the feed says something else")
        if (fresh := sum(not answer.replayed for answer in over_http)) > 1:  # none, when it came by a feed
            found.append(f"{fresh} answers say that they were the first")
        told = answers[0].json()
        return [*found, *await self._spent(fan, 1, int(str(told.get("coins", 0))) - int(str(told.get("win", 0))))]

    async def balance(self, seed: int) -> list[str]:
        """A purse of 100 and 200 gifts of 10 at once, on all apis: ten go through, each after another."""
        fan = await self.place.fan(f"Fan {seed}", PURSE)
        asked = [(fan, self.place.hosts[number % 2].room, f"rival-{seed}-{number}") for number in range(RIVALS)]
        async with self._feeds(asked) as feeds:
            answers = await self._all(asked, feeds=feeds)
        expected = {201: PURSE // PRICE, 409: RIVALS - PURSE // PRICE}
        found = [] if _statuses(answers) == expected else [f"answered with {_statuses(answers)}"]
        left = sorted(int(str(answer.json()["balance"])) for answer in answers if answer.status == 201)
        if left != list(range(0, PURSE, PRICE)):
            found.append(f"the balances after each were {left}")
        return [*found, *await self._spent(fan, PURSE // PRICE, PURSE)]

    async def hot(self, seed: int) -> list[str]:
        """Two hosts who give to each other, both on all apis: nobody is told to come again."""
        chance = Random(f"hot {seed}")
        hosts = self.place.hosts
        givers = [self.place.person(host.host_user, host.host_name) for host in hosts]
        asked = [(givers[n % 2], hosts[1 - n % 2].room, f"hot-{seed}-{n}") for n in range(2 * HOT)]
        chance.shuffle(asked)
        answers = await self._all(asked)
        return [] if _statuses(answers) == {201: 2 * HOT} else [f"answered with {_statuses(answers)}"]

    async def sound(self) -> list[str]:
        """After the last round."""
        await self.place.drained()
        report = await ledger_verify(self.place.database, drained=True)
        return [] if report.holds else [report.text()]

    @asynccontextmanager
    async def _feeds(self, asked: Sequence[Asked]) -> AsyncIterator[list[OverFeed]]:
        """For the first of ``asked``, on all apis, open already."""
        ports = self.place.servers.ports
        feeds = [OverFeed(ports[number % len(ports)], who.token) for number, (who, _, _) in enumerate(asked[:FEEDS])]
        try:
            for feed, (_, room, _) in zip(feeds, asked, strict=False):
                await feed.open(room)
            yield feeds
        finally:
            for feed in feeds:
                await feed.close()

    async def _all(self, asked: Sequence[Asked], item: str = "rose", feeds: Sequence[OverFeed] = ()) -> list[Answer]:
        """All at once, each on a feed or a line of its own; nobody asks twice."""
        by_feed = zip(feeds, asked, strict=False)
        over_http = zip(self.lines, asked[len(feeds) :], strict=False)
        asking = [
            *(feed.give(room, key, {"gift": item}) for feed, (_, room, key) in by_feed),
            *(_ask(line, *each, item) for line, each in over_http),
        ]
        return list(await asyncio.gather(*map(_heard, asking)))

    async def _spent(self, fan: Person, gifts: int, coins: int) -> list[str]:
        query = text(
            "SELECT (SELECT COUNT(*) FROM gifts WHERE sender = :user),"
            " (SELECT COUNT(*) FROM ledger_entries WHERE account = :account AND amount < 0),"
            " (SELECT amount FROM ledger_balances WHERE account = :account)"
        )
        async with self.place.database.read() as transaction:
            row = (await transaction.execute(query, {"user": fan.user, "account": f"{fan.user}:coin"})).one()
        expected = (gifts, gifts, PURSE - coins)
        return [] if tuple(row) == expected else [f"gifts, debits and balance are {tuple(row)} instead of {expected}"]


async def _ask(line: Line, who: Person, room: str, key: str, item: str) -> Answer:
    return await line.ask("POST", f"/api/v1/rooms/{room}/gifts", who.token, key, {"gift": item})


async def _heard(answer: Awaitable[Answer]) -> Answer:
    try:
        return await answer
    except Gone:
        return Answer(0, {}, b"{}")


def _statuses(answers: Sequence[Answer]) -> dict[int, int]:
    return dict(sorted(Counter(answer.status for answer in answers).items()))


@asynccontextmanager
async def rounds(folder: Path, url: str, apis: int = APIS) -> AsyncIterator[Rounds]:
    async with town(folder, url, apis) as place:
        ports = place.servers.ports
        lines = [Line(ports[number % apis]) for number in range(RIVALS)]
        try:
            yield Rounds(place, lines)
        finally:
            for line in lines:
                await line.close()


@dataclass
class Cuts:
    """A ledger that reaches PostgreSQL only through ``cutter``; ``database`` goes there directly."""

    cutter: Cutter
    ledger: SqlLedger
    corrections: Corrections
    database: Database
    seen: Seen

    async def run(self, seed: int) -> list[str]:
        """One batch whose COMMIT is cut; clients who are told that the ledger is away ask again with their keys."""
        chance = Random(f"cut {seed}")
        orders = [
            order(
                chance.choice(FANS),
                key=f"{seed}-{n}",
                coins=chance.randint(1, 30),
                recipient=chance.choice(("anna", "bo")),
                **chance.choice(({}, *({"odds": odds, "seed": chance.randbytes(SEED_BYTES).hex()} for odds in ODDS))),
            )
            for n in range(chance.randint(1, 4))
        ]
        cuts = self.cutter.cuts
        self._cut(chance)
        await self._insist(orders)
        if chance.random() < REFUNDED:
            cuts += 1
            self._cut(chance)
            kept = [key for key, told in self.seen.gifts.items() if told[0]["id"] not in self.seen.taken_back]
            await self._take_back(f"{seed}-refund", chance.choice(kept))
        found = [] if self.cutter.cuts == cuts + 1 else ["nothing was cut"]
        return [*found, *of_money(self.seen, await Books.of(self.database), dict.fromkeys(FANS, 10**6))]

    def _cut(self, chance: Random) -> None:
        self.cutter.cut(chance.choice((BEFORE, AFTER, AFTER)), refuse=chance.choice((0, 0, 1, 2, 5)))

    async def _take_back(self, key: str, of: str) -> None:
        """As an operator who asks again while there is no answer."""
        gift = self.seen.gifts[of][0]["id"]
        self.seen.refunds[key] = gift
        while True:
            try:
                made = await self.corrections.refund("root", gift, "by mistake", key)
                self.seen.corrected(made.id, gift, owed_of(made))
                return
            except StoreAway:
                continue
            except Refusal as refusal:
                self.seen.refused.setdefault(key, []).append(refusal.code)
                return

    async def _insist(self, orders: list[GiftOrder]) -> None:
        self.seen.asked += [{"key": each.key} for each in orders]
        while orders:
            outcomes = await self.ledger.commit(orders)
            away = []
            for each, outcome in zip(orders, outcomes, strict=True):
                if not isinstance(outcome, Refusal):
                    self.seen.gifts.setdefault(each.key, []).append(outcome.gift._asdict())
                elif outcome.code == "ledger-away":
                    away.append(each)
                else:
                    self.seen.refused.setdefault(each.key, []).append(outcome.code)
            orders = away

    async def sound(self) -> list[str]:
        report = await ledger_verify(self.database)
        return [] if report.holds else [report.text()]


@asynccontextmanager
async def cuts(postgres: Postgres) -> AsyncIterator[Cuts]:
    name = await postgres.create()
    direct = Database(postgres.url(name))
    real = Path(str(direct.engine.url.query["host"]))
    with TemporaryDirectory(prefix="ringside-cut-") as folder:
        async with Cutter(Path(folder), real) as cutter:
            reached = Database(postgres.url(name).replace(str(real), folder))
            ledger = SqlLedger(reached, SystemClock())
            plain = SqlLedger(direct, SystemClock())
            for fan in FANS:
                assert await plain.grant_starter(fan, 10**6)
            await plain.close()
            try:
                yield Cuts(cutter, ledger, Corrections(reached, SystemClock()), direct, Seen())
            finally:
                await ledger.close()
                await reached.close()
                await direct.close()
    await postgres.drop(name)
