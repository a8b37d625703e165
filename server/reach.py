"""PURE. What the settings about addresses may say; each ValueError is a sentence for the operator."""

import ipaddress
import re

from streaming.ice_servers import is_stun, is_turn

PORT_MAX = 65535
_BASE_URL = re.compile(r"https?://(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?")


def announced_addresses(said: tuple[str, ...]) -> tuple[str, ...]:
    """In canonical form, in the order of preference."""
    found: list[str] = []
    for each in said:
        try:
            address = ipaddress.ip_address(each)
        except ValueError:
            # A name would have to be resolved for each browser: candidates carry addresses (RFC 8839, section 5.1).
            raise ValueError(
                f"has {each}, which is no IP address. Write the address that the name stands for."
            ) from None
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
            raise ValueError(f"has {each}: an address with a % means something on this machine only.")
        if address.is_unspecified or address.is_multicast or address.is_link_local:
            raise ValueError(f"has {each}, which nobody can send to. Write an address that browsers reach.")
        if str(address) in found:
            raise ValueError(f"has {each} twice.")
        found.append(str(address))
    return tuple(found)


def base_url(said: str) -> str:
    """Without the slash at its end."""
    if _BASE_URL.fullmatch(said.rstrip("/")) is None:
        raise ValueError(f"is to be like https://host or https://host:port, without a path; {said} is not.")
    return said.rstrip("/")


def check_ports(first: int, public: int | None, workers: int) -> None:
    """One port a worker, upwards from the first."""
    if first and first + workers - 1 > PORT_MAX:
        raise ValueError(
            f"MEDIA_UDP_PORT={first} leaves no room for {workers} media workers below {PORT_MAX}: take a lower one."
        )
    if public is None:
        return
    if not first:
        raise ValueError("MEDIA_PUBLIC_PORT needs a fixed MEDIA_UDP_PORT: no mapping can lead to a port that changes.")
    if public + workers - 1 > PORT_MAX:
        raise ValueError(
            f"MEDIA_PUBLIC_PORT={public} leaves no room for {workers} media workers below {PORT_MAX}: take a lower one."
        )


def check_ice_servers(urls: tuple[str, ...], secret: bool) -> None:
    for url in urls:
        if not is_stun(url) and not is_turn(url):
            raise ValueError(
                f"ICE_SERVERS has {url}, which is no URL of a STUN or TURN server. "
                "They look like stun:host:3478, turn:host:3478?transport=udp and turns:host:5349?transport=tcp."
            )
    if not secret and any(is_turn(url) for url in urls):
        raise ValueError(
            "ICE_SERVERS has a TURN server, and TURN_SECRET is not set: browsers refuse a TURN server without a "
            "password. Set TURN_SECRET to the static-auth-secret of your coturn."
        )
