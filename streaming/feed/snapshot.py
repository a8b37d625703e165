"""What a newcomer is shown first: the room, its broadcast, its audience, the last chat, and other domains' parts.

Who comes back to what he knows is shown the rest of it.
"""

import asyncio
from collections.abc import Sequence

from accounts.principal import Principal
from streaming.audience.audience import Audience
from streaming.chat.store import Talk
from streaming.feed_port import SnapshotPart
from streaming.lobby import Lobby
from streaming.presence import RoomCard
from streaming.schema import broadcast_body, room_body

OWN = frozenset({"room", "broadcast", "viewers", "peak", "newest", "likes", "chat"})


class Snapshots:
    def __init__(self, lobby: Lobby, audience: Audience, talk: Talk, parts: Sequence[SnapshotPart]) -> None:
        self._lobby = lobby
        self._audience = audience
        self._talk = talk
        self._parts = tuple(parts)
        names = [part.name for part in self._parts]
        assert len(OWN.union(names)) == len(OWN) + len(names), names

    async def take(self, card: RoomCard, principal: Principal | None) -> dict[str, object]:
        """The body of ``snapshot`` for this room and this reader."""
        room = card.room
        (record, audience, likes, chat), parts = await asyncio.gather(
            asyncio.gather(
                self._lobby.record(room), self._audience.shown(room), self._talk.likes(room), self._talk.last(room)
            ),
            asyncio.gather(*(part.part(room, principal) for part in self._parts)),
        )
        return {
            "room": room_body(card),
            "broadcast": None if record is None else broadcast_body(record),
            "viewers": audience["count"],
            "peak": audience["peak"],
            "newest": audience["newest"],
            "likes": likes,
            "chat": chat,
            **dict(zip((part.name for part in self._parts), parts, strict=True)),
        }

    async def shared(self, card: RoomCard) -> tuple[dict[str, object], frozenset[str]]:
        """As everybody is shown it, and the users who must be shown one of their own (``SnapshotPart.others``)."""
        body, others = await asyncio.gather(
            self.take(card, None), asyncio.gather(*(part.others(card.room) for part in self._parts))
        )
        return body, frozenset[str]().union(*others)

    async def present(self, room: str) -> dict[str, object]:
        """The body of ``resumed``: how that stands of which nobody who comes back is told piece by piece."""
        viewers, likes, chat = await asyncio.gather(
            self._audience.count(room), self._talk.likes(room), self._talk.last(room)
        )
        return {"viewers": viewers, "likes": likes, "chat": chat}
