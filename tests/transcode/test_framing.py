"""The pipe's framing on the event loop that runs in production, whose transports mind being written to when closed."""

import asyncio

import pytest
import uvloop

from transcode.media_pipe import Heartbeat, PipeWriter


def test_who_writes_to_a_peer_that_is_gone_learns_it_as_of_any_lost_connection() -> None:
    async def work() -> None:
        server = await asyncio.start_server(lambda reader, writer: writer.transport.abort(), "127.0.0.1", 0)
        _, stream = await asyncio.open_connection(*server.sockets[0].getsockname())
        stream.transport.abort()
        await asyncio.sleep(0)
        with pytest.raises(ConnectionError):
            await PipeWriter(stream).write(Heartbeat())
        server.close()
        await server.wait_closed()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())
