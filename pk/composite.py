"""Keeps a battle's composite up: the mixer's job runs and the rooms show its picture for as long as the state says so.

Level-triggered: it compares what should be with what is, again and again, and so it needs no memory of its own to go
on after a take-over. What the rules have to know (mixer up, mixer down) is reported to the referee, who decides.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from foundation.errors import Refusal
from foundation.redis import RedisAway
from pk.cast import Cast, cast, muted_seats, roster
from pk.inputs import Input, MixerDown, MixerUp
from pk.state import Mixer, Phase, State
from streaming.presence import LiveBroadcast, Presence
from streaming.stage import Stage
from transcode.job import JobState, JobStatus

log = structlog.get_logger(__name__)

KIND = "mixer"
POLL_S = 0.25  # while the mixer is not up
WATCH_S = 1.0  # while it is: its end is also told on the bus
# A runner that cannot be found may only be late with its word: a second mixer beside the first would spoil the picture.
MISSING_S = 2.5
DISMANTLE_S = 5.0

WITH_MIXER = (Phase.PREPARING, Phase.FIGHTING, Phase.SETTLING, Phase.VICTORY, Phase.DRAW)
ON_STAGE = WITH_MIXER[1:]

Seats = tuple[int, ...]


class Jobs(Protocol):
    """``transcode.client.JobClient``."""

    async def start(self, kind: str, arguments: Mapping[str, Any], job_id: str, *, renewed: bool = False) -> object: ...

    async def stop(self, job_id: str) -> object: ...

    async def status(self, job_id: str) -> JobStatus: ...

    async def tell(self, job_id: str, message: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class CompositeSettings:
    """The picture that a mixer makes. ``pipe_token`` opens the media pipes of the workers."""

    pipe_token: str
    width: int = 720
    height: int = 640
    fps: int = 30


class Composite:
    def __init__(
        self,
        jobs: Jobs,
        stage: Stage,
        presence: Presence,
        settings: CompositeSettings,
        report: Callable[[Input], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._stage = stage
        self._presence = presence
        self._settings = settings
        self._report = report
        self._monotonic = monotonic
        self._state: State | None = None
        self._bell = asyncio.Event()
        self._homes: dict[str, str] = {}  # room -> pipe that the running job was given
        self._started: str | None = None
        self._missing_since: float | None = None
        self._complaint = ""
        self._on_stage: bool | None = None  # None: not known, after a take-over
        self._run = ""  # the start of the job that was told ...
        self._told: dict[str, Seats] = {}  # ... room -> the seats that it does not hear
        self._cast: Cast | None = None  # whom the running job mixes; None: not known, after a take-over

    def follow(self, state: State) -> None:
        """From now on do what ``state`` asks for."""
        self._state = state
        self._bell.set()

    def ring(self) -> None:
        """Something was heard of the job: look at once."""
        self._bell.set()

    async def run(self) -> None:
        """Until the battle has ended; the stage is given back by ``dismantle``."""
        while self._state is None or self._state.phase is not Phase.ENDED:
            self._bell.clear()
            pause = POLL_S
            if self._state is not None:
                settled = await self._align(self._state)
                pause = WATCH_S if settled and self._state.mixer is Mixer.UP else POLL_S
            try:
                async with asyncio.timeout(pause):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def dismantle(self, state: State) -> None:
        """Give the stage back and stop the mixer. Gives up after ``DISMANTLE_S``: the hosts must not wait for ever."""
        deadline = self._monotonic() + DISMANTLE_S
        while True:
            try:
                for room in state.rooms:
                    await self._stage.leave(state.stage, room)
                await self._jobs.stop(job_id(state))
                return
            except (Refusal, *RedisAway) as error:
                log.warning("composite is still up", battle=state.battle, error=str(error))
                if self._monotonic() >= deadline:
                    return
            await asyncio.sleep(POLL_S)

    async def _align(self, state: State) -> bool:
        """Mixer and stage each by itself: one that does not answer must not keep the other from being right."""
        wanted = state.mixer is not Mixer.GONE
        acts = [self._align_stage(state, wanted and _on_stage(state))]
        if wanted and state.phase in WITH_MIXER:
            acts.append(self._align_mixer(state))
        failed = False
        for act in acts:
            try:
                await act
            except (Refusal, *RedisAway) as error:
                failed = True
                if str(error) != self._complaint:  # it is tried again soon: once is enough to be told
                    log.warning("composite is not as it should be", battle=state.battle, error=str(error))
                self._complaint = str(error)
        return not failed

    async def _align_stage(self, state: State, wanted: bool) -> None:
        """Asked for again and again while it is wanted: Redis may have forgotten it."""
        if not wanted and self._on_stage is False:
            return
        for room in state.rooms:
            if wanted:
                await self._stage.join(state.stage, room)
            else:
                await self._stage.leave(state.stage, room)
        self._on_stage = wanted

    async def _align_mixer(self, state: State) -> None:
        job = job_id(state)
        status = await self._status(job)
        if status is not None:
            self._missing_since = None
        if status is None and self._started != job:
            await self._start(state, job)
        elif status is None:
            self._missing_since = self._missing_since or self._monotonic()
            if self._monotonic() - self._missing_since >= MISSING_S:
                self._report(MixerDown(state.mixer_attempt))
        elif status.state is JobState.ENDED:
            self._report(MixerDown(state.mixer_attempt))
        else:
            await self._running(state, job, status)

    async def _running(self, state: State, job: str, status: JobStatus) -> None:
        homes = await self._find_homes(state)
        if self._started != job:  # begun by the owner before: believe that he gave it today's homes
            self._started, self._homes, self._cast = job, homes, None
        if homes != self._homes:  # a host came back on another media worker
            await self._jobs.stop(job)
            await self._start(state, job)
            return
        if status.state is JobState.READY and state.mixer is not Mixer.UP:
            self._report(MixerUp())
        people = await self._find_people(state)
        if people != self._cast:
            await self._jobs.tell(job, {"stage": roster(state, people, homes)})
            self._cast, self._told = people, {}
        await self._tell_mutes(state, people, job, status.run)

    async def _tell_mutes(self, state: State, people: Cast, job: str, run: str) -> None:
        """A mixer knows of no mutes when it starts, and of none that somebody else has told it since."""
        if run != self._run:
            self._run, self._told = run, {}
        for room in state.rooms:
            seats = muted_seats(state, people, room)
            if self._told.get(room) != seats:
                await self._jobs.tell(job, {"mute": {"room": room, "seats": list(seats)}})
                self._told[room] = seats

    async def _find_people(self, state: State) -> Cast:
        return cast(state, {room: await self._stage.guests(room) for room in state.rooms})

    async def _start(self, state: State, job: str) -> None:
        homes = await self._find_homes(state)
        if len(homes) < len(state.rooms):
            return  # a host has no home: wait for him, or for the deadline
        if state.mixer_attempt:
            await self._stop_lost(state)
        people = await self._find_people(state)
        await self._jobs.start(KIND, self._arguments(state, people, homes), job, renewed=state.mixer_attempt > 0)
        self._started, self._homes, self._cast, self._missing_since = job, homes, people, None

    async def _stop_lost(self, state: State) -> None:
        """The mixer that was given up may live on behind a runner that was not heard of."""
        try:
            await self._jobs.stop(job_id(state, state.mixer_attempt - 1))
        except Refusal as refusal:
            log.info("the lost mixer could not be stopped", battle=state.battle, error=refusal.detail)

    async def _status(self, job: str) -> JobStatus | None:
        try:
            return await self._jobs.status(job)
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return None

    async def _find_homes(self, state: State) -> dict[str, str]:
        """The media pipe of each room's home; of a room that is not live at the moment, the last one known."""
        homes = dict(self._homes)
        for room in state.rooms:
            broadcast: LiveBroadcast | None = await self._presence.broadcast(room)
            if broadcast is not None and broadcast.pipe:
                homes[room] = broadcast.pipe
        return homes

    def _arguments(self, state: State, people: Cast, homes: Mapping[str, str]) -> dict[str, Any]:
        return {
            "battle": state.stage,
            "token": self._settings.pipe_token,
            "width": self._settings.width,
            "height": self._settings.height,
            "fps": self._settings.fps,
            **roster(state, people, homes),
        }


def job_id(state: State, attempt: int | None = None) -> str:
    """Each attempt has an id of its own, so that the end of one is never taken for the end of the next."""
    return f"mixer-{state.stage}-{state.mixer_attempt if attempt is None else attempt}"


def _on_stage(state: State) -> bool:
    """A rematch does not leave the stage for its countdown."""
    return state.phase in ON_STAGE or (state.phase is Phase.PREPARING and state.previous is not None)
