"""Bodies of accounts' requests and responses."""

from pydantic import BaseModel, ConfigDict, Field

from accounts.principal import Principal, Role
from accounts.relation_store import Place, Related
from accounts.service import Session
from accounts.sign_ins import SignIn
from accounts.store import Account


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(_Request):
    """The service's rules for names and passwords have codes of their own; here is only the outermost limit."""

    name: str = Field(max_length=256, examples=["Mina"])
    password: str = Field(max_length=1024, repr=False)


class ResetWanted(_Request):
    account: str = Field(max_length=256, description="a name or an e-mail address", examples=["Mina"])


class MailTokenBody(_Request):
    token: str = Field(max_length=128, repr=False)


class NewPassword(MailTokenBody):
    password: str = Field(max_length=1024, repr=False)


class EmailWanted(_Request):
    email: str | None = Field(max_length=512)
    password: str = Field(max_length=1024, repr=False)


class ProfileChange(_Request):
    """What is left out, or null, stays."""

    name: str | None = Field(None, max_length=256)
    about: str | None = Field(None, max_length=1024)


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


class MeBody(BaseModel):
    """One's own account. ``email`` is the confirmed address, or null."""

    user: str
    name: str
    roles: list[Role]
    about: str
    email: str | None

    @classmethod
    def of(cls, account: Account) -> "MeBody":
        return cls(
            user=account.user_id,
            name=account.name,
            roles=sorted(account.roles),
            about=account.about,
            email=account.email,
        )


class ProfileBody(BaseModel):
    user: str
    name: str
    about: str


class PersonBody(BaseModel):
    user: str
    name: str


class FoundBody(BaseModel):
    users: list[PersonBody]


class SessionBody(BaseModel):
    """``token`` is a bearer token; ask for the next one before ``expires_at_ms``."""

    token: str
    expires_at_ms: int
    account: AccountBody

    @classmethod
    def of(cls, session: Session) -> "SessionBody":
        return cls(token=session.token, expires_at_ms=session.expires_at_ms, account=AccountBody.of(session.principal))


class SignInBody(BaseModel):
    session: str
    made_at_ms: int
    seen_at_ms: int
    agent: str
    address: str
    current: bool
    """Whether the request's own token belongs to it."""

    @classmethod
    def of(cls, sign_in: SignIn, current: str) -> "SignInBody":
        return cls(
            session=sign_in.id,
            made_at_ms=sign_in.made_at_ms,
            seen_at_ms=sign_in.seen_at_ms,
            agent=sign_in.agent,
            address=sign_in.address,
            current=sign_in.id == current,
        )


class SignInsBody(BaseModel):
    sessions: list[SignInBody]


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


PLACE = r"^\d{1,15}-[0-9a-z]{26}$"
"""The form of a cursor in a list of people."""


def place_of(cursor: str) -> Place:
    since_ms, _, user = cursor.partition("-")
    return int(since_ms), user


class RelatedBody(BaseModel):
    user: str
    name: str
    since_ms: int


class PeoplePage(BaseModel):
    people: list[RelatedBody]
    next: str | None = None
    """Give it back as ``before`` for the next page."""

    @classmethod
    def of(cls, found: list[Related], limit: int) -> "PeoplePage":
        """``found`` may have one more than ``limit``, which says that there is a next page."""
        people = [RelatedBody(user=each.user, name=each.name, since_ms=each.since_ms) for each in found[:limit]]
        return cls(people=people, next=f"{people[-1].since_ms}-{people[-1].user}" if len(found) > limit else None)
