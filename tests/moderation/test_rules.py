"""Who may sanction whom, and how long a sanction stands."""

import pytest

from accounts.principal import Principal, Role
from foundation.errors import Refusal
from moderation.errors import BeyondRank, OwnSanction, SanctionOfStaff
from moderation.gate import Scope
from moderation.rules import judge
from moderation.sanction import Reason, Sanction, strongest

NOW = 1_700_000_000_000


def ranked(*roles: Role) -> Principal:
    return Principal("actor", "Actor", frozenset((Role.VIEWER, *roles)))


def sanction(scope: Scope, until_ms: int | None = None, name: str = "one") -> Sanction:
    return Sanction(name, "mina", scope, Reason.SPAM, "", "ops", NOW, until_ms)


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("subject", [Role.VIEWER, Role.HOST, Role.MODERATOR])
def test_an_admin_sanctions_everybody_but_admins(scope: Scope, subject: Role) -> None:
    judge(ranked(Role.ADMIN), "mina", frozenset((subject,)), scope)


@pytest.mark.parametrize(
    ("actor", "subject", "scope", "refusal"),
    [
        (Role.ADMIN, Role.ADMIN, Scope.CHAT, SanctionOfStaff),
        (Role.MODERATOR, Role.ADMIN, Scope.CHAT, SanctionOfStaff),
        (Role.MODERATOR, Role.MODERATOR, Scope.CHAT, SanctionOfStaff),
        (Role.MODERATOR, Role.VIEWER, Scope.PLATFORM, BeyondRank),
        (Role.MODERATOR, Role.VIEWER, Scope.PUBLISH, BeyondRank),
        (Role.MODERATOR, Role.VIEWER, Scope.GIFT, BeyondRank),
        (Role.HOST, Role.VIEWER, Scope.CHAT, BeyondRank),
        (Role.VIEWER, Role.VIEWER, Scope.CHAT, BeyondRank),
    ],
)
def test_everything_beyond_the_rank_is_refused(
    actor: Role, subject: Role, scope: Scope, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        judge(ranked(actor), "mina", frozenset((subject,)), scope)


def test_a_moderator_mutes_viewers_and_hosts() -> None:
    judge(ranked(Role.MODERATOR), "mina", frozenset((Role.VIEWER, Role.HOST)), Scope.CHAT)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MODERATOR])
def test_nobody_decides_on_himself(role: Role) -> None:
    with pytest.raises(OwnSanction):
        judge(ranked(role), "actor", frozenset((Role.VIEWER,)), Scope.CHAT)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_ban_covers_every_scope(scope: Scope) -> None:
    assert strongest([sanction(Scope.PLATFORM)], scope, NOW)


def test_a_mute_covers_the_chat_alone() -> None:
    covered = [scope for scope in Scope if strongest([sanction(Scope.CHAT)], scope, NOW)]
    assert covered == [Scope.CHAT]


def test_a_sanction_stands_up_to_its_last_millisecond() -> None:
    assert sanction(Scope.CHAT, NOW + 1000).stands(NOW + 999)
    assert not sanction(Scope.CHAT, NOW + 1000).stands(NOW + 1000)


def test_of_several_sanctions_the_one_that_lasts_longest_is_named() -> None:
    short, long = sanction(Scope.CHAT, NOW + 10, "short"), sanction(Scope.PLATFORM, NOW + 20, "long")
    for_ever = sanction(Scope.CHAT, None, "for ever")
    assert strongest([short, long], Scope.CHAT, NOW) is long
    assert strongest([short, for_ever, long], Scope.CHAT, NOW) is for_ever
    assert strongest([short, long], Scope.CHAT, NOW + 20) is None
