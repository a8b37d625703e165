"""PURE. STUN and TURN servers for peers: their URLs (RFC 7064, RFC 7065) as Link headers (RFC 9725, section 4.6).

TURN credentials are time-limited and need no word with the server: both sides know one secret, the user name says until
when (draft-uberti-behave-turn-rest-00, section 2.2; coturn's ``use-auth-secret``).
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)"
_STUN = re.compile(rf"stuns?:{_HOST}(?::\d{{1,5}})?")
_TURN = re.compile(rf"turns?:{_HOST}(?::\d{{1,5}})?(?:\?transport=(?:udp|tcp))?")
_USER = re.compile(r"[A-Za-z0-9_-]*")


def is_stun(url: str) -> bool:
    return _STUN.fullmatch(url) is not None


def is_turn(url: str) -> bool:
    return _TURN.fullmatch(url) is not None


def turn_credential(secret: str, username: str) -> str:
    """Base64 of HMAC-SHA1: SHA-1 is what the draft and coturn say, and as a MAC it holds."""
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), hashlib.sha1)).decode()


@dataclass(frozen=True)
class IceServers:
    """`urls` in the order of preference; `secret` is coturn's `static-auth-secret`, needed when one of them is TURN."""

    urls: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    life_s: int = 6 * 3600

    def __post_init__(self) -> None:
        for url in self.urls:
            if not is_stun(url) and not is_turn(url):
                raise ValueError(f"{url} is not the URL of a STUN or TURN server")
        if not self.secret and any(is_turn(url) for url in self.urls):
            raise ValueError("a TURN server needs a secret")

    def links(self, user: str, now_s: int) -> tuple[str, ...]:
        """Values of Link headers for `user` (letters, digits, - and _), one server each: OBS splits at every comma."""
        if _USER.fullmatch(user) is None:
            raise ValueError("a user name that does not fit into a header")
        username = f"{now_s + self.life_s}:{user}"
        password = turn_credential(self.secret, username)
        login = f'; username="{username}"; credential="{password}"; credential-type="password"'
        return tuple(f'<{url}>; rel="ice-server"{login if is_turn(url) else ""}' for url in self.urls)
