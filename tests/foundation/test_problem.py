"""Every no is a problem document with a stable code; a store that is away is a 503, a fault of ours a 500."""

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.exc import IntegrityError, OperationalError

from foundation import problem
from foundation.errors import Conflict, RemoteRefusal, TooMany, Unauthorised


class Busy(Conflict):
    code, title = "busy", "Somebody else is here"


class Wish(BaseModel):
    count: int


FAULTS: dict[str, Exception] = {
    "refusal": Busy("by Mina", since_ms=5),
    "slow-down": TooMany(retry_after_s=7),
    "unsigned": Unauthorised(),
    "remote": RemoteRefusal(418, "teapot", "short and stout"),
    "redis": RedisConnectionError("gone"),
    "sql": OperationalError("SELECT 1", {}, Exception("database is locked")),
    "ours": IntegrityError("INSERT", {}, Exception("unique")),
}


@pytest.fixture
def app() -> FastAPI:
    made = FastAPI()
    problem.install(made)

    @made.get("/fault/{name}")
    async def fault(name: str) -> None:
        raise FAULTS[name]

    @made.post("/wish")
    async def wish(body: Wish) -> None:
        assert body.count

    return made


async def ask(app: FastAPI, method: str, path: str, body: object = None) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, json=body)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("refusal", 409, "busy"),
        ("slow-down", 429, "too-many"),
        ("unsigned", 401, "unauthorised"),
        ("remote", 418, "teapot"),
        ("redis", 503, "store-away"),
        ("sql", 503, "store-away"),
    ],
)
async def test_a_refusal_is_a_problem_document_with_its_code(app: FastAPI, name: str, status: int, code: str) -> None:
    answer = await ask(app, "GET", f"/fault/{name}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == answer.json()["status"] == status
    assert answer.json()["code"] == code and answer.json()["type"] == f"urn:ringside:problem:{code}"


async def test_what_else_the_refusal_says_is_in_the_document(app: FastAPI) -> None:
    said = (await ask(app, "GET", "/fault/refusal")).json()
    assert (said["title"], said["detail"], said["since_ms"]) == ("Somebody else is here", "by Mina", 5)


async def test_headers_say_when_to_come_back_and_how_to_sign_in(app: FastAPI) -> None:
    assert (await ask(app, "GET", "/fault/slow-down")).headers["Retry-After"] == "7"
    assert (await ask(app, "GET", "/fault/redis")).headers["Retry-After"] == "1"
    assert (await ask(app, "GET", "/fault/unsigned")).headers["WWW-Authenticate"] == "Bearer"


async def test_a_fault_of_ours_does_not_pass_for_a_store_that_is_away(app: FastAPI) -> None:
    assert (await ask(app, "GET", "/fault/ours")).status_code == 500


async def test_a_body_of_the_wrong_form_is_malformed_and_says_where(app: FastAPI) -> None:
    answer = await ask(app, "POST", "/wish", {"count": "many"})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.json()["faults"][0]["where"] == "body.count"


async def test_an_address_that_is_not_there_is_not_found(app: FastAPI) -> None:
    answer = await ask(app, "GET", "/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert (await ask(app, "DELETE", "/wish")).json()["code"] == "method-not-allowed"
