"""The rules of the seats beside a host: pure, in told time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Refusal
from streaming.errors import AlreadyOnStage, ApplicationsFull, GuestUnknown, StageFull
from streaming.guests import (
    Answered,
    Applied,
    Apply,
    Approve,
    Change,
    Decline,
    Event,
    GuestState,
    Leave,
    MixerLost,
    Mute,
    Over,
    Published,
    Remove,
    Removed,
    Seats,
    Share,
    Staged,
    TimePassed,
    Unpublished,
    Withdrawn,
)
from streaming.rules import GuestRules

RULES = GuestRules()
NOW = 1_000_000


class Sofa:
    """Seats that are handed from event to event."""

    def __init__(self) -> None:
        self.now_ms = NOW
        self.seats = Seats("b1")

    def do(self, event: Event) -> tuple[Change, ...]:
        self.seats, changes = self.seats.handle(event, self.now_ms, RULES)
        return changes

    def approved(self, *users: str) -> "Sofa":
        for user in users:
            self.do(Apply(user, user.title(), True))
            self.do(Approve(user))
        return self

    def staged(self, *users: str) -> "Sofa":
        self.approved(*users)
        for user in users:
            self.do(Published(user, f"session of {user}"))
        return self

    def state(self, user: str) -> GuestState | None:
        guest = self.seats.find(user)
        return None if guest is None else guest.state


def test_a_viewer_applies_is_approved_and_is_on_stage_when_his_picture_comes() -> None:
    sofa = Sofa()
    (applied,) = sofa.do(Apply("ann", "Ann", True))
    guest = sofa.seats.find("ann")
    assert guest is not None and applied == Applied(guest)
    assert sofa.do(Approve("ann")) == (Answered("ann", "approved"),)
    assert not sofa.seats.on_stage
    assert sofa.do(Published("ann", "s1")) == (Staged(),)
    assert [guest.user for guest in sofa.seats.on_stage] == ["ann"]


def test_asking_twice_is_asking_once_but_one_may_think_better_of_the_camera() -> None:
    sofa = Sofa()
    sofa.do(Apply("ann", "Ann", True))
    assert sofa.do(Apply("ann", "Ann", True)) == ()
    (changed,) = sofa.do(Apply("ann", "Ann", False))
    assert isinstance(changed, Applied) and not changed.guest.picture
    assert len(sofa.seats.people) == 1
    sofa.do(Approve("ann"))
    with pytest.raises(AlreadyOnStage):
        sofa.do(Apply("ann", "Ann", True))


def test_applications_are_bounded_and_those_who_were_answered_do_not_count() -> None:
    sofa = Sofa().approved("ann")
    for number in range(RULES.applications):
        sofa.do(Apply(f"u{number}", "U", True))
    with pytest.raises(ApplicationsFull):
        sofa.do(Apply("late", "Late", True))
    sofa.do(Decline("u3"))
    sofa.do(Apply("late", "Late", True))


def test_a_fourth_guest_finds_the_stage_full_until_one_goes() -> None:
    sofa = Sofa().staged("ann", "bob").approved("cid")
    sofa.do(Apply("dan", "Dan", True))
    with pytest.raises(StageFull):
        sofa.do(Approve("dan"))
    sofa.do(Leave("cid"))
    assert sofa.do(Approve("dan")) == (Answered("dan", "approved"),)


def test_approving_twice_is_approving_once() -> None:
    sofa = Sofa().approved("ann", "bob", "cid")
    assert sofa.do(Approve("bob")) == ()


def test_who_was_declined_may_apply_again_and_has_no_seat_meanwhile() -> None:
    sofa = Sofa()
    sofa.do(Apply("ann", "Ann", True))
    assert sofa.do(Decline("ann")) == (Answered("ann", "declined"),)
    with pytest.raises(GuestUnknown):
        sofa.do(Approve("ann"))
    assert sofa.do(Published("ann", "s1")) == ()
    sofa.do(Apply("ann", "Ann", True))


def test_nobody_is_put_on_stage_by_publishing_before_he_was_approved() -> None:
    sofa = Sofa()
    sofa.do(Apply("ann", "Ann", True))
    assert sofa.do(Published("ann", "s1")) == ()
    assert sofa.state("ann") is GuestState.APPLIED


def test_an_approved_guest_is_not_declined_but_removed() -> None:
    sofa = Sofa().staged("ann")
    with pytest.raises(GuestUnknown):
        sofa.do(Decline("ann"))
    assert sofa.do(Remove("ann")) == (Removed("ann"), Answered("ann", "removed"), Staged())
    assert sofa.seats.people == ()


def test_who_goes_himself_is_not_told_so_and_who_withdraws_is_told_to_the_host() -> None:
    sofa = Sofa().staged("ann")
    assert sofa.do(Leave("ann")) == (Removed("ann"), Staged())
    sofa.do(Apply("bob", "Bob", True))
    assert sofa.do(Leave("bob")) == (Withdrawn("bob"),)


def test_the_hosts_mute_and_ones_own_are_lifted_each_by_its_owner() -> None:
    sofa = Sofa().staged("ann")
    assert sofa.do(Mute("ann", True, by_host=True)) == (Staged(),)
    assert sofa.do(Mute("ann", True, by_host=False)) == ()
    assert sofa.do(Mute("ann", False, by_host=False)) == ()
    assert sofa.seats.on_stage[0].muted
    assert sofa.do(Mute("ann", False, by_host=True)) == (Staged(),)
    assert not sofa.seats.on_stage[0].muted


def test_an_applicant_cannot_be_muted() -> None:
    sofa = Sofa()
    sofa.do(Apply("ann", "Ann", True))
    with pytest.raises(GuestUnknown):
        sofa.do(Mute("ann", True, by_host=True))


def test_a_lost_guest_keeps_his_seat_and_his_mute_for_a_while() -> None:
    sofa = Sofa().staged("ann")
    sofa.do(Mute("ann", True, by_host=True))
    assert sofa.do(Unpublished("ann", "session of ann")) == (Staged(),)
    assert sofa.state("ann") is GuestState.APPROVED
    sofa.now_ms += 59_999
    assert sofa.do(TimePassed()) == ()
    assert sofa.do(Published("ann", "s2")) == (Staged(),)
    assert sofa.seats.on_stage[0].muted
    sofa.now_ms += 10**9
    assert sofa.do(TimePassed()) == (), "who is there has no deadline"


def test_a_guest_who_stays_away_loses_his_seat() -> None:
    for sofa in (Sofa().approved("ann"), Sofa().staged("ann")):
        sofa.do(Unpublished("ann", "session of ann"))
        sofa.now_ms += 60_000
        assert sofa.do(TimePassed()) == (Removed("ann"), Answered("ann", "removed"))
        assert sofa.seats.people == ()


def test_an_application_is_forgotten_after_ten_minutes() -> None:
    sofa = Sofa()
    sofa.do(Apply("ann", "Ann", True))
    sofa.now_ms += 600_000
    assert sofa.do(TimePassed()) == (Withdrawn("ann"),)


def test_the_end_of_a_session_that_was_replaced_is_not_the_guests() -> None:
    sofa = Sofa().staged("ann")
    assert sofa.do(Published("ann", "s2")) == ()
    assert sofa.do(Unpublished("ann", "session of ann")) == ()
    assert sofa.state("ann") is GuestState.ON_STAGE
    assert sofa.do(Unpublished("ann", "s2")) == (Staged(),)


def test_after_three_restarts_the_guests_are_mixed_no_more_until_the_stage_was_empty() -> None:
    sofa = Sofa().staged("ann")
    for attempt in range(3):
        assert sofa.do(MixerLost(attempt)) == ()
        assert sofa.seats.mixed(RULES)
    assert sofa.do(MixerLost(3)) == (Staged(),)
    assert not sofa.seats.mixed(RULES)
    sofa.do(Leave("ann"))
    assert sofa.seats.mixed(RULES)
    assert sofa.seats.attempt == 4, "every mixer of a broadcast has a name of its own"


def test_a_mixer_is_lost_once() -> None:
    sofa = Sofa().staged("ann")
    sofa.do(MixerLost(0))
    assert sofa.do(MixerLost(0)) == ()
    assert sofa.seats.losses == 1


def test_a_hosts_screen_has_a_seat_at_once_beside_those_of_three_people() -> None:
    sofa = Sofa().staged("ann", "bob", "cid")
    assert sofa.do(Share("host", "Host")) == ()
    assert (sofa.state("host"), sofa.seats.screen) == (GuestState.APPROVED, False)
    assert sofa.do(Published("host", "s1")) == (Staged(),)
    assert sofa.seats.screen and [guest.user for guest in sofa.seats.guests] == ["ann", "bob", "cid"]
    sofa.do(Leave("cid"))
    sofa.do(Apply("dan", "Dan", True))
    assert sofa.do(Approve("dan")) == (Answered("dan", "approved"),)


def test_to_share_twice_is_to_share_once_and_waits_anew_for_a_picture_that_has_not_come() -> None:
    sofa = Sofa()
    sofa.do(Share("host", "Host"))
    sofa.now_ms += 50_000
    sofa.do(Share("host", "Host"))
    sofa.now_ms += 50_000
    assert sofa.do(TimePassed()) == ()
    sofa.do(Published("host", "s1"))
    before = sofa.seats
    assert sofa.do(Share("host", "Host")) == () and sofa.seats == before


def test_whoever_ends_a_screen_nobody_is_told_as_a_guest_is_and_it_is_no_guest_to_be_muted() -> None:
    for event in (Remove("host"), Leave("host"), Over()):
        sofa = Sofa()
        sofa.do(Share("host", "Host"))
        with pytest.raises(GuestUnknown):
            sofa.do(Mute("host", True, by_host=True))
        sofa.do(Published("host", "s1"))
        assert sofa.do(event) == (Removed("host", screen=True), Staged())
        assert sofa.seats.people == ()


def test_a_screen_that_does_not_come_loses_its_seat() -> None:
    sofa = Sofa()
    sofa.do(Share("host", "Host"))
    sofa.now_ms += 60_000
    assert sofa.do(TimePassed()) == (Removed("host", screen=True),)


def test_with_the_broadcast_everything_is_over() -> None:
    sofa = Sofa().staged("ann").approved("bob")
    sofa.do(Apply("cid", "Cid", True))
    changes = sofa.do(Over())
    assert {Removed("ann"), Removed("bob"), Staged()} <= set(changes)
    assert sofa.seats.people == ()
    assert sofa.do(Over()) == ()


USERS = st.sampled_from(["ann", "bob", "cid", "dan", "eve", "host"])
SESSIONS = st.sampled_from(["s1", "s2"])
EVENTS = st.one_of(
    st.builds(Apply, USERS, USERS, st.booleans()),
    st.builds(Approve, USERS),
    st.builds(Decline, USERS),
    st.just(Share("host", "Host")),
    st.builds(Mute, USERS, st.booleans(), st.booleans()),
    st.builds(Remove, USERS),
    st.builds(Leave, USERS),
    st.builds(Published, USERS, SESSIONS),
    st.builds(Unpublished, USERS, SESSIONS),
    st.builds(MixerLost, st.integers(0, 3)),
    st.just(TimePassed()),
)


@given(st.lists(st.tuples(EVENTS, st.integers(0, 40_000)), max_size=40))
def test_whatever_happens_the_stage_holds_three_and_only_those_who_were_let_in(
    story: list[tuple[Event, int]],
) -> None:
    sofa, let_in = Sofa(), set[str]()
    for event, later_ms in story:
        sofa.now_ms += later_ms
        before = sofa.seats
        try:
            changes = sofa.do(event)
        except Refusal:
            assert sofa.seats == before
            continue
        if isinstance(event, Approve):
            let_in.add(event.user)
        seats = sofa.seats
        guests = {guest.user for guest in seats.seated if not guest.screen}
        assert len(guests) <= RULES.seats and len(seats.seated) <= RULES.seats + 1
        assert len({guest.user for guest in seats.people}) == len(seats.people)
        assert guests <= let_in
        assert (before.on_stage != seats.on_stage) <= (Staged() in changes or isinstance(event, Published | Mute))
        let_in &= guests
