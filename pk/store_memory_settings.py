"""Host settings for one process."""

from pk.host_settings import HostSettings


class MemoryHostSettings:
    def __init__(self) -> None:
        self._chosen: dict[str, HostSettings] = {}

    async def of(self, user: str) -> HostSettings:
        return self._chosen.get(user, HostSettings())

    async def put(self, user: str, settings: HostSettings) -> None:
        self._chosen[user] = settings
