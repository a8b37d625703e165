"""A combo has exactly one end, told when nothing has come in time, whoever has died meanwhile. Time is virtual."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from foundation.feed import Delivery
from gifts.combos import Combo
from gifts.ledger import Gift
from gifts.relay import GiftRelay
from gifts.store import Board, Shown
from gifts.store_memory import MemoryBoard
from gifts.store_redis import RedisBoard
from tests.gifts.scene import Scene
from tests.gifts.test_relay import Deadly, Died
from tests.gifts.test_relay_owner import WatchedFeed
from tests.gifts.test_relay_owner import at_work as working
from tests.gifts.world import OTHER_ROOM, ROOM, commit, gift, order

COMBO_MS, GRACE_MS = 5000, 300


async def tap(scene: Scene, *counts: int, **changes: Any) -> list[Gift]:
    """Roses of vera, each count a gift of its own."""
    return await commit(scene.ledger, *(order(count=each, coins=10, **changes) for each in counts))


def ends(scene: Scene, room: str = ROOM) -> list[tuple[object, object, object]]:
    told = [each.body for each in scene.feed.messages if (each.room, each.type) == (room, "combo.ended")]
    return [(body["combo_id"], body["count"], body["coins"]) for body in told]


def counts(scene: Scene, room: str = ROOM) -> list[tuple[object, object]]:
    told = [each.body for each in scene.feed.messages if (each.room, each.type) == (room, "gift.sent")]
    return [(body["combo_id"], body["combo"]) for body in told]


async def at_work(scene: Scene, relay: GiftRelay | None = None) -> GiftRelay:
    """One look of a relay; a new one stands for a take-over."""
    working = relay or scene.relay()
    await working.drain(await scene.lease())
    return working


async def test_taps_and_bulk_count_up_under_one_id_and_end_once_when_nothing_comes(scene: Scene) -> None:
    first, *_ = await tap(scene, 1, 1)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS)
    await tap(scene, 10)
    await at_work(scene, relay)
    assert counts(scene) == [(first.id, 1), (first.id, 2), (first.id, 12)]
    scene.clock.advance(COMBO_MS + GRACE_MS - 1)
    await at_work(scene, relay)
    assert ends(scene) == []
    scene.clock.advance(1)
    for _ in range(3):
        await at_work(scene, relay)
        scene.clock.advance(COMBO_MS)
    assert ends(scene) == [(first.id, 12, 120)]


async def test_the_end_says_everything_to_every_room_that_saw_a_piece(scene: Scene) -> None:
    first, last = await tap(scene, 2, 3, asked_for="gus", guest="gus", guest_name="Gus")
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await at_work(scene, relay)
    told = [each for each in scene.feed.messages if each.type == "combo.ended"]
    assert [(each.room, each.delivery) for each in told] == [(ROOM, Delivery.MUST), (OTHER_ROOM, Delivery.MUST)]
    assert told[0].body == {
        "combo_id": first.id,
        "gift": "rose",
        "name": "Rose",
        "emoji": "\N{ROSE}",
        "count": 5,
        "coins": 50,
        "win": 0,
        "from": {"user": "vera", "name": "Vera"},
        "to": {"user": "anna", "name": "Anna"},
        "guest": {"user": "gus", "name": "Gus"},
        "since_ms": first.accepted_at_ms,
        "last_at_ms": last.accepted_at_ms,
    }


async def test_a_lone_piece_has_no_end_to_tell(scene: Scene) -> None:
    await tap(scene, 1)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await at_work(scene, relay)
    incarnation = await scene.board.incarnation()
    assert ends(scene) == [] and await scene.board.combo_rooms(incarnation, scene.clock.now_ms()) == [ROOM]
    assert relay._ends.deadline_ms is None, "it is forgotten all the same"


async def test_a_piece_after_the_end_begins_another_combo_with_an_end_of_its_own(scene: Scene) -> None:
    first, *_ = await tap(scene, 2)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await at_work(scene, relay)
    second, *_ = await tap(scene, 3)
    await at_work(scene, relay)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await at_work(scene, relay)
    assert ends(scene) == [(first.id, 2, 20), (second.id, 3, 30)]


async def test_a_backlog_makes_the_combos_that_its_stamps_say(scene: Scene) -> None:
    """Redis was away: what was given in the meantime is relayed at once, long after."""
    first, *_ = await tap(scene, 1)
    scene.clock.advance(COMBO_MS)
    await tap(scene, 1)
    scene.clock.advance(COMBO_MS + 1)
    second, *_ = await tap(scene, 2)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await at_work(scene)
    assert counts(scene) == [(first.id, 1), (first.id, 2), (second.id, 2)]
    assert ends(scene) == [(first.id, 2, 20), (second.id, 2, 20)]


async def test_no_combo_ends_while_a_piece_of_it_waits_in_the_outbox(scene: Scene) -> None:
    await tap(scene, 1)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS)
    [late] = await tap(scene, 1)
    scene.clock.advance(GRACE_MS + 50)
    await at_work(scene, relay)
    assert counts(scene)[-1][1] == 2 and ends(scene) == []
    assert late.accepted_at_ms < scene.clock.now_ms()


async def test_whoever_takes_over_ends_the_combos_of_a_relay_that_is_gone(scene: Scene) -> None:
    first, *_ = await tap(scene, 4)
    await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    successor = await at_work(scene)
    await at_work(scene, successor)
    await at_work(scene)
    assert ends(scene) == ends(scene, OTHER_ROOM) == [(first.id, 4, 40)]


@pytest.mark.parametrize(
    ("part", "at", "when", "told"),
    [
        ("board", "due_combos", "before", 1),
        ("board", "due_combos", "after", 1),
        ("feed", "post", "before", 1),
        ("board", "end_combos", "before", 2),  # it was told and not noted: once more, under the same id
        ("board", "end_combos", "after", 1),
    ],
)
async def test_a_relay_may_die_at_the_end_of_a_combo(scene: Scene, part: str, at: str, when: str, told: int) -> None:
    first, *_ = await tap(scene, 4)
    await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    with pytest.raises(Died):
        await at_work(scene, scene.relay(**{part: Deadly(getattr(scene, part), at, when)}))
    await at_work(scene)
    await at_work(scene)
    assert ends(scene) == [(first.id, 4, 40)] * told


@pytest.mark.parametrize("survives", [True, False])
async def test_when_redis_forgets_everything_a_combo_goes_on_and_ends_once(scene: Scene, survives: bool) -> None:
    first, *_ = await tap(scene, 4)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS - 1)
    await scene.redis.flushall()
    await tap(scene, 2)
    await at_work(scene, relay if survives else None)
    assert counts(scene)[-1] == (first.id, 6)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    for _ in range(2):
        await at_work(scene, relay)
        await at_work(scene)
    assert ends(scene) == ends(scene, OTHER_ROOM) == [(first.id, 6, 60)]


async def test_an_end_that_was_due_when_redis_forgot_it_is_told_and_one_that_was_told_is_not(scene: Scene) -> None:
    early, *_ = await tap(scene, 2)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS)
    late, *_ = await tap(scene, 3, item="cake")
    scene.clock.advance(GRACE_MS)
    await at_work(scene, relay)
    assert ends(scene) == [(early.id, 2, 20)]
    scene.clock.advance(2 * COMBO_MS)
    await scene.redis.flushall()
    for _ in range(2):
        await at_work(scene, relay)
    assert ends(scene) == [(early.id, 2, 20), (late.id, 3, 30)]


class Forgetful:
    """Stands before ``target``: at the first call of ``at`` Redis loses everything, right before it or right after."""

    def __init__(self, target: Any, redis: Redis, at: str, when: str) -> None:
        self._target, self._redis, self._at, self._when = target, redis, at, when
        self._done = False

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if name != self._at or self._done:
            return attribute

        async def forgetting(*arguments: Any, **named: Any) -> Any:
            self._done = True
            if self._when == "before":
                await self._redis.flushall()
            answer = await attribute(*arguments, **named)
            if self._when == "after":
                await self._redis.flushall()
            return answer

        return forgetting


FORGOTTEN = [
    *(("board", at, when) for at in ("count_in_room", "due_combos", "end_combos") for when in ("before", "after")),
    *(("board", at, "after") for at in ("incarnation", "combo_rooms", "restore_combos", "mark_shown", "forget")),
    ("feed", "post", "after"),
]


@pytest.mark.parametrize(("part", "at", "when"), FORGOTTEN, ids=["-".join(point) for point in FORGOTTEN])
async def test_at_whatever_moment_redis_forgets_everything_each_combo_ends_once(
    scene: Scene, part: str, at: str, when: str
) -> None:
    roses, *_ = await tap(scene, 2)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS)
    cakes, *_ = await tap(scene, 3, item="cake")
    scene.clock.advance(GRACE_MS)
    if at in ("combo_rooms", "restore_combos"):
        await scene.redis.flushall()
    forgetful = Forgetful(getattr(scene, part), scene.redis, at, when)
    for owner in (relay, relay._ends):
        setattr(owner, f"_{part}", forgetful)
    for _ in range(4):
        await at_work(scene, relay)
        scene.clock.advance(COMBO_MS)
    assert forgetful._done
    assert ends(scene) == [(roses.id, 2, 20), (cakes.id, 3, 30)]


async def test_an_end_that_could_not_be_noted_is_not_told_again_by_who_has_told_it(scene: Scene) -> None:
    first, *_ = await tap(scene, 4)
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    relay._ends._board = Deadly(scene.board, "end_combos", "before")
    with pytest.raises(Died):
        await at_work(scene, relay)
    relay._ends._board = scene.board
    await at_work(scene, relay)
    await at_work(scene)
    assert ends(scene) == [(first.id, 4, 40)]


async def test_a_relay_that_has_lost_the_lease_meanwhile_trusts_nothing_that_it_knew(scene: Scene) -> None:
    feed = WatchedFeed()
    relay = scene.relay(feed=feed)
    async with working(relay):
        first, *_ = await tap(scene, 4)
        await feed.has(2)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await at_work(scene, scene.relay(feed=feed))  # another one tells the end
    await scene.redis.flushall()
    async with working(relay):
        second, *_ = await tap(scene, 2)
        await feed.has(6)
        scene.clock.advance(COMBO_MS + GRACE_MS)
        await feed.has(8)
    told = [each.body["combo_id"] for each in feed.messages if each.type == "combo.ended"]
    assert told == [first.id, first.id, second.id, second.id], "in either room"


async def test_redis_may_forget_everything_between_two_batches_of_a_backlog(scene: Scene) -> None:
    scene.settings = replace(scene.settings, relay_batch=1)
    first, *_ = await tap(scene, 1, 2, 3)
    await at_work(scene, scene.relay(board=Forgetful(scene.board, scene.redis, "forget", "after")))
    assert counts(scene) == [(first.id, 1), (first.id, 3), (first.id, 6)]


async def test_of_two_ends_of_one_moment_the_one_that_was_told_is_not_told_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gifts.combo_ends.ROOMS_AT_ONCE", 1)
    rooms = ["room-1", "room-2"]
    made = [(await tap(scene, 2, room=room))[0].id for room in rooms]
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS)
    cakes = [(await tap(scene, 3, room=room, item="cake"))[0].id for room in rooms]
    scene.clock.advance(GRACE_MS)
    await relay._relay((lease := await scene.lease()).fence, await scene.outbox.unsent(10))
    await relay._ends.tell(lease.fence, scene.clock.now_ms() - GRACE_MS)
    assert [len(ends(scene, room)) for room in rooms] == [1, 0]
    await scene.redis.flushall()
    for _ in range(4):
        await at_work(scene, relay)
        scene.clock.advance(COMBO_MS)
    assert [[end[0] for end in ends(scene, room)] for room in rooms] == [
        list(pair) for pair in zip(made, cakes, strict=True)
    ]


async def test_a_relay_that_takes_over_many_rooms_ends_their_combos_some_at_a_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gifts.combo_ends.ROOMS_AT_ONCE", 2)
    monkeypatch.setattr("gifts.combo_ends.COMBOS_AT_ONCE", 1)
    rooms = [f"room-{number}" for number in range(5)]
    for room in rooms:
        await tap(scene, 2, room=room)
    await tap(scene, 2, room=rooms[0], recipient="bo")
    await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    relay, told = await at_work(scene), []
    while relay._ends.deadline_ms is not None:
        told.append(sum(len(ends(scene, room)) for room in rooms))
        await at_work(scene, relay)
    assert told == [2, 4]
    assert [len(ends(scene, room)) for room in rooms] == [2, 1, 1, 1, 1]


async def test_many_combos_end_each_once(scene: Scene) -> None:
    senders = [f"fan{number}" for number in range(30)]
    for sender in senders:
        await scene.ledger.grant_starter(sender, 1000)
    made = {sender: await tap(scene, 2, sender=sender) for sender in senders}
    relay = await at_work(scene)
    scene.clock.advance(COMBO_MS + GRACE_MS)
    await at_work(scene, relay)
    assert sorted(ends(scene)) == sorted((made[sender][0].id, 2, 20) for sender in senders)


@pytest.mark.usefixtures("no_task_left")
async def test_a_combo_ends_by_itself_where_nobody_gives_any_more(scene: Scene) -> None:
    feed = WatchedFeed()
    async with working(scene.relay(feed=feed)):
        await tap(scene, 3)
        await feed.has(2)
        scene.clock.advance(COMBO_MS + GRACE_MS)
        await feed.has(4)
    assert [(each.room, each.type) for each in feed.messages[2:]] == [
        (ROOM, "combo.ended"),
        (OTHER_ROOM, "combo.ended"),
    ]


PEOPLE, ITEMS = ("vera", "wang"), ("rose", "cake")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE), st.sampled_from(ITEMS), st.integers(1, 3), st.integers(-50, 4000), st.booleans()
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
async def test_the_boards_agree_on_every_combo_and_each_piece_is_in_one_that_ends_once(
    redis: Redis, acts: list[tuple[str, str, int, int, bool]]
) -> None:
    await redis.flushall()
    boards, now, given_, told = (MemoryBoard(COMBO_MS), RedisBoard(redis, COMBO_MS)), 10_000, 0, list[Combo]()
    for sender, item, count, later_ms, looks in acts:
        now += later_ms
        shown = [Shown(gift(sender, item=item, count=count, at_ms=now), (ROOM,))]
        given_ += count
        one, other = [await board.count_in_room(1, ROOM, shown) for board in boards]
        assert one == other
        if looks:
            told += await ended(boards, now)
    told += await ended(boards, now + 2 * COMBO_MS)
    assert sum(combo.count for combo in told) == given_
    assert len({combo.id for combo in told}) == len(told)


async def ended(boards: Sequence[Board], until_ms: int) -> tuple[Combo, ...]:
    one, other = [await board.due_combos(1, ROOM, until_ms, 100) for board in boards]
    assert one == other
    for board in boards:
        await board.end_combos(1, ROOM, one.combos)
    return one.combos
