"""Stock aiortc as a contestant: one RTCPeerConnection a viewer, a player's encoded packets relayed to all of them.

As its examples do it (MediaPlayer with ``decode=False``, MediaRelay), behind a WHEP endpoint of a few lines. Runs in a
process of its own: ``python -m bench.forward.stock FILE``.
"""

import asyncio
import socket
import sys
from typing import Any

import aioice.ice
import uvicorn
import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer, MediaRelay
from fastapi import FastAPI, Request, Response

from bench.forward.child import Commands, serve

# aioice offers no loopback addresses; the benchmark's traffic stays there.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


class Stock(Commands):
    def __init__(self, file: str, port: int) -> None:
        self._port = port
        self._player = MediaPlayer(file, decode=False)
        self._relay = MediaRelay()
        self._peers: dict[str, RTCPeerConnection] = {}

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/whep", status_code=201)
        async def watch(request: Request) -> Response:
            peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            await peer.setRemoteDescription(RTCSessionDescription((await request.body()).decode(), "offer"))
            for track in (self._player.audio, self._player.video):
                assert track is not None
                peer.addTrack(self._relay.subscribe(track))
            await peer.setLocalDescription(await peer.createAnswer())
            self._peers[str(id(peer))] = peer
            headers = {"Location": f"/whep/{id(peer)}"}
            return Response(peer.localDescription.sdp, 201, headers, "application/sdp")

        @app.delete("/whep/{peer}")
        async def leave(peer: str) -> None:
            await self._peers.pop(peer).close()

        return app

    async def close(self) -> None:
        await asyncio.gather(*(peer.close() for peer in self._peers.values()))
        for track in (self._player.audio, self._player.video):
            if track is not None:
                track.stop()

    async def do_port(self) -> dict[str, Any]:
        return {"port": self._port}


async def main(file: str) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    stock = Stock(file, listening.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(stock.app(), log_level="error", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve([listening]), name="http")
    await serve(stock)
    await stock.close()
    server.should_exit = True
    await serving


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
