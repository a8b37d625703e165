"""HTTP between our own processes, against a server that says exactly what the test has written down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from foundation import http_client
from foundation.http_client import HttpClient, HttpFailed
from tests.streaming.media.rig import until

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: Value\r\n\r\n{}"


class Server:
    """Answers every request with ``says``, portion by portion; an empty portion closes the connection."""

    def __init__(self, *says: bytes) -> None:
        self.says = says
        self.connections = 0
        self.open = 0
        self.heard: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next((line for line in head.lower().split(b"\r\n") if b"content-length" in line), b":0")
                self.heard.append(head + await reader.readexactly(int(length.partition(b":")[2])))
                for portion in self.says:
                    if not portion:
                        writer.close()
                        return
                    writer.write(portion)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def talking(*says: bytes, timeout_s: float = 10.0) -> AsyncIterator[tuple[HttpClient, Server]]:
    server = Server(*says)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        client = HttpClient({"X-Secret": "token"}, timeout_s)
        try:
            yield client, server
        finally:
            await client.close()
            await until(lambda: not server.open, "connections end with their client")


async def test_a_request_says_whom_it_asks_for_what_with_which_secret() -> None:
    async with talking(GOOD) as (client, server):
        answer = await client.request("POST", f"{server.url}/path?query=1", b'{"a":1}')
    head, _, body = server.heard[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /path?query=1 HTTP/1.1"
    assert {b"X-Secret: token", b"Host: " + server.url[7:].encode()} < set(head.split(b"\r\n"))
    assert body == b'{"a":1}'
    assert (answer.status, answer.headers["x-name"], answer.body) == (200, "Value", b"{}")


async def test_calls_one_after_the_other_share_a_connection_and_calls_at_once_do_not() -> None:
    async with talking(GOOD) as (client, server):
        for _ in range(3):
            await client.request("GET", server.url)
        assert server.connections == 1
        await asyncio.gather(*(client.request("GET", server.url) for _ in range(3)))
        assert server.connections == 3


async def test_more_calls_than_connections_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "CONNECTIONS_MAX", 2)
    async with talking(GOOD) as (client, server):
        answers = await asyncio.gather(*(client.request("GET", server.url) for _ in range(9)))
        assert [answer.status for answer in answers] == [200] * 9
        assert server.connections == 2


async def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    async with talking(GOOD) as (client, server):
        await client.request("GET", server.url)
        server.writers[0].close()
        await until(lambda: not server.open, "the connection is closed")
        assert (await client.request("GET", server.url)).status == 200


async def test_a_connection_that_was_idle_for_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "IDLE_S", 0.0)
    async with talking(GOOD) as (client, server):
        await client.request("GET", server.url)
        await client.request("GET", server.url)
        assert server.connections == 2


async def test_an_answer_may_come_in_pieces_and_in_chunks() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with talking(*(bytes([each]) for each in chunked)) as (client, server):
        assert (await client.request("GET", server.url)).body == b"abcde"


async def test_who_closes_with_the_answer_is_believed() -> None:
    async with talking(b"HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", b"") as (client, server):
        for _ in range(2):
            assert (await client.request("GET", server.url)).status == 503
        assert server.connections == 2


@pytest.mark.parametrize(
    "says",
    [
        (b"",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b""),
        (b"no HTTP at all\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", b"x" * 2000),
    ],
    ids=["closed", "half an answer", "another protocol", "too large"],
)
async def test_what_is_no_answer_is_a_failure(says: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "ANSWER_BYTES_MAX", 1000)
    async with talking(*says) as (client, server):
        with pytest.raises(HttpFailed):
            await client.request("GET", server.url)


async def test_an_answer_to_nothing_closes_the_connection() -> None:
    async with talking(GOOD + GOOD) as (client, server):
        await client.request("GET", server.url)
        await until(lambda: not server.open, "the connection is closed")


async def test_who_does_not_answer_in_time_has_failed_and_his_answer_goes_to_nobody() -> None:
    async with talking(timeout_s=0.1) as (client, server):
        with pytest.raises(HttpFailed):
            await client.request("GET", server.url)
        await until(lambda: not server.open, "the connection is closed")


async def test_a_call_that_is_cancelled_takes_its_connection_along() -> None:
    async with talking() as (client, server):
        call = asyncio.create_task(client.request("GET", server.url))
        await until(lambda: server.heard, "the request has come")
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await until(lambda: not server.open, "the connection is closed")


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_both_event_loops_will_do(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def ask() -> int:
        async with talking(GOOD) as (client, server):
            return (await client.request("GET", server.url)).status

    work: Coroutine[Any, Any, int] = ask()
    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(work) == 200
