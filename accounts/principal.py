"""Who is asking: the principal that a token stands for, and the FastAPI dependencies that other domains use."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import Depends, Request

from foundation.errors import Forbidden, Unauthorised


class Role(StrEnum):
    VIEWER = "viewer"
    HOST = "host"
    MODERATOR = "moderator"
    ADMIN = "admin"


def known_roles(names: Collection[str]) -> frozenset[Role]:
    """The roles among ``names``; what a newer version may have written there besides is left out."""
    return frozenset(role for role in Role if role in names)


@dataclass(frozen=True)
class Principal:
    """A signed-in user as his token says: id, shown name, roles, and the sign-in that it belongs to."""

    user_id: str
    name: str
    roles: frozenset[Role]
    session: str = ""
    """Empty: the token is of an earlier version, or of a test."""

    def has(self, *roles: Role) -> bool:
        """Whether the principal has at least one of ``roles``; an admin has all."""
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)


class Tokens(Protocol):
    """Turns a bearer token into a principal, without I/O; found at ``app.state.tokens``.

    Raises ``TokenInvalid``, ``TokenExpired`` or ``TokenRevoked``, all 401.
    """

    def principal(self, token: str) -> Principal: ...


class TokenInvalid(Unauthorised):
    code, title = "token-invalid", "The token is not one of ours"


class TokenExpired(Unauthorised):
    code, title = "token-expired", "The token has expired"


class TokenRevoked(Unauthorised):
    code, title = "token-revoked", "The token has been revoked: sign in again"


def bearer(request: Request) -> str | None:
    """The bearer token of the Authorization header, or None."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


# Coroutines, though they wait for nothing: FastAPI runs whatever else in a thread, for more than the rest of a request.
async def perhaps_signed(request: Request) -> Principal | None:
    token = bearer(request)
    if token is None:
        return None
    tokens: Tokens = request.app.state.tokens
    return tokens.principal(token)


async def signed(request: Request) -> Principal:
    principal = await perhaps_signed(request)
    if principal is None:
        raise Unauthorised
    return principal


async def admin(request: Request) -> Principal:
    principal = await signed(request)
    if not principal.has(Role.ADMIN):
        raise Forbidden("for admins")
    return principal


Signed = Annotated[Principal, Depends(signed)]
PerhapsSigned = Annotated[Principal | None, Depends(perhaps_signed)]
Admin = Annotated[Principal, Depends(admin)]
