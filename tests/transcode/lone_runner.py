"""A process with a runner and one job, to be killed by a test: prints the pids of the job and of the fork server."""

import asyncio
from pathlib import Path

from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from transcode.job import JobReady, JobSpec
from transcode.runner import JobRunner, RunnerSettings


async def main() -> None:
    bus = MemoryBus()
    runner = JobRunner(RunnerSettings({"obedient": "tests.transcode.jobs:obedient"}), bus, SystemClock())
    async with bus.subscribe(JobReady) as ready:
        await runner.start()
        status = runner.run(JobSpec("job", "obedient", {}))
        await anext(ready)
    fork_server = Path(f"/proc/{status.pid}/stat").read_text().rpartition(")")[2].split()[1]
    print(status.pid, fork_server, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
