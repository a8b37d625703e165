"""A process with a runner and one job, to be killed by a test: prints the pids of the job and of the fork server."""

import asyncio
from pathlib import Path

from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from transcode.job import JobReady, JobSpec
from transcode.runner import JobRunner, RunnerSettings


def parent_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]


async def main() -> None:
    bus = MemoryBus()
    runner = JobRunner(RunnerSettings({"obedient": "tests.transcode.jobs:obedient"}), bus, SystemClock())
    async with bus.subscribe(JobReady) as ready:
        await runner.start()
        status = runner.run(JobSpec("job", "obedient", {}))
        await anext(ready)
    print(status.pid, parent_of(status.pid), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
