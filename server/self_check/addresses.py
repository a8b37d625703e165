"""PURE. Whether browsers can reach the addresses that they are told."""

from collections.abc import Iterator

from server.self_check.facts import Address, Facts, is_of_docker, is_private, listed, span
from server.self_check.finding import Finding, note, warning

MANY_ADDRESSES = 8


def judge_addresses(facts: Facts) -> Iterator[Finding]:
    yield from (_public if facts.public_ip else _own)(facts)
    for address in facts.announced:
        if address.version == 6 and not facts.ipv6:
            yield warning(
                "ipv6-missing",
                f"PUBLIC_IP has {address}, and this machine has no IPv6: nobody gets through to it. "
                "Give the machine (or its container) IPv6, or take the address out.",
            )
        elif facts.returned.get(address) is False:
            yield _no_return(facts, address)
    if not facts.ipv6 and all(address.version == 4 for address in facts.announced):
        yield note("no-ipv6", "This machine has no IPv6: from networks with nothing else it is not reached.")


def _public(facts: Facts) -> Iterator[Finding]:
    if all(address.is_loopback for address in facts.public_ip):
        yield warning(
            "public-ip-loopback",
            f"PUBLIC_IP={listed(facts.public_ip)} is this machine to itself: nobody on another one gets a picture. "
            "Set it to an address that they reach.",
        )
    elif all(is_private(address) or address.is_loopback for address in facts.public_ip):
        yield note(
            "public-ip-private",
            f"PUBLIC_IP={listed(facts.public_ip)} is private: only people in the same network get a picture. "
            "For the internet put the public address first.",
        )


def _own(facts: Facts) -> Iterator[Finding]:
    outward = tuple(address for address in facts.addresses if not address.is_loopback)
    if facts.public_port is not None and facts.public_port != facts.udp_port:
        yield warning(
            "mapped-port-without-address",
            f"MEDIA_PUBLIC_PORT={facts.public_port} says that a router or Docker maps the UDP port, and PUBLIC_IP does "
            "not say at which address: browsers are told this machine's own. Set PUBLIC_IP.",
        )
    if not outward:
        yield warning(
            "only-loopback",
            "This machine has no address besides loopback: only a browser on it gets a picture. "
            "Connect it to a network, or set PUBLIC_IP.",
        )
    elif facts.container and all(is_of_docker(address) for address in outward):
        yield warning(
            "container-address",
            f"This is a container, and without PUBLIC_IP browsers are told {listed(outward)}, which exists only inside "
            f"Docker. Set PUBLIC_IP to an address of the host and publish UDP {_span(facts)}.",
        )
    elif all(is_private(address) for address in outward):
        yield note(
            "no-public-address",
            "All addresses of this machine are private: only people in the same network get a picture. "
            f"For the internet set PUBLIC_IP to the public address and forward UDP {_span(facts)} to this machine.",
        )
    if len(facts.addresses) > MANY_ADDRESSES:
        yield note(
            "many-addresses",
            f"Browsers are told all {len(facts.addresses)} addresses of this machine and try one after another. "
            "Set PUBLIC_IP to the one or two that they need.",
        )


def _no_return(facts: Facts, address: Address) -> Finding:
    if address in facts.addresses:
        return warning(
            "firewall-here",
            f"UDP that this machine sends to itself at {address} does not arrive: a firewall on it drops UDP "
            f"{_span(facts)}. Open {'it' if facts.media_processes == 1 else 'them'}.",
        )
    inner = next((str(each) for each in facts.addresses if is_private(each) and not is_of_docker(each)), None)
    hint = f" For people in your own network add {inner} to PUBLIC_IP." if inner and not facts.container else ""
    return warning(
        "public-ip-elsewhere",
        f"PUBLIC_IP={address} is not an address of this machine, and what it sends there does not come back. Behind "
        "NAT that may be right (many routers do not turn such packets round): see that the router forwards UDP "
        f"{_span(facts)} to this machine.{hint}",
    )


def _span(facts: Facts) -> str:
    return span(facts.announced_port, facts.media_processes)
