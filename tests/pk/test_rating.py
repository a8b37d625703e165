"""Elo, and what it does not say: teams, more than two sides, and fights that nobody won."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pk.battle import Battle
from pk.inputs import MemberLost, OperatorEnd, Surrender, Tallied, TimeUp
from pk.moves.aftermath import next_battle
from pk.rating import Standing, rate
from pk.rules import BattleRules, RatingRules
from pk.saved import dump, load
from pk.schema import battle_body
from pk.state import Outcome, Phase, Reason, State
from tests.pk.people import NOW, RULES, fighting, strangers

OVER = NOW + RULES.fight_ms
ELO = RatingRules()


def settled(*scores: int, members: int = 1, rules: BattleRules = RULES, fall: tuple[int, ...] = ()) -> State:
    """A battle that ended with ``scores`` by side; the hosts in the seats of ``fall`` have surrendered."""
    battle = fighting(rules, strangers(len(scores), members))
    for seat in fall:
        battle.handle(Surrender(battle.state.members[seat].user), NOW + 1 + seat)
    battle.handle(TimeUp(), OVER)
    return tallied(battle, scores)


def tallied(battle: Battle, scores: tuple[int, ...]) -> State:
    names = [side.side for side in battle.state.sides]
    battle.handle(Tallied(tuple(zip(names, scores, strict=True))), OVER)
    return battle.state


def standings(state: State, *ratings: int) -> dict[str, Standing]:
    """By seat."""
    return {member.user: Standing(member.user, rating) for member, rating in zip(state.members, ratings, strict=True)}


def moved(state: State, *ratings: int) -> list[int]:
    """What the battle adds to each member's rating, by seat."""
    after, _ = rate(state, standings(state, *(ratings or (ELO.start,) * len(state.members))), ELO)
    assert after.result is not None
    return [each.after - each.before for each in after.result.ratings]


def outcomes(state: State) -> list[str]:
    after, _ = rate(state, {}, ELO)
    assert after.result is not None
    return [each.outcome for each in after.result.ratings]


def test_between_equals_a_win_moves_half_of_k() -> None:
    assert moved(settled(5, 3)) == [16, -16]
    assert outcomes(settled(5, 3)) == [Outcome.WON, Outcome.LOST]


def test_a_draw_moves_points_to_the_weaker_one_only() -> None:
    assert moved(settled(4, 4)) == [0, 0]
    assert moved(settled(4, 4), 1700, 1500) == [-8, 8]
    assert outcomes(settled(4, 4)) == [Outcome.DRAWN, Outcome.DRAWN]


def test_an_unexpected_win_is_worth_more_than_an_expected_one() -> None:
    assert moved(settled(1, 0), 1500, 1900) == [29, -29]
    assert moved(settled(1, 0), 1900, 1500) == [3, -3]


@given(st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 3), st.integers(0, 3))
def test_a_duel_keeps_the_sum_and_never_punishes_the_winner(red: int, blue: int, for_red: int, for_blue: int) -> None:
    gained = moved(settled(for_red, for_blue), red, blue)
    assert sum(gained) == 0 and abs(gained[0]) <= ELO.k
    if for_red != for_blue:
        winner = 0 if for_red > for_blue else 1
        assert gained[winner] >= 0
    assert moved(settled(for_blue, for_red), blue, red) == gained[::-1], "the seat makes no difference"


def test_sides_of_two_meet_with_their_average_and_each_member_gets_the_change_of_his_side() -> None:
    assert moved(settled(2, 1, members=2), 1400, 1600, 1700, 1300) == [16, 16, -16, -16]
    assert moved(settled(2, 1, members=2), 1900, 1900, 1500, 1500) == [3, 3, -3, -3]


def test_who_fell_shares_in_the_win_of_his_partner() -> None:
    state = settled(2, 1, members=2, fall=(0,))
    assert state.result is not None and state.result.winner == "red"
    assert moved(state) == [16, 16, -16, -16]
    assert outcomes(state)[:2] == [Outcome.WON, Outcome.WON]


def test_of_four_the_winner_gains_from_each_and_the_others_are_placed_by_score() -> None:
    assert moved(settled(9, 5, 3, 1)) == [15, 5, -5, -15]
    assert outcomes(settled(9, 5, 3, 1)) == [Outcome.WON, Outcome.LOST, Outcome.LOST, Outcome.LOST]


def test_leaders_of_a_draw_have_drawn_and_the_others_lost() -> None:
    state = settled(5, 5, 2)
    assert moved(state) == [8, 8, -16]
    assert outcomes(state) == [Outcome.DRAWN, Outcome.DRAWN, Outcome.LOST]


def test_who_fell_is_behind_everybody_who_stands_whatever_his_score() -> None:
    assert moved(settled(9, 3, 1, fall=(0,))) == [-16, 16, 0]


def test_those_who_fell_are_equal() -> None:
    state = settled(9, 3, 1, fall=(0, 1))
    assert state.result is not None and state.result.winner == "green"
    assert moved(state) == [-8, -8, 16]


@given(st.lists(st.integers(0, 3), min_size=2, max_size=4), st.lists(st.integers(800, 2400), min_size=4, max_size=4))
def test_of_any_sides_of_one_the_sum_stays_and_at_most_k_moves(scores: list[int], ratings: list[int]) -> None:
    gained = moved(settled(*scores), *ratings[: len(scores)])
    assert sum(gained) == 0
    assert all(abs(each) <= ELO.k + 1 for each in gained)


def test_a_best_score_below_the_minimum_is_a_draw() -> None:
    state = settled(3, 1, rules=replace(RULES, minimum_score=10))
    assert state.result is not None and state.result.reason is Reason.BELOW_MINIMUM
    assert moved(state) == [0, 0]
    assert moved(state, 1700, 1500) == [-8, 8]
    assert outcomes(state) == [Outcome.DRAWN, Outcome.DRAWN]


def test_when_nobody_was_there_nothing_is_rated_and_no_streak_ends() -> None:
    battle = fighting(sides=strangers())
    for member in battle.state.members:
        battle.handle(MemberLost(member.room), NOW + 1)
    battle.handle(TimeUp(), NOW + 1 + RULES.away_ms)
    state = tallied(battle, (5, 2))
    assert state.result is not None and state.result.reason is Reason.BOTH_LOST
    held = {member.user: Standing(member.user, 1600, 4, 4, 0, 0, 4, 4, 4) for member in state.members}
    after, standings_ = rate(state, held, ELO)
    assert standings_ == tuple(replace(held[member.user], version=5) for member in state.members)
    assert after.result is not None
    assert [(each.before, each.after, each.streak, each.outcome) for each in after.result.ratings] == [
        (1600, 1600, 4, Outcome.DRAWN)
    ] * 2


def test_a_fight_that_ops_ended_is_rated_by_its_score() -> None:
    battle = fighting(sides=strangers())
    battle.handle(OperatorEnd("ops"), NOW + 1)
    assert moved(tallied(battle, (1, 2))) == [-16, 16]


def test_a_streak_grows_with_wins_and_ends_with_a_draw_and_with_a_loss() -> None:
    held: dict[str, Standing] = {}
    sides = strangers()
    seen = []
    for scores in [(2, 1), (3, 0), (1, 1), (1, 0), (0, 4)]:
        battle = fighting(sides=sides)
        battle.handle(TimeUp(), OVER)
        _, after = rate(tallied(battle, scores), held, ELO)
        held = {each.user: each for each in after}
        seen.append(after[0].streak)
    assert seen == [1, 2, 0, 1, 0]
    red = held[sides[0].host.user]
    assert (red.battles, red.wins, red.draws, red.losses, red.best_streak, red.version) == (5, 3, 1, 1, 2, 5)
    assert held[sides[1].host.user].best_streak == 1


def test_a_rematch_opens_with_the_badges_that_the_battle_before_it_has_left() -> None:
    state, after = rate(settled(5, 3), {}, ELO)
    assert [(member.rating, member.streak) for member in state.members] == [(1500, 0)] * 2
    following = next_battle(replace(state, phase=Phase.ENDED, successor="next"), OVER)
    assert [(member.rating, member.streak) for member in following.members] == [(1516, 1), (1484, 0)]
    assert [(each.rating, each.streak) for each in after] == [(1516, 1), (1484, 0)]


def test_everybody_is_shown_the_badges_and_what_the_battle_has_changed() -> None:
    state, _ = rate(settled(5, 3), {}, ELO)
    body = battle_body(state, {})
    sides, result = body["sides"], body["result"]
    assert isinstance(sides, list) and isinstance(result, dict)
    assert [(each["rating"], each["streak"]) for side in sides for each in side["members"]] == [(1500, 0)] * 2
    assert result["ratings"] == [
        {"user": state.members[0].user, "before": 1500, "after": 1516, "streak": 1},
        {"user": state.members[1].user, "before": 1500, "after": 1484, "streak": 0},
    ]


def test_ratings_survive_their_json() -> None:
    state, _ = rate(settled(5, 3, 4, members=2), {}, ELO)
    assert load(dump(state)) == state


@pytest.mark.parametrize("sides", [2, 4])
def test_the_body_of_a_battle_stays_small_enough_for_the_feed(sides: int) -> None:
    state, _ = rate(settled(*range(sides), members=2), {}, ELO)
    assert len(str(battle_body(state, {}))) < 8 << 10
