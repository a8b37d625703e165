"""What this server can do, told to whoever builds on it before he begins."""

from fastapi import APIRouter

from streaming.feed.protocol import OLDEST_PROTOCOL, PROTOCOL
from streaming.schema import SOURCES

PUBLISH = ("whip",)


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["capabilities"])

    @routes.get("/capabilities")
    async def capabilities() -> dict[str, object]:
        """Versions of the room feed, and the kinds of sources and of publishing."""
        return {
            "protocol": {"oldest": OLDEST_PROTOCOL, "newest": PROTOCOL},
            "sources": list(SOURCES),
            "publish": list(PUBLISH),
        }

    return routes
