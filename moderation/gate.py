"""The gate that other domains ask before they let somebody act."""

from enum import StrEnum
from typing import Protocol

from foundation.errors import Forbidden


class Scope(StrEnum):
    PLATFORM = "platform"  # a ban: covers every other scope
    PUBLISH = "publish"
    CHAT = "chat"
    GIFT = "gift"


class Sanctioned(Forbidden):
    code, title = "sanctioned", "A sanction forbids this"


class Gate(Protocol):
    async def check(self, user_id: str, scope: Scope) -> None:
        """Return when no sanction of ``scope`` or of the platform stands, else raise ``Sanctioned``.

        The refusal carries ``scope``, ``until_ms`` (None: until lifted) and ``reason`` for the person concerned.
        """


class Bans(Protocol):
    async def banned_since(self, since_ms: int) -> frozenset[str]:
        """Users on whom a sanction of the whole platform was imposed since then, and stands."""
