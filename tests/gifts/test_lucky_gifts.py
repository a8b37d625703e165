"""Lucky and boosting gifts through the ledger: only the server draws, the row says how, and the coins agree."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from foundation.bus import MemoryBus
from foundation.sql import Database
from gifts import luck
from gifts.catalogue import BuiltIn, Catalogue, Item
from gifts.ledger import Books, Gift, decide
from gifts.luck import Chance, Draw
from gifts.schema import GiftAnswer
from gifts.service import GiftService, SendGift
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger
from gifts.tables import transfers
from gifts.verify import ledger_verify
from gifts.windows import SqlScoring
from tests.clocks import ToldClock
from tests.gifts.scene import Scene
from tests.gifts.world import (
    ROOM,
    VERA,
    FrailDatabase,
    ToldGate,
    ToldStages,
    accepted,
    commit,
    order,
    window,
)

ALWAYS_TWICE = luck.encode((Chance(1, boost=3, win=2),))
SOMETIMES = (Chance(3, boost=1), Chance(1, boost=4, win=3))
SEED = "0f" * 16


def test_a_boost_multiplies_the_score_and_a_win_goes_back_to_the_sender() -> None:
    books = Books(coins={"vera": 100}, windows={"anna": [window(rush_from_ms=0)]})
    made = accepted(decide([order(coins=10, odds=ALWAYS_TWICE, seed=SEED)], books, 50, lambda: "g")[0])
    assert (made.coins, made.score, made.multiplier, made.boost, made.win) == (10, 60, 2, 3, 20)
    assert (made.balance, books.coins["vera"], made.diamonds) == (110, 110, 5)
    assert (made.seed, made.odds) == (SEED, ALWAYS_TWICE)


def test_outside_a_battle_a_boost_scores_nothing() -> None:
    made = accepted(decide([order(coins=10, odds=ALWAYS_TWICE, seed=SEED)], Books({"vera": 10}), 50, lambda: "g")[0])
    assert (made.score, made.boost, made.win) == (0, 3, 20)


def test_nobody_gives_what_he_has_yet_to_win() -> None:
    outcomes = decide([order(coins=10, odds=ALWAYS_TWICE, seed=SEED)], Books({"vera": 9}), 50, lambda: "g")
    assert getattr(outcomes[0], "code", None) == "insufficient-coins"


def test_what_is_won_can_be_given_with_the_next_order_of_the_batch() -> None:
    orders = [order(coins=10, odds=ALWAYS_TWICE, seed=SEED), order(coins=20)]
    assert accepted(decide(orders, Books({"vera": 10}), 50, iter("gh").__next__)[1]).balance == 0


def test_the_drawn_is_that_of_the_gifts_own_id() -> None:
    odds = luck.encode(SOMETIMES)
    orders = [order(coins=2, odds=odds, seed=SEED) for _ in range(64)]
    ids = iter(f"gift-{number}" for number in range(64))
    gifts = [accepted(each) for each in decide(orders, Books({"vera": 1000}), 50, ids.__next__)]
    assert [Draw(each.boost, each.win) for each in gifts] == [luck.draw(SOMETIMES, SEED, each.id, 2) for each in gifts]
    assert len({each.boost for each in gifts}) == 2


async def moved(database: Database, gift: Gift) -> dict[str, tuple[str, str, int]]:
    async with database.read() as transaction:
        rows = await transaction.execute(select(transfers).where(transfers.c.gift_id == gift.id))
        return {row.id.removeprefix(gift.id): (row.payer, row.payee, row.amount) for row in rows}


async def test_a_win_is_a_third_transfer_and_the_books_are_sound(either: FrailDatabase, ledger: SqlLedger) -> None:
    async with either.write() as transaction:
        await SqlScoring(either, None).open_windows(transaction, [window()])  # type: ignore[arg-type]
    sent, plain = await commit(ledger, order(coins=10, odds=ALWAYS_TWICE, seed=SEED), order(coins=10))
    assert await moved(either, sent) == {
        "c": ("vera:coin", "platform:coin", 10),
        "d": ("platform:diamond", "anna:diamond", 5),
        "w": ("platform:coin", "vera:coin", 20),
    }
    assert set(await moved(either, plain)) == {"c", "d"}
    assert (sent.balance, plain.balance, sent.score) == (1010, 1000, 30)
    assert await ledger.find("vera", sent.key) == sent
    report = await ledger_verify(either)
    assert report.holds, report.text()
    figures = {name: value for check in report.checks for name, value in check.figures}
    assert figures["coins_won"] == 20


async def test_a_retry_draws_nothing_anew(ledger: SqlLedger) -> None:
    odds = luck.encode(SOMETIMES)
    [first] = await commit(ledger, order(key="k", odds=odds, seed=SEED))
    for number in range(8):
        [again] = await commit(ledger, order(key="k", odds=odds, seed=f"{number:032x}"))
        assert again == first


@pytest.fixture
async def service(
    database: Database, clock: ToldClock, bus: MemoryBus, settings: GiftSettings
) -> AsyncIterator[GiftService]:
    item = Item("clover", 20, 1, "\N{FOUR LEAF CLOVER}", "float", (("en", "Clover"),), odds=SOMETIMES)
    plain = Item("rose", 10, 1, "\N{ROSE}", "float", (("en", "Rose"),))
    shelf = BuiltIn(Catalogue([item, plain]))
    made = GiftService(database, clock, bus, ToldGate(), ToldStages(), settings, shelf)
    await made.start()
    await made.grant_starter("vera")
    yield made
    await made.close()


async def test_each_gift_has_a_seed_of_its_own_and_the_answer_says_what_was_drawn(service: GiftService) -> None:
    answers = [
        GiftAnswer.of((await service.send(VERA, ROOM, SendGift("clover", 1, None, f"k{number}"))).gift)
        for number in range(12)
    ]
    seeds = {answer.seed for answer in answers}
    assert len(seeds) == 12 and all(re.fullmatch(r"[0-9a-f]{32}", str(seed)) for seed in seeds)
    for answer in answers:
        assert Draw(answer.boost, answer.win) == luck.draw(SOMETIMES, str(answer.seed), answer.gift_id, 20)
    balance = 1000 + sum(answer.win - answer.coins for answer in answers)
    assert answers[-1].balance == balance == (await service.wallet("vera")).coins
    plain = (await service.send(VERA, ROOM, SendGift("rose", 1, None, "plain"))).gift
    assert (plain.seed, plain.odds, plain.boost, plain.win) == (None, None, 1, 0)


async def test_the_room_sees_what_was_drawn_and_the_score_counts_it(scene: Scene) -> None:
    await commit(scene.ledger, order(coins=10, odds=ALWAYS_TWICE, seed=SEED))
    await scene.relay().drain(await scene.lease())
    body = scene.feed.messages[0].body
    assert (body["coins"], body["score"], body["boost"], body["win"]) == (10, 30, 3, 20)
    assert await scene.scoring.live_scores("battle") == {"red": 30, "blue": 0}
