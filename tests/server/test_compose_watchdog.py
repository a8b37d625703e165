"""The compose file's media service looks after its worker: what hangs there is killed and started again."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

import foundation.redis
from foundation.nodes import Node, RedisNodes
from tests.processes import descendants, exists
from tests.server.test_compose_run import free_port, last_words, running
from tests.server.test_machine import kind_of
from tests.waiting import until

GIVEN = {"SECRET_KEY": "s" * 48, "INTERNAL_TOKEN": "t" * 32, "POSTGRES_PASSWORD": "p", "PUBLIC_IP": "127.0.0.1"}


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    opened = foundation.redis.connect(valkey_url, "test")
    yield opened
    await opened.aclose()


def workers_of(pid: int) -> list[int]:
    return [each for each in descendants(pid) if kind_of(each) == "media"]


async def test_a_worker_that_hangs_in_its_container_is_replaced_and_all_end_on_sigterm(
    tmp_path: Path, valkey_url: str, redis: Redis
) -> None:
    here = {"REDIS_URL": valkey_url, "DATA_DIR": str(tmp_path), "MEDIA_UDP_PORT": "0", "MEDIA_PUBLIC_PORT": ""}
    here |= {"INTERNAL_HOST": "127.0.0.1", "INTERNAL_NAME": "127.0.0.1"}
    log, nodes = tmp_path / "media.log", RedisNodes(redis)
    seen: list[Node] = []

    async def another() -> bool:
        seen.extend(node for node in await nodes.alive("media") if node.url not in {each.url for each in seen})
        return len(seen) > before

    async with running("media", free_port(), here, GIVEN, log) as service:
        before = 0
        await until(another, "a worker is there")
        (hung,) = workers_of(service.pid)
        os.kill(hung, signal.SIGSTOP)
        before = 1
        await until(another, "another one is there")
        assert not exists(hung)
        everybody = descendants(service.pid)
    assert [pid for pid in everybody if exists(pid)] == []
    assert service.returncode == 0, last_words(log)
    assert {each.id for each in seen} == {"media-0@127.0.0.1"}, "under the same name"
    assert "a media worker is dead and is killed" in last_words(log)
