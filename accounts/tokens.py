"""Bearer tokens: JWT (RFC 7519) signed with HS256 and nothing else (RFC 8725, section 3.1).

Judging one is pure of I/O: the signature, the clock, and what is known of changed standings.
"""

from dataclasses import dataclass

import jwt
from jwt.types import Options

from accounts.principal import Principal, TokenExpired, TokenInvalid, known_roles
from accounts.standing import Standings
from foundation.clock import Clock
from foundation.ids import is_id, new_id

ALGORITHM = "HS256"
ISSUER = "ringside"
AUDIENCE = "ringside:api"
LONGEST_TOKEN = 2048
SHORTEST_SECRET = 32

_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "name", "roles", "ver", "auth_time"]
# The platform's one clock judges the times, not the wall clock of this machine.
_OPTIONS: Options = {
    "require": _CLAIMS,
    "strict_aud": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True)
class Claims:
    """What a valid token says."""

    principal: Principal
    standing: int
    signed_in_at_s: int
    """When the password was given; carried from token to token (``auth_time`` of OpenID Connect)."""


class SignedTokens:
    """Signs tokens and judges them. ``secret`` has at least 32 characters and is shared by all api processes."""

    def __init__(self, secret: str, clock: Clock, standings: Standings, *, life_s: int) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"the token secret has fewer than {SHORTEST_SECRET} characters")
        self._secret = secret
        self._clock = clock
        self._standings = standings
        self._life_s = life_s

    def issue(self, principal: Principal, standing: int, signed_in_at_s: int) -> tuple[str, int]:
        """A token for ``principal`` and the moment (ms) of its expiry."""
        now_s = self._clock.now_ms() // 1000
        expires_at_s = now_s + self._life_s
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": principal.user_id,
            "iat": now_s,
            "exp": expires_at_s,
            "jti": new_id(),
            "name": principal.name,
            "roles": sorted(principal.roles),
            "ver": standing,
            "auth_time": signed_in_at_s,
        }
        return jwt.encode(claims, self._secret, ALGORITHM), expires_at_s * 1000

    def principal(self, token: str) -> Principal:
        """Who holds ``token``, with the roles that he has now. Raises as ``accounts.principal.Tokens`` says."""
        return self.claims(token).principal

    def claims(self, token: str) -> Claims:
        """As ``principal``, with what else the token says."""
        if len(token) > LONGEST_TOKEN:
            raise TokenInvalid
        try:
            said = jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=_OPTIONS
            )
            expires_at_s, standing, signed_in_at_s = (int(said[name]) for name in ("exp", "ver", "auth_time"))
            roles = known_roles(said["roles"])
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise TokenInvalid from error
        if not is_id(said["sub"]):
            raise TokenInvalid
        if self._clock.now_ms() >= expires_at_s * 1000:
            raise TokenExpired
        in_force = self._standings.roles(said["sub"], standing, roles)
        return Claims(Principal(said["sub"], str(said["name"]), in_force), standing, signed_in_at_s)
