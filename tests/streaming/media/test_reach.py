"""Under which addresses peers reach a worker: IPv6 and IPv4 behind one port, mapped ports, hosts without IPv6."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streaming.media.counters import Counters
from streaming.media.port import Port
from tests.streaming.media.browser import chromium, connect, open_page, shows, write_camera
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import BLUE, RED, alike, colour_of, decode, encode_colour, encode_tone
from tests.streaming.media.rig import Rig, quick, running

needs_ipv6 = pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")


@pytest.fixture
async def both() -> AsyncIterator[Rig]:
    """A worker as it is by default: on `::`, which takes both families; IPv6 is preferred."""
    async with running(quick(host="::", addresses=("::1", "127.0.0.1"))) as rig:
        yield rig


@needs_ipv6
@pytest.mark.parametrize(("hosts", "viewers"), [("::1", "::1"), ("::1", "127.0.0.1"), ("127.0.0.1", "::1")])
async def test_who_publishes_and_who_watches_may_be_of_either_family(both: Rig, hosts: str, viewers: str) -> None:
    ann = await Peer(address=hosts).connect(f"{both.url}/whip/r1", token="ann")
    bob = await Peer(address=viewers).connect(f"{both.url}/whep/r1")
    await ann.stream(encode_colour(BLUE, 10), encode_tone(440, 10))
    assert all(alike(colour_of(frame), BLUE) for frame in decode(await bob.seen(10)))
    await ann.close()
    await bob.close()


@needs_ipv6
async def test_the_answer_prefers_what_is_named_first_and_names_its_family(both: Rig) -> None:
    bob = await Peer(address="127.0.0.1").connect(f"{both.url}/whip/r1", token="ann")
    lines = bob.answer.splitlines()
    assert lines.count("c=IN IP6 ::1") == 2 and not [line for line in lines if line.startswith("c=IN IP4")]
    offered = [line.split() for line in lines if line.startswith("a=candidate:")][:2]
    assert [(each[4], each[7]) for each in offered] == [("::1", "host"), ("127.0.0.1", "host")]
    assert int(offered[0][3]) > int(offered[1][3])
    await bob.close()


@needs_ipv6
async def test_chromium_watches_over_ipv6_alone(tmp_path: Path) -> None:
    write_camera(tmp_path / "red.y4m", RED)
    async with (
        running(quick(host="::", addresses=("::1",))) as rig,
        chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser,
    ):
        host = await open_page(browser, rig.url)
        assert await connect(host, "/whip/r1", token="ann", publish=True) == 201
        viewer = await open_page(browser, rig.url)
        assert await connect(viewer, "/whep/r1") == 201
        await shows(viewer, RED)
        remotes = {session.endpoint.remote[0] for session in rig.worker.sessions.values() if session.endpoint.remote}
        assert remotes == {"::1"}


async def test_a_host_without_ipv6_serves_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    made = socket.socket

    def without_ipv6(family: int = -1, *rest: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return made(family, *rest)

    monkeypatch.setattr("streaming.media.port.socket.socket", without_ipv6)
    port = Port("::", 0, (), Counters())
    port.start()
    try:
        assert port.addresses and all(":" not in address for address in port.addresses)
    finally:
        port.close()
