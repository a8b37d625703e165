"""PURE: what a host has decided about invitations once and for all, so that he need not decide each time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Hosts(StrEnum):
    """Which other hosts are meant; those are *followed* whom the host himself follows."""

    EVERYONE = "everyone"
    FOLLOWED = "followed"
    NOBODY = "nobody"

    def include(self, followed: bool) -> bool:
        """Whether somebody is meant whom the host follows, or does not."""
        return self is Hosts.EVERYONE or (self is Hosts.FOLLOWED and followed)


@dataclass(frozen=True)
class HostSettings:
    """Whose invitations reach the host, and whose are accepted for him at once. Who queues for a match has agreed."""

    invitations: Hosts = Hosts.EVERYONE
    auto_accept: Hosts = Hosts.NOBODY


class HostSettingsStore(Protocol):
    async def of(self, user: str) -> HostSettings:
        """The defaults for somebody who has decided nothing."""

    async def put(self, user: str, settings: HostSettings) -> None: ...
