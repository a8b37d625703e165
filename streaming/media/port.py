"""The one UDP port of a worker: ICE-lite (RFC 8445), demultiplexing by first byte (RFC 7983) and by address.

Nothing but STUN is taken from an address that has not passed an integrity check, so a stranger costs one lookup and no
memory. The first check of a peer binds his address to his session; after that a datagram costs one dictionary lookup.
What a check may do, and what one that was recorded and is sent again may not, is in `docs/media-border.md`.
"""

import asyncio
import errno
import socket
import struct
import time

import structlog

from streaming.media.counters import Counters
from streaming.media.endpoint import ADDRESSES_MAX, Address, Endpoint, Question
from streaming.media.udp import addresses_of_this_machine, open_socket
from streaming.media.wire import stun
from streaming.media.wire.dtls import hello_random

__all__ = ["ADDRESSES_MAX", "Address", "Endpoint", "Port", "addresses_of_this_machine"]

log = structlog.get_logger(__name__)

DATAGRAM_MAX = 1500
READS_A_WAKE = 64
ADDRESSES_FOR_S = 10.0
WARY_FOR_S = 10.0
# A check of ours is sent at once and after these times; after the whole, the same address may be asked again.
ASK_AFTER_S = (0.2, 0.6)
ASK_AGAIN_AFTER_S = 1.5
_SOL_UDP, _UDP_SEGMENT = 17, 103
_SUCCESS = stun.SUCCESS.to_bytes(2, "big")
_TRANSIENT = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.EMSGSIZE})
_NO_SEGMENTS = frozenset({errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EOPNOTSUPP})


class Port:
    """Open with `start` on the running loop, `close` at the end."""

    def __init__(self, host: str, port: int, announced: tuple[str, ...], counters: Counters) -> None:
        self._host = host
        self._port = port
        self._announced = announced
        self._counters = counters
        self._by_ufrag: dict[bytes, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        self._socket: socket.socket | None = None
        self._unreadable: set[int | None] = set()
        self._found: tuple[str, ...] = ()
        self._found_until = 0.0
        self._wary_until = 0.0
        self.segments = True
        """Whether the kernel takes UDP GSO; cleared at the first refusal."""

    def start(self) -> None:
        self._socket = open_socket(self._host, self._port)
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

    @property
    def tables(self) -> dict[str, int]:
        """How much is remembered: what nobody but a peer who has proved himself can make grow, and he to a bound."""
        return {"credentials": len(self._by_ufrag), "addresses": len(self._by_address)}

    @property
    def wary(self) -> bool:
        """Whether somebody has lately tried to begin handshakes that are not his."""
        return time.monotonic() < self._wary_until

    def add(self, endpoint: Endpoint) -> None:
        self._by_ufrag[endpoint.ufrag.encode()] = endpoint

    def restart(self, endpoint: Endpoint, peer_ufrag: str, peer_password: str) -> None:
        """Fresh credentials for a peer who restarts ICE; the former ones work until a check with the new has passed."""
        unused = endpoint.restart(peer_ufrag, peer_password)
        if unused is not None:
            del self._by_ufrag[unused.encode()]
        self._by_ufrag[endpoint.ufrag.encode()] = endpoint

    def _forget_former(self, endpoint: Endpoint) -> None:
        if endpoint.former is not None:
            self._by_ufrag.pop(endpoint.former.ufrag.encode(), None)
            endpoint.former = None

    def remove(self, endpoint: Endpoint) -> None:
        self._forget_former(endpoint)
        self._by_ufrag.pop(endpoint.ufrag.encode(), None)
        for address in endpoint.known:
            if self._by_address.get(address) is endpoint:
                del self._by_address[address]
        endpoint.known.clear()
        endpoint.question = None

    def _readable(self) -> None:
        assert self._socket is not None
        receive = self._socket.recvfrom
        for _ in range(READS_A_WAKE):
            try:
                datagram, address = receive(2048)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                # An answer to something we sent (ICMP), or a rule of the firewall; the next datagram may be good.
                self._counters.reads_failed += 1
                if error.errno not in self._unreadable:
                    self._unreadable.add(error.errno)
                    log.warning("could not read from the media port, said once", error=str(error))
                continue
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
            if hello_random(datagram) is not None:
                self._wary_until = time.monotonic() + WARY_FOR_S
            return
        if not endpoint.answered:
            endpoint.allowance += len(datagram)
        if endpoint.on_datagram(datagram):
            now = time.monotonic()
            if not endpoint.proved(address, now):
                self._ask(endpoint, address, endpoint.ufrag.encode(), now)

    def _stun(self, datagram: bytes, address: Address) -> None:
        # Most of a flood ends here, before anything is parsed in earnest. Who has not proved himself is not answered:
        # the errors 400 and 401 of RFC 8489, section 9.1.3, would make us a reflector.
        if datagram[:2] == _SUCCESS:
            self._answered(datagram, address)
            return
        ufrag = stun.ufrag(datagram)
        endpoint = self._by_ufrag.get(ufrag)
        if endpoint is None:
            self._counters.checks_refused += 1
            return
        try:
            check = stun.read(datagram)
        except stun.StunMalformed:
            self._counters.datagrams_malformed += 1
            return
        key = endpoint.key(ufrag)
        if check is None or not stun.signed(datagram, check, key):
            self._counters.checks_refused += 1
            return
        if check.unknown or check.controlled:
            # RFC 8489, section 6.3.1; RFC 8445, section 7.3.1.1: we are lite, so the peer is the one to control.
            self._counters.checks_in_error += 1
            code = stun.UNKNOWN_ATTRIBUTE if check.unknown else stun.ROLE_CONFLICT
            self.send(stun.error(check, code, key), address)
            return
        if check.transaction in endpoint.transactions:
            if self._by_address.get(address) is not endpoint:
                self._counters.checks_replayed += 1
                return
        elif not self._take(endpoint, check, ufrag, address):
            return
        self._counters.checks_answered += 1
        self.send(stun.success(check, address[0], address[1], key), address)

    def _take(self, endpoint: Endpoint, check: stun.Check, ufrag: bytes, address: Address) -> bool:
        """Let a check have its effects; False for one from the address of somebody else who is there."""
        now = time.monotonic()
        owner = self._by_address.get(address)
        if owner is not endpoint:
            if owner is not None:
                if owner.there(address, now):
                    self._counters.checks_refused += 1
                    return False
                owner.forget(address)
            self._by_address[address] = endpoint
            forgotten = endpoint.learn(address)
            if forgotten is not None:
                del self._by_address[forgotten]
        endpoint.transactions.append(check.transaction)
        restarted = endpoint.former is not None and ufrag == endpoint.ufrag.encode()
        if restarted:
            self._forget_former(endpoint)
        if address != endpoint.remote and (check.nominated or restarted or endpoint.remote is None):
            if endpoint.may_move(address, now):
                endpoint.move(address, now)
            else:
                self._ask(endpoint, address, ufrag, now)
        endpoint.on_heard()
        return True

    def _ask(self, endpoint: Endpoint, address: Address, ufrag: bytes, now: float) -> None:
        """Have him answer from there before media go there. Who forges addresses gets little more than he sends."""
        asked = endpoint.question
        if asked is None or asked.address != address or now - asked.asked_at >= ASK_AGAIN_AFTER_S:
            self._repeat(endpoint, endpoint.ask(address, ufrag, now), ASK_AFTER_S)

    def _repeat(self, endpoint: Endpoint, question: Question, waits: tuple[float, ...]) -> None:
        if endpoint.question is question and self._socket is not None:
            self._counters.checks_sent += 1
            self.send(question.request, question.address)
            if waits:
                asyncio.get_running_loop().call_later(waits[0], self._repeat, endpoint, question, waits[1:])

    def _answered(self, datagram: bytes, address: Address) -> None:
        """An answer counts when it comes from where we asked (RFC 8445, section 7.2.5.2.1)."""
        endpoint = self._by_address.get(address)
        if endpoint is None or not endpoint.answers(datagram, address):
            self._counters.checks_refused += 1
            return
        now = time.monotonic()
        endpoint.has_answered(address, now)
        endpoint.move(address, now)
        endpoint.on_heard()

    def say(self, endpoint: Endpoint, datagram: bytes) -> None:
        """Send to where his media go; before he has answered from there, little."""
        if endpoint.remote is None:
            return
        if endpoint.may_say(len(datagram)):
            self.send(datagram, endpoint.remote)
        else:
            self._counters.sends_withheld += 1

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
