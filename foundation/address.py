"""The network address that a request comes from, as far as it can be trusted. Pure."""

import ipaddress


def subject_of(host: str | None) -> str:
    """What attempts are counted by: the IPv4 address, or the /64 of an IPv6 one, for that is one household.

    ``host`` is the peer of the connection as the HTTP server gives it; headers that a client may invent play no part.
    """
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)
