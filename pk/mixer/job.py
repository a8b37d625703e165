"""The mixer as a job: two clocks, one for the picture and one for the sound, that wait for nobody.

``run`` is the function that a transcode node runs for jobs of kind ``mixer``; ``arguments.parse`` says what it takes.
While it runs it may be told ``{"mute": {"room": room, "seats": [seat, ...]}}``: that room stops hearing these seats.
It is ready once every room has accepted its pipe, and says ``End`` to all rooms when it stops.
"""

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from pk.mixer.arguments import MixerArguments, parse
from pk.mixer.encoder import PictureEncoder
from pk.mixer.output import KeyframeWish, RoomFeed, Rooms
from pk.mixer.picture import Composer
from pk.mixer.sound import FRAME_US
from pk.mixer.source import SourceFeed
from transcode.job import JobContext

HEARTBEAT_EVERY_US = 500_000
_PICTURE_PATIENCE = 1  # an old picture is worth nothing
_SOUND_PATIENCE = 10  # a gap is heard, 200 ms of packets sent late are not


class MixerClock:
    """Microseconds since the epoch on CLOCK_MONOTONIC: the media clock of the composite, never stepping back."""

    def __init__(self) -> None:
        self._offset_us = (time.time_ns() - time.monotonic_ns()) // 1000

    def now_us(self) -> int:
        return time.monotonic_ns() // 1000 + self._offset_us


class Ticks:
    """An even grid of ticks. Up to ``patience`` late ticks are made up for, more are skipped and counted."""

    def __init__(self, clock: MixerClock, period_us: float, patience: int) -> None:
        self._clock = clock
        self._period_us = period_us
        self._start_us = clock.now_us()
        self._number = 0
        self._patience = patience
        self.missed = 0

    def wait(self, stopping: threading.Event) -> int | None:
        """Wait for the next tick and return its time, in microseconds; None when it is time to stop."""
        now_us = self._clock.now_us()
        current = int((now_us - self._start_us) / self._period_us)
        following = self._number + 1
        if current - following >= self._patience:
            self.missed += current - following
            following = current
        self._number = following
        due_us = self._start_us + int(following * self._period_us)
        if stopping.wait(max(0, due_us - now_us) / 1e6):
            return None
        return due_us


class Mixer:
    """The parts of one running mix. ``picture_loop`` and ``sound_loop`` run in a thread each."""

    def __init__(self, arguments: MixerArguments, context: JobContext) -> None:
        self._arguments = arguments
        self._context = context
        self._clock = MixerClock()
        self._composer = Composer(arguments)
        self._encoder = PictureEncoder(
            arguments.width, arguments.height, arguments.fps, arguments.bitrate, arguments.preset
        )
        self._wish = KeyframeWish()
        seats = zip(arguments.sources, self._composer.tiles, strict=True)
        self._sources = [SourceFeed(source, arguments.token, tile, self._clock.now_us) for source, tile in seats]
        feeds = [RoomFeed(output, arguments.battle, arguments.token, self._wish) for output in arguments.outputs]
        self._rooms = Rooms(feeds)
        self._figures = {"pictures": 0.0, "compose_ms": 0.0, "encode_ms": 0.0, "mix_ms": 0.0, "missed": 0.0}
        self._heartbeat_us = 0
        self._ready = False
        self._sound_fault: BaseException | None = None

    def run(self) -> None:
        with ExitStack() as opened:
            for room in self._rooms.feeds:
                opened.enter_context(room)
            for source in self._sources:
                opened.enter_context(source)
            sound = threading.Thread(target=self._sound_loop, name="sound", daemon=True)
            sound.start()
            self._picture_loop()
            sound.join(1.0)

    def _picture_loop(self) -> None:
        ticks = Ticks(self._clock, 1e6 / self._arguments.fps, _PICTURE_PATIENCE)
        while (due_us := ticks.wait(self._context.stopping)) is not None:
            if self._sound_fault is not None:
                raise self._sound_fault
            started = time.perf_counter()
            frame = self._composer.compose([source.picture(due_us) for source in self._sources])
            composed = time.perf_counter()
            self._rooms.show(self._encoder.encode(frame, due_us, self._wish.grant(due_us)))
            self._smooth("compose_ms", composed - started)
            self._smooth("encode_ms", time.perf_counter() - composed)
            self._figures["pictures"] += 1
            self._figures["missed"] = ticks.missed
            self._tend(due_us)

    def _sound_loop(self) -> None:
        try:
            ticks = Ticks(self._clock, FRAME_US, _SOUND_PATIENCE)
            while (due_us := ticks.wait(self._context.stopping)) is not None:
                started = time.perf_counter()
                heard = {source.source.seat: source.sound(due_us) for source in self._sources}
                self._rooms.sound({seat: voice for seat, voice in heard.items() if voice is not None}, due_us)
                self._smooth("mix_ms", time.perf_counter() - started)
        except BaseException as fault:  # told to the picture's thread, whose end is the job's
            self._sound_fault = fault
            raise

    def _tend(self, now_us: int) -> None:
        """What is done now and then: mutes, readiness, heartbeat."""
        for message in self._context.messages():
            self._obey(message)
        if not self._ready and all(feed.connected for feed in self._rooms.feeds):
            self._ready = True
            self._context.ready()
        if now_us - self._heartbeat_us >= HEARTBEAT_EVERY_US:
            self._heartbeat_us = now_us
            self._context.heartbeat(self.figures())

    def _obey(self, message: Mapping[str, Any]) -> None:
        mute = message.get("mute")
        if isinstance(mute, dict):
            self._rooms.mute(str(mute["room"]), frozenset(int(seat) for seat in mute["seats"]))

    def figures(self) -> dict[str, float]:
        """For the heartbeat: counters since the start, and milliseconds per frame of each stage, smoothed."""
        figures = dict(self._figures)
        for source in self._sources:
            seat = source.source.seat
            figures[f"source_{seat}_pictures"] = source.pictures
            figures[f"source_{seat}_decode_ms"] = source.decode_ms
            figures[f"source_{seat}_faults"] = source.faults
            figures[f"source_{seat}_connects"] = source.connects
        figures["lost_video"] = sum(feed.lost_video for feed in self._rooms.feeds)
        return figures

    def _smooth(self, name: str, seconds: float) -> None:
        self._figures[name] += (seconds * 1000 - self._figures[name]) * 0.05


def run(context: JobContext) -> None:
    """The job. ``ValueError`` or ``KeyError`` for arguments that make no mix."""
    Mixer(parse(context.arguments), context).run()
