"""The relays of one worker: one for each crowded room that it helps to carry, begun by a viewer, ended by the last."""

import asyncio
from collections.abc import Callable, Container

from foundation.tasks import TaskOwner
from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.relay import Relay
from streaming.media.room import MediaRoom
from streaming.media.settings import MediaSettings
from streaming.media.source import Source


class Relays:
    """`over` is told the room whose relay has ended by itself, and whether its home is lost (or has ended it)."""

    def __init__(
        self,
        settings: MediaSettings,
        counters: Counters,
        now_us: Callable[[], int],
        tasks: TaskOwner,
        over: Callable[[MediaRoom, bool], None],
    ) -> None:
        self._settings = settings
        self._counters = counters
        self._now_us = now_us
        self._tasks = tasks
        self._over = over
        self._running: dict[str, asyncio.Task[None]] = {}

    def serve(self, room: MediaRoom, pipe: str) -> None:
        """See to it that `room` relays what the home at `pipe` shows; a room that is at home here stays it."""
        if room.publisher is not None or (room.relay is not None and room.relay.pipe == pipe):
            return
        self.stop(room)
        settings = self._settings
        relay = Relay(room.id, pipe, settings.pipe_token, self._now_us, settings.relay_patience_ms / 1000)
        relay.source = Source(
            SourceKind.RELAY, settings, self._counters, lambda layer: relay.request_keyframe(), room.on_packet
        )
        room.relay = relay
        self._running[room.id] = self._tasks.start(self._run(room, relay), f"relay {room.id}")

    async def _run(self, room: MediaRoom, relay: Relay) -> None:
        ended = await relay.run()
        if room.relay is relay:
            room.relay = None
            del self._running[room.id]
            self._over(room, not ended)

    def stop(self, room: MediaRoom) -> None:
        """Let go of the home, without a word to the viewers; also where there is no relay."""
        room.relay = None
        task = self._running.pop(room.id, None)
        if task is not None:
            task.cancel()

    def tick(self, room: MediaRoom, watched: Container[str], now_us: int) -> None:
        """Once a second; `watched` are the rooms that have sessions here."""
        if room.relay is None:
            return
        if room.id in watched:
            room.relay.used_us = now_us
        elif now_us - room.relay.used_us >= self._settings.relay_linger_ms * 1000:
            self.stop(room)
