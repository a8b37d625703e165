"""The job that makes posters, as it runs: a child of the runner, which takes keyframes from a worker's media pipe."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import av
import pytest
import structlog
from PIL import Image
from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from tests.pk.mixer.stage import BLUE, RED, h264
from tests.transcode.endpoint import DEADLINE_S, Camera, Worker
from tests.waiting import until
from transcode.job import EndReason, JobReady, JobSpec, JobState
from transcode.media_pipe import AudioPacket, PipeListener, VideoUnit
from transcode.poster_job import MOST, Photographer, Sitter, kept_s, sitters
from transcode.posters import POSTER_KEY, Poster
from transcode.runner import JobRunner, RunnerSettings
from transcode.still import still
from transcode.store_redis import RedisPosters

TOKEN = "pipe-token"


class Studio:
    """A worker with rooms, and a photographer in this process."""

    def __init__(self, redis: Redis) -> None:
        self.worker = Worker()
        self.listener = PipeListener("127.0.0.1", 0, TOKEN, self.worker)
        self.posters = RedisPosters(redis)
        self.photographer = Photographer(self.posters, TOKEN)

    def program(self, room: str, *frames: VideoUnit | AudioPacket) -> Camera:
        camera = self.worker.camera(room, stream="program")
        camera.cached = list(frames)
        return camera

    def sitter(self, room: str, broadcast: str = "b1") -> Sitter:
        return Sitter(room, broadcast, self.listener.address)

    async def colour(self, room: str) -> str:
        """What the room's poster shows; nothing when there is none."""
        poster = await self.posters.poster(room)
        return "" if poster is None else colour_of(poster.jpeg)


def colour_of(jpeg: bytes) -> str:
    found = Image.open(io.BytesIO(jpeg)).convert("RGB").getpixel((40, 40))
    assert isinstance(found, tuple)
    return {0: "red", 2: "blue"}.get(found.index(max(found)), "green")


@pytest.fixture
async def studio(redis: Redis) -> AsyncIterator[Studio]:
    studio = Studio(redis)
    await studio.listener.start()
    yield studio
    await studio.listener.close()


def group(*colours: tuple[int, int, int]) -> list[VideoUnit]:
    """A group of pictures that begins with a keyframe."""
    return [VideoUnit(number, number == 0, unit) for number, unit in enumerate(h264(list(colours)))]


async def test_a_red_hosts_poster_is_red_and_a_blue_ones_is_blue(studio: Studio) -> None:
    studio.program("amy", *group(RED))
    studio.program("ben", *group(BLUE))
    await studio.photographer.round([studio.sitter("amy", "b1"), studio.sitter("ben", "b2")])
    assert (await studio.colour("amy"), await studio.colour("ben")) == ("red", "blue")
    kept = await studio.posters.poster("ben")
    assert kept is not None and kept.broadcast == "b2"


async def test_of_a_stream_one_keyframe_is_decoded_and_nothing_else_and_then_it_is_let_go(studio: Studio) -> None:
    camera = studio.program("amy", AudioPacket(0, b"sound"), *group(RED, *[BLUE] * 40))
    for taken in (1, 2):
        await studio.photographer.round([studio.sitter("amy")])
        assert await studio.colour("amy") == "red"
        assert dict(studio.photographer.counted) == {"keyframes": taken, "decoded": taken, "kept": taken}
        async with asyncio.timeout(DEADLINE_S):
            await camera.left.wait()
        assert camera.outlets == []


async def test_pictures_before_the_first_keyframe_are_passed_over(studio: Studio) -> None:
    keyframe, *others = group(BLUE, RED, RED)
    studio.program("amy", *others, keyframe)
    await studio.photographer.round([studio.sitter("amy")])
    assert await studio.colour("amy") == "blue"


async def test_who_gives_no_keyframe_costs_the_others_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transcode.poster_job.KEYFRAME_S", 0.5)
    studio.program("silent")
    studio.program("broken", VideoUnit(0, True, b"\x00\x00\x00\x01\x65rubbish"))
    studio.program("amy", *group(RED))
    gone = Sitter("gone", "b3", "127.0.0.1:1")
    rooms = [studio.sitter(room) for room in ("silent", "broken", "unknown", "amy")]
    await studio.photographer.round([gone, *rooms])
    assert await studio.colour("amy") == "red"
    assert studio.photographer.counted == {"keyframes": 2, "decoded": 1, "kept": 1, "missed": 4}
    for room in ("silent", "broken", "unknown", "gone"):
        assert await studio.posters.poster(room) is None


async def test_whatever_a_picture_fails_of_the_others_are_made_and_it_is_said_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.program("odd", VideoUnit(0, True, b"odd"))
    studio.program("amy", *group(RED))

    def strict(keyframe: bytes) -> bytes:
        if keyframe == b"odd":
            raise av.ExternalError(542398533, "reformat")
        return still(keyframe)

    monkeypatch.setattr("transcode.poster_job.still", strict)
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            await studio.photographer.round([studio.sitter("odd"), studio.sitter("amy")])
    assert await studio.colour("amy") == "red"
    assert studio.photographer.counted == {"keyframes": 4, "decoded": 2, "kept": 2, "missed": 2}
    assert [(each["log_level"], each["room"]) for each in said] == [("error", "odd")]


def test_a_round_is_checked_before_it_is_begun() -> None:
    one = {"room": "amy", "broadcast": "b1", "pipe": "127.0.0.1:7001"}
    assert sitters({"round": [one]}) == [Sitter("amy", "b1", "127.0.0.1:7001")]
    bad: list[Any] = [None, [{"room": "amy"}], ["amy"], [one] * (MOST + 1)]
    for said in bad:
        with pytest.raises((KeyError, TypeError, ValueError)):
            sitters({"round": said})


def test_how_long_posters_are_kept_comes_with_the_round_and_has_bounds() -> None:
    assert [kept_s(said) for said in ({}, {"kept_s": 60}, {"kept_s": 1}, {"kept_s": 10**9})] == [15, 60, 15, 3600]
    wrongs: list[Any] = [None, [], "soon"]
    for wrong in wrongs:
        with pytest.raises((TypeError, ValueError)):
            kept_s({"kept_s": wrong})


async def test_a_rounds_posters_are_kept_for_as_long_as_it_says(studio: Studio, redis: Redis) -> None:
    studio.program("amy", *group(RED))
    await studio.photographer.round([studio.sitter("amy")], 60)
    assert await redis.ttl(POSTER_KEY.format(room="amy")) > 50


async def test_the_job_pictures_round_after_round_until_it_is_stopped(studio: Studio, valkey_url: str) -> None:
    camera = studio.program("amy", *group(RED))
    bus = MemoryBus()
    settings = RunnerSettings({"posters": "transcode.poster_job:run"}, added={"posters": {"redis": valkey_url}})
    runner = JobRunner(settings, bus, SystemClock())
    async with AsyncExitStack() as opened:
        ready = await opened.enter_async_context(bus.subscribe(JobReady))
        await runner.start()
        opened.push_async_callback(runner.close)
        runner.run(JobSpec("posters", "posters", {"token": TOKEN, "redis": "said by a caller"}))
        async with asyncio.timeout(DEADLINE_S):
            await anext(ready)
        for frames, colour in ((group(RED), "red"), (group(BLUE), "blue")):
            camera.cached = list(frames)
            runner.tell("posters", {"round": "not one"})
            runner.tell("posters", {"round": [{"room": "amy", "broadcast": "b1", "pipe": studio.listener.address}]})
            await until(shows(studio, colour), f"the poster is {colour}")
        await until(counts(runner, kept=2), "it says what it has done")
        assert runner.status("posters").state is JobState.READY
        assert runner.status("posters").figures == {"keyframes": 2, "decoded": 2, "kept": 2}
        assert (await runner.stop("posters")).reason is EndReason.STOPPED


def shows(studio: Studio, colour: str) -> Callable[[], Awaitable[object]]:
    async def look() -> object:
        return await studio.colour("amy") == colour

    return look


def counts(runner: JobRunner, kept: int) -> Callable[[], Awaitable[object]]:
    async def look() -> object:
        return runner.status("posters").figures.get("kept") == kept

    return look


def test_a_posters_tag_is_that_of_its_picture_alone() -> None:
    assert Poster("b1", b"one").tag == Poster("b2", b"one").tag != Poster("b1", b"two").tag
