"""Listening on both families of addresses, and whose word about an address is believed."""

import socket
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Request

from foundation.address import subject_of
from server.http import both_spellings, listen, serving

TOLD = {"X-Forwarded-For": "198.51.100.7"}
HAS_IPV6 = socket.has_ipv6


def test_a_trusted_proxy_is_known_by_its_ipv4_address_on_a_listener_for_both() -> None:
    assert both_spellings("127.0.0.1, ::1") == "127.0.0.1,::1,::ffff:7f00:1"
    assert both_spellings("10.0.0.0/8") == "10.0.0.0/8,::ffff:a00:0/104"
    assert both_spellings("*") == "*"


@pytest.fixture
def asked() -> list[str]:
    """Where requests have come from, as the limits count them."""
    return []


def site(asked: list[str]) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def who(request: Request) -> None:
        assert request.client is not None
        asked.append(subject_of(request.client.host))

    return app


@pytest.mark.skipif(not HAS_IPV6, reason="this Python has no IPv6")
@pytest.mark.parametrize(("trusted", "expected"), [("127.0.0.1,::1", "198.51.100.7"), ("192.0.2.1", None)])
async def test_one_listener_serves_both_families_and_counts_by_the_right_address(
    asked: list[str], trusted: str, expected: str | None
) -> None:
    listener = listen("::", 0)
    port = listener.getsockname()[1]
    async with (
        serving(site(asked), listener, trusted_proxies=trusted),
        httpx2.AsyncClient(trust_env=False) as client,
    ):
        for host in ("127.0.0.1", "[::1]"):
            assert (await client.get(f"http://{host}:{port}/", headers=TOLD)).status_code == 200
    assert asked == ([expected] * 2 if expected else ["127.0.0.1", "::/64"])


@pytest.mark.skipif(not HAS_IPV6, reason="this Python has no IPv6")
def test_a_listener_on_one_ipv6_address_takes_no_ipv4() -> None:
    with listen("::1", 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1


async def test_an_idle_connection_is_given_up_by_our_clients_before_the_server_closes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[uvicorn.Config] = []

    class Noted(uvicorn.Config):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            made.append(self)

    monkeypatch.setattr("uvicorn.Config", Noted)
    async with serving(FastAPI(), listen("127.0.0.1", 0)):
        pass
    expiry = httpx2.Limits().keepalive_expiry
    assert expiry is not None
    assert made[0].timeout_keep_alive >= 2 * expiry


def test_the_second_part_of_an_answer_does_not_wait_for_the_reader_to_acknowledge_the_first() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
