"""PURE. What the self-check knows: the settings that matter, and what it has seen of the machine."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_DOCKER = ipaddress.ip_network("172.16.0.0/12")
_CARRIER = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598: behind a provider's NAT


@dataclass(frozen=True)
class Facts:
    """The defaults are a machine with nothing wrong. Sizes in bytes."""

    # settings
    host: str = "0.0.0.0"
    https: bool = True
    public_url: str | None = None
    public_ip: tuple[Address, ...] = ()
    udp_port: int = 8189
    public_port: int | None = None
    media_processes: int = 1
    ice_servers: tuple[str, ...] = ()
    turn_secret: bool = False
    # the machine
    addresses: tuple[Address, ...] = (ipaddress.ip_address("192.168.1.10"), ipaddress.ip_address("127.0.0.1"))
    """Its own, as far as browsers can use them: without link-local ones."""
    ipv6: bool = True
    container: bool = False
    cores: int = 8
    open_files: int = 1 << 20
    buffer: int = 4 << 20
    """What the kernel gives a socket that asks for `buffer_wanted`."""
    buffer_wanted: int = 4 << 20
    segments: bool = True
    """UDP GSO is there."""
    may_go_first: bool = True
    handed_out: tuple[int, int] = (32_768, 60_999)
    """The ports that the kernel gives to programs that ask for any."""
    taken: tuple[int, ...] = ()
    """Those of our UDP ports that another program has."""
    returned: Mapping[Address, bool] = field(default_factory=dict)
    """Whether what we sent to an announced address came back to our port; absent: could not be tried."""
    clock_offset_ms: int | None = None
    """This machine's clock minus Redis's; None: one machine has both, or Redis was not asked."""

    @property
    def announced(self) -> tuple[Address, ...]:
        return self.public_ip or self.addresses

    @property
    def announced_port(self) -> int:
        return self.public_port or self.udp_port

    @property
    def ports(self) -> range:
        return range(self.udp_port, self.udp_port + self.media_processes) if self.udp_port else range(0)


def is_private(address: Address) -> bool:
    """Reached from within one network only."""
    shared = isinstance(address, ipaddress.IPv4Address) and address in _CARRIER
    return shared or (address.is_private and not address.is_loopback)


def is_of_docker(address: Address) -> bool:
    """In the range from which Docker takes the networks of its bridges."""
    return isinstance(address, ipaddress.IPv4Address) and address in _DOCKER


def listed(addresses: tuple[Address, ...]) -> str:
    return ", ".join(str(each) for each in addresses)


def span(first: int, count: int) -> str:
    return f"port {first}" if count == 1 else f"ports {first} to {first + count - 1}"
