"""Writing a thing once: who was overtaken looks again, and finds what the other one has written."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

from gifts.errors import LedgerAway

T = TypeVar("T")

ATTEMPTS = 4
BACK_OFF_S = 0.005

_CROSSED = frozenset(("40001", "40P01"))  # PostgreSQL: serialization_failure, deadlock_detected


async def once(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work``, a whole transaction that first looks whether the thing is there.

    It is run again when somebody else had a unique key of it first, and some times when it has met others in a circle
    of locks; who meets them each time is refused with ``LedgerAway``, and nothing was done.
    """
    taken = False
    for attempt in range(ATTEMPTS):
        try:
            return await work()
        except IntegrityError:
            if taken:
                raise
            taken = True
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _CROSSED:
                raise
            await asyncio.sleep(BACK_OFF_S * 2**attempt * random.random())
    raise LedgerAway(retry_after_s=1)
