"""Signing out on one api process closes what was opened with that sign-in on another one, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

import streaming.feed.feed
from foundation.sql import Database
from server.api import compose
from server.http import listen, serving
from server.process import resources
from server.settings import Settings

CREDENTIALS = {"name": "Ruby", "password": "a long password"}


@asynccontextmanager
async def api(settings: Settings, name: str) -> AsyncIterator[str]:
    listener = listen("127.0.0.1", 0)
    async with resources(settings, name) as has, AsyncExitStack() as stack:
        async with serving(await compose(has, stack), listener):
            yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
async def addresses(
    redis: Redis, valkey_url: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[str, str]]:
    # The look at all sockets each second would find them too; here only the news itself closes them.
    monkeypatch.setattr(streaming.feed.feed, "SWEEP_EVERY_S", 3600.0)
    settings = Settings(
        _env_file=None,
        redis_url=valkey_url,
        database_url=str(database.engine.url),
        data_dir=tmp_path,
        secret_key=SecretStr("s" * 48),
        internal_token=SecretStr("t" * 32),
    )
    async with api(settings, "here") as here, api(settings, "there") as there:
        yield here, there


async def closed_with(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(10):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code


async def test_its_sockets_are_closed_on_every_process_and_those_of_other_sign_ins_stay(
    addresses: tuple[str, str],
) -> None:
    here, there = addresses
    async with httpx2.AsyncClient(base_url=f"http://{here}/api/v1", timeout=20) as http:
        phone = (await http.post("/accounts", json=CREDENTIALS)).json()["token"]
        laptop = (await http.post("/sessions", json=CREDENTIALS)).json()["token"]
        opened = await http.post("/rooms", json={}, headers={"Authorization": f"Bearer {phone}"})
        feed = f"ws://{there}/api/v1/rooms/{opened.json()['room']}/feed?v=1&token="
        async with connect(feed + phone) as lost, connect(feed + laptop) as kept:
            for socket in (lost, kept):
                await socket.recv()
            answer = await http.delete("/me/sessions", headers={"Authorization": f"Bearer {laptop}"})
            assert answer.status_code == 204
            assert await closed_with(lost) == 4002
            await kept.ping()
            gone = await http.delete("/sessions", headers={"Authorization": f"Bearer {laptop}"})
            assert gone.status_code == 204
            assert await closed_with(kept) == 4002
