"""Writing a thing once: who loses a race for a unique key looks again and finds what the winner has written."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

T = TypeVar("T")


async def once(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work``, a whole transaction that first looks whether the thing is there."""
    try:
        return await work()
    except IntegrityError:
        return await work()
