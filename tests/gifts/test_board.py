"""One contract for both boards, in memory and in a real Valkey."""

import pytest
from redis.asyncio import Redis

from foundation.lease import Fenced
from gifts.bodies import Body, gift_body
from gifts.combos import Combo, gathered
from gifts.ledger import Gift
from gifts.scoring import Contributor
from gifts.store import COMBO_ROOMS, Board, Counted, Due, Shown, Standing
from gifts.store_memory import MemoryBoard
from gifts.store_redis import RedisBoard
from tests.gifts.world import OTHER_ROOM, ROOM, gift

COMBO_MS = 5000
EMPTY = Standing({"red": 0, "blue": 0}, (), ())


@pytest.fixture(params=["memory", "redis"])
def board(request: pytest.FixtureRequest) -> Board:
    if request.param == "memory":
        return MemoryBoard(COMBO_MS)
    return RedisBoard(request.getfixturevalue("redis"), COMBO_MS)


async def count(board: Board, *gifts: Gift, rooms: tuple[str, ...] = (ROOM,), fence: int = 1) -> list[Counted]:
    return await board.count_in_room(fence, ROOM, [Shown(each, rooms) for each in gifts])


def told(sent: Gift) -> Body:
    return gift_body(sent, None, 1, sent.id, 1)


async def test_a_gift_counts_once_in_a_room_and_says_the_same_combo_again(board: Board) -> None:
    first, second = gift(count=2, at_ms=1000), gift(count=3, at_ms=1000 + COMBO_MS)
    assert await count(board, first) == [Counted(2, first.id, True, False)]
    assert await count(board, first, second) == [
        Counted(2, first.id, False, False),
        Counted(5, first.id, True, False),
    ]


async def test_a_combo_ends_when_nothing_comes_in_time(board: Board) -> None:
    first, late = gift(at_ms=1000), gift(at_ms=1001 + COMBO_MS)
    assert await count(board, first, late) == [Counted(1, first.id, True, False), Counted(1, late.id, True, False)]


async def test_a_combo_is_of_one_sender_gift_and_person(board: Board) -> None:
    mixed = [gift(), gift("wang"), gift(item="cake"), gift(recipient="bo"), gift(asked_for="gus"), gift()]
    assert [each.combo for each in await count(board, *mixed)] == [1, 1, 1, 1, 1, 2]


async def test_what_was_shown_is_remembered_until_it_is_forgotten(board: Board) -> None:
    shown = gift()
    await count(board, shown)
    await board.mark_shown(1, ROOM, [told(shown)])
    assert await count(board, shown) == [Counted(1, shown.id, False, True)]
    await board.forget([shown])
    assert (await count(board, shown))[0].first


async def test_a_room_keeps_the_last_gifts_that_it_saw_each_once_in_the_order_of_their_stamps(board: Board) -> None:
    assert await board.shown(ROOM, 20) == []
    mine, late = gift(at_ms=3000), gift(at_ms=2000)
    other = gift(at_ms=1000, room=OTHER_ROOM)
    await count(board, mine, late)
    for _ in range(2):
        await board.mark_shown(1, ROOM, [told(mine), told(late)])
    await board.mark_shown(1, ROOM, [told(other)])
    assert await board.shown(ROOM, 20) == [told(other), told(late), told(mine)]
    assert await board.shown(ROOM, 2) == [told(other), told(late)], "the last that were told"
    assert await board.shown(OTHER_ROOM, 20) == []


async def test_the_newest_open_combos_are_there_for_who_comes(board: Board) -> None:
    assert await board.open_combos(ROOM, 5) == []
    gifts = [gift(sender, at_ms=at_ms) for sender, at_ms in (("vera", 1000), ("wang", 3000), ("xu", 2000))]
    await count(board, *gifts, gift("wang", count=6, at_ms=3001))
    newest = await board.open_combos(ROOM, 2)
    assert [(combo.sender, combo.count) for combo in newest] == [("xu", 1), ("wang", 7)]
    await board.end_combos(1, ROOM, newest)
    assert [combo.sender for combo in await board.open_combos(ROOM, 5)] == ["vera"]


async def test_a_combo_that_is_over_says_what_it_was_until_it_is_ended(board: Board) -> None:
    first = gift(count=2, at_ms=1000, asked_for="gus", asked_for_name="Gus", win=40)
    last = gift(count=3, at_ms=3000, score=10**15, asked_for="gus")
    await count(board, first, rooms=(ROOM,))
    await count(board, last, rooms=(ROOM, OTHER_ROOM))
    assert await board.due_combos(1, ROOM, 2999 + COMBO_MS, 10) == Due((), 3000 + COMBO_MS)
    over = Combo(
        id=first.id,
        room=ROOM,
        item="rose",
        sender="vera",
        sender_name="Vera",
        recipient="anna",
        recipient_name="Anna",
        guest="gus",
        guest_name="Gus",
        since_ms=1000,
        last_at_ms=3000,
        count=5,
        coins=10 + 10**15,
        win=40,
        rooms=(ROOM, OTHER_ROOM),
    )
    for _ in range(2):
        assert await board.due_combos(1, ROOM, 3000 + COMBO_MS, 10) == Due((over,), None)
    await board.end_combos(1, ROOM, [over])
    assert await board.due_combos(1, ROOM, 10**12, 10) == Due((), None)
    assert await count(board, late := gift(at_ms=3001, asked_for="gus")) == [Counted(1, late.id, True, False)]


async def test_combos_end_in_the_order_of_their_last_pieces_and_so_many_at_once(board: Board) -> None:
    gifts = [gift(sender, at_ms=at_ms) for sender, at_ms in (("vera", 1000), ("wang", 3000), ("xu", 2000))]
    await count(board, *gifts)
    due = await board.due_combos(1, ROOM, 10**6, 2)
    assert [combo.sender for combo in due.combos] == ["vera", "xu"]
    assert due.next_ms == 3000 + COMBO_MS


async def test_a_combo_whose_end_was_not_told_is_kept_beside_the_one_that_has_followed(board: Board) -> None:
    old, new = gift(count=4, at_ms=1000), gift(at_ms=2000 + COMBO_MS)
    await count(board, old, new)
    due = await board.due_combos(1, ROOM, 2000 + COMBO_MS, 10)
    assert [(combo.id, combo.count) for combo in due.combos] == [(old.id, 4)]
    await board.end_combos(1, ROOM, due.combos)
    again = gift(at_ms=2001 + COMBO_MS)
    assert await count(board, again) == [Counted(2, new.id, True, False)], "the new one goes on"


async def test_a_stamp_that_comes_late_neither_shortens_nor_breaks_a_combo(board: Board) -> None:
    first, overtaken = gift(at_ms=3000), gift(at_ms=2990)
    await count(board, first, overtaken)
    assert (await board.due_combos(1, ROOM, 0, 10)).next_ms == 3000 + COMBO_MS


async def test_whoever_takes_over_finds_the_rooms_that_have_combos(board: Board) -> None:
    await board.restore_combos(1, "here", 0, [])
    await count(board, gift(at_ms=1000))
    assert await board.combo_rooms("here", 1000) == [ROOM]
    assert await board.combo_rooms("here", 1000 + COMBO_MS) == [ROOM], "until they were ended, however late"
    assert await board.combo_rooms("born again", 1000) is None


async def test_combos_are_made_again_as_they_were_and_go_on(board: Board) -> None:
    pieces = [
        gift(count=2, at_ms=1000, asked_for="gus", asked_for_name="Gus", win=40),
        gift(count=3, at_ms=3000, score=10**15, asked_for="gus"),
        gift("wang", at_ms=3000),
    ]
    shown = [(pieces[0], (ROOM,)), (pieces[1], (ROOM, OTHER_ROOM)), (pieces[2], (ROOM,))]
    combos = gathered(shown, COMBO_MS)
    await board.restore_combos(1, "here", 0, combos)
    assert await board.combo_rooms("here", 1000) == [ROOM]
    assert await board.due_combos(1, ROOM, 10**6, 10) == Due(tuple(combos), None)
    late = gift(count=5, at_ms=3000 + COMBO_MS, asked_for="gus")
    assert await count(board, late) == [Counted(10, pieces[0].id, True, False)]
    await board.end_combos(1, ROOM, (await board.due_combos(1, ROOM, 10**6, 10)).combos)
    assert await board.due_combos(1, ROOM, 10**6, 10) == Due((), None)


async def test_what_is_restored_replaces_what_was_counted_but_not_what_was_over_before(board: Board) -> None:
    over, lost, kept = gift("xu", at_ms=1000), gift("wang", at_ms=2000), gift(count=7, at_ms=3000)
    await count(board, over, lost, gift(at_ms=3000))
    await board.restore_combos(1, "here", 1000 + COMBO_MS, gathered([(kept, (ROOM,))], COMBO_MS))
    due = await board.due_combos(1, ROOM, 10**6, 10)
    assert [(combo.id, combo.count) for combo in due.combos] == [(over.id, 1), (kept.id, 7)]
    again = gift("wang", at_ms=2001)
    assert await count(board, lost, again) == [Counted(1, lost.id, True, False), Counted(2, lost.id, True, False)]


async def test_many_combos_are_restored_in_many_rooms(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gifts.store_redis._COMBOS_AT_ONCE", 2)
    pieces = [gift(f"fan{number}", room=room) for number in range(5) for room in (ROOM, OTHER_ROOM)]
    await board.restore_combos(1, "here", 0, gathered([(each, (each.room,)) for each in pieces], COMBO_MS))
    for room in (ROOM, OTHER_ROOM):
        due = await board.due_combos(1, room, 10**6, 10)
        assert {combo.id for combo in due.combos} == {each.id for each in pieces if each.room == room}


async def test_an_older_relay_neither_reads_nor_ends_combos(board: Board) -> None:
    await count(board, gift(), fence=2)
    with pytest.raises(Fenced):
        await board.due_combos(1, ROOM, 10**6, 10)
    due = await board.due_combos(3, ROOM, 10**6, 10)
    with pytest.raises(Fenced):
        await count(board, gift(), fence=2)
    with pytest.raises(Fenced):
        await board.end_combos(2, ROOM, due.combos)
    with pytest.raises(Fenced):
        await board.restore_combos(2, "here", 0, due.combos)
    assert len((await board.due_combos(3, ROOM, 10**6, 10)).combos) == 1


async def test_a_battle_without_a_board_is_not_counted(board: Board) -> None:
    assert await board.count_in_battle(1, "battle", [gift()]) is None
    assert await board.scores("battle") is None
    assert await board.contributors("battle") is None


async def test_a_gift_counts_once_in_a_battle(board: Board) -> None:
    await board.rebuild("battle", EMPTY)
    sent, other = gift(score=10), gift(score=3, side="blue")
    assert await board.count_in_battle(1, "battle", [sent]) == {"red": 10, "blue": 0}
    assert await board.count_in_battle(1, "battle", [sent, other, other]) == {"red": 10, "blue": 3}
    assert await board.scores("battle") == {"red": 10, "blue": 3}


async def test_a_rebuilt_board_has_the_pending_gifts_in_its_sum(board: Board) -> None:
    pending, later = gift(score=10), gift(score=5)
    standing = Standing({"red": 10, "blue": 0}, (Contributor("vera", "Vera", "red", 10, 1000),), (pending.id,))
    await board.rebuild("battle", standing)
    assert await board.count_in_battle(1, "battle", [pending, later]) == {"red": 15, "blue": 0}
    assert await board.contributors("battle") == (Contributor("vera", "Vera", "red", 15, 1000),)


async def test_a_board_that_is_there_is_replaced_only_on_demand(board: Board) -> None:
    await board.rebuild("battle", EMPTY)
    await board.count_in_battle(1, "battle", [gift(score=10)])
    truth = Standing({"red": 7, "blue": 0}, (Contributor("wang", "Wang", "red", 7, 5),), ())
    await board.rebuild("battle", truth)
    assert await board.scores("battle") == {"red": 10, "blue": 0}
    await board.rebuild("battle", truth, fence=1)
    assert await board.scores("battle") == {"red": 7, "blue": 0}
    assert await board.contributors("battle") == truth.contributors


async def test_the_best_three_a_side_are_shown_the_earlier_of_equals_first(board: Board) -> None:
    await board.rebuild("battle", EMPTY)
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
    await board.rebuild("battle", Standing({"red": 10**15, "blue": 0}, (), ()))
    assert await board.count_in_battle(1, "battle", [gift(score=10**15 + 1)]) == {"red": 2 * 10**15 + 1, "blue": 0}


async def test_an_older_relay_changes_nothing(board: Board) -> None:
    await board.rebuild("battle", EMPTY)
    mine = gift()
    await count(board, mine, fence=7)
    await board.count_in_battle(7, "battle", [mine])
    late = gift()
    with pytest.raises(Fenced):
        await count(board, late, fence=6)
    with pytest.raises(Fenced):
        await board.count_in_battle(6, "battle", [late])
    with pytest.raises(Fenced):
        await board.mark_shown(6, ROOM, [told(mine)])
    with pytest.raises(Fenced):  # what it has read of the ledger may be old
        await board.rebuild("battle", EMPTY, fence=6)
    assert await board.scores("battle") == {"red": 10, "blue": 0}
    assert await count(board, late, fence=7) == [Counted(2, mine.id, True, False)]


async def test_every_key_goes_by_itself_when_nothing_happens(redis: Redis) -> None:
    board = RedisBoard(redis, COMBO_MS)
    await board.rebuild("battle", EMPTY)
    sent = gift()
    await count(board, sent)
    await board.mark_shown(1, ROOM, [told(sent)])
    await board.count_in_battle(1, "battle", [sent])
    keys = [key async for key in redis.scan_iter()]
    assert keys and all([0 < await redis.ttl(key) <= 86_400 for key in keys])
    assert all(b"{room:" in key or b"{battle:" in key for key in keys if key != COMBO_ROOMS.encode())


async def test_what_is_pending_is_kept_only_until_it_is_marked(redis: Redis) -> None:
    board = RedisBoard(redis, COMBO_MS)
    await board.rebuild("battle", EMPTY)
    sent = [gift() for _ in range(20)]
    await count(board, *sent)
    await board.count_in_battle(1, "battle", sent)
    await board.forget(sent)
    assert not [key async for key in redis.scan_iter("*gift_counted")]
