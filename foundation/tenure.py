"""Owning: to work as long as a lease is held, and to be ready for it while another one holds it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

from foundation.away import StoreAway
from foundation.lease import RENEW_EVERY_S, Lease, Leases
from foundation.stopping import end, heed_cancellation

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def hold(leases: Leases, lease: Lease) -> None:
    """Renew ``lease`` until it is lost, then return. Cancel it to stop holding (the caller releases)."""
    while lease.valid:
        await asyncio.sleep(RENEW_EVERY_S)
        heed_cancellation()
        try:
            if not await leases.renew(lease):
                return
        except StoreAway as error:
            log.warning("could not renew", lease=lease.name, error=str(error))


async def while_held(leases: Leases, lease: Lease, work: Coroutine[Any, Any, T]) -> T | None:
    """What ``work`` returns or raises; it is ended, and the answer None, when ``lease`` is lost. Gives the lease back.

    When nobody answers who could take it back, it runs out by itself.
    """
    working = asyncio.create_task(work, name=f"owner of {lease.name}")
    holding = asyncio.create_task(hold(leases, lease), name=f"lease {lease.name}")
    try:
        await asyncio.wait((working, holding), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(working, holding)
        try:
            await leases.release(lease)
        except StoreAway as error:
            log.warning("a lease could not be given back", lease=lease.name, error=repr(error))
    if not holding.cancelled():
        holding.result()
    return None if working.cancelled() else working.result()


async def take_turns(
    leases: Leases, name: str, work: Callable[[Lease], Coroutine[Any, Any, None]], *, retry_s: float
) -> None:
    """Until cancelled: try to get the lease of ``name`` each ``retry_s``, and ``work`` while it is held.

    A store that is away is waited for. Work that fails otherwise is logged and tried again: what somebody else forgot
    to expect leaves nothing without an owner.
    """
    while True:
        heed_cancellation()
        try:
            lease = await leases.acquire(name)
            if lease is not None:
                await while_held(leases, lease, work(lease))
        except StoreAway as error:
            log.warning("an owner has no ground to stand on", lease=name, error=str(error))
        except Exception:
            log.exception("an owner has failed", lease=name)
        await asyncio.sleep(retry_s)
