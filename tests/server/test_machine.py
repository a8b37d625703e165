"""``make run`` as its user knows it: it starts, survives kills, and leaves nothing behind."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from tests.platform import Platform, platform
from tests.processes import descendants, exists

PATIENCE_S = 30
KINDS = ("valkey", "media", "transcode", "control", "api")


def client(place: Platform) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=place.address, verify=False, trust_env=False, timeout=5)


async def until(what: Callable[[], Awaitable[bool]], why: str) -> None:
    """Ask again and again, each time after other work of this machine has had its turn."""
    async with asyncio.timeout(PATIENCE_S):
        while not await what():
            waiting = await asyncio.create_subprocess_exec("true")
            await waiting.wait()
    assert why


async def ready(place: Platform) -> bool:
    async with client(place) as http:
        try:
            return (await http.get("/readyz")).status_code == 200
        except httpx2.HTTPError:
            return False


def kind_of(pid: int) -> str:
    try:
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


async def test_whatever_is_killed_comes_back_and_the_interrupt_key_stops_everything(tmp_path: Path) -> None:
    async with platform(tmp_path / "data") as place:
        await sign_up(place, "Mina")
        for kind in KINDS:
            before = children(place)
            assert set(before) == set(KINDS)
            os.kill(before[kind], signal.SIGKILL)

            async def back(kind: str = kind, old: int = before[kind]) -> bool:
                return children(place).get(kind, old) != old and await ready(place)

            await until(back, f"{kind} comes back")
            await until(lambda: can_sign_in(place, "Mina"), f"an account outlives the {kind} process")
        everybody = descendants(place.process.pid)
    assert place.process.returncode == 0
    assert [pid for pid in everybody if exists(pid)] == []


async def test_a_media_worker_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    async with platform(tmp_path / "data") as place:
        hung = children(place)["media"]
        os.kill(hung, signal.SIGSTOP)

        async def back() -> bool:
            return children(place).get("media", hung) != hung and await ready(place)

        await until(back, "another one is there")
        assert not exists(hung)


async def test_after_everything_is_killed_at_once_the_next_start_needs_no_hand(tmp_path: Path) -> None:
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


async def test_a_second_start_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with platform(tmp_path / "data"):
        with pytest.raises(AssertionError, match="another Ringside uses"):
            async with platform(tmp_path / "data"):
                raise NotImplementedError


async def test_https_is_served_with_a_certificate_of_this_machine(tmp_path: Path) -> None:
    async with platform(tmp_path / "data", HTTPS="true") as place:
        assert place.address.startswith("https://")
        async with client(place) as http:
            page = await http.get("/")
        assert page.status_code == 200 and "default-src 'self'" in page.headers["Content-Security-Policy"]
