"""How many sockets are told the same: the interface, and the path in Python; the other one is ``teller_native``."""

from collections.abc import Sequence
from typing import Protocol

from streaming.feed.connection import Connection


class Teller(Protocol):
    def tell(self, connections: Sequence[Connection], frames: bytes) -> None:
        """Whole frames, not empty, to each that is open, after whatever was written to it before. Nothing is waited
        for: what a kernel does not take waits in that socket's transport."""


class PythonTeller:
    """Implements ``Teller``."""

    def tell(self, connections: Sequence[Connection], frames: bytes) -> None:
        for connection in connections:
            if connection.open:
                connection.write(frames)
