"""Many sockets told the same through ``native/tell.c``: one call instead of a write each.

It goes past the transports, so only where nothing waits (``Connection.fd``). What a kernel does not take, and every
error, is the transport's, as if the whole had been written there: the order stands, and slowness is seen.
"""

from collections.abc import Sequence
from typing import Any

from cffi import FFI

from streaming.feed.connection import Connection
from streaming.feed.native import library
from streaming.feed.teller import PythonTeller, Teller


class NativeTeller:
    """Implements ``Teller``."""

    def __init__(self, ffi: FFI, native: Any) -> None:
        self._ffi = ffi
        self._native = native

    def tell(self, connections: Sequence[Connection], frames: bytes) -> None:
        # No wait between looking and sending: only the loop that runs this closes a socket, after ``on_lost``.
        fds = self._ffi.new("int[]", [connection.fd for connection in connections])
        rests = self._ffi.new("struct rs_rest[]", len(connections))
        for each in rests[0 : self._native.rs_tell(fds, len(connections), frames, len(frames), rests)]:
            connection = connections[each.place]
            if connection.open:
                connection.write(frames[each.taken :])


def best(native: bool) -> Teller:
    """The native one when it is wanted and was built, else the path in Python."""
    loaded = library.load() if native else None
    return PythonTeller() if loaded is None else NativeTeller(*loaded)
