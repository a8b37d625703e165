"""The process ``transcode``: runs media jobs, each in a child process of its own."""

import asyncio

from foundation.nodes import Node, keep_announcing
from server.http import serving
from server.internal_http import internal_app, internal_listener
from server.process import resources
from server.settings import Settings
from transcode.client import NODE_KIND
from transcode.router import router
from transcode.runner import JobRunner, RunnerSettings

# Which function each kind of job is. Named as text and imported in the child: transcode knows no domain.
KINDS = {"mixer": "pk.mixer.job:run"}
PRELOAD = ("pk.mixer.job",)


async def run(settings: Settings, index: int, stop: asyncio.Event) -> None:
    """Serve until ``stop``; then every job is asked to end."""
    assert settings.internal_token is not None
    listener, url = internal_listener(settings)
    async with resources(settings, f"transcode-{index}") as has:
        runner = JobRunner(RunnerSettings(KINDS, PRELOAD), has.bus, has.clock)
        await runner.start()
        node_id = f"transcode-{index}@{settings.internal_name or settings.internal_host}"
        has.tasks.start(keep_announcing(has.nodes, lambda: Node(NODE_KIND, node_id, url, runner.load)), "announce")
        try:
            app = internal_app()
            app.include_router(router(runner, settings.internal_token.get_secret_value()))
            async with serving(app, listener):
                await stop.wait()
        finally:
            await runner.close()
