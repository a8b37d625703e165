"""The spare: a media worker that is killed comes back in a process that was there before, with its imports done."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

import foundation.redis
from foundation.nodes import Node, RedisNodes
from server.settings import Settings
from server.spare import AFTER_S, AGAIN_S, Spare
from server.supervisor import Supervisor
from server.warm import WAITING
from tests.platform import bare_environment, platform
from tests.processes import descendants, exists, named
from tests.server.test_bad_input import member
from tests.server.test_compose_run import free_port, last_words, running
from tests.server.test_compose_watchdog import GIVEN
from tests.server.test_machine import ready
from tests.server.test_rolling_restart import joined, on_air, pid_of, sees, worker_of
from tests.streaming.media.pictures import BLUE
from tests.streaming.media.rig import until as until_true
from tests.waiting import until

PATIENCE_S = 40


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    opened = foundation.redis.connect(valkey_url, "test")
    yield opened
    await opened.aclose()


@pytest.fixture
def spare() -> Iterator[Spare]:
    kept = Spare(bare_environment(), "127.0.0.1")
    yield kept
    if kept.process is not None:
        kept.process.kill()
        kept.process.wait()


async def the_spare(supervisor: int) -> int:
    """The pid of the one that waits."""
    found: list[int] = []

    async def waits() -> bool:
        found[:] = named(descendants(supervisor), WAITING)
        return bool(found)

    await until(waits, "a spare waits", PATIENCE_S)
    (pid,) = found
    return pid


async def gone(pid: int) -> bool:
    return not exists(pid)


async def test_a_killed_worker_comes_back_in_the_process_that_waited_and_serves_pictures(
    tmp_path: Path,
) -> None:
    async with (
        platform(tmp_path / "data") as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
    ):
        host = await member(http, "Ann", host=True)
        (killed,) = named(descendants(place.process.pid), "rs-media-0")
        waited = await the_spare(place.process.pid)
        os.kill(killed, signal.SIGKILL)
        await until(lambda: gone(killed), "it is dead")
        await until(lambda: ready(place), "a worker is there")
        ann = await joined(f"{place.address}/whip/{host.room}", host.token)
        async with on_air(ann, BLUE):
            bob = await joined(f"{place.address}/whep/{host.room}")
            await until_true(lambda: sees(bob, BLUE), "the viewer sees the host", PATIENCE_S)
        assert pid_of(place, worker_of(ann)) == waited
        assert await the_spare(place.process.pid) != waited, "it is replaced"
        everybody = descendants(place.process.pid)
        for peer in (ann, bob):
            await peer.close()
    assert place.process.returncode == 0
    assert [pid for pid in everybody if exists(pid)] == []


async def test_the_spare_becomes_just_the_worker_that_died_and_is_watched_like_it(
    tmp_path: Path, valkey_url: str, redis: Redis
) -> None:
    here = {"REDIS_URL": valkey_url, "DATA_DIR": str(tmp_path), "MEDIA_UDP_PORT": "0", "MEDIA_PUBLIC_PORT": ""}
    here |= {"INTERNAL_HOST": "127.0.0.1", "INTERNAL_NAME": "127.0.0.1", "MEDIA_PROCESSES": "2"}
    log, nodes = tmp_path / "media.log", RedisNodes(redis)

    async def workers() -> dict[str, Node]:
        return {node.id: node for node in await nodes.alive("media")}

    async def both() -> bool:
        return len(await workers()) == 2

    async with running("media", free_port(), here, GIVEN, log) as service:
        await until(both, "two workers are there", PATIENCE_S)
        waited = await the_spare(service.pid)
        (killed,) = named(descendants(service.pid), "rs-media-1")
        former, priority = await workers(), os.getpriority(os.PRIO_PROCESS, killed)
        os.kill(killed, signal.SIGKILL)

        async def another(before: Node = former["media-1@127.0.0.1"]) -> bool:
            now = (await workers()).get(before.id)
            return now is not None and now.url != before.url

        await until(another, "the second worker is there again", PATIENCE_S)
        assert named(descendants(service.pid), "rs-media-1") == [waited]
        assert (await workers())["media-0@127.0.0.1"].url == former["media-0@127.0.0.1"].url
        assert os.getpriority(os.PRIO_PROCESS, waited) == priority
        os.kill(waited, signal.SIGSTOP)
        await until(lambda: gone(waited), "the watchdog kills it when it hangs", PATIENCE_S)
        await the_spare(service.pid)
        everybody = descendants(service.pid)
    assert service.returncode == 0, last_words(log)
    assert [pid for pid in everybody if exists(pid)] == []


async def test_the_spare_ends_with_a_supervisor_that_is_killed(tmp_path: Path, valkey_url: str) -> None:
    here = {"REDIS_URL": valkey_url, "DATABASE_URL": "sqlite+aiosqlite://", "INTERNAL_TOKEN": "t" * 32}
    here |= {"DATA_DIR": str(tmp_path), "MEDIA_UDP_PORT": "0"}
    supervisor = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "supervise"), env=bare_environment() | here, cwd=tmp_path
    )
    waits = await the_spare(supervisor.pid)
    supervisor.kill()
    await supervisor.wait()
    await until(lambda: gone(waits), "the spare ends")


@pytest.mark.parametrize("kept", [True, False])
def test_an_operator_can_do_without(kept: bool) -> None:
    settings = Settings(_env_file=None, internal_token=SecretStr("t" * 32), media_spare=kept)
    assert (Supervisor(settings, ("media",)).spare is not None) == kept
    assert Supervisor(settings, ("control",)).spare is None, "there are no media workers"


def test_a_spare_waits_until_the_others_have_started(spare: Spare) -> None:
    spare.watch(AFTER_S - 0.1, 0.0)
    assert spare.process is None and spare.take(0) is None
    spare.watch(AFTER_S, 0.0)
    assert spare.process is not None


async def test_one_that_has_not_done_its_imports_takes_nobodys_place(spare: Spare) -> None:
    spare.watch(AFTER_S, 0.0)
    assert spare.take(0) is None
    assert spare.process is not None and spare.process.poll() is None, "it goes on, for the next time"


async def test_one_that_died_takes_nobodys_place_and_another_comes_later(spare: Spare) -> None:
    spare.watch(AFTER_S, 0.0)
    first = spare.process
    assert first is not None
    first.kill()
    await asyncio.to_thread(first.wait)
    assert spare.take(0) is None
    spare.watch(100.0, 0.0)
    spare.watch(100.0 + AGAIN_S - 0.1, 0.0)
    assert spare.process is None
    spare.watch(100.0 + AGAIN_S, 0.0)
    assert spare.process is not None and spare.process.pid != first.pid


async def test_a_spare_whose_channel_is_closed_ends_by_itself(spare: Spare) -> None:
    spare.watch(time.monotonic(), 0.0)
    process = spare.process
    assert process is not None

    async def waits() -> bool:
        return bool(named([process.pid], WAITING))

    await until(waits, "it waits", PATIENCE_S)
    spare.close()
    assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0
