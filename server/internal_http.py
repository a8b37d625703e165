"""The internal side of a process: an app for our own processes, listening on the internal network only."""

import socket

from fastapi import FastAPI, Response
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from foundation import problem
from server.http import listen
from server.settings import Settings


def internal_app(*registries: CollectorRegistry) -> FastAPI:
    """An app with refusals as problems, ``/healthz`` and this process's ``/metrics``."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    problem.install(app)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/metrics")
    async def metrics() -> Response:
        text = b"".join(generate_latest(registry) for registry in (REGISTRY, *registries))
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


def internal_listener(settings: Settings, listen_fd: int | None = None) -> tuple[socket.socket, str]:
    """A listener on a free internal port, or the one that was passed, and the URL by which others reach it."""
    listener = listen(settings.internal_host, 0) if listen_fd is None else socket.socket(fileno=listen_fd)
    listener.setblocking(False)
    return listener, f"http://{settings.internal_name or settings.internal_host}:{listener.getsockname()[1]}"
