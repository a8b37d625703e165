"""Commands of one moment go out together, and each has its own answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import NoScriptError, ResponseError

import foundation.redis
import foundation.redis_together
from foundation.redis import Script


@pytest.fixture
async def client(redis: Redis, valkey_url: str) -> AsyncIterator[Redis]:
    """Another client than the one that looks on."""
    made = foundation.redis.connect(valkey_url, "together")
    await made.ping()
    yield made
    await made.aclose()


async def reads(redis: Redis) -> int:
    """How often the server has read from a socket up to now, this question aside."""
    return int((await redis.info("stats"))["total_reads_processed"])


async def test_commands_of_one_moment_are_few_packets(client: Redis, redis: Redis) -> None:
    before = await reads(redis)
    await asyncio.gather(*(client.set(f"key {number}", number) for number in range(200)))
    assert await asyncio.gather(*(client.get(f"key {number}") for number in range(200))) == [
        str(number).encode() for number in range(200)
    ]
    assert await reads(redis) - before < 20


async def test_a_wrong_command_spoils_nobody_elses_answer(client: Redis) -> None:
    await client.set("text", "x")
    answers = await asyncio.gather(
        client.set("one", 1), client.incr("text"), client.get("text"), client.hgetall("none"), return_exceptions=True
    )
    assert isinstance(answers[1], ResponseError)
    assert [answers[0], *answers[2:]] == [True, b"x", {}]


async def test_who_goes_away_takes_nobody_along(client: Redis) -> None:
    asked = [asyncio.ensure_future(client.incr("count")) for _ in range(5)]
    await asyncio.sleep(0)
    asked[2].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers[2], asyncio.CancelledError)
    assert sorted(each for each in answers if isinstance(each, int)) in ([1, 2, 4, 5], [1, 2, 3, 4])


async def test_a_script_that_the_server_does_not_know_is_loaded_by_itself(
    client: Redis, redis: Redis, tmp_path: Path
) -> None:
    path = tmp_path / "add.lua"
    path.write_text("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    script = Script(client, path)
    await redis.script_flush()
    answers = await asyncio.gather(*(script(["sum"], [number]) for number in (1, 10, 100)))
    assert max(answers) == 111
    with pytest.raises(NoScriptError):
        await client.evalsha("0" * 40, 0)


async def test_a_server_that_is_not_there_fails_everybody_who_asked(tmp_path: Path) -> None:
    away = foundation.redis.connect(f"unix://{tmp_path / 'nothing.sock'}", "away", timeout_s=0.2)
    answers = await asyncio.gather(*(away.get("x") for _ in range(3)), return_exceptions=True)
    await away.aclose()
    assert all(isinstance(each, foundation.redis.RedisAway) for each in answers)


async def test_a_client_that_is_closed_answers_who_waits(client: Redis) -> None:
    waiting = asyncio.ensure_future(client.get("x"))
    await asyncio.sleep(0)
    await client.aclose()
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], NoConnection)


async def test_more_commands_than_may_wait_are_refused(client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foundation.redis_together, "MOST_WAITING", 3)
    answers = await asyncio.gather(*(client.get("x") for _ in range(5)), return_exceptions=True)
    assert [each is None for each in answers] == [True, True, True, False, False]
