"""Bearer tokens: JWT (RFC 7519) signed with HS256 and nothing else (RFC 8725, section 3.1).

Judging one is pure of I/O: the signature, the clock, and what is known of changed standings.
"""

from dataclasses import dataclass
from functools import lru_cache

import jwt
from jwt.types import Options

from accounts.principal import Principal, Role, TokenExpired, TokenInvalid, known_roles
from accounts.standing import Standings
from foundation.clock import Clock
from foundation.ids import is_id, new_id

ALGORITHM = "HS256"
ISSUER = "ringside"
AUDIENCE = "ringside:api"
LONGEST_TOKEN = 2048
SHORTEST_SECRET = 32
KEPT_IN_MIND = 16_384  # tokens whose signature was good

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


@dataclass(frozen=True, slots=True)
class _Said:
    """What a token with a good signature says, whatever time it is."""

    user: str
    name: str
    roles: frozenset[Role]
    standing: int
    signed_in_at_s: int
    expires_at_s: int
    session: str


class SignedTokens:
    """Signs tokens and judges them. ``secret`` has at least 32 characters and is shared by all api processes."""

    def __init__(self, secret: str, clock: Clock, standings: Standings, *, life_s: int) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise ValueError(f"the token secret has fewer than {SHORTEST_SECRET} characters")
        self._secret = secret
        self._clock = clock
        self._standings = standings
        self._life_s = life_s
        # A signature stays what it is; a socket or a crowd of gifts shows the same token again and again.
        self._said = lru_cache(KEPT_IN_MIND)(self._verified)

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
        if principal.session:
            claims["sid"] = principal.session
        return jwt.encode(claims, self._secret, ALGORITHM), expires_at_s * 1000

    def principal(self, token: str) -> Principal:
        """Who holds ``token``, with the roles that he has now. Raises as ``accounts.principal.Tokens`` says."""
        return self.claims(token).principal

    def claims(self, token: str) -> Claims:
        """As ``principal``, with what else the token says."""
        if len(token) > LONGEST_TOKEN:
            raise TokenInvalid
        said = self._said(token)
        if self._clock.now_ms() >= said.expires_at_s * 1000:
            raise TokenExpired
        self._standings.check(said.session)
        in_force = self._standings.roles(said.user, said.standing, said.roles)
        return Claims(Principal(said.user, said.name, in_force, said.session), said.standing, said.signed_in_at_s)

    def _verified(self, token: str) -> "_Said":
        try:
            said = jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=_OPTIONS
            )
            expires_at_s, standing, signed_in_at_s = (int(said[name]) for name in ("exp", "ver", "auth_time"))
            roles = known_roles(said["roles"])
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise TokenInvalid from error
        session = said.get("sid", "")  # tokens of earlier versions have none
        if not is_id(said["sub"]) or not isinstance(session, str):
            raise TokenInvalid
        return _Said(said["sub"], str(said["name"]), roles, standing, signed_in_at_s, expires_at_s, session)
