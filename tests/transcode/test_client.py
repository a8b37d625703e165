"""Client and router against each other over real HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import uvicorn
from fastapi import FastAPI

from foundation import problem
from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from foundation.errors import RemoteRefusal
from foundation.internal import InternalClient
from foundation.nodes import MemoryNodes, Node
from transcode.client import FULL, NODE_KIND, JobClient
from transcode.errors import NoTranscodeNode, UnknownJob
from transcode.job import EndReason, JobReady, JobState
from transcode.router import router
from transcode.runner import JobRunner, RunnerSettings

TOKEN = "internal"
DEADLINE_S = 15.0
SETTINGS = RunnerSettings({"obedient": "tests.transcode.jobs:obedient"}, max_jobs=1)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        task = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def node(bus: MemoryBus) -> AsyncIterator[Node]:
    runner = JobRunner(SETTINGS, bus, SystemClock())
    await runner.start()
    app = FastAPI()
    problem.install(app)
    app.include_router(router(runner, TOKEN))
    async with serving(app) as url:
        yield Node(NODE_KIND, "b-node", url)
        await runner.close()


@pytest.fixture
async def nodes(node: Node) -> MemoryNodes:
    nodes = MemoryNodes()
    await nodes.announce(Node(NODE_KIND, "a-dead-node", "http://127.0.0.1:9"))
    await nodes.announce(node)
    return nodes


@pytest.fixture
async def client(nodes: MemoryNodes) -> AsyncIterator[JobClient]:
    internal = InternalClient(TOKEN)
    yield JobClient(nodes, internal)
    await internal.close()


async def test_a_job_is_started_on_a_living_node_told_asked_and_stopped(client: JobClient, bus: MemoryBus) -> None:
    async with bus.subscribe(JobReady) as facts:
        handle = await client.start("obedient", {"x": 1}, "job")
        assert handle.node_id == "b-node"
        async with asyncio.timeout(DEADLINE_S):
            fact = await anext(facts)
    assert isinstance(fact, JobReady)
    assert fact.run == handle.run
    assert (await client.status("job")).state is JobState.READY
    await client.tell("job", {"number": 1})
    stopped = await client.stop("job")
    assert stopped is not None
    assert (stopped.state, stopped.reason) == (JobState.ENDED, EndReason.STOPPED)
    again = await client.stop("job")
    assert again == stopped


async def test_starting_the_same_job_twice_gives_the_same_run(client: JobClient) -> None:
    first = await client.start("obedient", {}, "job")
    assert await client.start("obedient", {}, "job") == first


async def test_a_full_platform_refuses_with_a_code(client: JobClient) -> None:
    await client.start("obedient", {}, "one")
    with pytest.raises(NoTranscodeNode):
        await client.start("obedient", {}, "two")


async def test_the_nodes_refusal_is_passed_on(client: JobClient) -> None:
    with pytest.raises(RemoteRefusal) as refused:
        await client.start("karaoke", {}, "job")
    assert (refused.value.status, refused.value.code) == (422, "unknown-job-kind")


async def test_a_job_that_nobody_knows(client: JobClient) -> None:
    assert await client.stop("nobody") is None
    with pytest.raises(UnknownJob):
        await client.status("nobody")
    with pytest.raises(UnknownJob):
        await client.tell("nobody", {})


async def test_only_our_own_processes_may_command(nodes: MemoryNodes) -> None:
    stranger = InternalClient("guess")
    with pytest.raises(RemoteRefusal) as refused:
        await JobClient(nodes, stranger).start("obedient", {}, "job")
    await stranger.close()
    assert refused.value.status == 401


async def test_whether_there_is_room_is_known_before_anything_is_begun(nodes: MemoryNodes, node: Node) -> None:
    client = JobClient(nodes, InternalClient(TOKEN))
    await nodes.withdraw(Node(NODE_KIND, "a-dead-node", ""))
    await client.expect_room("mixer")
    await nodes.announce(replace(node, attributes={FULL.format(kind="mixer"): "the machine is busy"}))
    with pytest.raises(NoTranscodeNode, match="the machine is busy"):
        await client.expect_room("mixer")
    await client.expect_room("packager")
    await nodes.withdraw(node)
    with pytest.raises(NoTranscodeNode, match="no transcode node is alive"):
        await client.expect_room("packager")
