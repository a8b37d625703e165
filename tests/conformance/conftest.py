"""The live server: the real worker behind its real HTTP."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from streaming.events import CameraStarted
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import RED, encode_colour
from tests.streaming.media.rig import Rig, running, until


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
        yield client


@pytest.fixture
async def live(rig: Rig) -> AsyncIterator[Peer]:
    """A host whose picture has been seen."""
    ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 3))
    await until(lambda: rig.told(CameraStarted), "live")
    yield ann
    await ann.close()
