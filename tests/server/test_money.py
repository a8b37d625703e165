"""Money on the api as it is composed: bought with the test provider, granted to people who exist, in the statement."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from foundation.clock import SystemClock
from foundation.ids import new_id
from foundation.sql import Database
from server.api import compose
from server.books import verified
from server.machine import first_admin
from server.process import resources
from server.settings import Settings

PASSWORD = "a long password"


@pytest.fixture(params=[True, False], ids=["tried out", "in earnest"])
async def client(
    request: pytest.FixtureRequest, redis: Redis, valkey_url: str, database: Database, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole api; with the payment provider of development, or without."""
    settings = Settings(
        _env_file=None,
        redis_url=valkey_url,
        database_url=str(database.engine.url),
        data_dir=tmp_path,
        secret_key=SecretStr("s" * 48),
        internal_token=SecretStr("t" * 32),
        test_payments=request.param,
        starter_coins=100,
    )
    await first_admin(database, SecretStr(PASSWORD))
    async with resources(settings, "money") as has, AsyncExitStack() as stack:
        app = await compose(has, stack)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ringside/api/v1") as made:
            yield made


async def signed_in(client: httpx2.AsyncClient, name: str, path: str) -> tuple[str, dict[str, str]]:
    """(user, headers)."""
    session = (await client.post(path, json={"name": name, "password": PASSWORD})).json()
    return session["account"]["user"], {"Authorization": f"Bearer {session['token']}"}


async def test_coins_are_bought_and_granted_and_stand_in_the_statement(
    client: httpx2.AsyncClient, database: Database
) -> None:
    vera, as_vera = await signed_in(client, "Vera", "/accounts")
    _, as_admin = await signed_in(client, "admin", "/sessions")
    sold = (await client.get("/topups/packages")).json()
    bought = await client.post("/topups", json={"package": "small", "key": "k"}, headers=as_vera)
    if not sold["test"]:
        assert (sold["open"], bought.json()["code"]) == (False, "payment-provider-away")
        return
    paid = await client.post("/payments/test/pay", json={"purchase": bought.json()["id"]}, headers=as_vera)
    assert paid.json()["state"] == "paid"
    statement = (await client.get("/wallet/statement", headers=as_vera)).json()
    assert [(each["kind"], each["balance"]) for each in statement["entries"]] == [
        ("top-up", 600),
        ("starter-grant", 100),
    ]
    assert (await client.get("/wallet/statement.csv", headers=as_vera)).text.count("\r\n") == 3
    for user, code in ((new_id(), "unknown-user"), (vera, None)):
        wish: dict[str, Any] = {"user": user, "coins": 5, "reason": "lost a gift", "key": new_id()}
        asked = await client.post("/admin/grants", json=wish, headers=as_admin)
        assert asked.json().get("code") == code
    approved = await client.post(f"/admin/grants/{asked.json()['id']}/approve", headers=as_admin)
    assert approved.json()["code"] == "own-grant"
    assert (await verified(database, SystemClock())).holds
