"""Stream keys: what an encoder such as OBS shows instead of a token. Shown once, kept as SHA-256."""

from collections.abc import Collection

import structlog

from accounts.events import StreamKeyRotated, hash_fingerprint, key_fingerprint, key_hash
from accounts.store import AccountStore
from foundation.away import StoreAway
from foundation.bus import Bus
from foundation.clock import Clock
from foundation.ids import new_secret

log = structlog.get_logger(__name__)

PREFIX = "rk_"


class StreamKeys:
    def __init__(self, store: AccountStore, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    async def rotate(self, user_id: str) -> str:
        """Make the user's stream key and return it, this once. The one before is worth nothing from now on."""
        key, now_ms = PREFIX + new_secret(), self._clock.now_ms()
        await self._store.set_stream_key(user_id, key_hash(key), now_ms)
        try:
            await self._bus.publish(StreamKeyRotated(user_id, key_fingerprint(key), now_ms))
        except StoreAway as error:
            log.warning("nobody was told of a new stream key", user=user_id, error=repr(error))
        return key

    async def made_at(self, user_id: str) -> int | None:
        """When the present key was made (ms), None when there is none."""
        return await self._store.stream_key_made_at(user_id)

    async def user_of(self, key: str) -> str | None:
        """The user whose key this is."""
        return await self._store.user_of_stream_key(key_hash(key))

    async def fingerprints(self, users: Collection[str]) -> dict[str, str]:
        """By user, the fingerprint of the one key that is good now; who has no key is left out."""
        kept = await self._store.stream_key_hashes(users)
        return {user: hash_fingerprint(each) for user, each in kept.items()}
