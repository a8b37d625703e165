"""What has changed about people since their tokens were signed. Pure.

A sign-in that was ended is one such change: its tokens name it.

A token carries the ``standing`` of its account when it was signed: a number that counts each change of roles and each
revocation. Only accounts that changed within a token's life need remembering, so every process holds them in memory
and a token is judged without I/O. ``StandingKeeper`` keeps the memory at most half a second behind the truth.
"""

from dataclasses import dataclass

from accounts.principal import Role, TokenRevoked


@dataclass(frozen=True)
class Standing:
    user_id: str
    roles: frozenset[Role]
    standing: int
    tokens_since: int
    """Tokens signed at a lower standing than this are revoked."""
    changed_at_ms: int


class Standings:
    """The changed accounts and the ended sign-ins of the last ``life_ms``."""

    def __init__(self, life_ms: int) -> None:
        self.life_ms = life_ms
        self._of: dict[str, Standing] = {}
        self._ended: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._of) + len(self._ended)

    def learn(self, standing: Standing) -> bool:
        """Remember, and say whether it was new; what is older than what is known changes nothing."""
        known = self._of.get(standing.user_id)
        if known is not None and known.standing >= standing.standing:
            return False
        self._of[standing.user_id] = standing
        return True

    def end(self, sign_in: str, at_ms: int) -> bool:
        """Remember that this sign-in was ended, and say whether it was new."""
        new = sign_in not in self._ended
        self._ended[sign_in] = at_ms
        return new

    def check(self, sign_in: str) -> None:
        """``TokenRevoked`` when it was ended."""
        if sign_in in self._ended:
            raise TokenRevoked

    def forget_before(self, moment_ms: int) -> None:
        self._of = {user: known for user, known in self._of.items() if known.changed_at_ms >= moment_ms}
        self._ended = {sign_in: at_ms for sign_in, at_ms in self._ended.items() if at_ms >= moment_ms}

    def roles(self, user_id: str, signed_at_standing: int, roles: frozenset[Role]) -> frozenset[Role]:
        """The roles in force for a token signed with ``roles``; ``TokenRevoked`` when it is no longer honoured."""
        known = self._of.get(user_id)
        if known is None or signed_at_standing >= known.standing:
            return roles
        if signed_at_standing < known.tokens_since:
            raise TokenRevoked
        return known.roles
