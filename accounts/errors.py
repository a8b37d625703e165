"""What accounts refuse.

Unauthorised
+-- CredentialsWrong     401 credentials-wrong     unknown name or wrong password, told apart by nobody
+-- SignInAgain          401 sign-in-again         the sign-in is too old to be carried on
+-- (TokenInvalid, TokenExpired, TokenRevoked: accounts.principal)
Malformed
+-- NameUnsuitable       422 name-unsuitable
+-- PasswordUnsuitable   422 password-unsuitable
+-- RelationToSelf       422 relation-to-self
Conflict
+-- NameTaken            409 name-taken
+-- RelationsFull        409 relations-full        extra: most
NotFound
+-- UnknownUser          404 unknown-user
Forbidden
+-- OwnRoles             403 own-roles             nobody changes his own rank
+-- Blocked              403 blocked               no follow where one blocks the other
TooMany
+-- TooManyAttempts      429 too-many-attempts     with Retry-After
Unavailable
+-- SignInBusy           503 sign-in-busy          all hashing threads are taken, and the queue is full
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


class NameTaken(Conflict):
    code, title = "name-taken", "Somebody else has this name"


class RelationsFull(Conflict):
    code, title = "relations-full", "This list is full"


class UnknownUser(NotFound):
    code, title = "unknown-user", "There is no such user"


class OwnRoles(Forbidden):
    code, title = "own-roles", "Nobody changes his own roles"


class Blocked(Forbidden):
    code, title = "blocked", "One of you has blocked the other"


class TooManyAttempts(TooMany):
    code, title = "too-many-attempts", "Too many attempts: wait a little"


class SignInBusy(Unavailable):
    code, title = "sign-in-busy", "Too many people are signing in at this moment"
