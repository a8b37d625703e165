"""What a newcomer in a room is shown by the api as it is composed: the gifts of the last moments, and what goes on."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from foundation.sql import Database
from gifts.bodies import gift_body
from gifts.settings import GiftSettings
from gifts.store import Shown
from gifts.store_redis import RedisBoard
from server.api import compose
from server.http import listen, serving
from server.process import resources
from server.settings import Settings
from tests.gifts.world import gift


@pytest.fixture
async def address(redis: Redis, valkey_url: str, database: Database, tmp_path: Path) -> AsyncIterator[str]:
    settings = Settings(
        _env_file=None,
        redis_url=valkey_url,
        database_url=str(database.engine.url),
        data_dir=tmp_path,
        secret_key=SecretStr("s" * 48),
        internal_token=SecretStr("t" * 32),
    )
    listener = listen("127.0.0.1", 0)
    async with resources(settings, "newcomer") as has, AsyncExitStack() as stack:
        async with serving(await compose(has, stack), listener):
            yield f"127.0.0.1:{listener.getsockname()[1]}"


async def test_the_snapshot_has_the_last_gifts_of_the_room_and_its_open_combos(address: str, redis: Redis) -> None:
    async with httpx2.AsyncClient(base_url=f"http://{address}/api/v1") as http:
        session = (await http.post("/accounts", json={"name": "Ruby", "password": "a long password"})).json()
        opened = await http.post("/rooms", json={}, headers={"Authorization": f"Bearer {session['token']}"})
    room = opened.json()["room"]
    board, sent = RedisBoard(redis, GiftSettings().combo_ms), gift(count=3, room=room)
    await board.count_in_room(1, room, [Shown(sent, (room,))])
    body = gift_body(sent, None, 3, sent.id, 1)
    await board.mark_shown(1, room, [body])
    async with connect(f"ws://{address}/api/v1/rooms/{room}/feed") as socket:
        messages: list[dict[str, Any]] = [json.loads(await socket.recv()) for _ in range(2)]
    snapshot = messages[1]["d"]
    assert snapshot["gifts"] == [body]
    assert [(combo["combo_id"], combo["count"]) for combo in snapshot["combos"]] == [(sent.id, 3)]
