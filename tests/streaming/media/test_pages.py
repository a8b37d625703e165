"""The pages' own code in Chromium against the worker: ICE restarts, lost workers, another node."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streaming.events import CameraEnded, CameraStarted
from tests.streaming.media.browser import chromium, open_page, shows, write_camera
from tests.streaming.media.pages import publish, state, stats, watch, way
from tests.streaming.media.pictures import RED
from tests.streaming.media.rig import Rig, running, until


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def test_chromium_restarts_ice_by_patch_while_pictures_go_on(rig: Rig, tmp_path: Path) -> None:
    write_camera(tmp_path / "red.y4m", RED)
    async with chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser:
        host = await open_page(browser, rig.url)
        await publish(host, "/whip/r1", "ann")
        viewer = await open_page(browser, rig.url)
        await until(lambda: rig.told(CameraStarted), "live")
        await watch(viewer, "/whep/r1")
        await shows(viewer, RED)
        sessions = set(rig.worker.sessions)
        for page in (host, viewer):
            before = await way(page)
            await page.evaluate("link.repair()")
            await page.wait_for_function(
                "async (old) => { let now = old; (await link.connection.getStats()).forEach(each => {"
                " if (each.type === 'transport') now = each.iceLocalUsernameFragment; }); return now !== old; }",
                arg=before["ufrag"],
                timeout=10_000,
            )
            assert (await stats(page))["restarts"] == 1
        assert rig.worker.counters.ice_restarts == 2
        for session in rig.worker.sessions.values():
            await until(lambda session=session: session.endpoint.former is None, "both use the new credentials")  # type: ignore[misc]
        decoded = (await way(viewer))["decoded"]
        await viewer.wait_for_function(
            "async (before) => { let now = 0; (await link.connection.getStats()).forEach(each => {"
            " if (each.type === 'inbound-rtp' && each.kind === 'video') now = each.framesDecoded; });"
            " return now > before + 40; }",
            arg=decoded,
            timeout=15_000,
        )
        await shows(viewer, RED)
        assert set(rig.worker.sessions) == sessions and not rig.told(CameraEnded)
        for page in (host, viewer):
            assert (await stats(page))["negotiations"] == 1
        assert await viewer.evaluate("states") == ["connecting", "playing"]
        assert await host.evaluate("states") == ["connecting", "live"]


async def test_pages_come_back_by_themselves_when_their_worker_falls_silent(rig: Rig, tmp_path: Path) -> None:
    """A killed worker says no farewell: nothing comes any more, and the worker that is there knows no session."""
    write_camera(tmp_path / "red.y4m", RED)
    async with chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser:
        host = await open_page(browser, rig.url)
        await publish(host, "/whip/r1", "ann")
        await until(lambda: rig.told(CameraStarted), "live")
        viewer = await open_page(browser, rig.url)
        await watch(viewer, "/whep/r1")
        await shows(viewer, RED)
        for session in list(rig.worker.sessions.values()):
            session.transport.vanish()
            session._port.remove(session.endpoint)
        for session_id in list(rig.worker.sessions):
            await rig.worker.sessions.close(session_id, "lost")
        await until(lambda: len(rig.told(CameraStarted)) == 2, "the host is back", 15)
        await viewer.wait_for_function("ringside.stats.reconnects >= 1", timeout=15_000)
        await state(viewer, "playing")
        await shows(viewer, RED)


async def test_the_older_of_two_studios_ends_and_does_not_fight_back(rig: Rig, tmp_path: Path) -> None:
    write_camera(tmp_path / "red.y4m", RED)
    async with chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser:
        older = await open_page(browser, rig.url)
        await publish(older, "/whip/r1", "ann")
        await older.evaluate(
            "async () => { const {waitsForUs} = await import('/static/client/media/whose.js');"
            " link.stillOurs = (session, justNow) => waitsForUs(async () => ({state: 'live'}), session, justNow); }"
        )
        newer = await open_page(browser, rig.url)
        await publish(newer, "/whip/r1", "ann")
        await state(older, "ended")
        assert (await stats(older))["publishes"] == 1
        await until(lambda: len(rig.told(CameraStarted)) == 2, "the newer one is shown")
        assert [fact.reason for fact in rig.told(CameraEnded) if isinstance(fact, CameraEnded)] == ["replaced"]
        assert await newer.evaluate("states") == ["connecting", "live"]
