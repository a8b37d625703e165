"""Quality over HTTP: browsers tell what they saw; nobody needs to be signed in."""

from fastapi import APIRouter, Request

from quality.schema import SamplesBody
from quality.service import Quality


def router(quality: Quality) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/quality", tags=["quality"])

    @routes.post("/samples", status_code=204)
    async def samples(body: SamplesBody, request: Request) -> None:
        """Samples of one page, usually one; also by ``navigator.sendBeacon``."""
        quality.take([each.sample() for each in body.samples], request.client.host if request.client else "")

    return routes
