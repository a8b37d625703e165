"""Start, stop, tell and ask about jobs, on whichever transcode node has room."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foundation.errors import RemoteRefusal, Unavailable
from foundation.internal import InternalClient
from foundation.nodes import Node, NodeRegistry
from transcode.errors import NoTranscodeNode, UnknownJob
from transcode.job import EndReason, JobState, JobStatus

NODE_KIND = "transcode"
FULL = "full:{kind}"  # attribute of a node that starts no job of the kind: why


@dataclass(frozen=True)
class JobHandle:
    """A job that was started. ``run`` is carried by its ``JobReady`` and ``JobEnded``."""

    job_id: str
    kind: str
    run: str
    node_id: str


class JobClient:
    """``start`` is idempotent by job id while that job runs anywhere; an ended one may be started again by its id."""

    def __init__(self, registry: NodeRegistry, internal: InternalClient) -> None:
        self._registry = registry
        self._internal = internal

    async def start(self, kind: str, arguments: Mapping[str, Any], job_id: str, *, renewed: bool = False) -> JobHandle:
        """Have a node run the job; it is ready when ``JobReady`` comes. ``NoTranscodeNode`` with why if none does.

        ``renewed``: it takes the place of one that ended too early; nobody refuses it for what it costs.
        """
        found = await self._find(job_id)
        if found is not None and found[1].state is not JobState.ENDED:
            return JobHandle(job_id, found[1].kind, found[1].run, found[0].id)
        body = {"id": job_id, "kind": kind, "arguments": dict(arguments), "renewed": renewed}
        reason = ""
        for node in await self._registry.alive(NODE_KIND):
            try:
                started = _status(await self._internal.call("POST", f"{node.url}/internal/jobs", body))
            except Unavailable:
                continue
            except RemoteRefusal as refused:
                if refused.status == 503:
                    reason = reason or refused.detail
                    continue
                raise
            return JobHandle(job_id, kind, started.run, node.id)
        raise NoTranscodeNode(reason, retry_after_s=1)

    async def expect_room(self, kind: str) -> None:
        """Return if a node would start a job of ``kind`` now, by what each said within the last second.

        ``NoTranscodeNode`` with the reason if none would: to be asked before something is begun that needs the job.
        """
        reason = "no transcode node is alive"
        for node in await self._registry.alive(NODE_KIND):
            if (full := node.attributes.get(FULL.format(kind=kind))) is None:
                return
            reason = str(full)
        raise NoTranscodeNode(reason, retry_after_s=5)

    async def stop(self, job_id: str) -> JobStatus | None:
        """Ask the job to stop and wait until it has; None if nobody knows it."""
        found = await self._find(job_id)
        if found is None:
            return None
        node, status = found
        if status.state is JobState.ENDED:
            return status
        return _status(await self._internal.call("DELETE", f"{node.url}/internal/jobs/{job_id}"))

    async def status(self, job_id: str) -> JobStatus:
        """``UnknownJob`` when no living node knows it: it may have died with its node."""
        found = await self._find(job_id)
        if found is None:
            raise UnknownJob(f"no transcode node knows job {job_id}")
        return found[1]

    async def tell(self, job_id: str, message: Mapping[str, Any]) -> None:
        """Hand ``message`` to the running job; what it means is between its kind and the caller."""
        found = await self._find(job_id)
        if found is None:
            raise UnknownJob(f"no transcode node knows job {job_id}")
        await self._internal.call("POST", f"{found[0].url}/internal/jobs/{job_id}/messages", {"message": dict(message)})

    async def _find(self, job_id: str) -> tuple[Node, JobStatus] | None:
        """The node that runs the job, else one that remembers its end."""
        ended: tuple[Node, JobStatus] | None = None
        for node in await self._registry.alive(NODE_KIND):
            try:
                status = _status(await self._internal.call("GET", f"{node.url}/internal/jobs/{job_id}"))
            except Unavailable:
                continue
            except RemoteRefusal as refused:
                if refused.status == 404:
                    continue
                raise
            if status.state is not JobState.ENDED:
                return node, status
            ended = node, status
        return ended


def _status(answer: Mapping[str, Any]) -> JobStatus:
    reason = answer["reason"]
    return JobStatus(
        **{**answer, "state": JobState(answer["state"]), "reason": None if reason is None else EndReason(reason)}
    )
