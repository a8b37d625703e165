"""What the page of a host understands of battles: he who is invited to more than his page can show is no opponent.

A studio says ``studio.hello`` over the feed of its own room when it has come in, and again and again: what was said is
forgotten after a minute. A page that says nothing is of the time of duels; so is an encoder without a page.
"""

from typing import Annotated

from pydantic import Field, ValidationError

from accounts.principal import Principal
from foundation.errors import Malformed
from pk.errors import NotYourRoom
from pk.schema import Strict
from pk.state import Side
from pk.store import CLIENT_MS, Ring
from streaming.presence import Presence

NO_BATTLES = 0
DUELS = 1  # two sides, one host each
TEAMS = 2  # ``members``: up to four sides of up to two hosts


def needed(sides: tuple[Side, ...]) -> int:
    """What a page must understand to show this battle."""
    return DUELS if len(sides) == 2 and all(len(side.members) == 1 for side in sides) else TEAMS


class StudioHello(Strict):
    battles: Annotated[int, Field(ge=NO_BATTLES, le=99)]


class StudioHelloCommand:
    """``streaming.feed_port.FeedCommand``: the reply says when to say it again."""

    type = "studio.hello"
    deadline_s: float | None = 10.0

    def __init__(self, presence: Presence, ring: Ring) -> None:
        self._presence = presence
        self._ring = ring

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        try:
            hello = StudioHello.model_validate(body)
        except ValidationError as error:
            raise Malformed("battles: what this page understands, from 0 to 99") from error
        card = await self._presence.room(room)
        if card is None or card.host_user != principal.user_id:
            raise NotYourRoom
        await self._ring.note_client(room, hello.battles)
        return {"again_s": CLIENT_MS // 3000}
