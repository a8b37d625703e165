"""What one of our processes learns when another one answers, refuses or fails."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from foundation import internal
from foundation.errors import RemoteRefusal, Unavailable
from foundation.internal import HEADER, InternalClient
from foundation.tasks import TaskOwner
from tests.streaming.media.rig import until


async def echo(request: Request) -> dict[str, object]:
    return {"secret": request.headers[HEADER], "said": await request.json()}


@asynccontextmanager
async def other_process() -> AsyncIterator[tuple[InternalClient, str]]:
    app = FastAPI()
    app.add_api_route("/good", lambda: {"value": 1})
    app.add_api_route("/empty", lambda: PlainTextResponse(""))
    app.add_api_route("/refusal", lambda: JSONResponse({"code": "no", "detail": "why", "reason": "so"}, 409))
    app.add_api_route("/failure", lambda: PlainTextResponse("Internal Server Error", 500))
    app.add_api_route("/list", lambda: JSONResponse([1]))
    app.add_api_route("/echo", echo, methods=["POST"])
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


async def test_a_call_takes_the_secret_with_it_and_json_that_was_made_before_as_it_is() -> None:
    async with other_process() as (client, url):
        assert await client.call("POST", f"{url}/echo", {"a": 1}) == {"secret": "token", "said": {"a": 1}}
        assert (await client.call("POST", f"{url}/echo", b'{"b":2}'))["said"] == {"b": 2}


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internal, "ANSWER_BYTES_MAX", 10)
    async with other_process() as (client, url):
        assert await client.call("GET", f"{url}/empty") == {}
        with pytest.raises(Unavailable, match="too large"):
            await client.call("GET", f"{url}/good")


async def test_a_process_that_was_started_again_is_reached_at_once() -> None:
    connections = 0

    async def closes_after_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()  # without a word before, as a process that is killed does
        ended.set()

    client = InternalClient("token")
    async with await asyncio.start_server(closes_after_each, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for _ in range(2):
            ended = asyncio.Event()
            await client.call("GET", url)
            await ended.wait()
        await client.close()
    assert connections == 2
