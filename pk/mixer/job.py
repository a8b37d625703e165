"""The mixer as a job: two clocks, one for the picture and one for the sound, that wait for nobody.

``run`` is the function that a transcode node runs for jobs of kind ``mixer``; ``arguments`` says what it takes, and
what it may be told while it runs. It is ready once every room has accepted its pipe, and says ``End`` to all rooms when
it stops. Three threads besides those of the pipes: the picture's, the sound's, and the main one, the steward, who does
what may take a moment (rosters, drawing, connections) and speaks to the runner, also when a clock hangs.
"""

import gc
import threading
import time
from contextlib import ExitStack

from foundation.own_process import call_myself
from pk.mixer.arguments import MixerArguments, parse
from pk.mixer.clock import MixerClock, Ticks
from pk.mixer.encoder import PictureEncoder
from pk.mixer.output import KeyframeWish
from pk.mixer.pacing import Pace
from pk.mixer.scene import Composer
from pk.mixer.sound import FRAME_US
from pk.mixer.stage import Stage, Stages
from transcode.job import FRAMES, STRAINED, JobContext

HEARTBEAT_EVERY_US = 250_000
_LOOK_EVERY_S = 0.1
_PICTURE_PATIENCE = 1  # an old picture is worth nothing
_SOUND_PATIENCE = 10  # a gap is heard, 200 ms of packets sent late are not


class Mixer:
    def __init__(self, arguments: MixerArguments, context: JobContext) -> None:
        self._arguments = arguments
        self._context = context
        self._clock = MixerClock()
        self._composer = Composer(arguments.width, arguments.height)
        self._encoder = PictureEncoder(
            arguments.width, arguments.height, arguments.fps, arguments.bitrate, arguments.preset
        )
        self._wish = KeyframeWish()
        self._stages = Stages(arguments, self._wish, self._clock.now_us)
        self._pace = Pace(arguments.fps, self._clock.now_us())
        self._figures = {FRAMES: 0.0, "compose_ms": 0.0, "encode_ms": 0.0, "mix_ms": 0.0, "missed": 0.0}
        self._figures |= {"sounds": 0.0, "sound_missed": 0.0, "fps": float(arguments.fps), STRAINED: 0.0}
        self._alive = (0.0, 0.0)  # pictures and sounds when both had grown at last
        self._heartbeat_us = 0
        self._ready = False
        self._fault: BaseException | None = None

    def run(self) -> None:
        """Until told to stop; raises what ended one of the clocks."""
        with ExitStack() as opened:
            opened.enter_context(self._stages)
            loops = [
                threading.Thread(target=self._guarded, args=(loop,), name=name, daemon=True)
                for name, loop in (("picture", self._picture_loop), ("sound", self._sound_loop))
            ]
            for loop in loops:
                loop.start()
            while self._fault is None and not self._context.stopping.wait(_LOOK_EVERY_S):
                self._tend(self._clock.now_us())
            for loop in loops if self._fault is None else ():
                loop.join(1.0)
        if self._fault is not None:
            raise self._fault

    def _guarded(self, loop: object) -> None:
        assert callable(loop)
        try:
            loop()
        except BaseException as fault:  # told to the main thread, whose end is the job's
            self._fault = fault

    def _picture_loop(self) -> None:
        call_myself("rs-picture")
        ticks = Ticks(self._clock, self._pace.period_us, _PICTURE_PATIENCE)
        missed, sound_missed = 0, 0.0
        while (due_us := ticks.wait(self._context.stopping)) is not None:
            began_us = self._clock.now_us()
            self._show(self._stages.now, due_us)
            now_us = self._clock.now_us()
            heard_missed = self._figures["sound_missed"]
            if self._pace.made(now_us, now_us - began_us, ticks.missed - missed, int(heard_missed - sound_missed)):
                ticks.change(self._pace.period_us)
                self._figures["fps"] = 1e6 / self._pace.period_us
                self._figures[STRAINED] = float(self._pace.level > 0)
            missed, sound_missed = ticks.missed, heard_missed
            self._figures["missed"] = ticks.missed

    def _show(self, stage: Stage, due_us: int) -> None:
        started = time.perf_counter()
        tiles = [
            source.picture(due_us, seat.tile) for source, seat in zip(stage.sources, stage.scene.seats, strict=True)
        ]
        frame = self._composer.compose(stage.scene, tiles, stage.bar)
        composed = time.perf_counter()
        for unit in self._encoder.encode(frame, due_us, self._wish.grant(due_us)):
            for room in stage.rooms:
                room.send(unit)
        self._smooth("compose_ms", composed - started)
        self._smooth("encode_ms", time.perf_counter() - composed)
        self._figures[FRAMES] += 1

    def _sound_loop(self) -> None:
        call_myself("rs-sound")
        ticks = Ticks(self._clock, FRAME_US, _SOUND_PATIENCE)
        while (due_us := ticks.wait(self._context.stopping)) is not None:
            started = time.perf_counter()
            stage = self._stages.now
            heard = {source.source.origin: source.sound(due_us) for source in stage.sources}
            voices = {origin: voice for origin, voice in heard.items() if voice is not None}
            rooms = {room.output.room: room for room in stage.rooms}
            for name, packets in self._stages.mixes.frame(rooms, voices, due_us).items():
                for packet in packets:
                    rooms[name].send(packet)
            self._smooth("mix_ms", time.perf_counter() - started)
            self._figures["sounds"] += 1
            self._figures["sound_missed"] = ticks.missed

    def _tend(self, now_us: int) -> None:
        """What is done now and then: rosters and mutes, readiness, heartbeat."""
        for message in self._context.messages():
            self._stages.obey(message)
        if not self._ready and all(room.connected for room in self._stages.now.rooms):
            self._ready = True
            self._context.ready()
        if now_us - self._heartbeat_us >= HEARTBEAT_EVERY_US:
            self._heartbeat_us = now_us
            self._context.heartbeat(self.figures())

    def figures(self) -> dict[str, float]:
        """For the heartbeat: counters since the start, and milliseconds per frame of each stage, smoothed."""
        stage = self._stages.now
        figures = dict(self._figures)
        if figures[FRAMES] > self._alive[0] and figures["sounds"] > self._alive[1]:
            self._alive = figures[FRAMES], figures["sounds"]
        figures[FRAMES] = self._alive[0]  # who makes pictures without sound hangs as well
        for source in stage.sources:
            seat = source.source.seat
            figures[f"source_{seat}_pictures"] = source.pictures
            figures[f"source_{seat}_decode_ms"] = source.decode_ms
            figures[f"source_{seat}_faults"] = source.faults
            figures[f"source_{seat}_connects"] = source.connects
            figures[f"source_{seat}_concealed"] = source.concealed
        figures["lost_video"] = sum(room.lost_video for room in stage.rooms)
        figures["not_understood"] = self._stages.not_understood
        return figures

    def _smooth(self, name: str, seconds: float) -> None:
        self._figures[name] += (seconds * 1000 - self._figures[name]) * 0.05


def run(context: JobContext) -> None:
    """The job. ``ValueError``, ``TypeError`` or ``KeyError`` for arguments that make no mix."""
    mixer = Mixer(parse(context.arguments), context)
    # What lives as long as the process need not be looked through for garbage again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
    mixer.run()
