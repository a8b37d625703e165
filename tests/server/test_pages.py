"""The shell page's policy: strict, but for the nodes to which media requests are sent on."""

import httpx2
from fastapi import FastAPI
from redis.exceptions import ConnectionError as RedisConnectionError

from foundation.nodes import MemoryNodes, Node, NodeRegistry
from server import pages


class Away(MemoryNodes):
    async def alive(self, kind: str) -> list[Node]:
        raise RedisConnectionError


async def policy(nodes: NodeRegistry | None) -> str:
    app = FastAPI()
    pages.install(app, nodes)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here") as client:
        page = await client.get("/studio")
    assert page.status_code == 200
    said: str = page.headers["Content-Security-Policy"]
    return said


async def test_one_node_s_pages_talk_to_it_alone() -> None:
    assert "connect-src 'self';" in await policy(None)


async def test_pages_may_follow_to_every_node_that_media_may_be_at() -> None:
    nodes = MemoryNodes()
    for name in ("b", "a"):
        await nodes.announce(Node("media", name, "http://internal", attributes={"public": f"https://{name}.example"}))
    await nodes.announce(Node("media", "c", "http://internal"))
    assert "connect-src 'self' https://a.example https://b.example;" in await policy(nodes)


async def test_without_redis_the_page_comes_all_the_same() -> None:
    assert "connect-src 'self';" in await policy(Away())
