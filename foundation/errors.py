"""Refusals: what the caller did wrong, with an HTTP status and a code that clients may rely on for ever.

    Refusal                 4xx, the caller's fault; each domain's errors.py draws its own branch
    +-- Malformed           422 malformed
    +-- Unauthorised        401 unauthorised
    +-- Forbidden           403 forbidden
    +-- NotFound            404 not-found
    +-- Conflict            409 conflict
    +-- TooLarge            413 too-large
    +-- TooMany             429 too-many
    +-- Unavailable         503 unavailable      ours, but the caller may try again

A broken invariant is an ``assert``, not a refusal.
"""

from typing import ClassVar


class Refusal(Exception):
    """A typed refusal. ``detail`` is for people, ``code`` for programs; ``extra`` goes into the problem document."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str = "", *, retry_after_s: int | None = None, **extra: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after_s = retry_after_s
        self.extra = extra


class Malformed(Refusal):
    status, code, title = 422, "malformed", "The request is not of the form that this address takes"


class Unauthorised(Refusal):
    status, code, title = 401, "unauthorised", "Sign in first"


class Forbidden(Refusal):
    status, code, title = 403, "forbidden", "Not yours to do"


class NotFound(Refusal):
    status, code, title = 404, "not-found", "There is no such thing"


class Conflict(Refusal):
    status, code, title = 409, "conflict", "Not possible in the present state"


class TooLarge(Refusal):
    status, code, title = 413, "too-large", "Too large"


class TooMany(Refusal):
    status, code, title = 429, "too-many", "Too many requests"


class Unavailable(Refusal):
    status, code, title = 503, "unavailable", "Not available at the moment"


class RemoteRefusal(Refusal):
    """A refusal that another of our processes gave; its status and code are passed on unchanged."""

    def __init__(self, status: int, code: str, detail: str, retry_after_s: int | None = None, **extra: object) -> None:
        super().__init__(detail, retry_after_s=retry_after_s, **extra)
        self.status = status  # type: ignore[misc]
        self.code = code  # type: ignore[misc]
        self.title = detail  # type: ignore[misc]
