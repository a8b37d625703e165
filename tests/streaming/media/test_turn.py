"""A viewer in a network that lets nothing but TURN out: Chromium, our pages' own exchange, and a real coturn."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import aioice
import pytest
from aioice import turn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from foundation import problem
from foundation.clock import SystemClock
from server.http import listen, serving
from streaming import whep_router, whip_router
from streaming.ice_servers import IceServers
from streaming.media_http import MediaEndpoint
from streaming.media_limits import SessionLimits
from tests.streaming.media.browser import chromium, connect, open_page, shows, write_camera
from tests.streaming.media.coturn import PROGRAM, WHY_NOT, coturn
from tests.streaming.media.pictures import RED
from tests.streaming.media.rig import PAGE, Rig, running, until

pytestmark = pytest.mark.skipif(PROGRAM is None, reason=WHY_NOT)
SECRET = "north"
WEB = Path(__file__).parents[3] / "web"

# The page's own module does all of it; `relay` keeps the browser from any other way.
WATCH = """async () => {
  const { negotiate } = await import('/static/client/media/exchange.js');
  const pc = window.pc = new RTCPeerConnection({iceTransportPolicy: 'relay'});
  window.gathered = [];
  pc.onicecandidate = ({candidate}) => { if (candidate) gathered.push(candidate.type); };
  const stream = new MediaStream();
  pc.ontrack = ({track}) => { stream.addTrack(track); document.querySelector('video').srcObject = stream; };
  for (const kind of ['video', 'audio']) pc.addTransceiver(kind, {direction: 'recvonly'});
  await negotiate(pc, await pc.createOffer(), '/whep/r1', null, new AbortController().signal);
}"""
WAYS = """async () => {
  const reports = new Map(await pc.getStats());
  const transport = [...reports.values()].find(each => each.type === 'transport');
  const pair = reports.get(transport.selectedCandidatePairId);
  const local = reports.get(pair.localCandidateId);
  return {kinds: [...new Set(gathered)], way: local.candidateType, protocol: local.relayProtocol};
}"""


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


def app(rig: Rig, servers: IceServers) -> FastAPI:
    app = FastAPI()
    problem.install(app)
    limits = SessionLimits(rig.talk, SystemClock(), rig.limits)
    endpoint = MediaEndpoint(
        rig.client, rig.nodes, "secret", limits, lambda user: servers.links(user or "guest", int(time.time()))
    )
    app.include_router(whip_router.router(rig.door, endpoint))
    app.include_router(whep_router.router(rig.door, endpoint))
    app.mount("/static", StaticFiles(directory=WEB))
    app.add_api_route("/", lambda: HTMLResponse(PAGE))
    return app


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_picture_comes_through_the_relay_with_the_credentials_of_the_answer(
    rig: Rig, tmp_path: Path, transport: str
) -> None:
    write_camera(tmp_path / "red.y4m", RED)
    async with (
        coturn(tmp_path, SECRET) as port,
        chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser,
    ):
        servers = IceServers((f"turn:127.0.0.1:{port}?transport={transport}",), SECRET)
        listener = listen("127.0.0.1", 0)
        async with serving(app(rig, servers), listener):
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            host = await open_page(browser, address)
            assert await connect(host, "/whip/r1", token="ann", publish=True) == 201
            viewer = await open_page(browser, address)
            await until(lambda: "r1" in rig.worker.rooms, "the room is there")
            await viewer.evaluate(WATCH)
            await shows(viewer, RED)
            ways = await viewer.evaluate(WAYS)
            assert ways == {"kinds": ["relay"], "way": "relay", "protocol": transport}
            await viewer.close()
            await host.close()


class Refusals(asyncio.DatagramProtocol):
    """What the relay has said to what we wanted sent."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def error_received(self, exc: Exception) -> None:
        self.heard.append(str(exc))


async def allocate(port: int, link: str) -> tuple[turn.TurnTransport, Refusals]:
    """A relay address of coturn's for who shows the credentials of `link`."""
    said = parse_qs(link.partition("; ")[2].replace("; ", "&").replace('"', "").replace("+", "%2B"))
    async with asyncio.timeout(5):
        transport, protocol = await turn.create_turn_endpoint(
            Refusals,
            server_addr=("127.0.0.1", port),
            username=said["username"][0],
            password=said["credential"][0],
        )
    return transport, protocol


async def allocates(port: int, link: str) -> bool:
    try:
        transport, _ = await allocate(port, link)
    except aioice.stun.TransactionFailed:
        return False
    transport.close()
    return True


async def test_coturn_takes_our_credentials_until_they_expire_and_no_others(tmp_path: Path) -> None:
    now = int(time.time())
    async with coturn(tmp_path, SECRET) as port:
        ours = IceServers((f"turn:127.0.0.1:{port}",), SECRET, life_s=60)
        theirs = IceServers((f"turn:127.0.0.1:{port}",), "south", life_s=60)
        assert await allocates(port, ours.links("ann", now)[0])
        assert not await allocates(port, theirs.links("ann", now)[0])
        assert not await allocates(port, ours.links("ann", now - 3600)[0])


@pytest.mark.parametrize("inner", ["10.0.0.1", "127.0.0.2", "169.254.169.254", "172.18.0.3", "192.168.1.1"])
async def test_the_documented_relay_leads_to_no_inner_network(tmp_path: Path, inner: str) -> None:
    async with coturn(tmp_path, SECRET) as port:
        link = IceServers((f"turn:127.0.0.1:{port}",), SECRET).links("ann", int(time.time()))[0]
        transport, refusals = await allocate(port, link)
        transport.sendto(b"hello", (inner, 9))
        await until(lambda: refusals.heard, "the relay has answered")
        assert "403" in refusals.heard[0]
        transport.close()
