"""The post: letters are written and sent after the one who asked has his answer.

So nobody learns, by waiting, whether there was somebody to write to.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from accounts.errors import MailBusy
from accounts.mail import Letter, MailAway, Mailer
from foundation.away import StoreAway
from foundation.stopping import heed_cancellation
from foundation.tasks import TaskOwner

log = structlog.get_logger(__name__)

Writing = Callable[[], Awaitable[Letter | None]]

WAITING = 200
AT_ONCE = 4
LEAVE_S = 5.0


class Post:
    """``start`` it, and ``close`` it after: what waits then has ``leave_s`` to go out.

    At most ``waiting`` letters wait for ``AT_ONCE`` that are on their way. A letter that nobody takes is logged and
    gone: who waits for it asks again.
    """

    def __init__(self, mailer: Mailer, *, waiting: int = WAITING, leave_s: float = LEAVE_S) -> None:
        self._mailer = mailer
        self._leave_s = leave_s
        self._queue: asyncio.Queue[Writing] = asyncio.Queue(waiting)
        self._tasks = TaskOwner("post")

    def start(self) -> None:
        for number in range(AT_ONCE):
            self._tasks.start(self._carry(), f"carrier-{number}")

    def soon(self, write: Writing) -> None:
        """Write and send: ``write`` gives the letter, or None when there is nobody to write to. ``MailBusy``."""
        try:
            self._queue.put_nowait(write)
        except asyncio.QueueFull:
            raise MailBusy(retry_after_s=30) from None

    async def settled(self) -> None:
        """Until everything that was asked for is sent or lost."""
        await self._queue.join()

    async def close(self) -> None:
        try:
            async with asyncio.timeout(self._leave_s):
                await self.settled()
        except TimeoutError:
            log.error("letters were lost at the stop", waiting=self._queue.qsize())
        await self._tasks.close()

    async def _carry(self) -> None:
        while True:
            heed_cancellation()
            write = await self._queue.get()
            try:
                letter = await write()
                if letter is not None:
                    await self._mailer.send(letter)
            except (MailAway, *StoreAway) as error:
                log.error("a letter was lost", error=repr(error))
            except Exception as error:  # a letter that cannot be written does not take the others along
                log.error("a letter could not be written", exc_info=error)
            finally:
                self._queue.task_done()
