"""The shell page's policy: strict, but for the nodes to which media requests are sent on."""

import re

import httpx2
from fastapi import FastAPI, Response
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


async def test_a_page_asks_for_everything_by_the_edition_of_its_files() -> None:
    app = FastAPI()
    pages.install(app)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here") as client:
        page = (await client.get("/studio")).text
        asked = re.findall('(?:href|src)="([^"]+)"', page)
        assert len(asked) > 30 and len({address.split("/")[2] for address in asked}) == 1
        for address in asked:
            answer = await client.get(address)
            assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True), address


async def test_every_answer_says_the_policy_unless_it_has_one_of_its_own() -> None:
    app = FastAPI()
    pages.install(app)
    app.add_api_route("/own", lambda: Response(headers={"Referrer-Policy": "no-referrer"}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here") as client:
        for path in ("/login", "/static/nothing", "/nowhere"):
            said = (await client.get(path)).headers
            assert {name: said.get_list(name) for name in pages.POLICY} == {
                name: [value] for name, value in pages.POLICY.items()
            }, path
        assert (await client.get("/own")).headers.get_list("Referrer-Policy") == ["no-referrer"]
        assert "Content-Security-Policy" not in (await client.get("/docs")).headers
