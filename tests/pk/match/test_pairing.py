"""Who meets whom, whoever waits."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import new_id
from pk.match.pairing import Pair, Seeker, expired, pairs, window
from pk.rules import MatchRules

NOW = 1_700_000_000_000
RULES = MatchRules()
USERS = [f"user {number}" for number in range(8)]


def seeker(rating: int = 1500, waited_s: float = 0, user: str | None = None, **changes: object) -> Seeker:
    user = user or new_id()
    made = Seeker(f"wait of {user}", f"room of {user}", user, user, rating, 300_000, NOW - round(waited_s * 1000))
    return replace(made, **changes)  # type: ignore[arg-type]


@st.composite
def queues(draw: st.DrawFn) -> list[Seeker]:
    return [
        seeker(
            draw(st.integers(1000, 2000)),
            draw(st.integers(0, 119)),
            user,
            fight_ms=draw(st.sampled_from([60_000, 300_000])),
            met=tuple(draw(st.sets(st.sampled_from(USERS), max_size=2))),
        )
        for user in draw(st.lists(st.sampled_from(USERS), unique=True, max_size=8))
    ]


bars = st.sets(st.sets(st.sampled_from(USERS), min_size=2, max_size=2).map(frozenset), max_size=6)


def forbidden(pair: Pair, barred: set[frozenset[str]]) -> bool:
    one, other = pair
    gap = abs(one.rating - other.rating)
    return (
        one.user == other.user
        or one.fight_ms != other.fight_ms
        or gap > window(one, NOW, RULES)
        or gap > window(other, NOW, RULES)
        or one.user in other.met
        or other.user in one.met
        or {one.user, other.user} in barred
    )


@given(queues(), bars)
def test_no_forbidden_pair_is_made_and_nobody_is_in_two(waiting: list[Seeker], barred: set[frozenset[str]]) -> None:
    found = pairs(waiting, barred, NOW, RULES)
    assert not [pair for pair in found if forbidden(pair, barred)]
    together = [each.id for pair in found for each in pair]
    assert len(set(together)) == len(together)


@given(queues(), bars)
def test_nobody_is_left_alone_who_could_meet_another_one(waiting: list[Seeker], barred: set[frozenset[str]]) -> None:
    together = {each for pair in pairs(waiting, barred, NOW, RULES) for each in pair}
    left = [each for each in waiting if each not in together]
    assert all(forbidden((one, other), barred) for one in left for other in left)


@given(queues(), bars, st.randoms())
def test_the_order_in_which_they_are_looked_at_makes_no_difference(
    waiting: list[Seeker], barred: set[frozenset[str]], random: Random
) -> None:
    shuffled = random.sample(waiting, len(waiting))
    assert pairs(shuffled, barred, NOW, RULES) == pairs(waiting, barred, NOW, RULES)


@given(queues(), bars)
def test_a_closer_pair_goes_first(waiting: list[Seeker], barred: set[frozenset[str]]) -> None:
    """Whoever meets somebody had nobody closer who was not closer to another one."""
    found = pairs(waiting, barred, NOW, RULES)
    gaps = [abs(one.rating - other.rating) for one, other in found]
    assert gaps == sorted(gaps)
    nearest = {each.id: gap for pair, gap in zip(found, gaps, strict=True) for each in pair}
    for one in waiting:
        for other in waiting:
            gap = abs(one.rating - other.rating)
            if not forbidden((one, other), barred):
                assert gap >= min(nearest.get(one.id, 10_000), nearest.get(other.id, 10_000))


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_everybodys_window_widens_while_he_waits(earlier_ms: int, later_ms: int) -> None:
    host = seeker()
    waited = sorted((earlier_ms, later_ms))
    assert window(host, NOW + waited[0], RULES) <= window(host, NOW + waited[1], RULES)


def test_the_window_begins_with_100_and_widens_by_50_each_five_seconds() -> None:
    host = seeker()
    seconds = (-1, 0, 4.999, 5, 9.999, 10, 119)
    assert [window(host, NOW + round(each * 1000), RULES) for each in seconds] == [100, 100, 100, 150, 150, 200, 1250]


@given(st.integers(1000, 2000), st.integers(1000, 2000))
def test_two_hosts_of_any_strength_meet_before_their_patience_ends(one: int, other: int) -> None:
    waiting = [seeker(one, user="one"), seeker(other, user="other")]
    gap = abs(one - other)
    needed = 0 if gap <= 100 else -(-(gap - 100) // 50) * 5_000
    assert pairs(waiting, (), NOW + needed, RULES)
    assert not needed or not pairs(waiting, (), NOW + needed - 1, RULES)
    assert not expired(waiting[0], NOW + needed, RULES)


def test_both_windows_must_have_room() -> None:
    patient, fresh = seeker(1500, 60), seeker(1700, 0)
    assert pairs([patient, fresh], (), NOW, RULES) == []
    assert pairs([patient, replace(fresh, since_ms=NOW - 10_000)], (), NOW, RULES)


def test_the_edge_of_the_window_is_inside() -> None:
    assert pairs([seeker(1500), seeker(1600)], (), NOW, RULES)
    assert not pairs([seeker(1500), seeker(1601)], (), NOW, RULES)


def test_of_equally_close_ones_those_who_have_waited_longest_meet() -> None:
    first, second, third = seeker(waited_s=9), seeker(waited_s=5), seeker(waited_s=1)
    assert pairs([third, second, first], (), NOW, RULES) == [(first, second)]


def test_who_has_waited_longer_invites() -> None:
    strong, weak = seeker(1550, 3), seeker(1500, 7)
    assert pairs([strong, weak], (), NOW, RULES) == [(weak, strong)]


def test_opponents_of_the_last_battle_of_either_do_not_meet() -> None:
    one, other = seeker(user="one"), seeker(user="other", met=("one",))
    assert pairs([one, other], (), NOW, RULES) == []
    assert pairs([replace(one, met=("other",)), replace(other, met=())], (), NOW, RULES) == []
    third = seeker(1590)
    assert pairs([one, other, third], (), NOW, RULES) != []


def test_only_equal_durations_meet() -> None:
    assert pairs([seeker(fight_ms=60_000), seeker(fight_ms=300_000)], (), NOW, RULES) == []


def test_nobody_meets_himself() -> None:
    assert pairs([seeker(user="one"), seeker(user="one", id="again", room="elsewhere")], (), NOW, RULES) == []


def test_patience_ends_after_two_minutes() -> None:
    host = seeker()
    assert not expired(host, NOW + 119_999, RULES)
    assert expired(host, NOW + 120_000, RULES)
