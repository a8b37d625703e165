"""What is said to a request whose key was used before. A key belongs to who asks and to what he asks for."""

import hashlib
import json

from gifts.errors import IdempotencyConflict, KeyExpired, KeyInvalid
from gifts.ledger import KEY_KEPT_MS
from gifts.service import KEY


def checked(key: str) -> str:
    """``key`` itself; ``KeyInvalid`` when it has not the form of one."""
    if KEY.fullmatch(key) is None:
        raise KeyInvalid
    return key


def content_of(*members: object) -> str:
    """Equal for two requests that ask for the same."""
    return hashlib.sha256(json.dumps(members).encode()).hexdigest()


def may_be_answered(content_then: str, at_ms: int, content: str, now_ms: int) -> None:
    """Return when what was made at ``at_ms`` is the answer to this request too, else refuse."""
    if now_ms - at_ms > KEY_KEPT_MS:
        raise KeyExpired
    if content_then != content:
        raise IdempotencyConflict
