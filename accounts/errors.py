"""What accounts refuse.

Unauthorised
+-- CredentialsWrong     401 credentials-wrong     unknown name or wrong password, told apart by nobody
+-- SignInAgain          401 sign-in-again         the sign-in is too old to be carried on
+-- (TokenInvalid, TokenExpired, TokenRevoked: accounts.principal)
Malformed
+-- NameUnsuitable       422 name-unsuitable
+-- PasswordUnsuitable   422 password-unsuitable
+-- RelationToSelf       422 relation-to-self
+-- EmailUnsuitable      422 email-unsuitable
+-- AboutUnsuitable      422 about-unsuitable
Conflict
+-- NameTaken            409 name-taken
+-- EmailTaken           409 email-taken           told only to him who has just read mail at this address
+-- RelationsFull        409 relations-full        extra: most
NotFound
+-- UnknownUser          404 unknown-user
+-- SignInUnknown        404 sign-in-unknown
+-- MailTokenUnknown     404 mail-token-unknown    used, over, replaced or never made
Forbidden
+-- OwnRoles             403 own-roles             nobody changes his own rank
+-- Blocked              403 blocked               no follow where one blocks the other
TooMany
+-- TooManyAttempts      429 too-many-attempts     with Retry-After
Unavailable
+-- SignInBusy           503 sign-in-busy          all hashing threads are taken, and the queue is full
+-- MailBusy             503 mail-busy             as many letters wait as may
"""

from foundation.errors import Conflict, Forbidden, Malformed, NotFound, TooMany, Unauthorised, Unavailable


class CredentialsWrong(Unauthorised):
    code, title = "credentials-wrong", "Name or password is wrong"


class SignInAgain(Unauthorised):
    code, title = "sign-in-again", "This sign-in is too old: sign in with your password"


class NameUnsuitable(Malformed):
    code, title = "name-unsuitable", "This name cannot be used"


class PasswordUnsuitable(Malformed):
    code, title = "password-unsuitable", "This password cannot be used"


class RelationToSelf(Malformed):
    code, title = "relation-to-self", "Nobody blocks or follows himself"


class EmailUnsuitable(Malformed):
    code, title = "email-unsuitable", "This is not an e-mail address that we can write to"


class AboutUnsuitable(Malformed):
    code, title = "about-unsuitable", "This cannot be said about oneself"


class NameTaken(Conflict):
    code, title = "name-taken", "Somebody else has this name"


class EmailTaken(Conflict):
    code, title = "email-taken", "Another account has this e-mail address"


class RelationsFull(Conflict):
    code, title = "relations-full", "This list is full"


class UnknownUser(NotFound):
    code, title = "unknown-user", "There is no such user"


class SignInUnknown(NotFound):
    code, title = "sign-in-unknown", "This sign-in is over, or was never yours"


class MailTokenUnknown(NotFound):
    code, title = "mail-token-unknown", "This link is used up or too old: ask for another one"


class OwnRoles(Forbidden):
    code, title = "own-roles", "Nobody changes his own roles"


class Blocked(Forbidden):
    code, title = "blocked", "One of you has blocked the other"


class TooManyAttempts(TooMany):
    code, title = "too-many-attempts", "Too many attempts: wait a little"


class SignInBusy(Unavailable):
    code, title = "sign-in-busy", "Too many people are signing in at this moment"


class MailBusy(Unavailable):
    code, title = "mail-busy", "Too many letters are waiting to be sent"
