"""``make run`` as its user knows it: it starts, survives kills, and leaves nothing behind."""

import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from tests.platform import Platform, platform
from tests.processes import descendants, exists
from tests.waiting import until

KINDS = ("valkey", "media", "transcode", "control", "api")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """One platform, on HTTPS, for all whom a process killed and started again does not disturb."""
    async with platform(tmp_path_factory.mktemp("machine") / "data", HTTPS="true") as place:
        yield place


def client(place: Platform) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=place.address, verify=False, trust_env=False, timeout=5)


async def ready(place: Platform) -> bool:
    async with client(place) as http:
        try:
            return (await http.get("/readyz")).status_code == 200
        except httpx2.HTTPError:
            return False


def kind_of(pid: int) -> str:
    try:
        # Who was a spare has another command line.
        if found := re.match(r"rs-([a-z]+)", Path(f"/proc/{pid}/comm").read_text()):
            return found[1]
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
        return ""
    if b"server" in words and words.index(b"server") + 1 < len(words):
        return words[words.index(b"server") + 1].decode()
    return "valkey" if b"valkey-server" in words[0] else ""


def children(place: Platform) -> dict[str, int]:
    return {kind_of(pid): pid for pid in descendants(place.process.pid)[1:] if kind_of(pid) in KINDS}


async def sign_up(place: Platform, name: str) -> None:
    async with client(place) as http:
        answer = await http.post("/api/v1/accounts", json={"name": name, "password": "long enough"})
        assert answer.status_code == 201, answer.text


async def can_sign_in(place: Platform, name: str) -> bool:
    async with client(place) as http:
        try:
            answer = await http.post("/api/v1/sessions", json={"name": name, "password": "long enough"})
        except httpx2.HTTPError:
            return False
        return answer.status_code == 201


async def test_https_is_served_with_a_certificate_of_this_machine(place: Platform) -> None:
    assert place.address.startswith("https://")
    async with client(place) as http:
        page = await http.get("/")
    assert page.status_code == 200 and "default-src 'self'" in page.headers["Content-Security-Policy"]


async def test_a_second_start_on_the_same_data_is_refused(place: Platform) -> None:
    with pytest.raises(AssertionError, match="another Ringside uses"):
        async with platform(place.data_dir):
            raise NotImplementedError


async def test_whatever_is_killed_comes_back(place: Platform) -> None:
    await sign_up(place, "Mina")
    for kind in KINDS:
        before = children(place)
        assert set(before) == set(KINDS)
        os.kill(before[kind], signal.SIGKILL)

        async def back(kind: str = kind, old: int = before[kind]) -> bool:
            return children(place).get(kind, old) != old and await ready(place)

        await until(back, f"{kind} comes back")
        await until(lambda: can_sign_in(place, "Mina"), f"an account outlives the {kind} process")


async def test_a_media_worker_that_hangs_is_killed_and_started_again(place: Platform) -> None:
    hung = children(place)["media"]
    os.kill(hung, signal.SIGSTOP)

    async def back() -> bool:
        return children(place).get("media", hung) != hung and await ready(place)

    await until(back, "another one is there")
    assert not exists(hung)


async def test_after_everything_is_killed_at_once_the_next_start_needs_no_hand_and_the_interrupt_key_stops_all(
    tmp_path: Path,
) -> None:
    async with platform(tmp_path / "data") as place:
        await sign_up(place, "Otto")
        everybody = descendants(place.process.pid)
        os.kill(place.process.pid, signal.SIGKILL)
        await place.process.wait()

        async def gone() -> bool:
            return not any(exists(pid) for pid in everybody)

        await until(gone, "the children die with their parent")
    async with platform(tmp_path / "data") as place:
        assert await can_sign_in(place, "Otto")
        assert place.admin_password == "", "the admin's password is shown once only"
        everybody = descendants(place.process.pid)
        assert len(everybody) > len(KINDS)
    assert place.process.returncode == 0
    assert [pid for pid in everybody if exists(pid)] == []
