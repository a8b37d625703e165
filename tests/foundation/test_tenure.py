"""Work as long as a lease is held, and the next owner after it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from foundation.lease import Lease, MemoryLeases
from foundation.stopping import end
from foundation.tenure import take_turns, while_held
from tests.pk.virtual import passes, play


class Leasing(MemoryLeases):
    """Leases whose store may be away, and may lose one."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.lost = False
        self.released = 0

    async def acquire(self, name: str) -> Lease | None:
        if self.away:
            raise ConnectionResetError("nobody answers")
        return await super().acquire(name)

    async def renew(self, lease: Lease) -> bool:
        return not self.lost and await super().renew(lease)

    async def release(self, lease: Lease) -> None:
        self.released += 1
        if self.away:
            raise ConnectionResetError("nobody answers")
        await super().release(lease)


class Owner:
    """Works until he is told to stop; ``ended`` says how often he was."""

    def __init__(self) -> None:
        self.fences: list[int] = []
        self.ended = 0
        self.outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work(self, lease: Lease) -> None:
        self.fences.append(lease.fence)
        try:
            await asyncio.shield(self.outcome)
        finally:
            self.ended += 1


def tried(scenario: Callable[[Leasing, Owner], Awaitable[None]]) -> None:
    async def whole() -> None:
        await scenario(Leasing(), Owner())

    play(whole())


async def held(leases: Leasing) -> Lease:
    lease = await leases.acquire("thing")
    assert lease is not None
    return lease


def test_what_the_work_returns_is_the_answer_and_the_lease_is_free_again() -> None:
    async def scenario(leases: Leasing, owner: Owner) -> None:
        async def work() -> str:
            return "done"

        assert await while_held(leases, await held(leases), work()) == "done"
        assert await leases.acquire("thing") is not None

    tried(scenario)


def test_work_ends_when_its_lease_is_lost() -> None:
    async def scenario(leases: Leasing, owner: Owner) -> None:
        lease = await held(leases)
        leases.lost = True
        await while_held(leases, lease, owner.work(lease))
        assert owner.ended == 1 and leases.released == 1

    tried(scenario)


def test_what_the_work_raises_is_raised_with_the_lease_given_back() -> None:
    async def scenario(leases: Leasing, owner: Owner) -> None:
        lease = await held(leases)
        owner.outcome.set_exception(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await while_held(leases, lease, owner.work(lease))
        assert await leases.acquire("thing") is not None

    tried(scenario)


def test_a_lease_that_cannot_be_given_back_is_nobodys_failure() -> None:
    async def scenario(leases: Leasing, owner: Owner) -> None:
        lease = await held(leases)
        leases.away = True
        owner.outcome.set_result(None)
        await while_held(leases, lease, owner.work(lease))
        assert leases.released == 1

    tried(scenario)


def test_an_owner_is_followed_by_who_waits_and_stops_when_he_is_told() -> None:
    async def scenario(leases: Leasing, owner: Owner) -> None:
        other = Owner()
        first = asyncio.create_task(take_turns(leases, "thing", owner.work, retry_s=0.5))
        second = asyncio.create_task(take_turns(leases, "thing", other.work, retry_s=0.5))
        await passes(2_000)
        assert (len(owner.fences), len(other.fences)) == (1, 0)
        await end(first)
        await passes(600)
        assert owner.ended == 1 and other.fences > owner.fences
        await end(second)
        assert other.ended == 1 and leases.released == 2

    tried(scenario)


def test_a_store_that_is_away_is_waited_for() -> None:
    async def scenario(leases: Leasing, owner: Owner) -> None:
        leases.away = True
        waiting = asyncio.create_task(take_turns(leases, "thing", owner.work, retry_s=0.5))
        await passes(2_000)
        assert owner.fences == []
        leases.away = False
        await passes(600)
        assert len(owner.fences) == 1
        owner.outcome.set_exception(ConnectionResetError("in the middle of it"))
        await passes(1_200)
        assert len(owner.fences) >= 2, "it is tried again"
        await end(waiting)

    tried(scenario)


def test_an_owner_that_failed_is_followed_as_well() -> None:
    async def scenario(leases: Leasing, owner: Owner) -> None:
        owning = asyncio.create_task(take_turns(leases, "thing", owner.work, retry_s=0.5))
        await passes(100)
        owner.outcome.set_exception(ZeroDivisionError())
        await passes(1_200)
        assert len(owner.fences) >= 2 and not owning.done(), "an error that nobody foresaw leaves no thing ownerless"
        await end(owning)

    tried(scenario)
