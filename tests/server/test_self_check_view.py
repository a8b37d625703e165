"""What the self-check found at the start stays to be seen by admins, and by nobody else."""

from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from accounts.principal import Principal, Role, admin
from foundation.internal import InternalClient
from foundation.nodes import MemoryNodes, Node
from server.self_check.finding import note, warning
from server.self_check.kept import NAME, SelfCheckBody, keep, kept
from server.self_check.routers import admin_router
from tests.platform import platform


def test_a_check_is_kept_and_read_again(tmp_path: Path) -> None:
    keep(tmp_path / "new", [warning("firewall-here", "it is shut"), note("no-ipv6", "none")])
    found = kept(tmp_path / "new")
    assert found.checked_at_ms is not None
    assert [(each.level, each.code) for each in found.findings] == [("warning", "firewall-here"), ("note", "no-ipv6")]


@pytest.mark.parametrize("text", ["", "{", '{"findings": [{"level": "odd"}]}'])
def test_what_cannot_be_read_is_no_check(tmp_path: Path, text: str) -> None:
    assert kept(tmp_path) == SelfCheckBody()
    (tmp_path / NAME).write_text(text)
    assert kept(tmp_path) == SelfCheckBody()


def test_a_folder_that_takes_nothing_costs_only_the_view(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    keep(tmp_path / "file", [])
    assert kept(tmp_path / "file") == SelfCheckBody()


async def test_an_admin_sees_what_is_wrong_with_the_network_and_a_member_does_not(tmp_path: Path) -> None:
    async with (
        platform(tmp_path / "data", PUBLIC_IP="127.0.0.1", ADMIN_PASSWORD="an admin's password") as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
    ):

        async def view(token: str) -> httpx2.Response:
            return await http.get("/api/v1/admin/self-check", headers={"Authorization": f"Bearer {token}"})

        admin = {"name": "admin", "password": "an admin's password"}
        mina = {"name": "Mina", "password": "long enough"}
        admins = (await http.post("/api/v1/sessions", json=admin)).json()["token"]
        minas = (await http.post("/api/v1/accounts", json=mina)).json()["token"]
        assert (await view(minas)).status_code == 403
        seen = (await view(admins)).json()
    assert seen["silent"] == []
    (worker,) = seen["workers"]
    assert worker["worker"] == "media-0@127.0.0.1" and worker["checked_at_ms"] > 0
    (finding,) = (each for each in worker["findings"] if each["code"] == "public-ip-loopback")
    assert finding["level"] == "warning" and "PUBLIC_IP=127.0.0.1" in finding["text"]


async def test_a_worker_that_does_not_answer_is_named() -> None:
    nodes, internal = MemoryNodes(), InternalClient("t")
    await nodes.announce(Node("media", "media-7", "http://127.0.0.1:1"))
    app = FastAPI()
    app.include_router(admin_router(nodes, internal))
    app.dependency_overrides[admin] = lambda: Principal("u", "admin", frozenset((Role.ADMIN,)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://api") as http:
        answer = await http.get("/api/v1/admin/self-check")
    await internal.close()
    assert answer.json() == {"workers": [], "silent": ["media-7"]}
