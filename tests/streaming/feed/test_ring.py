"""What those who come back have missed."""

from hypothesis import given
from hypothesis import strategies as st

from streaming.feed.ring import Ring, Told

LONG_MS, MANY = 60_000, 1_000


def each(offset: int, users: tuple[str, ...] = (), name: object = "", epoch: str = "e") -> Told:
    return Told(epoch, offset, users, b"%02d" % offset, name or offset)


def told(*offsets: int, longest_ms: int = LONG_MS, most_bytes: int = MANY) -> Ring:
    """One message a second, of two bytes each, from 0 s on."""
    ring = Ring(longest_ms, most_bytes)
    ring.begin("e", 0)
    for second, offset in enumerate(offsets):
        ring.keep(each(offset), second * 1000)
    return ring


def test_who_comes_back_hears_what_he_has_missed_in_order() -> None:
    assert told(1, 2, 5, 9).since("e", 2, "") == b"0509"


def test_who_has_missed_nothing_hears_nothing_and_needs_no_snapshot() -> None:
    assert told(1, 2).since("e", 2, "") == b""


def test_an_offset_between_two_messages_is_as_good_as_the_earlier_one() -> None:
    assert told(1, 5).since("e", 3, "") == b"05"


def test_another_epoch_is_another_count() -> None:
    assert told(1, 2).since("d", 1, "") is None


def test_what_was_told_before_it_began_is_not_known() -> None:
    ring = Ring(LONG_MS, MANY)
    ring.begin("e", 7)
    ring.keep(each(8), 0)
    assert (ring.since("e", 6, ""), ring.since("e", 7, "")) == (None, b"08")


def test_what_is_told_late_of_the_time_before_it_began_changes_nothing() -> None:
    ring = Ring(LONG_MS, MANY)
    ring.begin("e", 7)
    for offset in (6, 7, 8):
        ring.keep(each(offset), 0)
    assert (ring.since("e", 5, ""), ring.since("e", 7, ""), ring.newest) == (None, b"08", 8)


def test_what_is_told_late_makes_it_no_more_whole_when_it_is_forgotten() -> None:
    ring = Ring(LONG_MS, 4)
    ring.begin("e", 7)
    for offset in (6, 7, 8):
        ring.keep(each(offset), 0)
    assert (ring.since("e", 6, ""), ring.since("e", 7, "")) == (None, b"08")


def test_after_what_was_forgotten_for_its_age_only_the_rest_is_whole() -> None:
    ring = told(1, 2, 3, 4, longest_ms=2000)
    assert (ring.since("e", 0, ""), ring.since("e", 1, "")) == (None, b"020304")


def test_after_what_was_forgotten_for_its_size_only_the_rest_is_whole() -> None:
    ring = told(1, 2, 3, most_bytes=4)
    assert (ring.since("e", 0, ""), ring.since("e", 1, "")) == (None, b"0203")


def test_a_new_epoch_forgets_the_one_before() -> None:
    ring = told(8, 9)
    ring.keep(each(1, epoch="f"), 0)
    assert (ring.since("e", 8, ""), ring.since("f", 0, ""), ring.newest) == (None, b"01", 1)


def test_while_offsets_are_counted_a_second_time_nobody_is_told_of_the_wrong_ones() -> None:
    ring = told(8, 9)
    for offset in (5, 9, 10):
        ring.keep(each(offset), 0)
    assert [ring.since("e", offset, "") for offset in (3, 5, 8, 9, 10)] == [None, None, None, b"10", b""]


def test_what_is_for_some_is_not_told_to_others() -> None:
    ring = told(1)
    ring.keep(each(2, ("ruby",)), 0)
    ring.keep(each(3), 0)
    assert ring.since("e", 1, "ruby") == b"0203"
    assert ring.since("e", 1, "bob") == ring.since("e", 1, "") == b"03"


def test_of_one_name_the_last_is_told_where_the_last_stood() -> None:
    ring = told(1)
    for offset, name in ((2, "score"), (3, ""), (4, "score"), (5, "")):
        ring.keep(each(offset, name=name), 0)
    assert [ring.since("e", offset, "") for offset in (1, 2, 4)] == [b"030405", b"030405", b"05"]


def test_what_was_replaced_takes_no_room() -> None:
    ring = told(1, most_bytes=6)
    for offset in range(2, 50):
        ring.keep(each(offset, name="score"), 0)
    assert ring.since("e", 0, "") == b"0149"


def test_what_has_no_name_is_not_kept_and_makes_nothing_incomplete() -> None:
    ring = told(1)
    ring.keep(Told("e", 2, (), b"02", None), 0)
    assert (ring.since("e", 0, ""), ring.since("e", 2, "")) == (b"01", b"")


def test_what_others_know_of_the_time_before_makes_it_whole_from_there() -> None:
    ring = Ring(LONG_MS, MANY)
    ring.begin("e", 7)
    ring.keep(each(8), 0)
    ring.precede("e", 3, [each(offset) for offset in (4, 7, 8, 9)], 0)
    assert [ring.since("e", offset, "") for offset in (2, 3, 7, 8)] == [None, b"040708", b"08", b""]


def test_what_others_know_is_replaced_by_what_it_knows_itself() -> None:
    ring = Ring(LONG_MS, MANY)
    ring.begin("e", 7)
    ring.keep(each(8, name="score"), 0)
    ring.precede("e", 3, [each(4, name="score"), each(5)], 0)
    assert ring.since("e", 3, "") == b"0508"


def test_what_others_know_of_another_epoch_or_less_far_back_is_worth_nothing() -> None:
    ring = told(1, 2)
    ring.precede("d", 0, [each(1, epoch="d")], 0)
    assert ring.since("e", 0, "") == b"0102"
    ring = Ring(LONG_MS, MANY)
    ring.begin("e", 7)
    ring.keep(each(8), 0)
    ring.precede("e", 8, [], 0)
    assert ring.since("e", 7, "") == b"08"


def test_what_others_know_is_bounded_too() -> None:
    ring = Ring(LONG_MS, 4)
    ring.begin("e", 3)
    ring.precede("e", 0, [each(offset) for offset in (1, 2, 3)], 0)
    assert (ring.since("e", 0, ""), ring.since("e", 1, "")) == (None, b"0203")


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from([(), ("ruby",), ("bob",)]), st.integers(0, 3000))),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_who_was_away_has_heard_the_same_as_who_never_left_or_is_told_so(
    posts: list[tuple[int, tuple[str, ...], int]], most_bytes: int, left_at: int, begun_at: int
) -> None:
    ring, offset, now_ms, all_ = Ring(10_000, most_bytes), 0, 0, []
    ring.begin("e", begun_at)
    missed = b""
    for skip, users, pause_ms in posts:
        offset, now_ms = offset + skip, now_ms + pause_ms
        all_.append(each(offset, users))
        ring.keep(all_[-1], now_ms)
        if offset > left_at and (not users or "ruby" in users):
            missed += all_[-1].frame
    assert ring.since("e", left_at, "ruby") in (missed, None)
    ring.precede("e", 0, all_, now_ms)
    assert ring.since("e", left_at, "ruby") in (missed, None)
    if 2 * len(all_) <= most_bytes and now_ms <= 10_000:
        assert ring.since("e", left_at, "ruby") == missed
