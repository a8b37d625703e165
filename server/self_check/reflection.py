"""Our UDP ports before the workers open them: are they free, and does what we send to an address arrive at them?"""

import contextlib
import errno
import ipaddress
import secrets
import selectors
import socket
import time
from collections.abc import Iterable, Iterator

from server.self_check.facts import Address

WAIT_S = 0.4
_BINDING_REQUEST = b"\x00\x01\x00\x00\x21\x12\xa4\x42"  # RFC 8489, section 5: what middleboxes expect at such a port


def open_udp(port: int) -> socket.socket:
    """On all addresses, IPv4 and IPv6, as a worker has it; OSError when the port is taken."""
    try:
        opened = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    except OSError:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if opened.family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.setblocking(False)
        opened.bind(("" if opened.family == socket.AF_INET else "::", port))
    except BaseException:
        opened.close()
        raise
    return opened


@contextlib.contextmanager
def opened(ports: Iterable[int]) -> Iterator[tuple[list[socket.socket], tuple[int, ...]]]:
    """The sockets of those that are free, and the numbers of those that another program has."""
    with contextlib.ExitStack() as stack:
        free: list[socket.socket] = []
        taken: list[int] = []
        for port in ports:
            try:
                free.append(stack.enter_context(open_udp(port)))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                taken.append(port)
        yield free, tuple(taken)


def returned(listening: socket.socket, addresses: Iterable[Address], port: int) -> dict[Address, bool]:
    """Send a STUN request to each address at `port`; True where it comes in at `listening` within WAIT_S.

    Addresses for which this machine has no route at all count as not returned.
    """
    sent: dict[bytes, Address] = {}
    found: dict[Address, bool] = {}
    for address in addresses:
        transaction = secrets.token_bytes(12)
        sent[transaction], found[address] = address, False
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.setblocking(False)
            probe.sendto(_BINDING_REQUEST + transaction, (str(address), port))
    deadline = time.monotonic() + WAIT_S
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        while not all(found.values()) and (left := deadline - time.monotonic()) > 0:
            selector.select(left)
            with contextlib.suppress(BlockingIOError):
                while True:
                    datagram = listening.recv(64)
                    if (address_of := sent.get(datagram[8:])) is not None:
                        found[address_of] = True
    return found


def usable(addresses: Iterable[str]) -> tuple[Address, ...]:
    return tuple(ipaddress.ip_address(each) for each in addresses)
