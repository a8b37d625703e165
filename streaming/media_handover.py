"""How one node hands a client over to another: what stands behind `?grant=` in the Location of a 307.

Browsers drop Authorization when a redirect leads to another origin, so the first node, which knows who asks, signs what
it has found out. The token is tightly bound: one user, room, role and track, one stream key, one node that may take it,
30 s; and that node takes it once (`streaming.media_limits`).
"""

import base64
import hashlib
import hmac
import json
from dataclasses import astuple, dataclass

from foundation.ids import new_id
from streaming.media.errors import GrantInvalid

LIFE_MS = 30_000
_TOKEN_MAX = 1_024
_MAC_LENGTH = 32


@dataclass(frozen=True)
class Handover:
    role: str
    room: str
    track: str
    user: str
    """Empty: not signed in."""
    credential: str
    """Fingerprint of the stream key that a publisher came with; empty for a token."""
    home: str
    """The public address of the node that shall take it."""
    until_ms: int
    id: str


def hand_over(
    secret: str, *, role: str, room: str, track: str, user: str, credential: str, home: str, now_ms: int
) -> str:
    """A token for the node at `home`, good for `LIFE_MS`."""
    said = astuple(Handover(role, room, track, user, credential, home, now_ms + LIFE_MS, new_id()))
    text = base64.urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{text}.{_mac(secret, text)}"


def take_over(secret: str, token: str, *, role: str, room: str, track: str, home: str, now_ms: int) -> Handover:
    """What the token says; GrantInvalid unless we signed it for exactly this, here and now."""
    text, _, mac = token.partition(".")
    if len(token) > _TOKEN_MAX or not hmac.compare_digest(_mac(secret, text).encode(), mac.encode()):
        raise GrantInvalid
    found = Handover(*json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    if (found.role, found.room, found.track, found.home) != (role, room, track, home) or now_ms >= found.until_ms:
        raise GrantInvalid
    return found


def _mac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), b"media handover " + text.encode(), hashlib.sha256).hexdigest()[:_MAC_LENGTH]
