"""The live server: every process of the platform. Each test has hosts and rooms of its own, by the names it uses."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count

import httpx2
import pytest

from tests.platform import Platform, platform
from tests.server.test_bad_input import Member, member
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import RED, encode_colour

PEOPLE = count(1)
_ROOM = re.compile(r"/(whip|whep)/(r\d)(?=/|$)")
PATIENCE_S = 30


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Two media workers. The module's tests have a loop each, so the process has one of its own."""
    context = platform(tmp_path_factory.mktemp("whole") / "data", MEDIA_PROCESSES="2")
    with asyncio.Runner() as runner:
        yield runner.run(context.__aenter__())
        runner.run(context.__aexit__(None, None, None))


@dataclass
class Names(httpx2.AsyncBaseTransport):
    """Says for `r1` and `ann` what they are called on this platform, and the other way round in Location."""

    place: Platform
    below: httpx2.AsyncHTTPTransport = field(default_factory=httpx2.AsyncHTTPTransport)
    hosts: dict[str, Member] = field(default_factory=dict)

    async def host(self, room: str) -> Member:
        if room not in self.hosts:
            # Everybody from an address of his own: sign-up is limited by address.
            number = next(PEOPLE)
            there = {"X-Forwarded-For": f"198.51.100.{number}"}
            async with self._plain(there) as http:
                self.hosts[room] = await member(http, f"Host {number}", host=True)
        return self.hosts[room]

    async def _admin(self) -> str:
        async with self._plain({}) as http:
            who = {"name": "admin", "password": self.place.admin_password}
            return str((await http.post("/api/v1/sessions", json=who)).json()["token"])

    def _plain(self, headers: dict[str, str]) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.place.address, headers=headers, trust_env=False, timeout=10)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        named = _ROOM.search(request.url.path)
        if named is not None:
            host = await self.host(named[2])
            path = _ROOM.sub(rf"/\1/{host.room}", request.url.raw_path.decode())
            request.url = request.url.copy_with(raw_path=path.encode())
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if token in ("ann", "bob"):
                request.headers["Authorization"] = f"{scheme} {host.token}"
            elif not token and (request.method, request.url.path.rpartition("/")[2]) == ("POST", "camera"):
                # Here not everybody may watch a camera.
                request.headers["Authorization"] = f"Bearer {await self._admin()}"
        response = await self.below.handle_async_request(request)
        for name, host in self.hosts.items():
            if host.room in response.headers.get("Location", ""):
                response.headers["Location"] = response.headers["Location"].replace(host.room, name)
        return response

    async def aclose(self) -> None:
        await self.below.aclose()


@pytest.fixture
async def client(place: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=place.address, transport=Names(place), timeout=10) as client:
        yield client


@pytest.fixture
async def live(place: Platform, client: httpx2.AsyncClient) -> AsyncIterator[Peer]:
    """The host of r1, whose picture has been seen."""
    names = client._transport
    assert isinstance(names, Names)
    host = await names.host("r1")
    ann = await Peer().connect(f"{place.address}/whip/{host.room}", token=host.token)
    await ann.stream(encode_colour(RED, 3))
    async with asyncio.timeout(PATIENCE_S):
        while not (await client.get(f"/api/v1/rooms/{host.room}")).json()["live"]:
            pass
    yield ann
    await ann.close()
