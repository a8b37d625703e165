"""Ids: their form, and the order of those that rise."""

from itertools import pairwise

from ulid import ULID

from foundation.ids import RisingIds, is_id, lowest_id, new_id


def test_new_ids_have_the_form_of_ids_and_are_never_the_same() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000 and all(is_id(each) for each in made)


def test_rising_ids_rise_within_a_millisecond_and_over_a_million_of_them() -> None:
    ids = RisingIds()
    made = [ids.make(1_700_000_000_000) for _ in range((1 << 20) + 5)]
    assert all(first < second for first, second in pairwise(made))
    assert is_id(made[0]) and is_id(made[-1])


def test_rising_ids_rise_though_the_stamps_fall_back() -> None:
    ids = RisingIds()
    made = [ids.make(stamp) for stamp in (5, 9, 7, 7, 10, 1)]
    assert made == sorted(made)


def test_a_rising_id_is_a_ulid_of_its_stamp() -> None:
    assert ULID.from_str(RisingIds().make(1_700_000_000_123).upper()).milliseconds == 1_700_000_000_123


def test_the_lowest_id_of_a_moment_comes_before_all_of_it_and_after_all_before_it() -> None:
    stamp = 1_700_000_000_123
    assert RisingIds().make(stamp - 1) < lowest_id(stamp) < RisingIds().make(stamp)
    assert is_id(lowest_id(stamp)) and ULID.from_str(lowest_id(stamp).upper()).milliseconds == stamp


def test_two_processes_make_different_ids_for_one_stamp() -> None:
    assert RisingIds().make(5) != RisingIds().make(5)
