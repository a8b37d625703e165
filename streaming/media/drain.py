"""A worker that was told to stop: it is withdrawn, asks everybody to move, and waits for them, but not for long.

Pages hear it over their room's feed. Encoders that hear no feed are let go half-way: they come back by themselves.
Nobody is waited for when there is no other worker to go to; they come back when this one has been started again.
"""

import asyncio
from typing import Protocol

from foundation.away import StoreAway
from foundation.nodes import RECENT_S, NodeRegistry
from streaming.media.room import MediaRoom
from streaming.media.sessions import Sessions
from streaming.media.settings import MediaSettings

LOOK_S = 0.1


class Draining(Protocol):
    """What a drain needs of the worker, which must take nobody in any more and be withdrawn already."""

    settings: MediaSettings
    rooms: dict[str, MediaRoom]
    sessions: Sessions

    def tell_moving(self, room: MediaRoom, whom: str) -> None: ...


async def drain(worker: Draining, nodes: NodeRegistry) -> None:
    """Returns when everybody has moved, nobody can, or `drain_ms` are over."""
    loop = asyncio.get_running_loop()
    began_s, patience_s = loop.time(), worker.settings.drain_ms / 1000
    if any(room.relay is not None for room in worker.rooms.values()):
        await asyncio.sleep(min(RECENT_S, patience_s))  # until then its viewers might be sent here again
    for room in list(worker.rooms.values()):
        if room.relay is not None:
            worker.tell_moving(room, "viewers")
        elif room.publisher is not None:
            # His viewers are told when he is seen at his new home: until then they have his picture from here.
            worker.tell_moving(room, "host")
    while worker.sessions and loop.time() - began_s < patience_s and await _elsewhere(nodes):
        await asyncio.sleep(LOOK_S)
        if loop.time() - began_s >= patience_s / 2:
            for session in list(worker.sessions.values()):
                if session.role == "publish":
                    await worker.sessions.close(session.id, "moved")


async def _elsewhere(nodes: NodeRegistry) -> bool:
    try:
        return bool(await nodes.alive("media"))
    except StoreAway:
        return False
