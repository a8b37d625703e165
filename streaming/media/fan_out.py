"""One burst to many viewers: what a fan-out does, and the path in Python, which needs no compiler."""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from streaming.media.bucket import Bucket
from streaming.media.counters import Counters
from streaming.media.dtls_seam import Sealer
from streaming.media.group import Group
from streaming.media.port import Port
from streaming.media.train import Train, Wire, couple
from streaming.media.viewer import Viewer
from streaming.media.wire import rtp

Deltas: TypeAlias = tuple[int, int, int, int]

RESENDS_A_SECOND = 5_000
"""Of the whole worker: a few per cent of its time. If all viewers lose that much, resends add to the cause."""
RESENDS_AT_ONCE = 2_000


class FanOut(Protocol):
    def send(self, group: Group, wires: Sequence[Wire]) -> None:
        """Send these packets, in this order, to every viewer of the group, each with his deltas."""

    def send_to(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        """The same for one viewer who is in no group yet."""

    def resend(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        """Send packets to one viewer as they are, deltas included; not more than the worker can afford."""


class PythonFanOut:
    """Protects a train per viewer in one reused buffer and sends it with one call."""

    def __init__(self, port: Port, counters: Counters) -> None:
        self._port = port
        self._counters = counters
        self._sealer = Sealer()
        self._resends = Bucket(RESENDS_A_SECOND, RESENDS_AT_ONCE)

    def send(self, group: Group, wires: Sequence[Wire]) -> None:
        if group.prepared is None:
            alike: dict[Deltas, list[Viewer]] = defaultdict(list)
            for viewer in group.viewers:
                alike[viewer.deltas].append(viewer)
            group.prepared = alike
        assert isinstance(group.prepared, dict)
        for deltas, viewers in group.prepared.items():
            trains = _trains(wires, deltas)
            for viewer in viewers:
                self._send(viewer, trains)

    def send_to(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        self._send(viewer, _trains(wires, viewer.deltas))

    def resend(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        self._send(viewer, couple(self.affordable(wires)))

    def affordable(self, wires: Sequence[Wire]) -> Sequence[Wire]:
        """As many resends as are left; they are taken for sent."""
        now = time.monotonic()
        afforded = [wire for wire in wires if self._resends.take(now)]
        self._counters.packets_resent += len(afforded)
        self._counters.resends_refused += len(wires) - len(afforded)
        return afforded

    def _send(self, viewer: Viewer, trains: Sequence[Train]) -> None:
        outbound, remote = viewer.outbound, viewer.endpoint.remote
        if remote is None:
            return
        for train in trains:
            laid, places = train.laid(outbound.tag)
            end = self._sealer.seal(outbound, laid, places)
            if end:
                self._port.send_train(self._sealer.view[:end], train.size + outbound.tag, remote)
                self._counters.packets_out += len(places)
            else:
                self._counters.trains_unsealed += 1


def _trains(wires: Sequence[Wire], deltas: Deltas) -> list[Train]:
    return couple(moved(wires, deltas))


def moved(wires: Sequence[Wire], deltas: Deltas) -> Sequence[Wire]:
    """The packets with a viewer's deltas added."""
    if not any(deltas):
        return wires
    return [Wire(kind, rtp.moved(packet, *deltas[2 * kind : 2 * kind + 2])) for kind, packet in wires]
