"""What the self-check found, for operators: each media worker tells of its own machine, the api asks them all."""

import asyncio

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ValidationError

from accounts.principal import Admin
from foundation.errors import Refusal
from foundation.internal import InternalClient, guard
from foundation.nodes import Node, NodeRegistry
from server.self_check.kept import SelfCheckBody


class WorkersCheck(SelfCheckBody):
    worker: str


class ChecksBody(BaseModel):
    workers: list[WorkersCheck]
    silent: list[str]
    """Workers that are announced and did not answer."""


def internal_router(found: SelfCheckBody, token: str) -> APIRouter:
    """Of a media worker; `found` is of its machine, at its start."""
    routes = APIRouter(prefix="/internal", dependencies=[Depends(guard(token))])

    @routes.get("/self-check")
    async def self_check() -> SelfCheckBody:
        return found

    return routes


def admin_router(nodes: NodeRegistry, internal: InternalClient) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin", tags=["admin"])

    async def ask(node: Node) -> WorkersCheck | None:
        try:
            said = await internal.call("GET", f"{node.url}/internal/self-check")
            return WorkersCheck.model_validate({**said, "worker": node.id})
        except (Refusal, ValidationError):
            return None

    @routes.get("/self-check")
    async def self_check(principal: Admin) -> ChecksBody:
        """What each media worker's machine had wrong with its network settings when the worker was started."""
        asked = sorted(await nodes.alive("media"), key=lambda node: node.id)
        answers = await asyncio.gather(*map(ask, asked))
        silent = [node.id for node, answer in zip(asked, answers, strict=True) if answer is None]
        return ChecksBody(workers=[answer for answer in answers if answer is not None], silent=silent)

    return routes
