"""The process ``transcode``: runs media jobs, each in a child process of its own."""

import asyncio

from foundation.nodes import Node, keep_announcing
from server.http import serving
from server.internal_http import internal_app, internal_listener
from server.process import resources
from server.settings import Settings
from transcode.admission import Costs
from transcode.client import FULL, NODE_KIND
from transcode.machine import cores
from transcode.router import router
from transcode.runner import JobRunner, RunnerSettings

# Which function each kind of job is. Named as text and imported in the child: transcode knows no domain.
KINDS = {"mixer": "pk.mixer.job:run", "posters": "transcode.poster_job:run"}
PRELOAD = ("pk.mixer.job", "transcode.poster_job")
# Cores that a job is expected to take: a mixer of two hosts at 720x640p30, with some room;
# fifty posters in five seconds.
COSTS = {"mixer": 0.4, "posters": 0.1}
LIGHT = frozenset({"posters"})


async def run(settings: Settings, index: int, stop: asyncio.Event) -> None:
    """Serve until ``stop``; then every job is asked to end."""
    assert settings.internal_token is not None and settings.redis_url is not None
    listener, url = internal_listener(settings)
    async with resources(settings, f"transcode-{index}") as has:
        costs = Costs(settings.transcode_cores or cores(), COSTS, LIGHT)
        added = {"posters": {"redis": settings.redis_url}}
        runner = JobRunner(RunnerSettings(KINDS, PRELOAD, costs=costs, added=added), has.bus, has.clock)
        await runner.start()
        node_id = f"transcode-{index}@{settings.internal_name or settings.internal_host}"
        has.tasks.start(keep_announcing(has.nodes, lambda: node_of(runner, node_id, url)), "announce")
        try:
            app = internal_app()
            app.include_router(router(runner, settings.internal_token.get_secret_value()))
            async with serving(app, listener):
                await stop.wait()
        finally:
            await runner.close()


def node_of(runner: JobRunner, node_id: str, url: str) -> Node:
    """What ``runner`` says of itself: how full it is, and of which kinds it takes no other job, and why."""
    reasons = {FULL.format(kind=kind): runner.refusal(kind) for kind in KINDS}
    full: dict[str, str | int] = {name: reason for name, reason in reasons.items() if reason is not None}
    return Node(NODE_KIND, node_id, url, runner.load, full)
