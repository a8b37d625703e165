"""The reports' twin for one process and for tests."""

from gifts.reports import KeptReport


class MemoryReports:
    def __init__(self) -> None:
        self._last: KeptReport | None = None

    async def keep(self, report: KeptReport) -> None:
        self._last = report

    async def last(self) -> KeptReport | None:
        return self._last
