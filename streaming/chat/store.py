"""What was said and liked, as it is remembered: the Protocol of the store and its keys."""

from typing import Protocol

CHAT_KEY = "{{room:{room}}}:chat"  # list of JSON, newest last, bounded
LIKES_KEY = "{{room:{room}}}:likes"  # string, counter
BUCKET_KEY = "{{room:{room}}}:bucket:{name}"  # hash: tokens, at_ms; expires when full


class Talk(Protocol):
    """Chat of the last minutes, likes, and the buckets that keep people from flooding."""

    async def remember(self, room: str, said: dict[str, object], keep: int) -> None: ...

    async def last(self, room: str) -> list[dict[str, object]]:
        """What was said last, oldest first."""

    async def like(self, room: str, count: int) -> int:
        """Add to the room's likes; the total."""

    async def likes(self, room: str) -> int: ...

    async def clear_likes(self, room: str) -> None: ...

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool:
        """Take one token from the bucket; False when it is empty."""
