"""What a room is told in one tick."""

from collections.abc import Iterator
from dataclasses import replace

import orjson

from foundation.feed import Delivery
from streaming.feed import framing
from streaming.feed.store import Posted
from streaming.feed.tick import Tick
from tests.streaming.feed.frames import texts


def posted(
    offset: int, type_: str, body: object, delivery: Delivery, key: str = "", users: tuple[str, ...] = ()
) -> Posted:
    return Posted("r", "epoch", offset, type_, delivery, key, users, orjson.dumps(body))


def told(tick: Tick) -> list[tuple[int, str, object]]:
    messages = [orjson.loads(text) for text in texts(tick.drain().shared)]
    return [(message["o"], message["t"], message["d"]) for message in messages]


def test_gifts_and_battle_events_are_never_dropped_and_keep_their_order() -> None:
    tick = Tick(samples=1)
    for offset in range(1, 501):
        tick.add(posted(offset, "gift.sent", {"n": offset}, Delivery.MUST))
    assert told(tick) == [(offset, "gift.sent", {"n": offset}) for offset in range(1, 501)]


def test_of_two_scores_the_last_is_told_where_the_last_stood() -> None:
    tick = Tick(samples=1)
    tick.add(posted(1, "battle.score", {"red": 1}, Delivery.LATEST, key="b1"))
    tick.add(posted(2, "gift.sent", {}, Delivery.MUST))
    tick.add(posted(3, "battle.score", {"red": 2}, Delivery.LATEST, key="b1"))
    assert told(tick) == [(2, "gift.sent", {}), (3, "battle.score", {"red": 2})]


def test_latest_of_different_keys_do_not_push_each_other_out() -> None:
    tick = Tick(samples=1)
    tick.add(posted(1, "battle.score", {"red": 1}, Delivery.LATEST, key="b1"))
    tick.add(posted(2, "battle.score", {"red": 9}, Delivery.LATEST, key="b2"))
    assert len(told(tick)) == 2


def test_likes_are_added_up_and_the_highest_total_stands() -> None:
    tick = Tick(samples=1)
    tick.add(posted(1, "likes.summed", {"count": 3, "total": 10}, Delivery.SUM))
    tick.add(posted(2, "likes.summed", {"count": 4, "total": 7}, Delivery.SUM))
    assert told(tick) == [(2, "likes.summed", {"count": 7, "total": 10})]


def test_chat_in_a_flood_is_thinned_and_counted() -> None:
    tick = Tick(samples=2)
    for offset in range(1, 6):
        tick.add(posted(offset, "chat.said", {"n": offset}, Delivery.SAMPLE))
    assert [offset for offset, _, _ in told(tick)] == [1, 2]
    assert tick.left_out == 3


def said(offset: int, user: str) -> Posted:
    return Posted("r", "epoch", offset, "chat.said", Delivery.SAMPLE, "", (), b"{}", (user,))


def offsets(frames: bytes) -> list[int]:
    return [orjson.loads(text)["o"] for text in texts(frames)]


def test_who_does_not_pass_still_sees_his_own_line_in_its_place_and_nobody_else_does() -> None:
    tick = Tick(samples=1)
    tick.add(said(1, "bob"))
    tick.add(said(2, "ruby"))
    tick.add(posted(3, "gift.sent", {}, Delivery.MUST))
    batch = tick.drain()
    assert (offsets(batch.shared), offsets(batch.own["ruby"])) == ([1, 3], [1, 2, 3])
    assert set(batch.own) == {"ruby"}


def test_whom_a_line_that_does_not_pass_names_or_answers_hears_it_too() -> None:
    tick = Tick(samples=1)
    tick.add(said(1, "bob"))
    tick.add(replace(said(2, "ruby"), dear=("ruby", "ann", "cid")))
    batch = tick.drain()
    assert offsets(batch.shared) == [1]
    assert {user: offsets(own) for user, own in batch.own.items()} == {user: [1, 2] for user in ("ruby", "ann", "cid")}


def test_who_shouts_takes_nobody_elses_place() -> None:
    tick = Tick(samples=2)
    for offset in range(1, 101):
        tick.add(said(offset, "loud"))
    tick.add(said(101, "quiet"))
    assert offsets(tick.drain().shared) == [1, 101]


def test_what_only_its_speaker_hears_takes_nobody_elses_place() -> None:
    tick = Tick(samples=2)
    for offset in range(1, 51):
        tick.add(replace(said(offset, f"shouter {offset}"), users=(f"shouter {offset}",)))
    for offset, user in ((51, "bob"), (52, "ruby")):
        tick.add(said(offset, user))
    batch = tick.drain()
    assert offsets(batch.shared) == [51, 52]
    assert [offsets(batch.own[f"shouter {offset}"]) for offset in (1, 50)] == [[1, 51, 52], [50, 51, 52]]
    assert tick.left_out == 0


def test_a_sample_for_some_is_dear_to_nobody_else() -> None:
    tick = Tick(samples=0)
    tick.add(Posted("r", "epoch", 1, "x", Delivery.SAMPLE, "", ("bob",), b"{}", ("bob", "ruby")))
    assert set(tick.drain().own) == {"bob"}


def test_the_next_tick_has_room_for_chat_again() -> None:
    tick = Tick(samples=1)
    tick.add(posted(1, "chat.said", {}, Delivery.SAMPLE))
    tick.drain()
    tick.add(posted(2, "chat.said", {}, Delivery.SAMPLE))
    assert [offset for offset, _, _ in told(tick)] == [2]


def test_a_message_for_some_is_not_merged_with_one_for_others() -> None:
    tick = Tick(samples=1)
    tick.add(posted(1, "battle.invited", {"n": 1}, Delivery.LATEST, users=("a",)))
    tick.add(posted(2, "battle.invited", {"n": 2}, Delivery.LATEST, users=("b",)))
    batch = tick.drain()
    assert batch.shared == b""
    assert {user: [orjson.loads(text)["d"] for text in texts(told)] for user, told in batch.own.items()} == {
        "a": [{"n": 1}],
        "b": [{"n": 2}],
    }


def test_what_is_for_some_stands_in_its_place_among_what_is_for_all() -> None:
    tick = Tick(samples=1)
    for offset, users in ((1, ()), (2, ("a", "b")), (3, ()), (4, ("b",))):
        tick.add(posted(offset, "x", {}, Delivery.MUST, users=users))
    batch = tick.drain()
    offsets = {user: [orjson.loads(text)["o"] for text in texts(told)] for user, told in batch.own.items()}
    assert offsets == {"a": [1, 2, 3], "b": [1, 2, 3, 4]}
    assert [orjson.loads(text)["o"] for text in texts(batch.shared)] == [1, 3]


class Names(tuple[str, ...]):
    """Users of whom it is counted how often they are gone through."""

    looks = 0

    def __iter__(self) -> Iterator[str]:
        Names.looks += 1
        return super().__iter__()

    def __contains__(self, user: object) -> bool:
        Names.looks += 1
        return super().__contains__(user)


def test_in_a_flood_of_lines_each_is_looked_at_a_few_times_not_once_a_user() -> None:
    tick = Tick(samples=20)
    for offset in range(1, 801):
        tick.add(replace(said(offset, f"user {offset}"), dear=Names((f"user {offset}",))))
    Names.looks = 0
    batch = tick.drain()
    assert len(batch.own) == 780
    assert Names.looks <= 5 * 780


def test_a_frame_that_follows_a_batch_goes_to_everybody() -> None:
    tick = Tick(samples=1)
    tick.add(posted(1, "x", {}, Delivery.MUST, users=("a",)))
    batch = tick.drain().followed_by(framing.text(b"last"))
    assert texts(batch.shared) == ["last"]
    assert texts(batch.own["a"])[-1] == "last"


def test_the_body_reaches_the_reader_as_it_was_written() -> None:
    tick = Tick(samples=1)
    tick.add(posted(7, "chat.said", {"text": "ni hao 你好 </script>"}, Delivery.SAMPLE))
    assert texts(tick.drain().shared) == ['{"t":"chat.said","e":"epoch","o":7,"d":{"text":"ni hao 你好 </script>"}}']
