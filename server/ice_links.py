"""The platform's ICE servers as WHIP and WHEP hand them out: a name of his own for each user and each guest."""

import secrets
from collections.abc import Callable

from foundation.clock import Clock
from server.settings import Settings
from streaming.ice_servers import IceServers


def ice_links(settings: Settings, clock: Clock) -> Callable[[str], tuple[str, ...]]:
    """Of a user's id, empty for a guest, the values of his Link headers."""
    secret = settings.turn_secret.get_secret_value() if settings.turn_secret else ""
    servers = IceServers(settings.ice_servers, secret, settings.turn_ttl_s)

    def links(user: str) -> tuple[str, ...]:
        # coturn counts its quotas by this name: guests under one would use up each other's.
        return servers.links(user or f"guest-{secrets.token_hex(6)}", clock.now_ms() // 1000)

    return links
