"""One life of the process that serves gifts: it finds what a death has left, sets it right, and dies in its turn."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from redis.asyncio import Redis

import foundation.redis
from bench.gifts_proof.disk import FOR_EVER, Disk
from bench.gifts_proof.journal import Journal, Seen
from bench.gifts_proof.judge import Books, Cast, complaints
from bench.gifts_proof.road import SHOWN, Road, RoadBus, RoadFeed, RoadLedger
from bench.gifts_proof.story import COINS, HOSTS, OLD, Round, Story, Wish
from foundation.away import StoreAway
from foundation.errors import Refusal
from foundation.lease import Lease, MemoryLeases
from foundation.sql import Database
from gifts.committer import Committer
from gifts.doorbell import Doorbell
from gifts.errors import LedgerAway
from gifts.ledger import GiftOrder
from gifts.luck import SEED_BYTES
from gifts.money.corrections import Corrections
from gifts.money.settings import MoneySettings
from gifts.money.test_provider import TestProvider
from gifts.money.till import Till
from gifts.money.topups import TopUps
from gifts.money.webhooks import Webhooks
from gifts.outbox import RELAY
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from gifts.store_sql import SqlLedger
from gifts.verify import ledger_verify
from gifts.windows import SqlScoring
from tests.clocks import ToldClock
from tests.gifts.world import OTHER_ROOM, ROOM, order, window

BATTLE = "battle"
EPOCH_MS = 1_700_000_000_000
LIFE_MS = 10_000
OPERATOR = "root"
PACKAGE = "small"
SETTINGS = GiftSettings(linger_ms=0)
ATTEMPTS = 2  # of a client on a disk that fails; then he waits for the next process
CAST = Cast(COINS, HOSTS, (ROOM, OTHER_ROOM))


@dataclass
class Place:
    """What outlives a life: the database, the journal, Redis."""

    folder: Path
    database: Database
    redis_url: str

    @property
    def file(self) -> str:
        """Of SQLite."""
        return str(self.folder / "ringside.db")

    async def books(self) -> Books:
        return Books.read(self.file) if self.database.is_sqlite else await Books.of(self.database)

    @property
    def journal(self) -> Journal:
        return Journal(self.folder / "journal")


@dataclass
class Life:
    """Everything that serves gifts, put together as in the api and control processes, with ``road`` in between."""

    database: Database
    redis: Redis
    journal: Journal
    road: Road
    clock: ToldClock
    ledger: SqlLedger
    committer: Committer
    board: RedisBoard
    scoring: SqlScoring
    relay: GiftRelay
    corrections: Corrections
    topups: TopUps
    till: Till
    fence: int  # of this life's relay

    async def ask(self, wanted: GiftOrder, attempts: int = 1) -> bool:
        """As a client does who has a key and wants an answer; False when the ledger was away each time."""
        self.journal.asked(wanted)
        for _ in range(attempts):
            try:
                self.journal.answered((await self.committer.submit(wanted)).gift)
            except LedgerAway:
                continue
            except Refusal as refusal:
                self.journal.refused(wanted.key, refusal)
            return True
        return False

    async def refund(self, key: str, gift: str) -> None:
        self.journal.refunding(key, gift)
        with self.road.writing():
            try:
                self.journal.refunded(await self.corrections.refund(OPERATOR, gift, "by mistake", key))
            except Refusal as refusal:
                self.journal.refused(key, refusal)

    async def buy(self, key: str, buyer: str) -> None:
        self.journal.buying(key, buyer)
        with self.road.writing():
            purchase = await self.topups.begin(buyer, PACKAGE, key)
            self.journal.bought(key, await self.till.pay(buyer, purchase.id))

    async def drain(self) -> None:
        await self.relay.drain(Lease(RELAY, self.fence, "token", float("inf")))


@asynccontextmanager
async def life(place: Place, road: Road, seed: int) -> AsyncIterator[Life]:
    journal, clock = place.journal, ToldClock(EPOCH_MS + seed * LIFE_MS)
    redis = foundation.redis.connect(place.redis_url, "proof")
    bus, ledger = RoadBus(road), SqlLedger(place.database, clock)
    doorbell, board = Doorbell(bus), RedisBoard(redis, SETTINGS.combo_ms)
    committer = Committer(RoadLedger(ledger, road), SETTINGS, doorbell.ring)
    feed = RoadFeed(journal.posted, road)
    relay = GiftRelay(place.database, board, bus, feed, MemoryLeases(), clock, SETTINGS)
    provider = TestProvider(b"secret")
    providers = {provider.name: provider}
    topups = TopUps(place.database, clock, MoneySettings(), providers)
    doorbell.start()
    committer.start()
    try:
        yield Life(
            place.database,
            redis,
            journal,
            road,
            clock,
            ledger,
            committer,
            board,
            SqlScoring(place.database, board),
            relay,
            Corrections(place.database, clock),
            topups,
            Till(topups, Webhooks(place.database, clock, providers), clock, provider),
            fence=seed + 1,
        )
    finally:
        await committer.close()
        await ledger.close()
        await doorbell.close()
        await redis.aclose()
        await place.database.close()
        journal.close()


async def begin(alive: Life) -> None:
    """People with coins and a battle; Redis is empty."""
    await alive.redis.flushall()
    for who, coins in COINS.items():
        assert await alive.ledger.grant_starter(who, coins)
    async with alive.database.write() as transaction:
        windows = [window(host, side, battle_id=BATTLE) for host, side in HOSTS.items()]
        await alive.scoring.open_windows(transaction, windows)


async def recover(alive: Life, place: Place, died: Sequence[Story], *, verify: bool) -> list[str]:
    """Do what clients and the next relay do after the lives ``died`` have ended; then judge.

    ``verify``: have ``ledger_verify`` look at it too.
    """
    if any(each.flushed for each in died):
        await alive.redis.flushall()
    before, names = alive.journal.read(), tuple(f"{each.seed}-" for each in died)
    await asyncio.gather(*(alive.ask(wanted) for wanted in _orders(before, names)))
    for key, gift in tuple(before.refunds.items()):
        if key.startswith(names):
            await alive.refund(key, gift)
    for key, buyer in tuple(before.purchases.items()):
        if key.startswith(names):
            await alive.buy(key, buyer)
    await alive.drain()
    seen = alive.journal.read()
    shown = await alive.scoring.live_scores(BATTLE)
    found = [*complaints(seen, await place.books(), shown, CAST), *_shown_twice(seen, died, names)]
    if verify:
        report = await ledger_verify(alive.database, drained=True)
        found += [] if report.holds else [report.text()]
    return found


def _orders(seen: Seen, names: tuple[str, ...]) -> list[GiftOrder]:
    """All that was asked for in those lives, answered or not, each once."""
    return list({GiftOrder(**each): None for each in seen.asked if each["key"].startswith(names)})


def _shown_twice(seen: Seen, died: Sequence[Story], names: tuple[str, ...]) -> Iterator[str]:
    """Only the gifts of a relay that died before it could note what it had posted are shown again."""
    if not any(each.label == SHOWN or each.flushed for each in died):
        own = {gift["id"] for key, told in seen.gifts.items() if key.startswith(names) for gift in told}
        if twice := {gift for (_, gift), times in seen.posted.items() if times > 1 and gift in own}:
            yield f"shown more than once: {sorted(twice)}"


async def tell(alive: Life, told: Story) -> None:
    """The rounds of ``told``; with a road that kills, this does not return."""
    for number, each in enumerate(told.rounds):
        seen = alive.journal.read()
        await asyncio.gather(*(alive.ask(_order(wish, seen)) for wish in each.wishes))
        alive.clock.advance(1000)
        await _money_moves(alive, f"{told.seed}-{number}", each)
        if told.relayed:
            await alive.drain()


async def _money_moves(alive: Life, name: str, told: Round) -> None:
    gifts = [answers[0]["id"] for answers in alive.journal.read().gifts.values()]
    if told.refund is not None and gifts:
        await alive.refund(f"{name}-refund", gifts[told.refund % len(gifts)])
    if told.buyer is not None:
        await alive.buy(f"{name}-topup", told.buyer)


async def suffer(alive: Life, told: Story, disk: Disk) -> dict[str, int]:
    """The rounds of ``told`` on a disk that fails meanwhile. When it is well again the next gift is taken."""
    answered: list[bool] = []
    disk.fail(told.well, told.sick)
    for number, each in enumerate(told.rounds):
        seen = alive.journal.read()
        answered += await asyncio.gather(*(alive.ask(_order(wish, seen), ATTEMPTS) for wish in each.wishes))
        alive.clock.advance(1000)
        with suppress(*StoreAway):
            await _money_moves(alive, f"{told.seed}-{number}", each)
        with suppress(*StoreAway):
            await alive.drain()
    if told.sick < FOR_EVER:
        disk.fail(0, 0)
        if not await alive.ask(order("vera", key=f"{told.seed}-well", coins=1)):
            alive.journal.fault("the disk is well again and the ledger is away")
    return {"syncs_failed": disk.failed, "away": answered.count(False)}


def _order(wish: Wish, seen: Seen) -> GiftOrder:
    if wish.kind == OLD and seen.gifts:
        answered = [each for each in seen.asked if each["key"] in seen.gifts]
        return GiftOrder(**answered[wish.old % len(answered)])
    room = ROOM if HOSTS[wish.host] == "red" else OTHER_ROOM
    wanted = order(wish.fan, key=wish.key, coins=wish.price, count=wish.count, recipient=wish.host, room=room)
    return wanted if wish.odds is None else replace(wanted, odds=wish.odds, seed=_seed(wish))


def _seed(wish: Wish) -> str:
    """As the service makes one for each request: who asks again comes with another."""
    return hashlib.sha256(f"{wish.kind} {wish.key}".encode()).hexdigest()[: 2 * SEED_BYTES]
