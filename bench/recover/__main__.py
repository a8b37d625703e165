"""``make bench-recover``: a media worker is killed again and again; how soon is there a new decoded picture?

On this machine: the platform, a host on the studio's page, a viewer on the room's page, and stock aiortc viewers, who
have no feed and know only what WHEP's answers say. Each kill waits until the worker before has been steady.
"""

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page
from redis.asyncio import Redis

import foundation.redis
from bench.record import Figure, write
from bench.recover.client import Client
from foundation.nodes import RedisNodes
from server.supervisor import STEADY_AFTER_S
from tests.e2e.browser import browser, person
from tests.e2e.cameras import RED
from tests.e2e.people import live_host
from tests.platform import Platform, platform
from tests.processes import descendants
from tests.server.test_machine import kind_of
from tests.waiting import until

CLIENTS = 3
PATIENCE_S = 40.0

# When a session that was opened after now shows its first decoded picture, by the clock of this machine.
AGAIN = """() => {
  const video = document.querySelector('[data-testid="program"]');
  const before = ringside.stats.joins;
  window.again = new Promise(resolve => {
    const look = () => ringside.stats.joins > before ? resolve(Date.now()) : video.requestVideoFrameCallback(look);
    video.requestVideoFrameCallback(look);
  });
}"""
# When the studio has an answer to its next offer.
HOST_AGAIN = """() => {
  const before = ringside.stats.publishes;
  window.again = new Promise(resolve => {
    const look = () => ringside.stats.publishes > before ? resolve(Date.now()) : setTimeout(look, 5);
    look();
  });
}"""


class Kill:
    """Milliseconds from one kill to each recovery."""

    def __init__(self, worker: float, host: float, page: float, clients: list[float]) -> None:
        self.worker, self.host, self.page, self.clients = worker, host, page, clients


async def worker_again(nodes: RedisNodes, former: set[str]) -> float:
    async def another() -> bool:
        return not {node.url for node in await nodes.alive("media")} <= former

    await until(another, "another worker is there", PATIENCE_S)
    return time.time()


async def client_again(client: Client, after_s: float) -> float:
    async def seen() -> bool:
        return bool(client.first_s) and client.first_s[-1] > after_s

    await until(seen, "an aiortc viewer has a picture", PATIENCE_S)
    return client.first_s[-1]


async def kill(place: Platform, nodes: RedisNodes, host: Page, viewer: Page, clients: list[Client]) -> Kill:
    former = {node.url for node in await nodes.alive("media")}
    (pid,) = (each for each in descendants(place.process.pid) if kind_of(each) == "media")
    await viewer.evaluate(AGAIN)
    await host.evaluate(HOST_AGAIN)
    os.kill(pid, signal.SIGKILL)
    killed_s = time.time()
    async with asyncio.timeout(PATIENCE_S):
        worker, published, page, *others = await asyncio.gather(
            worker_again(nodes, former),
            host.evaluate("window.again"),
            viewer.evaluate("window.again"),
            *(client_again(each, killed_s) for each in clients),
        )
    killed_ms = killed_s * 1000
    pages = (published - killed_ms, page - killed_ms)
    return Kill((worker - killed_s) * 1000, *pages, [(each - killed_s) * 1000 for each in others])


async def measure(folder: Path, kills: int) -> list[Kill]:
    found = []
    async with (
        platform(folder / "data") as place,
        browser(folder, RED, "host") as hosts,
        browser(folder) as viewers,
    ):
        redis: Redis = foundation.redis.connect(f"unix://{place.data_dir}/valkey/valkey.sock", "bench")
        host, room = await live_host(hosts, place.address, "Ruby")
        viewer = await person(viewers, place.address, calm=True)
        await viewer.goto(f"/rooms/{room}")
        await viewer.wait_for_function("""() => document.querySelector('[data-testid="program"]')?.videoWidth > 0""")
        clients = [Client(f"{place.address}/whep/{room}") for _ in range(CLIENTS)]
        running = [asyncio.create_task(client.run()) for client in clients]
        try:
            await asyncio.gather(*(client_again(each, 0) for each in clients))
            for number in range(kills):
                await asyncio.sleep(STEADY_AFTER_S + 2)
                found.append(each := await kill(place, RedisNodes(redis), host, viewer, clients))
                others = ", ".join(f"{one:.0f}" for one in each.clients)
                own = f"worker {each.worker:.0f}, host {each.host:.0f}, page {each.page:.0f}"
                print(f"{number}: {own}, aiortc {others}", flush=True)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await redis.aclose()
    return found


def figures(name: str, values: list[float], target_p50: float | None = None) -> dict[str, Figure]:
    ordered = sorted(values)
    worst = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return {
        f"{name}_p50_ms": Figure(round(statistics.median(ordered)), "ms", target_p50),
        f"{name}_p95_ms": Figure(round(worst), "ms"),
    }


def main() -> None:
    said = argparse.ArgumentParser()
    said.add_argument("--kills", type=int, default=10)
    kills = said.parse_args().kills
    with tempfile.TemporaryDirectory(prefix="ringside-recover-") as folder:
        found = asyncio.run(measure(Path(folder), kills))
    write(
        "recovery",
        {
            "kills": Figure(kills, "kills"),
            **figures("worker_back", [each.worker for each in found], 1000),
            **figures("host_back", [each.host for each in found]),
            **figures("page_picture", [each.page for each in found]),
            **figures("aiortc_picture", [one for each in found for one in each.clients]),
        },
    )


if __name__ == "__main__":
    main()
