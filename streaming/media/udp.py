"""The socket of a media port and the addresses of this machine."""

import contextlib
import ipaddress
import socket

import ifaddr

_BUFFER = 4 << 20
_SNDBUFFORCE, _RCVBUFFORCE = 32, 33


def open_socket(host: str, port: int) -> socket.socket:
    version6 = ":" in host
    if host == "::" and not socket.has_ipv6:
        host, version6 = "0.0.0.0", False
    try:
        opened = socket.socket(socket.AF_INET6 if version6 else socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        if host != "::":
            raise
        host, version6 = "0.0.0.0", False
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if version6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
    for option, forced in ((socket.SO_SNDBUF, _SNDBUFFORCE), (socket.SO_RCVBUF, _RCVBUFFORCE)):
        opened.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        with contextlib.suppress(PermissionError):
            opened.setsockopt(socket.SOL_SOCKET, forced, _BUFFER)  # passes net.core.rmem_max, where we may
    opened.setblocking(False)
    opened.bind((host, port))
    return opened


def addresses_of_this_machine() -> tuple[str, ...]:
    """Every usable address: global ones first, IPv4 before IPv6, loopback last; link-local IPv6 not at all."""
    found = set()
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            address = ipaddress.ip_address(each.ip if isinstance(each.ip, str) else each.ip[0])
            if not (address.version == 6 and address.is_link_local):
                found.add(address)
    return tuple(str(each) for each in sorted(found, key=lambda each: (each.is_loopback, each.version, int(each))))
