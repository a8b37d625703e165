"""One contract for both boards, in memory and in a real Valkey."""

import pytest
from redis.asyncio import Redis

from foundation.lease import Fenced
from gifts.scoring import Contributor
from gifts.store import Board, Counted, Standing
from gifts.store_memory import MemoryBoard
from gifts.store_redis import RedisBoard
from tests.gifts.world import ROOM, gift

COMBO_MS = 5000
EMPTY = Standing({"red": 0, "blue": 0}, (), ())


@pytest.fixture(params=["memory", "redis"])
def board(request: pytest.FixtureRequest) -> Board:
    if request.param == "memory":
        return MemoryBoard(COMBO_MS)
    return RedisBoard(request.getfixturevalue("redis"), COMBO_MS)


async def test_a_gift_counts_once_in_a_room_and_says_the_same_combo_again(board: Board) -> None:
    first, second = gift(count=2, at_ms=1000), gift(count=3, at_ms=1000 + COMBO_MS)
    assert await board.count_in_room(1, ROOM, [first]) == [Counted(2, True, False)]
    assert await board.count_in_room(1, ROOM, [first, second]) == [Counted(2, False, False), Counted(5, True, False)]


async def test_a_combo_ends_when_nothing_comes_in_time(board: Board) -> None:
    answers = await board.count_in_room(1, ROOM, [gift(at_ms=1000), gift(at_ms=1001 + COMBO_MS)])
    assert [each.combo for each in answers] == [1, 1]


async def test_a_combo_is_of_one_sender_gift_and_person(board: Board) -> None:
    mixed = [gift(), gift("wang"), gift(item="cake"), gift(recipient="bo"), gift(asked_for="gus"), gift()]
    assert [each.combo for each in await board.count_in_room(1, ROOM, mixed)] == [1, 1, 1, 1, 1, 2]


async def test_what_was_shown_is_remembered_until_it_is_forgotten(board: Board) -> None:
    shown = gift()
    await board.count_in_room(1, ROOM, [shown])
    await board.mark_shown(1, ROOM, [shown.id])
    assert await board.count_in_room(1, ROOM, [shown]) == [Counted(1, False, True)]
    await board.forget([shown])
    assert (await board.count_in_room(1, ROOM, [shown]))[0].first


async def test_a_battle_without_a_board_is_not_counted(board: Board) -> None:
    assert await board.count_in_battle(1, "battle", [gift()]) is None
    assert await board.scores("battle") is None
    assert await board.contributors("battle") is None


async def test_a_gift_counts_once_in_a_battle(board: Board) -> None:
    await board.rebuild("battle", EMPTY, replace=False)
    sent, other = gift(score=10), gift(score=3, side="blue")
    assert await board.count_in_battle(1, "battle", [sent]) == {"red": 10, "blue": 0}
    assert await board.count_in_battle(1, "battle", [sent, other, other]) == {"red": 10, "blue": 3}
    assert await board.scores("battle") == {"red": 10, "blue": 3}


async def test_a_rebuilt_board_has_the_pending_gifts_in_its_sum(board: Board) -> None:
    pending, later = gift(score=10), gift(score=5)
    standing = Standing({"red": 10, "blue": 0}, (Contributor("vera", "Vera", "red", 10, 1000),), (pending.id,))
    await board.rebuild("battle", standing, replace=False)
    assert await board.count_in_battle(1, "battle", [pending, later]) == {"red": 15, "blue": 0}
    assert await board.contributors("battle") == (Contributor("vera", "Vera", "red", 15, 1000),)


async def test_a_board_that_is_there_is_replaced_only_on_demand(board: Board) -> None:
    await board.rebuild("battle", EMPTY, replace=False)
    await board.count_in_battle(1, "battle", [gift(score=10)])
    truth = Standing({"red": 7, "blue": 0}, (Contributor("wang", "Wang", "red", 7, 5),), ())
    await board.rebuild("battle", truth, replace=False)
    assert await board.scores("battle") == {"red": 10, "blue": 0}
    await board.rebuild("battle", truth, replace=True)
    assert await board.scores("battle") == {"red": 7, "blue": 0}
    assert await board.contributors("battle") == truth.contributors


async def test_the_best_three_a_side_are_shown_the_earlier_of_equals_first(board: Board) -> None:
    await board.rebuild("battle", EMPTY, replace=False)
    given = [("ada", 10, 5), ("ben", 30, 6), ("cyd", 10, 4), ("dan", 10, 7), ("ada", 10, 8), ("cyd", 10, 9)]
    await board.count_in_battle(1, "battle", [gift(who, score=score, at_ms=at) for who, score, at in given])
    await board.count_in_battle(1, "battle", [gift("eve", score=1, at_ms=10, side="blue")])
    assert await board.contributors("battle") == (
        Contributor("eve", "Eve", "blue", 1, 10),
        Contributor("ben", "Ben", "red", 30, 6),
        Contributor("cyd", "Cyd", "red", 20, 4),
        Contributor("ada", "Ada", "red", 20, 5),
    )


async def test_large_scores_are_exact(board: Board) -> None:
    await board.rebuild("battle", Standing({"red": 10**15, "blue": 0}, (), ()), replace=False)
    assert await board.count_in_battle(1, "battle", [gift(score=10**15 + 1)]) == {"red": 2 * 10**15 + 1, "blue": 0}


async def test_an_older_relay_changes_nothing(board: Board) -> None:
    await board.rebuild("battle", EMPTY, replace=False)
    mine = gift()
    await board.count_in_room(7, ROOM, [mine])
    await board.count_in_battle(7, "battle", [mine])
    late = gift()
    with pytest.raises(Fenced):
        await board.count_in_room(6, ROOM, [late])
    with pytest.raises(Fenced):
        await board.count_in_battle(6, "battle", [late])
    with pytest.raises(Fenced):
        await board.mark_shown(6, ROOM, [mine.id])
    assert await board.scores("battle") == {"red": 10, "blue": 0}
    assert await board.count_in_room(7, ROOM, [late]) == [Counted(2, True, False)]


async def test_every_key_goes_by_itself_when_nothing_happens(redis: Redis) -> None:
    board = RedisBoard(redis, COMBO_MS)
    await board.rebuild("battle", EMPTY, replace=False)
    sent = gift()
    await board.count_in_room(1, ROOM, [sent])
    await board.count_in_battle(1, "battle", [sent])
    keys = [key async for key in redis.scan_iter()]
    assert keys and all([0 < await redis.ttl(key) <= 86_400 for key in keys])
    assert all(b"{room:" in key or b"{battle:" in key for key in keys)


async def test_what_is_pending_is_kept_only_until_it_is_marked(redis: Redis) -> None:
    board = RedisBoard(redis, COMBO_MS)
    await board.rebuild("battle", EMPTY, replace=False)
    sent = [gift() for _ in range(20)]
    await board.count_in_room(1, ROOM, sent)
    await board.count_in_battle(1, "battle", sent)
    await board.forget(sent)
    assert not [key async for key in redis.scan_iter("*gift_counted")]
