"""One burst to many viewers through `native/fan_out.c`; whom the kernel or libsrtp refuses is only counted."""

import socket
import struct
from collections.abc import Sequence
from typing import Any

from cffi import FFI

from streaming.media.counters import Counters
from streaming.media.dtls_seam import protect_address
from streaming.media.fan_out import FanOut, PythonFanOut, moved
from streaming.media.group import Group
from streaming.media.native import library
from streaming.media.port import Address, Port
from streaming.media.train import Train, Wire, couple
from streaming.media.viewer import Viewer


def sockaddr(address: Address, family: int) -> bytes:
    """The kernel's form of an address for a socket of this family."""
    host, port = address[0], address[1]
    if family == socket.AF_INET:
        return struct.pack("=H", family) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)
    scope = address[3] if len(address) == 4 else 0
    head = struct.pack("=H", family) + struct.pack("!HI", port, 0)
    return head + socket.inet_pton(family, host.partition("%")[0]) + struct.pack("=I", scope)


class NativeFanOut:
    """Prepares one array of viewers a group, again only after a change, and makes one call a burst."""

    def __init__(self, port: Port, counters: Counters, ffi: FFI, native: Any) -> None:
        self._port = port
        self._counters = counters
        self._plain = PythonFanOut(port, counters)
        self._ffi = ffi
        self._native = native
        self._protect = ffi.cast("void *", protect_address())
        self._tally = ffi.new("struct rs_tally *")

    def send(self, group: Group, wires: Sequence[Wire]) -> None:
        if group.prepared is None:
            group.prepared = self._prepare(group.viewers)
        self._call(group.prepared, len(group.viewers), wires)

    def send_to(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        self._send_as_is(viewer, moved(wires, viewer.deltas))

    def resend(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        afforded = self._plain.affordable(wires)
        if afforded:
            self._send_as_is(viewer, afforded)

    def _send_as_is(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        if viewer.prepared is None:
            viewer.prepared = self._prepare([viewer], as_is=True)
        self._call(viewer.prepared, 1, wires)

    def _prepare(self, viewers: Sequence[Viewer], as_is: bool = False) -> tuple[Any, Any]:
        """An array of pointers, and the records that they point to; without deltas for packets that have them."""
        records = self._ffi.new("struct rs_viewer[]", len(viewers))
        pointers = self._ffi.new("struct rs_viewer *[]", len(viewers))
        for place, viewer in enumerate(viewers):
            record = records[place]
            record.session = self._ffi.cast("void *", viewer.outbound.address)
            record.tag = viewer.outbound.tag
            if not as_is:
                record.number[0], record.timestamp[0], record.number[1], record.timestamp[1] = viewer.deltas
            if viewer.endpoint.remote is not None:
                address = sockaddr(viewer.endpoint.remote, self._port.family)
                record.address_length = len(address)
                self._ffi.memmove(record.address, address, len(address))
            pointers[place] = self._ffi.addressof(records, place)
        return pointers, records

    def _call(self, prepared: Any, count: int, wires: Sequence[Wire]) -> None:
        pointers, _ = prepared
        trains = couple(wires)
        # cffi does not keep alive what a struct points to; this list does, until the call is over.
        kept = [self._laid(train) for train in trains]
        native = self._ffi.new("struct rs_train[]", len(trains))
        for place, (content, sizes, kinds) in enumerate(kept):
            native[place].bytes, native[place].sizes, native[place].kinds = content, sizes, kinds
            native[place].count = len(sizes)
        self._native.rs_fan_out(
            self._port.fileno(),
            self._protect,
            pointers,
            count,
            native,
            len(trains),
            self._port.segments,
            self._tally,
        )
        self._reckon()

    def _laid(self, train: Train) -> tuple[Any, Any, Any]:
        ffi = self._ffi
        sizes = ffi.new("uint16_t[]", [len(packet) for packet in train.packets])
        content = ffi.from_buffer("uint8_t[]", b"".join(train.packets))
        return content, sizes, ffi.from_buffer("uint8_t[]", bytes(train.kinds))

    def _reckon(self) -> None:
        tally, counters = self._tally, self._counters
        counters.packets_out += tally.sent
        counters.sends_lost += tally.lost
        counters.sends_refused += tally.refused
        counters.trains_unsealed += tally.unsealed
        if tally.unsegmented:
            self._port.segments = False
        tally.sent = tally.lost = tally.refused = tally.unsealed = tally.unsegmented = 0


def best(port: Port, counters: Counters, native: bool) -> FanOut:
    """The native fan-out when it is wanted and was built, else the path in Python."""
    loaded = library.load() if native else None
    return PythonFanOut(port, counters) if loaded is None else NativeFanOut(port, counters, *loaded)
