"""``python -m bench.gifts_proof.points``: deaths on the road of a gift, one forked process after the other.

This process imports everything, lives once on an empty database so that every statement has been compiled, and then
only forks and waits: nothing of a database, Redis or event loop is open in it. Each child takes over where the former
one has died (``recover``), says what it thinks of that on standard output (a line of JSON), and dies in its turn.
"""

import argparse
import asyncio
import gc
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from bench.gifts_proof import road_postgres
from bench.gifts_proof.disk import Disk
from bench.gifts_proof.life import Life, Place, begin, life, recover, suffer, tell
from bench.gifts_proof.road import DIED, Road, lead
from bench.gifts_proof.story import Story, story
from foundation.own_process import bound_to_me
from foundation.sql import Database
from tests.databases import Postgres, make_tables

DEATHS_A_DATABASE = 20
LONGEST_S = 30
RIGHT = 0


@dataclass(frozen=True)
class Pace:
    """How often it is looked whether all is right: a process recovers after so many deaths, and so often
    ``ledger_verify`` looks too. What is wrong in a ledger that only grows stays wrong.
    """

    recover: int
    verify: int


class Deaths:
    """A chain of lives on one place; ``empty`` makes its database one with tables and nothing in them."""

    def __init__(self, place: Place, empty: Callable[[], object], pace: Pace) -> None:
        self._place = place
        self._empty = empty
        self._pace = pace
        self._disk = Disk()

    def warm(self) -> None:
        """Live once, to the end, in this process."""
        self._fresh()
        asyncio.run(self._whole(story(0)))
        asyncio.run(self._recovered([story(0)]))
        gc.collect()
        gc.freeze()

    def chain(self, seeds: range) -> None:
        self._fresh()
        died: list[Story] = []
        for seed in seeds:
            told, due = story(seed), len(died) == self._pace.recover
            self._child(lambda of=tuple(died), now=told, go=due: self._next(of, now, go), DIED, seed)  # type: ignore[misc]
            died = [told] if due else [*died, told]
        self._child(lambda: self._last(died), RIGHT, seeds[-1])

    def _fresh(self) -> None:
        (self._place.folder / "journal").unlink(missing_ok=True)
        self._empty()

    def _child(self, work: Callable[[], Coroutine[Any, Any, None]], expected: int, seed: int) -> None:
        prepare = bound_to_me()
        pid = os.fork()
        if pid == 0:
            prepare()
            gc.disable()  # it would write to every page that this process shares with its parent
            signal.alarm(LONGEST_S)
            status = 1
            try:
                asyncio.run(work())
                status = RIGHT
            finally:
                sys.stdout.flush()
                os._exit(status)
        _, how = os.waitpid(pid, 0)
        if (ended := os.waitstatus_to_exitcode(how)) != expected:
            _print({"seed": seed, "fault": f"the process ended with {ended} instead of {expected}"})

    async def _next(self, died: Sequence[Story], told: Story, recovers: bool) -> None:
        """A life; the first of the chain finds nothing, others what the lives before have left."""
        road, database = Road(), self._place.database
        if database.is_sqlite:
            lead(road)
        else:
            road_postgres.lead(road, database)
        async with life(self._place, road, told.seed) as alive:
            if recovers:
                verify = any(each.seed % self._pace.verify == 0 for each in died)
                say(died, await recover(alive, self._place, died, verify=verify))
            elif not died:
                await begin(alive)
            if self._disk.can_fail:
                road.committed = lambda: self._durable(alive)
                tell_figures(told, await suffer(alive, told, self._disk))
                road.die()
            road.arm(told.label, told.nth, told.statement)
            await tell(alive, told)

    def _durable(self, alive: Life) -> None:
        if self._disk.unsynced:
            alive.journal.fault("COMMIT has come back, and its log is not on the disk")

    async def _whole(self, told: Story) -> None:
        async with life(self._place, Road(), told.seed) as alive:
            await begin(alive)
            await tell(alive, told)

    async def _last(self, died: Sequence[Story]) -> None:
        say(died, await self._recovered(died))

    async def _recovered(self, died: Sequence[Story]) -> list[str]:
        async with life(self._place, Road(), died[-1].seed + 1) as alive:
            return await recover(alive, self._place, died, verify=True)


def say(of: Sequence[Story], complaints: list[str]) -> None:
    """The verdict of lives that were recovered from together."""
    for each in of:
        _print({"seed": each.seed, "label": each.label, "complaints": complaints})


def tell_figures(of: Story, figures: dict[str, int]) -> None:
    _print({"seed": of.seed, "figures": figures})


def _print(said: dict[str, object]) -> None:
    print(json.dumps(said), flush=True)


def main() -> None:
    said = argparse.ArgumentParser(prog="python -m bench.gifts_proof.points", description=__doc__)
    said.add_argument("first", type=int)
    said.add_argument("number", type=int)
    said.add_argument("folder", type=Path)
    said.add_argument("redis")
    said.add_argument("--postgres", help="a server's address, with {} for the database's name; else SQLite")
    said.add_argument("--recover-every", type=int, default=1, help="deaths")
    said.add_argument("--verify-every", type=int, default=1, help="deaths, where it recovers")
    chosen = said.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    pace = Pace(chosen.recover_every, chosen.verify_every)
    with ground(chosen.folder, chosen.postgres) as (database, empty):
        deaths = Deaths(Place(chosen.folder, database, chosen.redis), empty, pace)
        deaths.warm()
        until = chosen.first + chosen.number
        for first in range(chosen.first, until, DEATHS_A_DATABASE):
            deaths.chain(range(first, min(first + DEATHS_A_DATABASE, until)))


@contextmanager
def ground(folder: Path, postgres: str | None) -> Iterator[tuple[Database, Callable[[], object]]]:
    """A database and what makes it empty: a file in ``folder``, or one on the server ``postgres``."""
    if postgres is None:
        template, file = folder / "template.db", folder / "ringside.db"
        make_tables(f"sqlite+aiosqlite:///{template}")

        def empty() -> None:
            for path in folder.glob("ringside.db*"):
                path.unlink()
            shutil.copy(template, file)

        yield Database(f"sqlite+aiosqlite:///{file}"), empty
        return
    server, name = Postgres(postgres), f"points_{os.getpid()}"
    # Always of the same name: the statements that were compiled belong to the one engine.
    yield Database(server.url(name)), lambda: asyncio.run(server.renew(name))
    asyncio.run(server.drop(name))


if __name__ == "__main__":
    main()
