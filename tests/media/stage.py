"""Hosts and viewers around one real worker, each behind a relay of his own; what they are shown becomes verdicts."""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

import pytest

from foundation.own_process import go_first
from streaming.media.choice import SourceKind
from streaming.media.settings import MediaSettings
from tests.media import judge
from tests.media.caster import Caster
from tests.media.judge import Seen, Stalls
from tests.media.live import LivePeer, Pulse, after
from tests.media.relay import Conditions, Relay, relay
from tests.media.watcher import Watcher
from tests.streaming.media.pictures import RED, Colour
from tests.streaming.media.rig import Rig, breathe, quick, running, until

PERFORMANCES_MAX = 2
VOID_ABOVE = 0.05
STALL_MAX_S = 0.2
"""A loss is asked for during 0.4 s: who stands still for more than half of that loses what no network has lost."""


class Void(Exception):
    """The machine, not the network, has spoilt a performance."""


def held_up(stalls: Stalls, from_s: float, until_s: float) -> float:
    """The share of the time in which this process stood still."""
    return sum(max(0.0, min(end, until_s) - max(begin, from_s)) for begin, end in stalls) / (until_s - from_s)


def spoilt(stalls: Stalls, from_s: float, until_s: float) -> bool:
    """Whether this process stood still for too much of the time, or for too long at once."""
    longest_s = max((end - begin for begin, end in stalls if end > from_s and begin < until_s), default=0.0)
    return held_up(stalls, from_s, until_s) > VOID_ABOVE or longest_s > STALL_MAX_S


@dataclass(frozen=True)
class Verdict:
    """What `watcher` got of `caster` between two moments of the monotonic clock."""

    watcher: Watcher
    caster: Caster
    link: Relay
    from_s: float
    until_s: float
    stalls: Stalls
    facts: tuple[str, ...]
    """Names of the facts that were told about the caster's room, oldest first."""

    @cached_property
    def seen(self) -> Seen:
        return judge.look(self.watcher.picture.shown)

    @cached_property
    def shown_at(self) -> list[float]:
        return [picture.at_s for picture in self.seen.pictures]

    @property
    def freeze_ratio(self) -> float:
        return judge.freeze_ratio(self.shown_at, self.from_s, self.until_s, self.stalls)

    def healed_after(self, moment_s: float) -> float:
        return judge.healed_after(self.shown_at, moment_s, self.until_s, self.stalls)

    @property
    def left_out(self) -> list[int]:
        """Pictures of the host between the first and the last one shown that the viewer was not shown, though no
        keyframe has overtaken them."""
        numbers = self.seen.numbers()
        missing = set(self.caster.captured_us).intersection(range(numbers[0], numbers[-1])) - set(numbers)
        return sorted(number for number in missing if not self.seen.overtaken(number))

    @property
    def silences(self) -> list[float]:
        return judge.silences(self.watcher.sounds, self.from_s, self.until_s)

    @cached_property
    def pitches(self) -> list[float]:
        return judge.pitches(self.watcher.sounds)

    @cached_property
    def skews_ms(self) -> list[float]:
        return judge.skews_ms(self.watcher, self.caster, self.seen, self.from_s)

    def in_time(self) -> "Verdict":
        """For claims about time: skips the test when the machine has spoilt even the last performance."""
        if spoilt(self.stalls, self.from_s, self.until_s):
            share = held_up(self.stalls, self.from_s, self.until_s)
            pytest.skip(f"this process stood still, {share:.0%} of the time: no network was judged")
        return self

    def must_be_sound(self) -> None:
        """Nothing damaged, nothing twice, nothing back in time, the right pitch: whatever the network does."""
        assert self.seen.pictures, "nothing was shown"
        assert self.seen.damage == []
        assert self.watcher.picture.timestamps_back == 0
        assert self.watcher.repeats == 0
        numbers = self.seen.numbers()
        assert all(early < late for early, late in itertools.pairwise(numbers)), numbers

    def must_sound_like(self, hertz: float) -> None:
        """Nearly every second has this pitch; one in which much was lost may have none."""
        right = [each for each in self.pitches if abs(each - hertz) < 15]
        assert len(right) >= 0.9 * len(self.pitches) - 1, self.pitches


class Stage:
    """`host` and `viewer` enter; everybody leaves when the stage is closed. `trouble` changes a network for a while."""

    def __init__(self, rig: Rig, doors: AsyncExitStack, seed: int) -> None:
        self.rig = rig
        self.pulse = Pulse()
        self._doors = doors
        self._seeds = itertools.count(seed, 10)

    async def link(self) -> Relay:
        return await self._doors.enter_async_context(relay(self.rig.worker.udp_port, next(self._seeds)))

    async def host(self, room: str, colour: Colour = RED, hertz: float = 440) -> tuple[Caster, Relay]:
        """Live in `room`, behind a clean relay."""
        link = await self.link()
        caster = Caster(room, colour, hertz, link.port)
        await caster.connect(f"{self.rig.url}/whip/{room}", token=room)
        assert caster.status == 201, caster.problem
        self._doors.push_async_callback(caster.close)
        caster.start()

        def live() -> bool:
            found = self.rig.worker.rooms.get(room)
            return found is not None and found.showing is SourceKind.CAMERA

        await until(live, f"{room} is live")
        return caster, link

    async def viewer(self, room: str, link: Relay | None = None) -> tuple[Watcher, Relay]:
        link = link or await self.link()
        watcher = Watcher(link.port)
        self._doors.push_async_callback(watcher.close)
        await watcher.watch(f"{self.rig.url}/whep/{room}")
        return watcher, link

    def knows(self, peer: LivePeer) -> bool:
        """Whether the worker still has the peer's session."""
        ufrag = peer.said(r"a=ice-ufrag:(\S+)")
        return any(session.endpoint.ufrag == ufrag for session in self.rig.worker.sessions.values())

    async def becomes(self, room: str, state: str) -> None:
        """Until the worker says that the room's camera is in this state."""
        async with asyncio.timeout(15):
            while {each["room"]: each["camera"] for each in await self.rig.client.rooms(self.rig.url)}[room] != state:
                await breathe()

    def verdict(self, watcher: Watcher, caster: Caster, link: Relay, from_s: float) -> Verdict:
        """From `from_s` to now."""
        told = tuple(type(fact).__name__ for fact in self.rig.facts if getattr(fact, "room", "") == caster.room)
        return Verdict(watcher, caster, link, from_s, time.monotonic(), tuple(self.pulse.stalls), told)


async def trouble(link: Relay, conditions: Conditions, wait_s: float, for_s: float) -> float:
    """After `wait_s` set the conditions of both directions, for `for_s`; returns when it was over."""
    before = link.up.conditions
    await after(wait_s)
    link.set(conditions)
    await after(for_s)
    link.set(before)
    return time.monotonic()


@asynccontextmanager
async def stage(seed: int, settings: MediaSettings | None = None) -> AsyncIterator[Stage]:
    """On the machine's processor this process, and what it starts, goes first, as media workers do."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    go_first()
    try:
        async with running(settings or quick()) as rig, AsyncExitStack() as doors:
            opened = Stage(rig, doors, seed)
            try:
                yield opened
            except (AssertionError, TimeoutError) as error:
                now = time.monotonic()
                if spoilt(opened.pulse.stalls, now - 5, now):
                    raise Void from error
                raise
            finally:
                opened.pulse.close()
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)


def played(story: Callable[[], Coroutine[None, None, dict[str, Verdict]]]) -> dict[str, Verdict]:
    """Play a story once, for many tests that judge it.

    Host, network, worker and viewers share this process: where it was held up, no network was judged. Such a
    performance is void, and repeated; of the last one everything counts but claims about time (`Verdict.in_time`).
    """
    for _ in range(PERFORMANCES_MAX - 1):
        with contextlib.suppress(Void):
            verdicts = asyncio.run(story())
            if not any(spoilt(each.stalls, each.from_s, each.until_s) for each in verdicts.values()):
                return verdicts
    try:
        return asyncio.run(story())
    except Void:
        pytest.skip("the machine was too busy for the performance")
