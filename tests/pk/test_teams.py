"""Battles of more than two hosts: who must accept, who falls when, and what scores."""

import pytest

from pk.battle import Battle
from pk.errors import NotYourMove, OutOfPhase
from pk.events import BattleChanged, BattlePrepared, FightEnded, InvitationDeclined
from pk.inputs import (
    Accept,
    Decline,
    End,
    MemberLeft,
    MemberLost,
    MemberRemoved,
    MemberReturned,
    Surrender,
    Tallied,
    TimeUp,
)
from pk.state import Phase, Reason, State
from pk.store import windows
from tests.pk.people import ANNA, BELA, CLEO, DORA, EMIL, NOW, TEAMS, fighting, invited, strangers

ANNA_, BELA_ = TEAMS[0].members[0], TEAMS[1].members[0]


def teams() -> Battle:
    return fighting(sides=TEAMS)


def result(state: State) -> tuple[str | None, str]:
    assert state.result is not None
    return state.result.winner, state.result.reason


def settled(battle: Battle, red: int, blue: int, now_ms: int) -> State:
    battle.handle(Tallied((("red", red), ("blue", blue))), now_ms)
    return battle.state


def test_everybody_who_is_invited_must_accept() -> None:
    battle = invited(sides=TEAMS)
    for member in (EMIL, DORA):
        assert [type(fact) for fact in battle.handle(Accept(member.user), NOW + 1)] == [BattleChanged]
        assert battle.state.phase is Phase.INVITED
    assert battle.handle(Accept(DORA.user), NOW + 2) == []
    assert [type(fact) for fact in battle.handle(Accept(BELA_.user), NOW + 3)] == [BattlePrepared]
    assert battle.state.phase is Phase.PREPARING


def test_one_refusal_ends_the_invitation_and_it_is_told_whose() -> None:
    battle = invited(sides=TEAMS)
    battle.handle(Accept(DORA.user), NOW + 1)
    (told,) = battle.handle(Decline(EMIL.user), NOW + 2)
    assert (type(told), told.operator) == (InvitationDeclined, EMIL.user)
    assert (battle.state.phase, battle.state.operator) == (Phase.ENDED, EMIL.user)
    with pytest.raises(OutOfPhase):
        battle.handle(Accept(BELA_.user), NOW + 3)


def test_who_has_accepted_may_still_refuse_while_others_think() -> None:
    battle = invited(sides=TEAMS)
    battle.handle(Accept(DORA.user), NOW + 1)
    battle.handle(Decline(DORA.user), NOW + 2)
    assert battle.state.reason == Reason.DECLINED


def test_an_invitation_that_one_of_them_does_not_answer_expires() -> None:
    battle = invited(sides=TEAMS)
    for member in (DORA, EMIL):
        battle.handle(Accept(member.user), NOW + 1)
    battle.handle(TimeUp(), NOW + 15_000)
    assert battle.state.reason == Reason.EXPIRED


def test_a_side_goes_on_without_one_of_its_members() -> None:
    battle = teams()
    assert [type(fact) for fact in battle.handle(MemberRemoved(ANNA_.room), NOW + 1)] == [BattleChanged]
    battle.handle(Surrender(EMIL.user), NOW + 2)
    assert (battle.state.phase, battle.state.standing) == (Phase.FIGHTING, ("red", "blue"))
    battle.handle(TimeUp(), NOW + 300_000)
    assert result(settled(battle, 5, 3, NOW + 300_001)) == ("red", Reason.SCORE)


def test_a_side_falls_with_its_last_member_and_his_reason_is_the_results() -> None:
    battle = teams()
    battle.handle(MemberRemoved(BELA_.room), NOW + 1)
    (told,) = battle.handle(MemberLeft(EMIL.room), NOW + 2)
    assert isinstance(told, FightEnded)
    assert result(settled(battle, 0, 9, NOW + 3)) == ("red", Reason.SURRENDER)


def test_surrender_said_twice_is_said_once_but_the_banned_cannot_say_it() -> None:
    battle = teams()
    battle.handle(Surrender(DORA.user), NOW + 1)
    assert battle.handle(Surrender(DORA.user), NOW + 2) == []
    battle.handle(MemberRemoved(EMIL.room), NOW + 3)
    with pytest.raises(NotYourMove):
        battle.handle(Surrender(EMIL.user), NOW + 4)


def test_each_member_is_waited_for_by_himself() -> None:
    battle = teams()
    battle.handle(MemberLost(BELA_.room), NOW + 10_000)
    battle.handle(MemberLost(EMIL.room), NOW + 30_000)
    assert battle.deadline_ms == NOW + 70_000
    battle.handle(TimeUp(), NOW + 70_000)
    assert battle.state.phase is Phase.FIGHTING
    assert battle.deadline_ms == NOW + 90_000
    battle.handle(TimeUp(), NOW + 90_000)
    assert result(settled(battle, 0, 9, NOW + 90_001)) == ("red", Reason.AWAY)


def test_falls_that_are_noticed_late_happen_in_their_order() -> None:
    battle = teams()
    for member, seconds in ((BELA_, 10), (ANNA_, 20), (EMIL, 30)):
        battle.handle(MemberLost(member.room), NOW + seconds * 1_000)
    battle.handle(TimeUp(), NOW + 200_000)
    assert [fallen.room for fallen in battle.state.fallen] == [BELA_.room, ANNA_.room, EMIL.room]
    assert battle.state.standing == ("red",)


def test_while_nobody_is_there_the_clock_of_the_last_one_decides() -> None:
    battle = teams()
    for seconds, member in enumerate((ANNA_, DORA, BELA_, EMIL)):
        battle.handle(MemberLost(member.room), NOW + seconds * 1_000)
    assert battle.deadline_ms == NOW + 63_000
    battle.handle(MemberReturned(DORA.room), NOW + 62_000)
    assert (battle.state.phase, battle.state.standing) == (Phase.FIGHTING, ("red", "blue"))
    battle.handle(TimeUp(), NOW + 63_000)
    assert result(settled(battle, 0, 1, NOW + 63_001)) == ("red", Reason.AWAY)


def test_nobody_there_for_a_minute_is_the_end_without_a_winner() -> None:
    battle = teams()
    battle.handle(Surrender(DORA.user), NOW + 500)  # who has fallen is not waited for
    for seconds, member in enumerate((ANNA_, BELA_, EMIL)):
        battle.handle(MemberLost(member.room), NOW + seconds * 1_000)
    battle.handle(TimeUp(), NOW + 62_000)
    assert result(settled(battle, 4, 1, NOW + 62_001)) == (None, Reason.BOTH_LOST)


def test_the_last_of_four_sides_wins() -> None:
    sides = strangers(4)
    battle = fighting(sides=sides)
    red, blue, green = (side.host.room for side in sides[:3])
    for event in (MemberLeft(red), MemberRemoved(blue), MemberLeft(green)):
        assert battle.state.phase is Phase.FIGHTING
        battle.handle(event, NOW + 1)
    battle.handle(Tallied((("red", 9),)), NOW + 2)
    assert result(battle.state) == ("yellow", Reason.SURRENDER)


def test_the_best_of_those_standing_wins_whatever_the_fallen_have() -> None:
    battle = fighting(sides=(ANNA, BELA, CLEO))
    battle.handle(Surrender(ANNA.host.user), NOW + 1)
    battle.handle(TimeUp(), NOW + 300_000)
    battle.handle(Tallied((("red", 90), ("blue", 5), ("green", 6))), NOW + 300_001)
    assert result(battle.state) == ("green", Reason.SCORE)


def test_gifts_to_every_member_score_for_his_side_in_all_rooms() -> None:
    state = teams().state
    opened = windows(state)
    assert [(window.recipient, window.side) for window in opened] == [
        (ANNA_.user, "red"),
        (DORA.user, "red"),
        (BELA_.user, "blue"),
        (EMIL.user, "blue"),
    ]
    assert {window.rooms for window in opened} == {state.rooms}


def test_either_member_of_the_winning_side_may_end_the_victory() -> None:
    battle = teams()
    battle.handle(TimeUp(), NOW + 300_000)
    settled(battle, 5, 3, NOW + 300_001)
    with pytest.raises(NotYourMove):
        battle.handle(End(EMIL.user), NOW + 300_002)
    battle.handle(End(DORA.user), NOW + 300_003)
    assert battle.state.reason == Reason.ENDED_EARLY


def test_the_celebration_goes_on_until_one_is_left_alone() -> None:
    battle = teams()
    battle.handle(TimeUp(), NOW + 300_000)
    settled(battle, 5, 3, NOW + 300_000)
    for member in (ANNA_, BELA_):
        battle.handle(MemberLeft(member.room), NOW + 301_000)
    assert battle.deadline_ms == NOW + 480_000
    battle.handle(MemberLeft(EMIL.room), NOW + 302_000)
    assert battle.deadline_ms == NOW + 312_000


def test_what_is_seen_of_strangers_changes_nothing() -> None:
    battle = invited(sides=TEAMS)
    assert battle.handle(MemberLeft(CLEO.host.room), NOW + 1) == []
    assert battle.state.phase is Phase.INVITED
