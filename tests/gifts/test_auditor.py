"""The auditor: one look at a time, in time and for who asks, and the last report for everybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.lease import MemoryLeases
from foundation.sql import Database
from foundation.stopping import end
from gifts.auditor import Auditor
from gifts.checks import Check
from gifts.events import LedgerQuestioned
from gifts.reports import KeptReport, Reports
from gifts.store_memory_reports import MemoryReports
from gifts.store_redis_reports import RedisReports
from gifts.verify import Report, ledger_verify
from tests.clocks import ToldClock
from tests.waiting import until

EVERY_S = 0.05
SOUND = Check("zero sum a currency", 9, 0, (), (("coins_moved", 7),))
BROKEN = Check("two sides a transfer", 9, 2, ("t1", "t2"))


class ToldBooks:
    """Books that are looked through as the test allows."""

    def __init__(self, clock: ToldClock) -> None:
        self.looks = 0
        self.takes_ms = 0
        self.away = 0
        self.open = asyncio.Event()
        self.open.set()
        self._clock = clock

    async def look(self) -> Report:
        self.looks += 1
        await self.open.wait()
        self._clock.advance(self.takes_ms)
        self.away -= (away := self.away > 0)
        if away:
            raise ConnectionRefusedError
        return Report((SOUND,))

    async def looked(self, times: int) -> None:
        async def holds() -> bool:
            return self.looks >= times

        await until(holds, f"{times} looks")


class Office:
    """Everything around an auditor."""

    def __init__(self, clock: ToldClock) -> None:
        self.clock = clock
        self.books = ToldBooks(clock)
        self.reports = MemoryReports()
        self.bus = MemoryBus()
        self.leases = MemoryLeases()

    def auditor(self, every_s: float = EVERY_S) -> Auditor:
        return Auditor(self.books.look, self.reports, self.bus, self.leases, self.clock, every_s, again_s=EVERY_S)

    async def ask(self) -> int:
        await self.bus.publish(LedgerQuestioned(self.clock.now_ms()))
        return self.clock.now_ms()

    async def reported(self, since_ms: int) -> KeptReport:
        async def holds() -> bool:
            last = await self.reports.last()
            return last is not None and last.at_ms >= since_ms

        await until(holds, "a report")
        last = await self.reports.last()
        assert last is not None
        return last


@pytest.fixture
def office(clock: ToldClock) -> Office:
    return Office(clock)


@asynccontextmanager
async def at_work(*auditors: Auditor) -> AsyncIterator[None]:
    running = [asyncio.create_task(each.run()) for each in auditors]
    try:
        yield
    finally:
        await end(*running)


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_the_last_report_is_kept_whole(kind: str, redis: Redis) -> None:
    reports: Reports = MemoryReports() if kind == "memory" else RedisReports(redis)
    assert await reports.last() is None
    kept = KeptReport(5, 2, 65, (SOUND, BROKEN))
    await reports.keep(KeptReport(1, 0, None, ()))
    await reports.keep(kept)
    assert await reports.last() == kept and not kept.holds


async def test_the_first_look_is_at_once_and_the_next_one_in_time(office: Office, clock: ToldClock) -> None:
    began_ms = clock.now_ms()
    async with at_work(office.auditor()):
        first = await office.reported(began_ms)
        assert first == KeptReport(began_ms, 0, began_ms + 50, (SOUND,))
        clock.advance(49)
        await office.ask()
        await office.reported(began_ms + 49)
        assert office.books.looks == 2, "one because it was the first, one because somebody asked"
        clock.advance(50)
        await office.reported(began_ms + 99)
    assert office.books.looks == 3


async def test_after_a_long_look_there_is_a_long_rest(office: Office, clock: ToldClock) -> None:
    """A tenth of the time at most is spent on it, however many rows there are."""
    office.books.takes_ms = 10_000
    began_ms = clock.now_ms()
    async with at_work(office.auditor()):
        report = await office.reported(began_ms)
    assert (report.took_ms, report.next_at_ms) == (10_000, began_ms + 100_000)


async def test_a_successor_goes_on_from_the_last_report(office: Office, clock: ToldClock) -> None:
    async with at_work(office.auditor()):
        await office.books.looked(1)
        await office.reported(clock.now_ms())
    async with at_work(office.auditor()):
        clock.advance(1)
        await until(lambda: asked_and_answered(office), "a look for who asks")
    assert office.books.looks == 2, "a restart is no reason to look"


async def asked_and_answered(office: Office) -> bool:
    """Asking again and again, until the auditor is there to hear it."""
    last = await office.reports.last()
    if last is not None and last.at_ms >= office.clock.now_ms():
        return True
    await office.ask()
    return False


async def test_all_who_ask_during_a_look_are_answered_by_one_that_began_later(office: Office, clock: ToldClock) -> None:
    office.books.open.clear()
    async with at_work(office.auditor()):
        await office.books.looked(1)
        for _ in range(5):
            clock.advance(1)
            asked_ms = await office.ask()
        office.books.open.set()
        await office.reported(asked_ms)
        clock.advance(1)
        await office.reported(await office.ask())
    assert office.books.looks == 3, "the first, one for all five, one for the last"


async def test_without_a_time_of_his_own_he_looks_when_somebody_asks(office: Office, clock: ToldClock) -> None:
    async with at_work(office.auditor(every_s=0)):
        await until(lambda: asked_and_answered(office), "a look for who asks")
    assert office.books.looks == 1
    last = await office.reports.last()
    assert last is not None and last.next_at_ms is None


async def test_of_two_auditors_one_looks(office: Office) -> None:
    office.books.open.clear()
    async with at_work(office.auditor(), office.auditor()):
        await office.books.looked(1)
        office.books.open.set()
        await office.reported(0)
    assert office.books.looks == 1


async def test_while_a_store_is_away_he_tries_again(office: Office) -> None:
    office.books.away = 2
    async with at_work(office.auditor()):
        assert (await office.reported(0)).holds
    assert office.books.looks == 3


async def test_he_looks_through_the_real_books_too(office: Office, database: Database) -> None:
    auditor = Auditor(lambda: ledger_verify(database), office.reports, office.bus, office.leases, office.clock, EVERY_S)
    async with at_work(auditor):
        report = await office.reported(0)
    assert report.holds and len(report.checks) == 17
