"""The compose file's own commands and settings, run here on PostgreSQL and Valkey: a whole battle works."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml

from foundation.ids import new_id
from tests.databases import Postgres
from tests.server.test_bad_input import Member, member, until_live
from tests.waiting import pause
from transcode.ffmpeg import publish_synthetic_host

COMPOSE: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())
PATIENCE_S = 60
FIGHT_S = 4  # shorter than the last rush: all of it counts double


def expanded(text: str, given: dict[str, str]) -> str:
    """``text`` with ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}`` as Docker Compose reads them."""

    def value(match: re.Match[str]) -> str:
        return given.get(match[1]) or (match[3] or "" if match[2] == ":-" else "")

    return re.sub(r"\$\{([A-Z0-9_]+)(:-|:\?)?([^}]*)\}", value, text)


def command(service: str, port: int) -> list[str]:
    """The service's command; only the port is another one here, where 8000 may be taken."""
    return [str(port) if word == "8000" else word for word in COMPOSE["services"][service]["command"]]


def environment(service: str, here: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    said = {name: expanded(str(value), given) for name, value in COMPOSE["services"][service]["environment"].items()}
    return {**os.environ, **said, **here}


@asynccontextmanager
async def running(
    service: str, port: int, here: dict[str, str], given: dict[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """One service's command as a process of this machine; it must still run at the end, and end when it is told to."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", *command(service, port)),
            env=environment(service, here, given),
            stdout=output,
            stderr=output,
        )
        try:
            yield process
            assert process.returncode is None, f"{service} ended: {last_words(log)}"
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(PATIENCE_S):
                    await process.wait()


def last_words(log: Path) -> str:
    return log.read_text()[-3000:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_battle_is_fought_and_settled_by_the_compose_files_processes(
    tmp_path: Path, postgres: Postgres, valkey_url: str
) -> None:
    name, port = await postgres.create(with_tables=False), free_port()
    given = {
        "SECRET_KEY": "s" * 48,
        "INTERNAL_TOKEN": "t" * 32,
        "POSTGRES_PASSWORD": "p",
        "PUBLIC_IP": "127.0.0.1",
    }
    given |= {"BATTLE_FIGHT_S": str(FIGHT_S), "BATTLE_VICTORY_S": "1", "ADMIN_PASSWORD": "an admin's password"}
    # What differs from a container: where the databases are, and that all share one network address.
    here = {"DATABASE_URL": postgres.url(name), "REDIS_URL": valkey_url, "DATA_DIR": str(tmp_path)}
    here |= {"INTERNAL_HOST": "127.0.0.1", "INTERNAL_NAME": "127.0.0.1"}
    here |= {"MEDIA_UDP_PORT": "0", "MEDIA_PUBLIC_PORT": ""}
    here |= {"MIXER_WIDTH": "360", "MIXER_HEIGHT": "320", "MIXER_FPS": "15"}
    log = tmp_path / "compose.log"
    migrate = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *command("migrate", port)),
        env=environment("migrate", here, given),
    )
    assert await migrate.wait() == 0
    async with AsyncExitStack() as stack:
        for service in ("media", "transcode", "control", "api"):
            await stack.enter_async_context(running(service, port, here, given, log))
        http = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10)
        )
        await until_ready(http, log)
        battle = await a_battle(http, stack)
        admin = (
            await http.post("/api/v1/sessions", json={"name": "admin", "password": given["ADMIN_PASSWORD"]})
        ).json()
        as_admin = {"Authorization": f"Bearer {admin['token']}"}
        asked = (await http.post("/api/v1/admin/ledger/look", headers=as_admin)).json()
        ledger = await http.get("/api/v1/admin/ledger", headers=as_admin)
        while ledger.json().get("at_ms", 0) < asked["asked_at_ms"]:
            await pause()
            ledger = await http.get("/api/v1/admin/ledger", headers=as_admin)
    assert battle["result"]["winner"] == "red" and battle["result"]["scores"] == {"red": 200, "blue": 0}
    assert ledger.json()["holds"], ledger.text
    await postgres.drop(name)


async def until_ready(http: httpx2.AsyncClient, log: Path) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    if (await http.get("/readyz")).status_code == 200:
                        return
                except httpx2.HTTPError:
                    pass
                await pause()
    except TimeoutError:
        raise AssertionError(last_words(log)) from None


async def a_battle(http: httpx2.AsyncClient, stack: AsyncExitStack) -> dict[str, Any]:
    """Two FFmpeg hosts fight, a fan gives red a cake; the battle once it has a result."""
    red, blue = [await member(http, name, host=True) for name in ("Ruby", "Sapphire")]
    fan = await member(http, "Fan", host=False)
    for host, name in ((red, "Ruby"), (blue, "Sapphire")):
        publisher = publish_synthetic_host(str(http.base_url.join(f"/whip/{host.room}")), host.token, name, 440, "red")
        stack.push_async_callback(asyncio.to_thread, publisher.stop)
        await until_live(http, host.room, publisher)
    invited = await http.post(
        f"/api/v1/rooms/{red.room}/battles", json={"opponent_room": blue.room}, headers=red.headers
    )
    assert invited.status_code == 201, invited.text
    battle = invited.json()["battle"]
    accepted = await http.post(f"/api/v1/battles/{battle}/accept", headers=blue.headers)
    assert accepted.status_code == 200, accepted.text
    await phase(http, battle, {"fighting"}, fan)
    wish = {"gift": "cake", "count": 1}
    headers = {**fan.headers, "Idempotency-Key": new_id()}
    sent = await http.post(f"/api/v1/rooms/{red.room}/gifts", json=wish, headers=headers)
    assert sent.status_code == 201, sent.text
    return await phase(http, battle, {"victory", "draw", "ended"}, fan)


async def phase(http: httpx2.AsyncClient, battle: str, wanted: set[str], who: Member) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await http.get(f"/api/v1/battles/{battle}", headers=who.headers)
            assert answer.status_code == 200, answer.text
            seen: dict[str, Any] = answer.json()
            if seen.get("phase") in wanted:
                return seen
            assert seen.get("phase") != "ended", seen
            await pause()
