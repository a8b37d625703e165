"""The stage: what a room's program is asked to show. pk asks for a composite here and gives it back."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class StageGuest:
    """A guest who is on a room's stage: ``stream`` of that room is taken from its home; ``muted`` is for everybody.

    ``screen``: no guest, but the host's own screen.
    """

    user: str
    name: str
    stream: str
    voice_only: bool = False
    muted: bool = False
    screen: bool = False


class Stage(Protocol):
    """Asks are durable (Redis) and take effect through the broadcast's keeper, who alone decides a room's source."""

    async def join(self, battle_id: str, room: str) -> None:
        """Ask that ``room`` shows the composite of ``battle_id``. Asking twice is asking once."""

    async def leave(self, battle_id: str, room: str) -> None:
        """Give the stage back; without effect when another battle has it by now."""

    async def guests(self, room: str) -> tuple[StageGuest, ...]:
        """Who is on the stage of ``room`` beside its host now, in the order in which they were approved.

        His screen, too.
        """
