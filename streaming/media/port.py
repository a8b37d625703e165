"""The one UDP port of a worker: ICE-lite (RFC 8445), demultiplexing by first byte (RFC 7983) and by address.

Nothing but STUN is taken from an address that has not passed an integrity check, so a stranger costs one parse and no
memory. The first check of a peer binds his address to his session; after that a datagram costs one dictionary lookup.
"""

import asyncio
import errno
import ipaddress
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import ifaddr
import structlog
from aioice import stun

from streaming.media.counters import Counters

log = structlog.get_logger(__name__)

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

DATAGRAM_MAX = 1500
READS_A_WAKE = 64
ADDRESSES_MAX = 8
ADDRESSES_FOR_S = 10.0
_BUFFER = 4 << 20
_STUN_MAX = 1280
_USERNAME = 0x0006
_SOL_UDP, _UDP_SEGMENT = 17, 103
_TRANSIENT = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.EMSGSIZE})
_NO_SEGMENTS = frozenset({errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP})


@dataclass(eq=False)
class Endpoint:
    """One peer behind the port. `on_datagram` gets DTLS, SRTP and SRTCP of addresses that have proved to be his."""

    on_datagram: Callable[[bytes], None]
    on_heard: Callable[[], None]
    ufrag: str = field(default_factory=lambda: secrets.token_hex(8))
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    former: tuple[str, str] | None = None
    """User fragment and password from before an ICE restart, honoured until a check with the new ones has passed."""
    remote: Address | None = None
    known: list[Address] = field(default_factory=list)
    on_moved: Callable[[], None] = lambda: None
    """Told when `remote` has changed."""
    bound: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first check has told us the peer's address."""


def _open(host: str, port: int) -> socket.socket:
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
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        opened.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
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


def meant_for(check: bytes) -> str:
    """Our user fragment in the USERNAME of a STUN message (RFC 8489, section 14.3), or nothing; never raises."""
    position, end = 20, len(check)
    while position + 4 <= end:
        kind = check[position] << 8 | check[position + 1]
        length = check[position + 2] << 8 | check[position + 3]
        if kind == _USERNAME:
            return check[position + 4 : position + 4 + length].partition(b":")[0].decode("ascii", "replace")
        position += 4 + (length + 3 & ~3)
    return ""


class Port:
    """Open with `start` on the running loop, `close` at the end."""

    def __init__(self, host: str, port: int, announced: tuple[str, ...], counters: Counters) -> None:
        self._host = host
        self._port = port
        self._announced = announced
        self._counters = counters
        self._by_ufrag: dict[str, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self._socket: socket.socket | None = None
        self._found: tuple[str, ...] = ()
        self._found_until = 0.0
        self.segments = True
        """Whether the kernel takes UDP GSO; cleared at the first refusal."""

    def start(self) -> None:
        self._socket = _open(self._host, self._port)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._readable)

    def close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
        self._by_ufrag.clear()
        self._by_address.clear()

    def fileno(self) -> int:
        assert self._socket is not None, "start first"
        return self._socket.fileno()

    @property
    def family(self) -> int:
        """AF_INET6 when the port takes both, else AF_INET."""
        assert self._socket is not None, "start first"
        return self._socket.family

    @property
    def number(self) -> int:
        assert self._socket is not None, "start first"
        number: int = self._socket.getsockname()[1]
        return number

    @property
    def addresses(self) -> tuple[str, ...]:
        """What peers are told. Asking the system for its interfaces is done at most every ADDRESSES_FOR_S."""
        if self._announced:
            return self._announced
        if self._host not in ("::", "0.0.0.0"):
            return (self._host,)
        now = asyncio.get_running_loop().time()
        if now >= self._found_until:
            assert self._socket is not None, "start first"
            found = addresses_of_this_machine()
            both = self._socket.family == socket.AF_INET6
            self._found = found if both else tuple(each for each in found if ":" not in each)
            self._found_until = now + ADDRESSES_FOR_S
        return self._found

    @property
    def endpoints(self) -> int:
        return len(set(self._by_ufrag.values()))

    def add(self, endpoint: Endpoint) -> None:
        self._by_ufrag[endpoint.ufrag] = endpoint

    def restart(self, endpoint: Endpoint) -> None:
        """Fresh credentials for a peer who restarts ICE (RFC 8445, section 9; RFC 8839, section 4.4.1.1.1).

        Media go on as before until he has passed a check with them. A restart of which he has never made use is
        forgotten by the next one: two pairs of credentials at most.
        """
        if endpoint.former is None:
            endpoint.former = (endpoint.ufrag, endpoint.password)
        else:
            self._by_ufrag.pop(endpoint.ufrag, None)
        endpoint.ufrag, endpoint.password = secrets.token_hex(8), secrets.token_hex(16)
        self._by_ufrag[endpoint.ufrag] = endpoint

    def _forget_former(self, endpoint: Endpoint) -> None:
        if endpoint.former is not None:
            self._by_ufrag.pop(endpoint.former[0], None)
            endpoint.former = None

    def remove(self, endpoint: Endpoint) -> None:
        self._forget_former(endpoint)
        self._by_ufrag.pop(endpoint.ufrag, None)
        for address in endpoint.known:
            if self._by_address.get(address) is endpoint:
                del self._by_address[address]
        endpoint.known.clear()

    def _readable(self) -> None:
        assert self._socket is not None
        receive = self._socket.recvfrom
        for _ in range(READS_A_WAKE):
            try:
                datagram, address = receive(2048)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                log.warning("could not read from the media port", error=str(error))
                return
            self.received(datagram, address)

    def received(self, datagram: bytes, address: Address) -> None:
        """One datagram from anywhere. Never raises: the sender may be anybody."""
        if not datagram or len(datagram) > DATAGRAM_MAX:
            self._counters.datagrams_malformed += 1
            return
        if datagram[0] < 4:
            self._stun(datagram, address)
            return
        endpoint = self._by_address.get(address)
        if endpoint is None:
            self._counters.datagrams_of_strangers += 1
            return
        endpoint.on_datagram(datagram)

    def _stun(self, datagram: bytes, address: Address) -> None:
        # Most of a flood ends here, before anything is parsed in earnest.
        ufrag = meant_for(datagram)
        endpoint = self._by_ufrag.get(ufrag)
        if endpoint is None:
            self._counters.checks_refused += 1
            return
        try:
            if len(datagram) > _STUN_MAX:
                raise ValueError("longer than any check")
            request = stun.parse_message(datagram)
            whole = request.message_class == stun.Class.REQUEST and request.message_method == stun.Method.BINDING
        except Exception:
            # aioice's parser raises whatever struct, ipaddress and UTF-8 raise.
            self._counters.datagrams_malformed += 1
            return
        former = endpoint.former if endpoint.former is not None and endpoint.former[0] == ufrag else None
        password = (endpoint.password if former is None else former[1]).encode()
        if not whole or not request.check_message_integrity(password):
            self._counters.checks_refused += 1
            return
        restarted = former is None and endpoint.former is not None
        if restarted:
            self._forget_former(endpoint)
        self._bind(endpoint, address, restarted or "USE-CANDIDATE" in request.attributes)
        endpoint.on_heard()
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = (address[0].removeprefix("::ffff:"), address[1])
        answer.add_message_integrity(password)
        self.send(bytes(answer), address)

    def _bind(self, endpoint: Endpoint, address: Address, nominated: bool) -> None:
        if self._by_address.get(address) is not endpoint:
            other = self._by_address.get(address)
            if other is not None:
                other.known.remove(address)
            self._by_address[address] = endpoint
            endpoint.known.append(address)
            if len(endpoint.known) > ADDRESSES_MAX:
                oldest = next(each for each in endpoint.known if each not in (endpoint.remote, address))
                endpoint.known.remove(oldest)
                del self._by_address[oldest]
        if nominated or endpoint.remote is None:
            moved = endpoint.remote != address
            endpoint.remote = address
            endpoint.bound.set()
            if moved:
                endpoint.on_moved()

    def send(self, datagram: bytes | memoryview, address: Address) -> None:
        """Send or lose: a full buffer costs this datagram, counted, never the loop."""
        if self._socket is None:
            return
        try:
            self._socket.sendto(datagram, address)
        except OSError as error:
            self._lost(error)

    def send_train(self, datagrams: memoryview, size: int, address: Address) -> None:
        """Send `datagrams`, cut every `size` bytes (the last may be shorter), with one call where the kernel can."""
        if self._socket is None:
            return
        if self.segments and len(datagrams) > size:
            try:
                control = [(_SOL_UDP, _UDP_SEGMENT, struct.pack("=H", size))]
                self._socket.sendmsg([datagrams], control, 0, address)
            except OSError as error:
                if error.errno not in _NO_SEGMENTS:
                    self._lost(error)
                    return
                self.segments = False
                log.warning("no UDP segmentation offload here", error=str(error))
            else:
                return
        for start in range(0, len(datagrams), size):
            self.send(datagrams[start : start + size], address)

    def _lost(self, error: OSError) -> None:
        self._counters.sends_lost += 1
        if error.errno not in _TRANSIENT:
            self._counters.sends_refused += 1
