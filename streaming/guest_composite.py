"""Keeps the composite of a room and its guests up: a mixer's job runs for as long as there is somebody to mix.

Level-triggered: it compares what should be with what is, again and again, and so it needs no memory of its own to go on
after a take-over. Who comes, goes or is muted is told to the mixer that runs. A mixer that is lost is reported to the
keeper, who decides; meanwhile the media worker shows the camera, of its own accord.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from foundation.away import StoreAway
from foundation.errors import Refusal
from foundation.stopping import heed_cancellation
from streaming.guests import Guest
from streaming.media.guest_track import guest_track
from transcode.job import EndReason, JobState, JobStatus

log = structlog.get_logger(__name__)

KIND = "mixer"
POLL_S = 0.25  # while the mixer is not up
WATCH_S = 1.0  # while it is
# A runner that cannot be found may only be late with its word: a second mixer beside the first would spoil the picture.
MISSING_S = 2.5
DISMANTLE_S = 2.0


class Jobs(Protocol):
    """``transcode.client.JobClient``."""

    async def start(self, kind: str, arguments: Mapping[str, Any], job_id: str, *, renewed: bool = False) -> object: ...

    async def stop(self, job_id: str) -> object: ...

    async def status(self, job_id: str) -> JobStatus: ...

    async def tell(self, job_id: str, message: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class PictureSettings:
    """The picture that a mixer makes. ``pipe_token`` opens the media pipes of the workers."""

    pipe_token: str
    width: int = 720
    height: int = 640
    fps: int = 30


@dataclass(frozen=True)
class Cast:
    """Who is to be mixed, for which attempt of the broadcast's; ``pipe`` is the home's. ``lost``: one was before it."""

    room: str
    broadcast: str
    host_name: str
    pipe: str
    guests: tuple[Guest, ...]
    attempt: int = 0
    lost: bool = False

    @property
    def job(self) -> str:
        return job_id(self.broadcast, self.attempt)

    @property
    def stage(self) -> dict[str, Any]:
        """The host, then his guests in the order in which they were approved; everybody in a grid. Last his screen,
        if he shows it: then it has most of the picture, and they stand below it."""
        host = {"room": self.room, "name": self.host_name, "seat": 0, "side": 0, "pipe": self.pipe}
        guests = [
            {
                "room": self.room,
                "name": guest.name,
                "seat": seat,
                "side": 0,
                "pipe": self.pipe,
                "stream": guest_track(guest.user),
                "voice_only": not guest.picture,
                "screen": guest.screen,
            }
            for seat, guest in enumerate(self._beside, 1)
        ]
        outputs = [{"room": self.room, "pipe": self.pipe}]
        layout = "screen" if any(guest.screen for guest in self.guests) else "grid"
        return {"sources": [host, *guests], "outputs": outputs, "layout": layout}

    @property
    def mute(self) -> dict[str, Any]:
        muted = [seat for seat, guest in enumerate(self._beside, 1) if guest.muted]
        return {"room": self.room, "seats": muted}

    @property
    def _beside(self) -> list[Guest]:
        return sorted(self.guests, key=lambda guest: guest.screen)


def composite_id(broadcast: str) -> str:
    """The composite's name in the media pipe; the same for every mixer of the broadcast."""
    return f"guests-{broadcast}"


def job_id(broadcast: str, attempt: int) -> str:
    """Each attempt has an id of its own, so that the end of one is never taken for the end of the next."""
    return f"guests-{broadcast}-{attempt}"


class GuestComposite:
    """``lost`` is told the attempt whose mixer has ended without having been asked to."""

    def __init__(
        self,
        jobs: Jobs,
        picture: PictureSettings,
        lost: Callable[[int], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs = jobs
        self._picture = picture
        self._lost = lost
        self._monotonic = monotonic
        self._cast: Cast | None = None
        self._bell = asyncio.Event()
        self._mine = ""  # the job that is to be stopped when another one is wanted, or none
        self._started = ""  # the job that has been running, as far as is known here
        self._missing_since: float | None = None
        self._run = ""  # the start of the job that was told ...
        self._told: dict[str, Any] = {}  # ... this
        self._complaint = ""

    def assume(self, job: str) -> None:
        """An earlier owner may have started it."""
        self._mine = job

    def follow(self, cast: Cast | None) -> None:
        """From now on mix these; None: nobody."""
        if cast != self._cast:
            self._cast = cast
            self._bell.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            heed_cancellation()
            self._bell.clear()
            pause = WATCH_S if await self._calmly(self.align()) else POLL_S
            try:
                async with asyncio.timeout(pause):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def dismantle(self) -> None:
        """Stop the mixer, when ``run`` has ended. Gives up after ``DISMANTLE_S``: a broadcast must not wait for it."""
        # A start that was cut off may come to its node behind our word: then it is stopped at the second one.
        unsure = self._mine if self._mine != self._started else ""
        self.follow(None)
        deadline = self._monotonic() + DISMANTLE_S
        while True:
            if await self._calmly(self.align()):
                if not unsure:
                    return
                self._mine, unsure = unsure, ""
            elif self._monotonic() >= deadline:
                log.warning("a mixer of guests may still be up", job=self._mine)
                return
            await asyncio.sleep(POLL_S)

    async def _calmly(self, work: Coroutine[Any, Any, bool]) -> bool:
        try:
            return await work
        except (Refusal, *StoreAway) as error:
            if str(error) != self._complaint:  # it is tried again soon: once is enough to be told
                log.warning("a guest composite is not as it should be", error=str(error))
            self._complaint = str(error)
            return False

    async def align(self) -> bool:
        """One look, and what follows from it. True: all is as it should be."""
        cast = self._cast
        if self._mine and (cast is None or cast.job != self._mine):
            await self._jobs.stop(self._mine)
            self._mine = self._started = self._run = ""
        if cast is None:
            return True
        status = await self._status(cast.job)
        if status is not None and status.state is not JobState.ENDED:
            return await self._running(cast, status)
        if status is None and self._started == cast.job:
            now_s = self._monotonic()
            if self._missing_since is None:
                self._missing_since = now_s
            if now_s - self._missing_since >= MISSING_S:
                self._lost(cast.attempt)
        elif status is not None and status.reason is not EndReason.STOPPED:
            self._lost(cast.attempt)
        else:
            await self._start(cast)
        return False

    async def _start(self, cast: Cast) -> None:
        picture = self._picture
        canvas = {"width": picture.width, "height": picture.height, "fps": picture.fps}
        arguments = {"battle": composite_id(cast.broadcast), "token": picture.pipe_token, **canvas, **cast.stage}
        self._mine = cast.job  # from now on it may be there
        await self._jobs.start(KIND, arguments, cast.job, renewed=cast.lost)
        self._started = cast.job
        self._missing_since = None

    async def _running(self, cast: Cast, status: JobStatus) -> bool:
        """A mixer that was started by somebody else, or for others, is told who is on stage by now."""
        self._mine = self._started = cast.job
        self._missing_since = None
        if status.run != self._run:
            self._run, self._told = status.run, {}
        if self._told.get("stage") != cast.stage:
            await self._jobs.tell(cast.job, {"stage": cast.stage})
            self._told = {"stage": cast.stage}  # the seats of those who are muted may be others' now
        if self._told.get("mute") != cast.mute:
            await self._jobs.tell(cast.job, {"mute": cast.mute})
            self._told["mute"] = cast.mute
        return status.state is JobState.READY

    async def _status(self, job: str) -> JobStatus | None:
        try:
            return await self._jobs.status(job)
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return None
