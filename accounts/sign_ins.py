"""Sign-ins: each giving of the password is one, and its tokens name it (claim ``sid``). Pure."""

import ipaddress
from dataclasses import dataclass

AGENT_LONGEST = 200


@dataclass(frozen=True)
class SignIn:
    """``agent`` and ``address`` are for its owner's eyes, to tell devices apart; nothing is decided by them."""

    id: str
    user_id: str
    made_at_ms: int
    seen_at_ms: int
    """When its last token was signed: with that token it runs out by itself."""
    agent: str
    address: str
    standing: int
    """The account's when it was made: a later sign-out everywhere ends it."""
    ended_at_ms: int = 0
    """0: it was not ended."""


def agent_of(header: str) -> str:
    """What a ``User-Agent`` header may show of itself."""
    return "".join(each for each in header if each.isprintable())[:AGENT_LONGEST]


def address_hint(subject: str) -> str:
    """As much of a network address as its owner needs to know his own again: ``203.0.113.x``, or the /64 of IPv6."""
    try:
        address = ipaddress.ip_address(subject)
    except ValueError:
        return subject
    return f"{subject.rpartition('.')[0]}.x" if isinstance(address, ipaddress.IPv4Address) else subject
