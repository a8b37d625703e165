"""The road from the ledger to the eyes: nothing lost, nothing twice, in order, whatever dies on the way."""

import asyncio
from typing import Any

import pytest

from foundation.feed import Delivery
from foundation.lease import Fenced
from gifts.events import GiftSent, ScoreChanged
from gifts.ledger import Gift
from gifts.store import BATTLE_SCORES
from gifts.verify import ledger_verify
from tests.gifts.scene import Scene
from tests.gifts.world import OTHER_ROOM, ROOM, commit, order


class Died(Exception):
    """The relay's process is gone at this point."""


class Deadly:
    """Stands before ``target`` and dies at a call of ``at``: before it does anything, or after it (or the 2nd) has."""

    def __init__(self, target: Any, at: str, when: str) -> None:
        self._target, self._at, self._when = target, at, when
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if name != self._at:
            return attribute

        async def dying(*arguments: Any, **named: Any) -> Any:
            self._calls += 1
            if self._when == "before":
                raise Died
            await attribute(*arguments, **named)
            if self._calls == {"after": 1, "after second": 2}[self._when]:
                raise Died

        return dying


async def test_a_gift_to_a_guest_scores_for_his_host_and_is_shown_as_his(scene: Scene) -> None:
    await commit(scene.ledger, order(coins=30, asked_for="gus", guest="gus", guest_name="Gus"))
    await scene.relay().drain(await scene.lease())
    assert await scene.scoring.live_scores("battle") == {"red": 30, "blue": 0}
    body = scene.feed.messages[0].body
    assert (body["to"], body["guest"]) == ({"user": "anna", "name": "Anna"}, {"user": "gus", "name": "Gus"})


async def test_a_gift_reaches_stream_score_and_both_rooms(scene: Scene) -> None:
    [sent] = await scene.give(30)
    assert await scene.relay().drain(await scene.lease()) == 1
    assert await scene.streamed() == [sent.id]
    assert await scene.scoring.live_scores("battle") == {"red": 30, "blue": 0}
    assert [(message.room, message.type, message.delivery) for message in scene.feed.messages] == [
        (ROOM, "gift.sent", Delivery.MUST),
        (OTHER_ROOM, "gift.sent", Delivery.MUST),
    ]
    assert scene.feed.messages[0].body == {
        "id": sent.id,
        "gift": "rose",
        "name": "Rose",
        "emoji": "\N{ROSE}",
        "count": 1,
        "coins": 30,
        "from": {"user": "vera", "name": "Vera", "fan_level": 1},
        "to": {"user": "anna", "name": "Anna"},
        "guest": None,
        "battle": "battle",
        "side": "red",
        "score": 30,
        "boost": 1,
        "win": 0,
        "combo": 1,
        "combo_id": sent.id,
        "at_ms": sent.accepted_at_ms,
    }
    assert await scene.outbox.waiting() == 0


async def test_a_gift_without_battle_is_seen_in_its_room_alone(scene: Scene) -> None:
    async with scene.database.write() as transaction:
        await scene.scoring.tally(transaction, "battle")
    await scene.give(30)
    await scene.relay().drain(await scene.lease())
    [message] = scene.feed.messages
    assert message.room == ROOM
    assert (message.body["battle"], message.body["side"], message.body["score"]) == (None, None, None)


async def test_facts_are_published_for_gifts_and_for_the_score_after_the_batch(scene: Scene) -> None:
    gifts = await scene.give(30, 20)
    gifts += await scene.give(5, recipient="bo")
    async with scene.bus.subscribe(GiftSent, ScoreChanged) as heard:
        await scene.relay().drain(await scene.lease())
        facts = [await asyncio.wait_for(anext(heard), 5) for _ in range(4)]
    assert [fact.gift_id for fact in facts if isinstance(fact, GiftSent)] == [gift.id for gift in gifts]
    assert facts[3] == ScoreChanged("battle", (("blue", 5), ("red", 50)), scene.clock.now_ms())


async def test_a_backlog_is_drained_in_order(scene: Scene) -> None:
    gifts: list[Gift] = []
    for number in range(1, 8):
        gifts += await scene.give(*([number] * 100))
    assert await scene.relay().drain(await scene.lease()) == 700
    assert scene.feed.gifts(ROOM) == [gift.id for gift in gifts]
    assert await scene.scoring.live_scores("battle") == {"red": 2800, "blue": 0}
    assert (await ledger_verify(scene.database, drained=True)).holds


def combos(scene: Scene) -> list[tuple[object, object]]:
    told = [each.body for each in scene.feed.messages if (each.room, each.type) == (ROOM, "gift.sent")]
    return [(body["combo_id"], body["combo"]) for body in told]


POINTS = [
    ("board", "count_in_room", "before"),
    ("board", "count_in_room", "after"),
    ("board", "count_in_battle", "before"),
    ("board", "count_in_battle", "after"),
    ("bus", "publish", "before"),
    ("feed", "post", "before"),
    ("board", "mark_shown", "after second"),  # a call for the gifts of each of the two rooms
    ("outbox", "finish", "before"),
    ("outbox", "finish", "after"),
    ("board", "forget", "after"),
]


@pytest.mark.parametrize(("part", "at", "when"), POINTS, ids=["-".join(point) for point in POINTS])
async def test_a_relay_may_die_anywhere_and_the_next_loses_and_doubles_nothing(
    scene: Scene, part: str, at: str, when: str
) -> None:
    gifts = await scene.give(10, 20, 30)
    gifts += await scene.give(7, recipient="bo")
    gifts += await scene.give(3, room=OTHER_ROOM)
    if part == "outbox":
        dying = scene.relay()
        dying._outbox = Deadly(scene.outbox, at, when)  # type: ignore[assignment]
    else:
        dying = scene.relay(**{part: Deadly(getattr(scene, part), at, when)})
    with pytest.raises(Died):
        await dying.drain(await scene.lease())
    await scene.relay().drain(await scene.lease())

    assert await scene.scoring.live_scores("battle") == {"red": 63, "blue": 7}
    for room in (ROOM, OTHER_ROOM):
        own = [gift.id for gift in gifts if gift.room == room]
        assert [gift_id for gift_id in await scene.streamed(room) if gift_id in own] == own
    assert combos(scene) == [(gifts[0].id, 1), (gifts[0].id, 2), (gifts[0].id, 3), (gifts[3].id, 1), (gifts[4].id, 1)]
    assert scene.feed.gifts(ROOM) == [gift.id for gift in gifts]
    assert scene.feed.gifts(OTHER_ROOM) == [gift.id for gift in gifts]
    assert (await ledger_verify(scene.database, drained=True)).holds


async def test_a_relay_that_dies_between_post_and_note_shows_the_same_gift_again(scene: Scene) -> None:
    """The one place where a message may come twice: its gift id tells."""
    [sent] = await scene.give(10)
    with pytest.raises(Died):
        await scene.relay(feed=Deadly(scene.feed, "post", "after")).drain(await scene.lease())
    await scene.relay().drain(await scene.lease())
    assert set(scene.feed.gifts(ROOM)) == {sent.id}
    assert await scene.scoring.live_scores("battle") == {"red": 10, "blue": 0}


async def test_a_database_that_fails_to_take_it_out_does_not_show_the_gift_over_and_over(scene: Scene) -> None:
    await scene.give(10)
    relay = scene.relay()
    relay._outbox = Deadly(scene.outbox, "finish", "before")  # type: ignore[assignment]
    lease = await scene.lease()
    for _ in range(5):
        with pytest.raises(Died):
            await relay.drain(lease)
    assert len(scene.feed.gifts(ROOM)) == 1


async def test_an_older_relay_is_refused_by_the_outbox(scene: Scene) -> None:
    await scene.give(10)
    old, new = await scene.lease(), await scene.lease()
    batch = await scene.outbox.unsent(10)
    with pytest.raises(Fenced):
        await scene.outbox.finish(old.fence, batch)
    await scene.outbox.finish(new.fence, batch)
    assert await scene.outbox.waiting() == 0


async def test_an_older_relay_that_wakes_up_late_counts_nothing_twice(scene: Scene) -> None:
    old = await scene.lease()
    await scene.give(10)
    batch = await scene.outbox.unsent(10)
    await scene.relay().drain(await scene.lease())
    with pytest.raises(Fenced):
        await scene.relay()._relay(old.fence, batch)
    assert await scene.scoring.live_scores("battle") == {"red": 10, "blue": 0}
    assert len(await scene.streamed()) == 1


async def test_a_flushed_redis_is_rebuilt_from_the_ledger_by_who_reads(scene: Scene) -> None:
    relay, lease = scene.relay(), await scene.lease()
    await scene.give(10, 20)
    await relay.drain(lease)
    before = await scene.scoring.top_contributors("battle")
    await scene.give(5)  # committed, not relayed
    await scene.redis.flushall()
    assert await scene.scoring.live_scores("battle") == {"red": 35, "blue": 0}
    await relay.drain(lease)
    await scene.give(7, recipient="bo")
    await relay.drain(lease)
    assert await scene.scoring.live_scores("battle") == {"red": 35, "blue": 7}
    await scene.redis.flushall()
    [red] = [each for each in await scene.scoring.top_contributors("battle") if each.side == "red"]
    assert (red.user, red.score, red.first_at_ms) == ("vera", 35, before[0].first_at_ms)


async def test_a_flushed_redis_is_rebuilt_from_the_ledger_by_the_relay(scene: Scene) -> None:
    relay, lease = scene.relay(), await scene.lease()
    await scene.give(10, 20)
    await relay.drain(lease)
    await scene.redis.flushall()
    await scene.give(5)
    await relay.drain(lease)
    assert await scene.board.scores("battle") == {"red": 35, "blue": 0}


async def test_a_relay_that_takes_over_sets_a_board_right_that_lost_its_last_second(scene: Scene) -> None:
    await scene.give(10, 20)
    await scene.relay().drain(await scene.lease())
    await scene.redis.hset(BATTLE_SCORES.format(battle="battle"), "red", "10")
    await scene.relay().drain(await scene.lease())
    assert await scene.scoring.live_scores("battle") == {"red": 30, "blue": 0}


async def test_the_score_on_screen_is_the_result_of_the_ledger(scene: Scene) -> None:
    relay, lease = scene.relay(), await scene.lease()
    for number in range(1, 30):
        await scene.give(number, recipient="anna" if number % 3 else "bo")
        if number % 7 == 0:
            await relay.drain(lease)
    await relay.drain(lease)
    shown, best = await scene.scoring.live_scores("battle"), await scene.scoring.top_contributors("battle")
    async with scene.database.write() as transaction:
        tally = await scene.scoring.tally(transaction, "battle")
    assert (tally.scores, tally.contributors) == (shown, best)


async def test_an_unknown_battle_has_no_score_and_leaves_no_key(scene: Scene) -> None:
    assert await scene.scoring.live_scores("never") == {}
    assert await scene.scoring.top_contributors("never") == ()
    assert not [key async for key in scene.redis.scan_iter("*never*")]


def test_every_step_of_the_relay_has_a_crash_point() -> None:
    assert {"count_in_room", "count_in_battle", "publish", "post", "mark_shown", "finish", "forget"} == {
        at for _, at, _ in POINTS
    }
