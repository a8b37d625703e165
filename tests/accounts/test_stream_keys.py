"""Stream keys: shown once, kept as hashes, one a user."""

import hashlib

import pytest
from sqlalchemy import text

from accounts.events import StreamKeyRotated, key_fingerprint
from foundation.sql import Database
from tests.accounts.house import House, bearer


async def made(house: House, name: str) -> tuple[str, str]:
    session = await house.join(name)
    answer = await house.client.post("/api/v1/stream-key", headers=bearer(session))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    return session.principal.user_id, answer.json()["key"]


async def test_a_stream_key_stands_for_its_user(house: House) -> None:
    mina, key = await made(house, "Mina")
    luo, other = await made(house, "Luo")
    assert await house.stream_keys.user_of(key) == mina
    assert await house.stream_keys.user_of(other) == luo


async def test_the_database_keeps_the_hash_and_never_the_key(house: House, database: Database) -> None:
    _, key = await made(house, "Mina")
    async with database.read() as transaction:
        (row,) = await transaction.execute(text("SELECT * FROM stream_keys"))
    assert hashlib.sha256(key.encode()).hexdigest() in row
    assert not any(key in str(column) for column in row)


async def test_a_rotated_key_is_worth_nothing(house: House) -> None:
    session = await house.join("Mina")
    old, new = [
        (await house.client.post("/api/v1/stream-key", headers=bearer(session))).json()["key"] for _ in range(2)
    ]
    assert await house.stream_keys.user_of(old) is None
    assert await house.stream_keys.user_of(new) == session.principal.user_id


async def test_the_page_learns_when_the_key_was_made_and_not_the_key(house: House) -> None:
    session = await house.join("Mina")
    assert (await house.client.get("/api/v1/stream-key", headers=bearer(session))).json() == {"made_at_ms": None}
    await house.client.post("/api/v1/stream-key", headers=bearer(session))
    answer = await house.client.get("/api/v1/stream-key", headers=bearer(session))
    assert answer.json() == {"made_at_ms": house.clock.now_ms()}


@pytest.mark.parametrize("key", ["", "rk_", "rk_unknown", "unknown", "rk_" + "x" * 10_000, "rk_\ud800"])
async def test_no_other_text_stands_for_anybody(house: House, key: str) -> None:
    await made(house, "Mina")
    assert await house.stream_keys.user_of(key) is None


async def test_nobody_gets_no_stream_key(house: House) -> None:
    assert (await house.client.post("/api/v1/stream-key")).status_code == 401


async def test_a_new_key_is_told_by_its_fingerprint_to_those_who_cut_publishers(house: House) -> None:
    session = await house.join("Mina")
    async with house.stream_keys._bus.subscribe(StreamKeyRotated) as facts:
        key = (await house.client.post("/api/v1/stream-key", headers=bearer(session))).json()["key"]
        fact = await anext(facts)
    assert isinstance(fact, StreamKeyRotated)
    assert (fact.user, fact.fingerprint) == (session.principal.user_id, key_fingerprint(key))
    assert await house.stream_keys.fingerprints([fact.user, "nobody"]) == {fact.user: fact.fingerprint}
    assert await house.stream_keys.fingerprints([]) == {}
    assert fact.fingerprint not in hashlib.sha256(key.encode()).hexdigest(), "not a part of what the database keeps"
