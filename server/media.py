"""The process ``media``: one WebRTC worker on one UDP port."""

import asyncio

from prometheus_client import CollectorRegistry

from foundation.own_process import go_first
from server.http import serving
from server.internal_http import internal_app, internal_listener
from server.process import resources
from server.self_check.kept import kept
from server.self_check.routers import internal_router
from server.settings import Settings
from streaming.media.counters import CountersCollector
from streaming.media.router import router
from streaming.media.session_door import SessionDoor
from streaming.media.settings import MediaSettings
from streaming.media.worker import MediaWorker


def worker_settings(settings: Settings, index: int, url: str) -> MediaSettings:
    """What the worker with this index is told; `url` is where its internal HTTP listens."""
    assert settings.internal_token is not None
    return MediaSettings(
        worker_id=f"media-{index}@{settings.internal_name or settings.internal_host}",
        url=url,
        pipe_token=settings.internal_token.get_secret_value(),
        native=settings.media_native,
        udp_port=settings.media_udp_port + index if settings.media_udp_port else 0,
        announced_port=settings.media_public_port + index if settings.media_public_port else 0,
        public_url=settings.public_url or "",
        addresses=settings.public_ip,
        pipe_host=settings.internal_host,
        pipe_announced=settings.internal_name or "",
        drain_ms=round(settings.media_drain_s * 1000),
        ingest_bitrate_max=settings.media_ingest_bitrate_max,
        ingest_packets_max=settings.media_ingest_packets_max,
    )


async def run(settings: Settings, index: int, stop: asyncio.Event, *, listen_fd: int | None = None) -> None:
    """Serve until ``stop``, then let everybody move. The UDP port is the first worker's plus ``index``, or a free one.

    Internal HTTP is on the socket that was passed, by which the supervisor takes our pulse, or on a free port.
    """
    assert settings.internal_token is not None
    token = settings.internal_token.get_secret_value()
    go_first()
    listener, url = internal_listener(settings, listen_fd)
    async with resources(settings, f"media-{index}") as has:
        worker = MediaWorker(worker_settings(settings, index, url), has.bus, has.nodes, has.clock)
        await worker.start()
        try:
            registry = CollectorRegistry()
            registry.register(CountersCollector(worker.counters))
            app = internal_app(registry)
            app.include_router(router(worker, token))
            app.include_router(internal_router(kept(settings.data_dir), token))
            async with serving(SessionDoor(app, worker, token), listener):
                await stop.wait()
                await worker.drain()
        finally:
            await worker.close()
