"""Chromium publishes and watches; the program goes to a composite and back without a new negotiation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streaming.media.choice import SourceKind
from tests.streaming.media.browser import chromium, connect, open_page, received, shows, sounds_like, write_camera
from tests.streaming.media.giver import Giver
from tests.streaming.media.pictures import BLUE, GREEN, RED
from tests.streaming.media.rig import PIPE_TOKEN, Rig, running, until


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def test_viewers_follow_from_camera_to_composite_and_back_without_renegotiation(rig: Rig, tmp_path: Path) -> None:
    write_camera(tmp_path / "red.y4m", RED)
    async with chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser:
        host = await open_page(browser, rig.url)
        assert await connect(host, "/whip/r1", token="ann", publish=True) == 201
        await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CAMERA, "the camera is shown")
        viewer = await open_page(browser, rig.url)
        assert await connect(viewer, "/whep/r1") == 201
        await shows(viewer, RED)

        with Giver(rig.worker.pipe, PIPE_TOKEN, "r1", "b1", BLUE) as mixer:
            await until(lambda: "b1" in rig.worker.rooms["r1"].composites, "the mixer is there")
            rig.worker.set_source("r1", SourceKind.COMPOSITE, "b1")
            await shows(viewer, BLUE)
            await sounds_like(viewer, 500)
            other = await open_page(browser, rig.url)  # a newcomer in the middle of the battle
            assert await connect(other, "/whep/r1") == 201
            await shows(other, BLUE)
            camera = await open_page(browser, rig.url)  # the opponent, who watches the camera
            assert await connect(camera, "/whep/r1/camera") == 201
            await shows(camera, RED)
            mixer.stop()  # killed, not told: the worker falls back by itself
            await shows(viewer, RED)

        with Giver(rig.worker.pipe, PIPE_TOKEN, "r1", "b1", GREEN):  # restarted: the worker returns by itself
            await shows(viewer, GREEN)
            await shows(other, GREEN)
            rig.worker.set_source("r1", SourceKind.CAMERA, "")
            await shows(viewer, RED)

        seen = await received(viewer)
        assert seen["renegotiations"] == 0
        # No word of its freezeCount: four pages on a busy machine freeze by themselves. That a switch freezes nothing
        # is judged in tests/media/test_battle_leg.py, where the machine's part is known.
        assert seen["video"]["lost"] <= 2, "no gaps are left where the host has probed his uplink"
        assert seen["audio"]["packets"] > 50 and seen["audio"]["energy"] > 0
        assert seen["video"]["plis"] <= 1
