"""The auditor: the one owner, under a lease, who looks through the books again and again and keeps the last report.

To look reads every row, so he does it aside from the processes that write gifts, one look at a time, and rests nine
times as long as a look took, at least ``every_s``. Who asks is answered by the first look that began after he asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from foundation.away import StoreAway
from foundation.bus import Bus, Subscription
from foundation.clock import Clock
from foundation.lease import Lease, Leases
from foundation.stopping import heed_cancellation
from foundation.tenure import take_turns
from gifts.events import LedgerQuestioned
from gifts.reports import KeptReport, Reports
from gifts.verify import Report

log = structlog.get_logger(__name__)

AUDITOR = "gifts.auditor"  # the lease
CONTEND_EVERY_S = 1.0
AGAIN_S = 5.0  # after a look that failed
REST = 9  # times as long as the look took


class Auditor:
    """``run`` until cancelled: contends for the lease and works while it holds it.

    ``every_s`` 0: he looks only when somebody asks.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[Report]],
        reports: Reports,
        bus: Bus,
        leases: Leases,
        clock: Clock,
        every_s: float,
        *,
        again_s: float = AGAIN_S,
    ) -> None:
        self._look = look
        self._reports = reports
        self._bus = bus
        self._leases = leases
        self._clock = clock
        self._every_ms = round(every_s * 1000)
        self._again_s = again_s

    async def run(self) -> None:
        await take_turns(self._leases, AUDITOR, self._own, retry_s=CONTEND_EVERY_S)

    async def _own(self, lease: Lease) -> None:
        async with self._bus.subscribe(LedgerQuestioned) as bell:
            await self._work(lease, bell)

    async def _work(self, lease: Lease, bell: Subscription) -> None:
        asked_ms = 0
        while lease.valid:
            heed_cancellation()
            try:
                last = await self._reports.last()  # of his predecessor, too: a restart is no reason to look
                if asked_ms or self._wait_ms(last) == 0:
                    last = await self._report(asked_ms)
                asked_ms = await self._asked(bell, last)
            except StoreAway as error:
                log.warning("the books could not be looked through", error=str(error))
                await asyncio.sleep(self._again_s)

    def _wait_ms(self, last: KeptReport | None) -> int | None:
        """How long there is nothing to do unless somebody asks; None: for ever."""
        if self._every_ms == 0:
            return None
        if last is None or last.next_at_ms is None:
            return 0
        return max(last.next_at_ms - self._clock.now_ms(), 0)

    async def _report(self, asked_ms: int) -> KeptReport:
        began_ms = max(self._clock.now_ms(), asked_ms)  # who has asked has a clock of his own
        found = await self._look()
        took_ms = max(self._clock.now_ms() - began_ms, 0)
        next_at_ms = began_ms + took_ms + max(self._every_ms, took_ms * REST) if self._every_ms else None
        report = KeptReport(began_ms, took_ms, next_at_ms, found.checks)
        if not report.holds:
            log.error("the books are broken", checks=[check.name for check in report.checks if not check.holds])
        await self._reports.keep(report)
        return report

    async def _asked(self, bell: Subscription, last: KeptReport | None) -> int:
        """When somebody has asked whom ``last`` does not answer; 0 when it is time to look anyway."""
        wait_ms = self._wait_ms(last)
        with suppress(TimeoutError):
            async with asyncio.timeout(None if wait_ms is None else wait_ms / 1000):
                async for question in bell:
                    assert isinstance(question, LedgerQuestioned)
                    if last is None or question.asked_at_ms > last.at_ms:
                        return question.asked_at_ms
        return 0
