"""The internal HTTP of a transcode node: commands for its runner, from our own processes only."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from foundation.internal import guard
from transcode.job import JobSpec
from transcode.runner import JobRunner


class StartJob(BaseModel):
    id: str = Field(min_length=1, max_length=64)
    kind: str = Field(min_length=1, max_length=64)
    arguments: dict[str, Any] = Field(default_factory=dict)
    renewed: bool = False


class TellJob(BaseModel):
    message: dict[str, Any]


def router(runner: JobRunner, token: str) -> APIRouter:
    """POST, GET and DELETE of jobs under ``/internal/jobs``; ``token`` is the internal one."""
    routes = APIRouter(prefix="/internal/jobs", dependencies=[Depends(guard(token))])

    @routes.post("", status_code=201)
    async def start(body: StartJob) -> dict[str, Any]:
        return asdict(runner.run(JobSpec(body.id, body.kind, body.arguments), body.renewed))

    @routes.get("")
    async def statuses() -> dict[str, Any]:
        return {"jobs": [asdict(status) for status in runner.statuses()]}

    @routes.get("/{job_id}")
    async def status(job_id: str) -> dict[str, Any]:
        return asdict(runner.status(job_id))

    @routes.delete("/{job_id}")
    async def stop(job_id: str) -> dict[str, Any]:
        return asdict(await runner.stop(job_id))

    @routes.post("/{job_id}/messages")
    async def tell(job_id: str, body: TellJob) -> dict[str, Any]:
        runner.tell(job_id, body.message)
        return {}

    return routes
