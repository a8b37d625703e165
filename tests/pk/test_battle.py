"""The game, sentence by sentence."""

import pytest

from foundation.errors import Refusal
from pk.battle import TABLE, Battle
from pk.errors import NotYourMove, OutOfPhase
from pk.events import (
    BattleEnded,
    BattlePrepared,
    BattleSettled,
    BattleStarted,
    FightEnded,
    InvitationCancelled,
    InvitationDeclined,
    InvitationExpired,
)
from pk.inputs import (
    Accept,
    Cancel,
    Decline,
    End,
    Input,
    MemberLeft,
    MemberLost,
    MemberRemoved,
    MemberReturned,
    MixerDown,
    MixerUp,
    OperatorEnd,
    Surrender,
    Tallied,
    TimeUp,
)
from pk.rules import BattleRules
from pk.state import Contributor, Mixer, Phase, Reason, State
from tests.pk.people import ANNA, BELA, CLEO, NOW, RULES, fighting, invited, preparing

OPS = "an operator"


def settled(battle: Battle, red: int, blue: int, now_ms: int) -> Battle:
    battle.handle(Tallied((("red", red), ("blue", blue))), now_ms)
    return battle


def result(state: State) -> tuple[str | None, str]:
    assert state.result is not None
    return state.result.winner, state.result.reason


# Invitation


def test_an_invitation_waits_fifteen_seconds() -> None:
    battle = invited()
    assert battle.state.phase is Phase.INVITED
    assert battle.deadline_ms == NOW + 15_000


def test_an_accepted_invitation_counts_down_three_seconds() -> None:
    battle = invited()
    facts = battle.handle(Accept(BELA.host.user), NOW + 4_000)
    assert [type(fact) for fact in facts] == [BattlePrepared]
    assert battle.state.phase is Phase.PREPARING
    assert battle.state.starts_at_ms == NOW + 7_000
    assert battle.state.ends_at_ms == NOW + 307_000
    assert battle.state.rush_from_ms == NOW + 297_000
    assert battle.state.operator == BELA.host.user


def test_the_invited_host_may_decline() -> None:
    battle = invited()
    assert [type(fact) for fact in battle.handle(Decline(BELA.host.user), NOW + 1)] == [InvitationDeclined]
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, Reason.DECLINED)


def test_the_inviter_may_cancel() -> None:
    battle = invited()
    assert [type(fact) for fact in battle.handle(Cancel(ANNA.host.user), NOW + 1)] == [InvitationCancelled]
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, Reason.CANCELLED)


def test_an_invitation_that_nobody_answers_expires() -> None:
    battle = invited()
    assert battle.handle(TimeUp(), NOW + 14_999) == []
    assert [type(fact) for fact in battle.handle(TimeUp(), NOW + 15_000)] == [InvitationExpired]
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, Reason.EXPIRED)


@pytest.mark.parametrize(
    "event",
    [Accept(ANNA.host.user), Accept(CLEO.host.user), Decline(ANNA.host.user), Cancel(BELA.host.user), Cancel("nobody")],
)
def test_an_invitation_is_answered_only_by_those_whom_it_concerns(event: Input) -> None:
    battle = invited()
    before = battle.state
    with pytest.raises(NotYourMove):
        battle.handle(event, NOW + 1)
    assert battle.state is before


def test_accepting_in_the_last_millisecond_is_in_time() -> None:
    battle = invited()
    battle.handle(Accept(BELA.host.user), NOW + 14_999)
    assert battle.state.phase is Phase.PREPARING


def test_accepting_at_the_deadline_is_too_late_even_if_the_timer_is_later_still() -> None:
    battle = invited()
    with pytest.raises(OutOfPhase):
        battle.handle(Accept(BELA.host.user), NOW + 15_000)
    battle.handle(TimeUp(), NOW + 15_001)
    assert battle.state.reason == Reason.EXPIRED


def test_accepting_twice_is_accepting_once() -> None:
    battle = invited()
    battle.handle(Accept(BELA.host.user), NOW + 1)
    after = battle.state
    assert battle.handle(Accept(BELA.host.user), NOW + 2) == []
    assert battle.state is after


def test_of_accept_and_cancel_only_the_first_counts() -> None:
    battle = invited()
    battle.handle(Cancel(ANNA.host.user), NOW + 1)
    with pytest.raises(OutOfPhase):
        battle.handle(Accept(BELA.host.user), NOW + 1)
    battle = invited()
    battle.handle(Accept(BELA.host.user), NOW + 1)
    with pytest.raises(OutOfPhase):
        battle.handle(Cancel(ANNA.host.user), NOW + 1)


@pytest.mark.parametrize("event", [MemberLeft(ANNA.host.room), MemberRemoved(BELA.host.room)])
def test_an_invitation_ends_with_the_broadcast_of_either_host(event: Input) -> None:
    battle = invited()
    assert [type(fact) for fact in battle.handle(event, NOW + 1)] == [InvitationCancelled]
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, Reason.HOST_LEFT)


# Preparing


def test_the_fight_starts_when_the_countdown_is_over_and_the_mixer_is_up() -> None:
    battle = preparing()
    battle.handle(MixerUp(), NOW + 1_000)
    assert battle.deadline_ms == NOW + 3_000
    facts = battle.handle(TimeUp(), NOW + 3_000)
    assert [type(fact) for fact in facts] == [BattleStarted]
    assert battle.state.phase is Phase.FIGHTING
    assert battle.state.ends_at_ms == NOW + 303_000


def test_the_start_waits_a_moment_for_a_late_mixer() -> None:
    battle = preparing()
    assert battle.handle(TimeUp(), NOW + 3_000) == []
    assert [type(fact) for fact in battle.handle(MixerUp(), NOW + 4_500)] == [BattleStarted]
    assert battle.state.starts_at_ms == NOW + 4_500
    assert battle.state.ends_at_ms == NOW + 304_500


def test_a_battle_without_a_mixer_is_called_off() -> None:
    battle = preparing()
    facts = battle.handle(TimeUp(), NOW + 6_000)
    assert [type(fact) for fact in facts] == [BattleEnded]
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, Reason.MIXER_UNAVAILABLE)
    assert battle.state.result is None


def test_a_mixer_that_cannot_be_started_at_all_calls_the_battle_off_at_once() -> None:
    battle = preparing()
    for attempt in range(4):
        battle.handle(MixerDown(attempt), NOW + 100 * attempt)
    assert battle.state.reason == Reason.MIXER_UNAVAILABLE


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (MemberLeft(BELA.host.room), Reason.HOST_LEFT),
        (MemberRemoved(ANNA.host.room), Reason.HOST_LEFT),
        (OperatorEnd(OPS), Reason.OPERATOR),
    ],
)
def test_preparations_are_called_off_with_the_reason(event: Input, reason: Reason) -> None:
    battle = preparing()
    assert [type(fact) for fact in battle.handle(event, NOW + 1)] == [BattleEnded]
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, reason)


# Fighting


def test_the_fight_ends_with_its_time() -> None:
    battle = fighting()
    assert battle.handle(TimeUp(), NOW + 299_999) == []
    assert [type(fact) for fact in battle.handle(TimeUp(), NOW + 300_000)] == [FightEnded]
    assert (battle.state.phase, battle.state.reason) == (Phase.SETTLING, Reason.TIME)
    assert battle.deadline_ms is None


def test_a_timer_that_is_late_does_not_prolong_the_fight() -> None:
    battle = fighting()
    battle.handle(TimeUp(), NOW + 305_000)
    assert battle.state.ends_at_ms == NOW + 300_000


def test_who_surrenders_loses_whatever_his_score() -> None:
    battle = fighting()
    battle.handle(Surrender(ANNA.host.user), NOW + 1_000)
    assert battle.state.phase is Phase.SETTLING
    assert battle.state.ends_at_ms == NOW + 1_000
    settled(battle, red=500, blue=0, now_ms=NOW + 1_001)
    assert result(battle.state) == ("blue", Reason.SURRENDER)
    assert battle.state.result is not None
    assert dict(battle.state.result.scores) == {"red": 500, "blue": 0}


def test_surrender_at_the_deadline_is_too_late() -> None:
    battle = fighting()
    with pytest.raises(OutOfPhase):
        battle.handle(Surrender(ANNA.host.user), NOW + 300_000)


def test_a_stranger_cannot_surrender_for_a_host() -> None:
    with pytest.raises(NotYourMove):
        fighting().handle(Surrender(CLEO.host.user), NOW + 1)


def test_ending_the_broadcast_counts_as_surrender() -> None:
    battle = fighting()
    battle.handle(MemberLeft(BELA.host.room), NOW + 1_000)
    settled(battle, red=0, blue=900, now_ms=NOW + 1_001)
    assert result(battle.state) == ("red", Reason.SURRENDER)


def test_a_banned_host_forfeits() -> None:
    battle = fighting()
    battle.handle(MemberRemoved(ANNA.host.room), NOW + 1_000)
    settled(battle, red=900, blue=1, now_ms=NOW + 1_001)
    assert result(battle.state) == ("blue", Reason.FORFEIT)


def test_a_host_who_is_away_for_sixty_seconds_forfeits() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 10_000)
    assert battle.deadline_ms == NOW + 70_000
    assert battle.handle(TimeUp(), NOW + 69_999) == []
    battle.handle(TimeUp(), NOW + 70_000)
    settled(battle, red=5, blue=1, now_ms=NOW + 70_001)
    assert result(battle.state) == ("blue", Reason.AWAY)


def test_a_host_who_returns_in_time_loses_nothing() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 10_000)
    battle.handle(MemberReturned(ANNA.host.room), NOW + 69_999)
    assert battle.deadline_ms == NOW + 300_000


def test_being_lost_twice_does_not_prolong_the_absence() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 10_000)
    battle.handle(MemberLost(ANNA.host.room), NOW + 50_000)
    assert battle.deadline_ms == NOW + 70_000


def test_while_both_are_lost_the_clock_runs_on_and_the_score_decides() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 250_000)
    battle.handle(MemberLost(BELA.host.room), NOW + 270_000)
    battle.handle(TimeUp(), NOW + 300_000)
    assert battle.state.reason == Reason.TIME
    settled(battle, red=3, blue=2, now_ms=NOW + 300_001)
    assert result(battle.state) == ("red", Reason.SCORE)


def test_both_away_for_sixty_seconds_is_the_end_without_a_winner() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 10_000)
    battle.handle(MemberLost(BELA.host.room), NOW + 30_000)
    assert battle.deadline_ms == NOW + 90_000
    battle.handle(TimeUp(), NOW + 90_000)
    facts = battle.handle(Tallied((("red", 3), ("blue", 2))), NOW + 90_001)
    assert [type(fact) for fact in facts] == [BattleSettled, BattleEnded]
    assert battle.state.phase is Phase.ENDED
    assert result(battle.state) == (None, "both_lost")


def test_when_one_of_two_lost_hosts_returns_the_other_forfeits_if_his_minute_is_over() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 10_000)
    battle.handle(MemberLost(BELA.host.room), NOW + 30_000)
    battle.handle(MemberReturned(BELA.host.room), NOW + 75_000)
    assert battle.state.phase is Phase.SETTLING
    settled(battle, red=9, blue=0, now_ms=NOW + 75_001)
    assert result(battle.state) == ("blue", Reason.AWAY)


def test_a_fight_that_was_over_before_the_forfeit_is_decided_by_score_however_late_that_is_noticed() -> None:
    battle = fighting()
    battle.handle(MemberLost(ANNA.host.room), NOW + 250_000)
    battle.handle(TimeUp(), NOW + 400_000)
    settled(battle, red=9, blue=0, now_ms=NOW + 400_001)
    assert result(battle.state) == ("red", Reason.SCORE)


def test_ops_end_a_fight_with_the_score_it_has() -> None:
    battle = fighting()
    battle.handle(OperatorEnd(OPS), NOW + 5_000)
    assert (battle.state.phase, battle.state.reason, battle.state.operator) == (Phase.SETTLING, Reason.OPERATOR, OPS)
    settled(battle, red=1, blue=7, now_ms=NOW + 5_001)
    assert result(battle.state) == ("blue", Reason.SCORE)


def test_a_lost_mixer_is_started_again_three_times_and_then_the_battle_is_fought_out() -> None:
    battle = fighting()
    for attempt in range(3):
        battle.handle(MixerDown(attempt), NOW + 10 + attempt)
        assert battle.state.mixer is Mixer.STARTING
    battle.handle(MixerDown(3), NOW + 20)
    assert battle.state.mixer is Mixer.GONE
    assert battle.state.phase is Phase.FIGHTING
    battle.handle(MixerUp(), NOW + 21)
    assert battle.state.mixer is Mixer.GONE


def test_one_loss_of_the_mixer_is_counted_once_however_often_it_is_reported() -> None:
    battle = fighting()
    for _ in range(10):
        battle.handle(MixerDown(0), NOW + 10)
    assert battle.state.mixer_losses == 1


def test_in_a_battle_of_three_the_two_left_fight_on() -> None:
    battle = fighting(sides=(ANNA, BELA, CLEO))
    battle.handle(Surrender(ANNA.host.user), NOW + 1)
    assert battle.state.phase is Phase.FIGHTING
    battle.handle(MemberRemoved(BELA.host.room), NOW + 2)
    battle.handle(Tallied((("red", 9), ("blue", 8), ("green", 1))), NOW + 3)
    assert result(battle.state) == ("green", Reason.FORFEIT)


# Settlement


@pytest.mark.parametrize(
    ("red", "blue", "outcome"),
    [
        (10, 3, ("red", Reason.SCORE)),
        (3, 10, ("blue", Reason.SCORE)),
        (1, 0, ("red", Reason.SCORE)),
        (7, 7, (None, Reason.DRAW)),
        (0, 0, (None, Reason.DRAW)),
    ],
)
def test_the_higher_score_wins_and_equal_scores_are_a_draw(
    red: int, blue: int, outcome: tuple[str | None, Reason]
) -> None:
    battle = fighting()
    battle.handle(TimeUp(), NOW + 300_000)
    settled(battle, red, blue, NOW + 300_010)
    assert result(battle.state) == outcome
    assert battle.state.phase is (Phase.DRAW if outcome[0] is None else Phase.VICTORY)


def test_below_the_minimum_score_nobody_wins() -> None:
    battle = fighting(BattleRules(minimum_score=100))
    battle.handle(TimeUp(), NOW + 300_000)
    settled(battle, 99, 5, NOW + 300_010)
    assert result(battle.state) == (None, Reason.BELOW_MINIMUM)
    assert battle.state.phase is Phase.DRAW


def test_the_minimum_score_itself_wins() -> None:
    battle = fighting(BattleRules(minimum_score=100))
    battle.handle(TimeUp(), NOW + 300_000)
    settled(battle, 100, 5, NOW + 300_010)
    assert result(battle.state) == ("red", Reason.SCORE)


def test_a_battle_is_settled_once() -> None:
    battle = fighting()
    battle.handle(TimeUp(), NOW + 300_000)
    settled(battle, 1, 2, NOW + 300_010)
    with pytest.raises(OutOfPhase):
        settled(battle, 5, 2, NOW + 300_020)
    assert result(battle.state) == ("blue", Reason.SCORE)


# Victory and draw


def won(red: int = 2, blue: int = 1) -> Battle:
    battle = fighting()
    battle.handle(TimeUp(), NOW + 300_000)
    return settled(battle, red, blue, NOW + 300_000)


def test_victory_lasts_three_minutes() -> None:
    battle = won()
    assert battle.deadline_ms == NOW + 480_000
    assert [type(fact) for fact in battle.handle(TimeUp(), NOW + 480_000)] == [BattleEnded]
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, Reason.TIME)


def test_the_winner_may_end_the_victory() -> None:
    battle = won()
    battle.handle(End(ANNA.host.user), NOW + 300_100)
    assert (battle.state.phase, battle.state.reason) == (Phase.ENDED, Reason.ENDED_EARLY)


def test_the_loser_may_not_end_the_victory() -> None:
    battle = won()
    with pytest.raises(NotYourMove):
        battle.handle(End(BELA.host.user), NOW + 300_100)
    assert battle.state.phase is Phase.VICTORY


@pytest.mark.parametrize("host", [ANNA, BELA])
def test_after_a_draw_either_host_may_end_it(host: object) -> None:
    battle = won(1, 1)
    assert battle.deadline_ms == NOW + 480_000
    battle.handle(End(host.host.user), NOW + 300_100)  # type: ignore[attr-defined]
    assert battle.state.phase is Phase.ENDED


def test_a_victory_over_a_host_who_has_gone_is_short() -> None:
    battle = won()
    battle.handle(MemberLeft(BELA.host.room), NOW + 301_000)
    assert battle.deadline_ms == NOW + 311_000
    battle.handle(TimeUp(), NOW + 311_000)
    assert battle.state.reason == Reason.HOST_LEFT


def test_a_victory_by_the_other_hosts_departure_is_short() -> None:
    battle = fighting()
    battle.handle(MemberRemoved(ANNA.host.room), NOW + 1_000)
    settled(battle, 0, 0, NOW + 1_000)
    assert battle.state.phase is Phase.VICTORY
    assert battle.deadline_ms == NOW + 11_000


def test_the_result_outlives_everything_that_comes_after_it() -> None:
    battle = won()
    before = battle.state.result
    battle.handle(MemberRemoved(ANNA.host.room), NOW + 301_000)
    battle.handle(OperatorEnd(OPS), NOW + 302_000)
    assert battle.state.result is before


# The table


EVERY: list[Input] = [
    Accept(BELA.host.user),
    Decline(BELA.host.user),
    Cancel(ANNA.host.user),
    Surrender(ANNA.host.user),
    End(ANNA.host.user),
    OperatorEnd(OPS),
    MemberLost(ANNA.host.room),
    MemberReturned(ANNA.host.room),
    MemberLeft(ANNA.host.room),
    MemberRemoved(ANNA.host.room),
    MixerUp(),
    MixerDown(0),
    Tallied((("red", 1), ("blue", 0))),
]


def in_phase(phase: Phase) -> Battle:
    battle = won() if phase in (Phase.VICTORY, Phase.ENDED) else won(1, 1) if phase is Phase.DRAW else fighting()
    if phase is Phase.INVITED:
        return invited()
    if phase is Phase.PREPARING:
        return preparing()
    if phase is Phase.SETTLING:
        battle.handle(Surrender(ANNA.host.user), NOW + 1)
    if phase is Phase.ENDED:
        battle.handle(End(ANNA.host.user), NOW + 300_001)
    assert battle.state.phase is phase
    return battle


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("event", EVERY, ids=lambda event: type(event).__name__)
def test_an_input_without_a_cell_is_refused_and_changes_nothing(phase: Phase, event: Input) -> None:
    battle = in_phase(phase)
    before, now_ms = battle.state, NOW + 300_002 if phase in (Phase.VICTORY, Phase.DRAW, Phase.ENDED) else NOW + 2
    if (phase, type(event)) in TABLE:
        battle.handle(event, now_ms)
        assert battle.state.phase in TABLE[phase, type(event)].to
        return
    with pytest.raises(OutOfPhase) as refused:
        battle.handle(event, now_ms)
    assert battle.state is before
    assert isinstance(refused.value, Refusal)
    assert refused.value.extra["phase"] is phase


def test_nothing_follows_the_end() -> None:
    assert [phase for phase, _ in TABLE if phase is Phase.ENDED] == []


def test_every_phase_but_settling_and_the_end_has_a_deadline() -> None:
    without = {phase for phase in Phase if in_phase(phase).deadline_ms is None}
    assert without == {Phase.SETTLING, Phase.ENDED}


def test_only_the_offered_durations_are_allowed() -> None:
    assert RULES.allows(300_000) and RULES.allows(60_000)
    assert not RULES.allows(1)
    assert BattleRules(fight_ms=1_234).allows(1_234)


# The best contributors


def best(side: str, score: int, at_ms: int) -> Contributor:
    return Contributor(f"{side} fan of {at_ms}", side, side, score, at_ms)


@pytest.mark.parametrize(
    ("red", "blue", "fans", "mvp"),
    [
        (9, 5, (best("blue", 5, 1), best("red", 6, 2), best("red", 3, 1)), "red fan of 2"),
        (9, 5, (best("blue", 5, 1), best("red", 4, 2), best("red", 4, 3)), "red fan of 2"),
        (7, 7, (best("blue", 7, 3), best("red", 7, 2)), "red fan of 2"),
        (7, 7, (best("blue", 7, 2), best("red", 7, 3)), "blue fan of 2"),
        (7, 7, (best("blue", 4, 1), best("blue", 3, 1), best("red", 7, 3)), "red fan of 3"),
        (0, 0, (), None),
    ],
)
def test_the_mvp_gave_most_to_the_winner_or_to_anybody_in_a_draw_and_of_equals_he_who_gave_earlier(
    red: int, blue: int, fans: tuple[Contributor, ...], mvp: str | None
) -> None:
    battle = fighting()
    battle.handle(TimeUp(), NOW + 300_000)
    battle.handle(Tallied((("red", red), ("blue", blue)), fans), NOW + 300_001)
    assert battle.state.result is not None
    assert (battle.state.result.mvp and battle.state.result.mvp.user) == mvp
