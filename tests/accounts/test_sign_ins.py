"""Seeing and ending one's sign-ins, over HTTP, on one process and on two."""

import asyncio
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from redis.asyncio import Redis

from accounts.principal import Principal, TokenRevoked
from accounts.service import Session
from foundation.bus_redis import RedisBus
from foundation.ids import new_id
from foundation.sql import Database
from tests.accounts.house import PASSWORD, SECRET, House, bearer, opened
from tests.accounts.test_standing import until
from tests.clocks import ToldClock

SESSIONS = "/api/v1/me/sessions"


async def signed_in(house: House, agent: str = "a browser") -> dict[str, str]:
    """The header of another sign-in of Mina."""
    body = {"name": "Mina", "password": PASSWORD}
    answer = await house.client.post("/api/v1/sessions", json=body, headers={"User-Agent": agent})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def listed(house: House, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await house.client.get(SESSIONS, headers=headers)
    found: list[dict[str, Any]] = answer.json()["sessions"]
    return found


async def refused(house: House, headers: dict[str, str]) -> str | None:
    answer = await house.client.get("/api/v1/me", headers=headers)
    return answer.json().get("code") if answer.status_code == 401 else None


async def test_one_sees_where_one_is_signed_in(house: House) -> None:
    await house.join("Mina")
    await house.join("Luo")
    house.clock.advance(1)
    phone = await signed_in(house, "a phone\x00" + "x" * 400)
    found = await listed(house, phone)
    assert [each["current"] for each in found] == [True, False]
    assert found[0]["agent"] == ("a phone" + "x" * 400)[:200]
    assert (found[0]["address"], found[1]["address"]) == ("203.0.113.x", "203.0.113.x")
    assert found[0]["made_at_ms"] == found[0]["seen_at_ms"] == house.clock.now_ms()


async def test_a_token_that_is_carried_on_stays_of_its_sign_in(house: House) -> None:
    session = await house.join("Mina")
    house.clock.advance(3_000_000)
    session = await house.accounts.refresh(session.token)
    (found,) = await listed(house, bearer(session))
    assert (found["current"], found["seen_at_ms"]) == (True, house.clock.now_ms())
    assert found["made_at_ms"] == house.clock.now_ms() - 3_000_000


async def test_logging_out_ends_this_sign_in_and_no_other(house: House) -> None:
    here, there = bearer(await house.join("Mina")), await signed_in(house)
    assert (await house.client.delete(f"{SESSIONS}/current", headers=here)).status_code == 204
    assert await refused(house, here) == "token-revoked"
    assert await refused(house, there) is None
    answer = await house.client.post("/api/v1/sessions/refresh", headers=here)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-revoked")
    assert [each["current"] for each in await listed(house, there)] == [True]


async def test_one_sign_in_is_ended_from_another(house: House) -> None:
    here, there = bearer(await house.join("Mina")), await signed_in(house)
    (other,) = [each["session"] for each in await listed(house, here) if not each["current"]]
    assert (await house.client.delete(f"{SESSIONS}/{other}", headers=here)).status_code == 204
    assert await refused(house, there) == "token-revoked" and await refused(house, here) is None
    again = await house.client.delete(f"{SESSIONS}/{other}", headers=here)
    assert (again.status_code, again.json()["code"]) == (404, "sign-in-unknown")


async def test_all_others_are_ended_at_once_also_what_they_were_carried_on_to(house: House) -> None:
    first = await house.join("Mina")
    later = bearer(await house.accounts.refresh(first.token))
    here, luo = await signed_in(house), bearer(await house.join("Luo"))
    assert (await house.client.delete(SESSIONS, headers=here)).status_code == 204
    for ended in (bearer(first), later):
        assert await refused(house, ended) == "token-revoked"
    assert await refused(house, here) is None and await refused(house, luo) is None


async def test_nobody_ends_the_sign_in_of_somebody_else(house: House) -> None:
    mina, luo = await house.join("Mina"), await house.join("Luo")
    for session in (mina.principal.session, "current-or-not", "%00", "x" * 64):
        answer = await house.client.delete(f"{SESSIONS}/{session}", headers=bearer(luo))
        assert (answer.status_code, answer.json()["code"]) == (404, "sign-in-unknown")
    assert await refused(house, bearer(mina)) is None


async def test_signing_out_everywhere_leaves_none_in_the_list(house: House) -> None:
    session = await house.join("Mina")
    await signed_in(house)
    await house.client.delete("/api/v1/sessions", headers=bearer(session))
    assert len(await listed(house, await signed_in(house))) == 1


async def test_a_sign_in_whose_last_token_ran_out_is_not_in_the_list(house: House) -> None:
    await house.join("Mina")
    house.clock.advance(3_600_000)
    assert len(await listed(house, await signed_in(house))) == 1


class TestATokenOfAnEarlierVersion:
    @pytest.fixture
    async def old(self, house: House) -> Session:
        """As the version before signed it: without ``sid``."""
        session = await house.join("Mina")
        await house.accounts.sign_out_everywhere(session.principal.user_id)
        account = await house.accounts.account(session.principal.user_id)
        principal = Principal(account.user_id, account.name, account.roles)
        token, expires_at_ms = house.tokens.issue(principal, account.standing, house.clock.now_ms() // 1000)
        assert "sid" not in jwt.decode(token, options={"verify_signature": False})
        return Session(principal, token, expires_at_ms)

    async def test_is_honoured_and_becomes_a_sign_in_when_it_is_carried_on(self, house: House, old: Session) -> None:
        assert await refused(house, bearer(old)) is None and await listed(house, bearer(old)) == []
        house.clock.advance(3_000_000)
        answer = await house.client.post("/api/v1/sessions/refresh", headers=bearer(old))
        (found,) = await listed(house, {"Authorization": f"Bearer {answer.json()['token']}"})
        assert found["current"] and found["made_at_ms"] == house.clock.now_ms() - 3_000_000

    async def test_has_nothing_to_log_out_of(self, house: House, old: Session) -> None:
        assert (await house.client.delete(f"{SESSIONS}/current", headers=bearer(old))).status_code == 204

    async def test_with_a_sign_in_that_is_no_text_is_none_of_ours(self, house: House, old: Session) -> None:
        said = jwt.decode(old.token, options={"verify_signature": False})
        forged = jwt.encode({**said, "sid": ["x"]}, SECRET, "HS256")
        assert await refused(house, {"Authorization": f"Bearer {forged}"}) == "token-invalid"


def judged(house: House, session: Session) -> Callable[[], bool]:
    """Whether this process has heard that the session is over."""

    def over() -> bool:
        try:
            house.tokens.principal(session.token)
        except TokenRevoked:
            return True
        return False

    return over


class TestTwoProcesses:
    async def test_hear_of_an_ended_sign_in_over_the_bus_and_tell_whoever_holds_sockets(
        self, database: Database, redis: Redis, clock: ToldClock
    ) -> None:
        bus = RedisBus(redis)
        await bus.start()
        async with opened(database, clock, bus=bus) as here, opened(database, clock, bus=bus) as there:
            told: list[str] = []
            there.keeper.heed(told.append)
            session = await here.join("Mina")
            assert there.tokens.principal(session.token) == session.principal
            await here.client.delete(f"{SESSIONS}/current", headers=bearer(session))
            await until(judged(there, session))
            assert set(told) == {session.principal.user_id}
        await bus.close()

    async def test_read_it_from_sql_when_the_bus_has_lost_it(self, database: Database, clock: ToldClock) -> None:
        async with opened(database, clock) as here, opened(database, clock) as there:  # each has a bus of its own
            session = await here.join("Mina")
            await here.client.delete(f"{SESSIONS}/current", headers=bearer(session))
            answer = await there.client.post("/api/v1/sessions/refresh", headers=bearer(session))
            assert answer.json()["code"] in ("sign-in-again", "token-revoked"), "SQL is asked"
            async with asyncio.timeout(5):
                await there.keeper.reconcile()
            assert judged(there, session)()

    async def test_know_it_when_they_start_later(self, database: Database, clock: ToldClock) -> None:
        async with opened(database, clock) as here:
            session = await here.join("Mina")
            await here.client.delete(f"{SESSIONS}/current", headers=bearer(session))
        clock.advance(1_800_000)
        async with opened(database, clock) as there:
            assert judged(there, session)()


async def test_an_ended_sign_in_is_forgotten_when_its_last_token_is_over(house: House) -> None:
    session = await house.join("Mina")
    await house.client.delete(f"{SESSIONS}/current", headers=bearer(session))
    assert len(house.standings) == 1
    house.clock.advance(3_600_000 + 15_001)
    await house.keeper.reconcile()
    assert len(house.standings) == 0


async def test_an_unknown_sign_in_carries_nothing_on(house: House) -> None:
    session = await house.join("Mina")
    stranger = Principal(session.principal.user_id, "Mina", session.principal.roles, new_id())
    token, _ = house.tokens.issue(stranger, 0, house.clock.now_ms() // 1000)
    answer = await house.client.post("/api/v1/sessions/refresh", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-again")
