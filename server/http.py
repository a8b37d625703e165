"""Uvicorn inside a process that also does other things: it serves until told to stop and leaves signals alone."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from server.websocket_line import WebSocketLine, self_test

START_S = 10.0
DRAIN_S = 2
# The feed itself closes with a code of its own from 16 KiB on; this is only the outermost limit.
SOCKET_MESSAGE_BYTES = 64 * 1024
# A peer that acknowledges nothing for so long is gone: a frozen reader would else hold his socket for many minutes.
UNACKNOWLEDGED_MS = 20_000
# Longer than clients (ours: 5 s) and proxies (nginx: 60 s) keep an idle connection: who closes first must be the one
# who asks, or now and then a request meets a connection that is being closed.
IDLE_S = 75


class _Server(uvicorn.Server):
    """Signals belong to the process, which tells every part of it to stop."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one; `::` takes IPv4 as well.

    A restart does not wait for old connections to fade.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. Head and body of an answer are two writes: without it the second one waits for the
    # acknowledgement of the first, which the reader's kernel delays by 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
    listener.bind((host, port))
    listener.listen(2048)
    listener.setblocking(False)
    return listener


def both_spellings(proxies: str) -> str:
    """With each IPv4 address or network also as a listener on `::` sees it (RFC 4291, section 2.5.5.2)."""
    said = [each.strip() for each in proxies.split(",") if each.strip()]
    for each in list(said):
        with contextlib.suppress(ValueError):
            network = ipaddress.IPv4Network(each)
            mapped = ipaddress.IPv6Network((f"::ffff:{network.network_address}", 96 + network.prefixlen))
            said.append(str(mapped) if "/" in each else str(mapped.network_address))
    return ",".join(said)


@asynccontextmanager
async def serving(
    app: ASGIApp,
    listener: socket.socket,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    trusted_proxies: str = "127.0.0.1",
) -> AsyncIterator[None]:
    """Serve ``app`` on ``listener`` while the block runs; then let requests finish for ``DRAIN_S`` seconds."""
    self_test()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws=WebSocketLine,
        ws_max_size=SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # the feed asks all sockets of a room at once
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=both_spellings(trusted_proxies),
        timeout_graceful_shutdown=DRAIN_S,
        timeout_keep_alive=IDLE_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    server = _Server(config)
    task = asyncio.get_running_loop().create_task(server.serve([listener]), name="http")
    try:
        async with asyncio.timeout(START_S):
            while not server.started:
                if task.done():
                    await task
                    raise RuntimeError("the HTTP server ended before it had started")
                await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
