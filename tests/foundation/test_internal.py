"""What one of our processes learns when another one answers, refuses or fails."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse

from foundation.errors import RemoteRefusal, Unavailable
from foundation.internal import InternalClient
from foundation.tasks import TaskOwner
from tests.streaming.media.rig import until


@asynccontextmanager
async def other_process() -> AsyncIterator[tuple[InternalClient, str]]:
    app = FastAPI()
    app.add_api_route("/good", lambda: {"value": 1})
    app.add_api_route("/empty", lambda: PlainTextResponse(""))
    app.add_api_route("/refusal", lambda: JSONResponse({"code": "no", "detail": "why", "reason": "so"}, 409))
    app.add_api_route("/failure", lambda: PlainTextResponse("Internal Server Error", 500))
    app.add_api_route("/list", lambda: JSONResponse([1]))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    tasks = TaskOwner("test")
    serving = tasks.start(server.serve([listening]), "http")
    client = InternalClient("token")
    try:
        await until(lambda: server.started, "the server listens")
        yield client, f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await client.close()
        server.should_exit = True
        await serving
        await tasks.close()


async def test_an_answer_is_its_object_and_nothing_is_an_empty_one() -> None:
    async with other_process() as (client, url):
        assert await client.call("GET", f"{url}/good") == {"value": 1}
        assert await client.call("GET", f"{url}/empty") == {}


async def test_a_refusal_is_passed_on_with_all_that_it_says() -> None:
    async with other_process() as (client, url):
        with pytest.raises(RemoteRefusal) as refused:
            await client.call("GET", f"{url}/refusal")
    assert (refused.value.status, refused.value.code) == (409, "no")


@pytest.mark.parametrize("path", ["failure", "list"])
async def test_a_process_that_fails_is_unavailable(path: str) -> None:
    async with other_process() as (client, url):
        with pytest.raises(Unavailable):
            await client.call("GET", f"{url}/{path}")


async def test_a_process_that_is_not_there_is_unavailable() -> None:
    async with other_process() as (_, url):
        pass  # it ends at once
    again = InternalClient("token")
    with pytest.raises(Unavailable):
        await again.call("GET", f"{url}/good")
    await again.close()
