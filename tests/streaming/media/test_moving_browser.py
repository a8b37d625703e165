"""Chromium behind a NAT that forgets: its media follow it as soon as it has answered a check from the new address."""

from pathlib import Path

from tests.media.relay import relay
from tests.streaming.media.browser import chromium, connect, open_page, received, shows, write_camera
from tests.streaming.media.pictures import RED
from tests.streaming.media.rig import running, until


async def test_a_browser_answers_our_check_and_goes_on_from_its_new_address(tmp_path: Path) -> None:
    write_camera(tmp_path / "red.y4m", RED)
    async with (
        running() as rig,
        relay(rig.worker.udp_port) as link,
        chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser,
    ):
        host = await open_page(browser, rig.url)
        assert await connect(host, "/whip/r1", token="ann", publish=True) == 201
        await until(lambda: rig.worker.rooms["r1"].live, "the camera is there")
        viewer = await open_page(browser, rig.url)
        assert await connect(viewer, "/whep/r1", port=link.port) == 201
        await shows(viewer, RED)
        endpoint = next(each.endpoint for each in rig.worker.sessions.values() if each.role == "watch")
        former = endpoint.remote
        link.rebind()
        await until(lambda: endpoint.remote != former, "it has answered")
        before = (await received(viewer))["video"]["decoded"]
        assert rig.worker.counters.checks_sent >= 1

        async def frames() -> int:
            count: int = (await received(viewer))["video"]["decoded"]
            return count

        while await frames() < before + 5:
            assert len(rig.worker.sessions) == 2
        await viewer.evaluate("() => pc.close()")
        await until(lambda: len(rig.worker.sessions) == 1, "its farewell is understood")
