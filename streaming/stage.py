"""The stage: what a room's program is asked to show. pk asks for a composite here and gives it back."""

from typing import Protocol


class Stage(Protocol):
    """Asks are durable (Redis) and take effect through the broadcast's keeper, who alone decides a room's source."""

    async def join(self, battle_id: str, room: str) -> None:
        """Ask that ``room`` shows the composite of ``battle_id``. Asking twice is asking once."""

    async def leave(self, battle_id: str, room: str) -> None:
        """Give the stage back; without effect when another battle has it by now."""
