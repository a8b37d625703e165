"""What was told since a moment, for those who are shown how the room stood then."""

from streaming.feed.ring import Told
from streaming.feed.since import MOST, MOST_BYTES, Since
from streaming.feed.store import Head

AT = Head("e", 10)


def told(*offsets: int, users: tuple[str, ...] = (), epoch: str = "e") -> tuple[Told, ...]:
    return tuple(Told(epoch, offset, users, f"<{epoch}{offset}>".encode(), None) for offset in offsets)


def test_who_was_shown_the_room_hears_what_came_after_also_what_no_history_keeps() -> None:
    since = Since(60.0)
    assert since.keep(told(9, 10, 11), 1.0) and since.keep(told(14), 2.0)
    assert since.beyond(AT, "") == b"<e11><e14>"
    assert since.newest(AT) == Head("e", 14)


def test_of_nothing_that_came_after_he_knows_all() -> None:
    since = Since(60.0)
    assert (since.beyond(AT, "ann"), since.newest(AT)) == (b"", AT)
    since.keep(told(9), 1.0)
    assert (since.beyond(AT, "ann"), since.newest(AT)) == (b"", AT)


def test_what_was_for_one_user_is_his_alone() -> None:
    since = Since(60.0)
    since.keep(told(11) + told(12, users=("ann",)) + told(13), 1.0)
    assert since.beyond(AT, "ann") == b"<e11><e12><e13>"
    assert since.beyond(AT, "bob") == since.beyond(AT, "") == b"<e11><e13>"


def test_another_epoch_is_all_new() -> None:
    since = Since(60.0)
    since.keep(told(11) + told(3, epoch="f"), 1.0)
    assert since.beyond(AT, "") == b"<e11><f3>"
    assert since.newest(AT) == Head("f", 3)


def test_it_lasts_for_its_time_only() -> None:
    since = Since(60.0)
    assert since.keep(told(11), 60.0) and since.whole
    assert not since.keep(told(12), 60.1) and not since.whole


def test_it_is_bounded() -> None:
    since = Since(60.0)
    assert since.keep(told(*range(MOST)), 1.0)
    assert not since.keep(told(MOST), 1.0) and not since.whole


def test_it_is_bounded_in_bytes_too() -> None:
    since, half = Since(60.0), b"x" * (MOST_BYTES // 2)
    assert since.keep((Told("e", 11, (), half, None), Told("e", 12, (), half, None)), 1.0)
    assert not since.keep((Told("e", 13, (), b"x", None),), 1.0) and not since.whole


def test_what_has_ended_is_not_whole_and_stays_so() -> None:
    since = Since(60.0)
    since.end()
    assert not since.keep(told(11), 1.0)
    assert not since.whole and since.beyond(AT, "") == b""
