"""Our platform as a contestant: started as a user starts it, its media worker on the server's core."""

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import foundation.redis
from bench.forward.child import LOAD_CORE, SERVER_CORE
from bench.forward.http import ask
from foundation.nodes import RedisNodes
from tests.platform import platform
from tests.processes import descendants, named

LIVE_S = 20.0
STOP_S = 30.0


@dataclass(frozen=True)
class Ours:
    """``pid`` is the media worker's. ``counters``: where it tells how many packets it has sent."""

    address: str
    room: str
    key: str
    pid: int
    supervisor: int
    counters: dict[str, str]

    @property
    def whip(self) -> str:
        return f"{self.address}/whip/{self.room}"

    @property
    def whep(self) -> str:
        return f"{self.address}/whep/{self.room}"

    async def live(self) -> None:
        """Until viewers are let in."""
        async with asyncio.timeout(LIVE_S):
            while True:
                lobby = json.loads((await ask("GET", f"{self.address}/api/v1/rooms"))[2])
                if any(each["room"] == self.room for each in lobby["rooms"]):
                    return
                await asyncio.sleep(0.1)


@asynccontextmanager
async def ours(folder: Path, **settings: str) -> AsyncIterator[Ours]:
    """A platform with one room and the key to publish into it."""
    said = {"MEDIA_ADDRESSES": "127.0.0.1", "HOST": "127.0.0.1", "SESSIONS_PER_ADDRESS": "100000", **settings}
    async with platform(Path(tempfile.mkdtemp(dir=folder)) / "data", **said) as place:
        pids = descendants(place.process.pid)
        worker = named(pids, "rs-media")[0]
        for pid in pids:
            pin(pid, SERVER_CORE if pid == worker else LOAD_CORE)
        address = place.address
        account = await _post(f"{address}/api/v1/accounts", {"name": "Host", "password": "a secret of the host"})
        bearer = {"Authorization": f"Bearer {account['token']}"}
        room = await _post(f"{address}/api/v1/rooms", {"title": "Benchmark"}, bearer)
        key = await _post(f"{address}/api/v1/stream-key", {}, bearer)
        redis = foundation.redis.connect(f"unix://{place.data_dir / 'valkey' / 'valkey.sock'}", "bench")
        node = (await RedisNodes(redis).alive("media"))[0]
        await redis.aclose()
        token = json.loads((place.data_dir / "secrets.json").read_text())["internal_token"]
        counters = {"url": f"{node.url}/internal/rooms", "token": token}
        try:
            yield Ours(address, room["room"], key["key"], worker, place.process.pid, counters)
        finally:
            await stop(place.process)


async def stop(process: asyncio.subprocess.Process) -> None:
    """A crowd that is still there takes its time; the children of a killed supervisor end with it."""
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def pin(pid: int, core: int) -> None:
    """All threads of a process."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


async def _post(url: str, body: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, str]:
    said = {"Content-Type": "application/json", **(headers or {})}
    status, _, content = await ask("POST", url, json.dumps(body).encode(), said)
    if status >= 300:
        raise RuntimeError(f"{url}: {status} {content.decode()}")
    answer: dict[str, str] = json.loads(content)
    return answer
