"""Bodies of accounts' requests and responses."""

from pydantic import BaseModel, ConfigDict, Field

from accounts.principal import Principal, Role
from accounts.service import Session
from accounts.store import Account


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(_Request):
    """The service's rules for names and passwords have codes of their own; here is only the outermost limit."""

    name: str = Field(max_length=256, examples=["Mina"])
    password: str = Field(max_length=1024, repr=False)


class RolesWanted(_Request):
    roles: list[Role] = Field(max_length=len(Role))
    reason: str = Field(min_length=1, max_length=500)


class AccountBody(BaseModel):
    user: str
    name: str
    roles: list[Role]

    @classmethod
    def of(cls, principal: Principal | Account) -> "AccountBody":
        return cls(user=principal.user_id, name=principal.name, roles=sorted(principal.roles))


class SessionBody(BaseModel):
    """``token`` is a bearer token; ask for the next one before ``expires_at_ms``."""

    token: str
    expires_at_ms: int
    account: AccountBody

    @classmethod
    def of(cls, session: Session) -> "SessionBody":
        return cls(token=session.token, expires_at_ms=session.expires_at_ms, account=AccountBody.of(session.principal))


class StreamKeyBody(BaseModel):
    """``key`` is shown in this answer and never again."""

    key: str


class StreamKeyState(BaseModel):
    made_at_ms: int | None


class UserBody(AccountBody):
    opened_at_ms: int


class UsersPage(BaseModel):
    users: list[UserBody]
    next: str | None = None
    """Give it back as ``after`` for the next page."""
