"""Who may sanction whom. Pure."""

from accounts.principal import Principal, Role
from moderation.errors import BeyondRank, OwnSanction, SanctionOfStaff
from moderation.gate import Scope

LONGEST_S = 10 * 365 * 86_400  # longer is "until lifted"
STAFF = frozenset((Role.MODERATOR, Role.ADMIN))


def judge(actor: Principal, subject_id: str, subject_roles: frozenset[Role], scope: Scope) -> None:
    """Return when ``actor`` may decide on a sanction of ``scope`` against the subject, else raise why not."""
    if not actor.has(Role.ADMIN) and not (actor.has(Role.MODERATOR) and scope is Scope.CHAT):
        raise BeyondRank
    if actor.user_id == subject_id:
        raise OwnSanction
    untouchable = {Role.ADMIN} if actor.has(Role.ADMIN) else STAFF
    if not subject_roles.isdisjoint(untouchable):
        raise SanctionOfStaff
