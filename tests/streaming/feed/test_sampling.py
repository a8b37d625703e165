"""Who is heard when more is said than people can read."""

from hypothesis import given
from hypothesis import strategies as st

from streaming.feed.sampling import REMEMBERED, Sampler


def heard(sampler: Sampler, speakers: str) -> str:
    """Speakers are letters; those who were heard, in order."""
    return "".join(each for each, passes in zip(speakers, sampler.heard(speakers), strict=True) if passes)


def test_while_there_is_room_everybody_is_heard_as_often_as_he_speaks() -> None:
    assert heard(Sampler(5), "aaaab") == "aaaab"


def test_everybody_is_heard_before_anybody_is_twice() -> None:
    assert heard(Sampler(3), "aaaabcd") == "abc"


def test_places_that_are_left_go_to_the_second_lines() -> None:
    assert heard(Sampler(4), "aaaabb") == "aabb"


def test_who_was_not_heard_lately_comes_first() -> None:
    sampler = Sampler(2)
    assert [heard(sampler, "abcd") for _ in range(4)] == ["ab", "cd", "ab", "cd"]


def test_who_was_heard_where_there_was_room_has_had_his_turn_too() -> None:
    sampler = Sampler(2)
    sampler.heard("a")
    assert heard(sampler, "abc") == "bc"


def test_it_remembers_a_bounded_number_of_speakers() -> None:
    sampler = Sampler(1)
    for number in range(3 * REMEMBERED):
        sampler.heard([str(number)])
    assert len(sampler._heard) == REMEMBERED


@given(st.integers(1, 5), st.lists(st.sampled_from("abcdefgh"), max_size=40))
def test_all_places_are_used_and_no_two_speakers_differ_by_more_than_a_line_that_was_said(
    most: int, speakers: list[str]
) -> None:
    passes = Sampler(most).heard(speakers)
    assert sum(passes) == min(most, len(speakers))
    shown = [each for each, passed in zip(speakers, passes, strict=True) if passed]
    left_out = {each for each, passed in zip(speakers, passes, strict=True) if not passed}
    for each in left_out:
        assert max(map(shown.count, shown)) <= shown.count(each) + 1
