"""PURE. Who publishes with a stream key that may be a former one: the fact of a new key can be missed."""

from collections.abc import Collection, Iterable
from typing import Protocol

from streaming.workers import SeenRoom


class KeyFingerprints(Protocol):
    """Accounts: which stream keys are good now."""

    async def fingerprints(self, users: Collection[str]) -> dict[str, str]:
        """By user; who has no key is left out."""


def came_with_keys(cameras: Iterable[SeenRoom]) -> frozenset[str]:
    """The users to ask for: everybody else came with a token."""
    return frozenset(each.user for each in cameras if each.credential)


def outdated(camera: SeenRoom, good: dict[str, str]) -> bool:
    return camera.credential not in ("", good.get(camera.user, ""))
