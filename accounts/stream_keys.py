"""Stream keys: what an encoder such as OBS shows instead of a token. Shown once, kept as SHA-256."""

import hashlib

from accounts.store import AccountStore
from foundation.clock import Clock
from foundation.ids import new_secret

PREFIX = "rk_"


class StreamKeys:
    def __init__(self, store: AccountStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def rotate(self, user_id: str) -> str:
        """Make the user's stream key and return it, this once. The one before is worth nothing from now on."""
        key = PREFIX + new_secret()
        await self._store.set_stream_key(user_id, _hash(key), self._clock.now_ms())
        return key

    async def made_at(self, user_id: str) -> int | None:
        """When the present key was made (ms), None when there is none."""
        return await self._store.stream_key_made_at(user_id)

    async def user_of(self, key: str) -> str | None:
        """The user whose key this is."""
        return await self._store.user_of_stream_key(_hash(key))


def _hash(key: str) -> str:
    # 256 random bits need neither salt nor stretching.
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
