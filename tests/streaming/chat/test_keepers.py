"""Who may do what to whom in the chat of a room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.principal import Principal, Role
from foundation.ids import new_id
from streaming.chat.errors import NotARoomModerator, OutOfReach
from streaming.chat.keepers import Rank, check_against, check_keeps, check_rules, rank_of

HOST = new_id()


def person(*roles: Role, user: str = "") -> Principal:
    return Principal(user or new_id(), "Bob", frozenset(roles))


@pytest.mark.parametrize(
    ("principal", "moderator", "rank"),
    [
        (person(Role.VIEWER), False, Rank.VIEWER),
        (person(Role.HOST), False, Rank.VIEWER),  # of another room
        (person(Role.VIEWER), True, Rank.MODERATOR),
        (person(Role.HOST, user=HOST), False, Rank.HOST),
        (person(Role.MODERATOR), False, Rank.STAFF),
        (person(Role.ADMIN), True, Rank.STAFF),
        (person(Role.ADMIN, user=HOST), False, Rank.STAFF),
    ],
)
def test_ranks(principal: Principal, moderator: bool, rank: Rank) -> None:
    assert rank_of(principal, HOST, moderator=moderator) is rank


def test_a_viewer_carries_no_mark() -> None:
    assert [rank.shown for rank in Rank] == [None, "moderator", "host", "staff"]


@given(st.sampled_from(Rank), st.sampled_from(Rank))
def test_nobody_acts_against_his_own_rank_or_one_above(actor: Rank, subject: Rank) -> None:
    try:
        check_against(actor, subject)
    except NotARoomModerator:
        assert actor is Rank.VIEWER
    except OutOfReach:
        assert actor <= subject
    else:
        assert actor > subject
        check_keeps(actor)


@pytest.mark.parametrize("actor", Rank)
def test_only_host_and_staff_rule(actor: Rank) -> None:
    if actor in (Rank.HOST, Rank.STAFF):
        check_rules(actor)
    else:
        with pytest.raises(NotARoomModerator):
            check_rules(actor)
