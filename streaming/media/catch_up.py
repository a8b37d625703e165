"""Newcomers of a lane: each gets the cached GOP in short spaced trains, then is live."""

import asyncio
from collections.abc import Callable

from streaming.media.fan_out import FanOut
from streaming.media.lane import SPACING_S, Burst, wires_for
from streaming.media.packet import MediaKind
from streaming.media.train import TRAIN_MAX
from streaming.media.viewer import QUEUE_MAX, Viewer


class CatchingUp:
    """`live` is told of a viewer who has seen all there is, and whether he lost some on the way."""

    def __init__(self, fan_out: FanOut, ssrcs: dict[MediaKind, int], live: Callable[[Viewer, bool], None]) -> None:
        self._fan_out = fan_out
        self._ssrcs = ssrcs
        self._live = live
        self._viewers: list[Viewer] = []
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._viewers.clear()

    def add(self, viewer: Viewer) -> None:
        """`viewer.queue` holds what he begins with."""
        self._viewers.append(viewer)
        if self._timer is None:
            self._go_on()

    def remove(self, viewer: Viewer) -> None:
        if viewer in self._viewers:
            self._viewers.remove(viewer)

    def hear(self, burst: Burst) -> None:
        """What the others get now comes behind what is still in the queues."""
        for viewer in self._viewers:
            assert viewer.queue is not None
            viewer.queue.extend(burst)

    def _go_on(self) -> None:
        """Send each newcomer one train of what he has not seen yet; who has seen all is live."""
        self._timer = None
        for viewer in list(self._viewers):
            queue = viewer.queue
            assert queue is not None
            overflown = len(queue) == QUEUE_MAX
            portion = [queue.popleft() for _ in range(min(TRAIN_MAX, len(queue)))]
            wires = wires_for(viewer, portion, self._ssrcs)
            if wires:
                self._fan_out.send_to(viewer, wires)
            if overflown or not queue:
                self._viewers.remove(viewer)
                viewer.queue = None
                self._live(viewer, overflown)
        if self._viewers:
            self._timer = asyncio.get_running_loop().call_later(SPACING_S, self._go_on)
