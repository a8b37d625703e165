"""Signing up and in, over HTTP as a browser does it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from accounts.bucket import Bucket
from accounts.rules import AccountRules, PasswordCost
from accounts.store_redis import RedisThrottle
from foundation.sql import Database
from tests.accounts.house import PASSWORD, House, bearer, opened
from tests.clocks import ToldClock

MINA = {"name": "Mina", "password": PASSWORD}


async def test_who_signs_up_is_signed_in_and_is_a_viewer(house: House) -> None:
    answer = await house.client.post("/api/v1/accounts", json=MINA)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    session = answer.json()
    me = await house.client.get("/api/v1/me", headers={"Authorization": f"Bearer {session['token']}"})
    assert session["account"] == {"user": me.json()["user"], "name": "Mina", "roles": ["viewer"]}
    assert me.json() == {**session["account"], "about": "", "email": None}


async def test_who_signed_up_can_log_in_by_any_form_of_his_name(house: House) -> None:
    opened_account = (await house.client.post("/api/v1/accounts", json=MINA)).json()["account"]
    answer = await house.client.post("/api/v1/sessions", json={**MINA, "name": " ＭＩＮＡ "})
    assert answer.status_code == 201
    assert answer.json()["account"] == opened_account
    assert answer.json()["expires_at_ms"] == house.clock.now_ms() + 3_600_000


@pytest.mark.parametrize(
    "body",
    [
        {**MINA, "password": "wrong horse"},
        {**MINA, "name": "Nobody"},
        {**MINA, "name": "\u202e"},
        {**MINA, "name": ""},
        {**MINA, "password": ""},
    ],
)
async def test_wrong_names_and_wrong_passwords_are_refused_alike_and_cost_the_same_work(
    house: House, body: dict[str, str]
) -> None:
    await house.join("Mina")
    before = house.passwords.hashed
    answer = await house.client.post("/api/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "credentials-wrong")
    assert answer.json()["detail"] == "Name or password is wrong"
    assert house.passwords.hashed == before + 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**MINA, "name": "mina"}, 409, "name-taken"),
        ({**MINA, "name": "x"}, 422, "name-unsuitable"),
        ({**MINA, "name": "Admin"}, 422, "name-unsuitable"),
        ({"name": "Luo", "password": "short"}, 422, "password-unsuitable"),
        ({"name": "Luo", "password": "x" * 129}, 422, "password-unsuitable"),
        ({"name": "Luo", "password": "x" * 2000}, 422, "malformed"),
        ({"name": "Luo", "password": PASSWORD, "roles": ["admin"]}, 422, "malformed"),
        ({"name": "Luo"}, 422, "malformed"),
    ],
)
async def test_a_sign_up_that_cannot_be_is_refused_with_its_own_code(
    house: House, body: dict[str, object], status: int, code: str
) -> None:
    await house.join("Mina")
    answer = await house.client.post("/api/v1/accounts", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert PASSWORD not in answer.text


async def test_of_many_who_want_one_name_at_once_one_gets_it(house: House) -> None:
    answers = await asyncio.gather(*(house.client.post("/api/v1/accounts", json=MINA) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_a_password_of_an_older_cost_is_hashed_anew_at_the_next_log_in(
    database: Database, clock: ToldClock
) -> None:
    async with opened(database, clock) as before:
        session = await before.join("Mina")
    async with opened(database, clock, cost=PasswordCost(memory_kib=128, passes=1, lanes=1)) as house:
        for _ in range(2):
            answer = await house.client.post("/api/v1/sessions", json=MINA)
            assert answer.status_code == 201
        account = await house.store.by_id(session.principal.user_id)
        assert account is not None and "m=128," in account.password_hash
        assert house.passwords.hashed == 3


async def test_without_a_token_and_with_a_wrong_one_nobody_is_known(house: House) -> None:
    nobody = await house.client.get("/api/v1/me")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthorised")
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    wrong = await house.client.get("/api/v1/me", headers={"Authorization": "Bearer nonsense"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "token-invalid")


class TestCarryingOn:
    async def test_a_valid_token_gives_the_next_one(self, house: House) -> None:
        session = await house.join("Mina")
        house.clock.advance(3_599_000)
        answer = await house.client.post("/api/v1/sessions/refresh", headers=bearer(session))
        assert answer.status_code == 201
        house.clock.advance(3_000)
        assert house.tokens.principal(answer.json()["token"]) == session.principal

    async def test_an_expired_token_gives_none(self, house: House) -> None:
        session = await house.join("Mina")
        house.clock.advance(3_601_000)
        answer = await house.client.post("/api/v1/sessions/refresh", headers=bearer(session))
        assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")

    async def test_nobody_gets_none(self, house: House) -> None:
        answer = await house.client.post("/api/v1/sessions/refresh")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")

    async def test_a_sign_in_ends_after_a_day_however_often_it_was_carried_on(self, house: House) -> None:
        session = await house.join("Mina")
        token = session.token
        for _ in range(23):
            house.clock.advance(3_599_000)
            token = (await house.accounts.refresh(token)).token
        house.clock.advance(3_599_000)
        headers = {"Authorization": f"Bearer {token}"}
        assert house.tokens.principal(token)
        house.clock.advance(0)
        answer = await house.client.post("/api/v1/sessions/refresh", headers=headers)
        assert answer.status_code == 201, "23 h 59 min are not a day"
        house.clock.advance(24_000)
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        answer = await house.client.post("/api/v1/sessions/refresh", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-again")

    async def test_the_next_token_has_the_roles_of_now(self, house: House) -> None:
        session = await house.join("Mina")
        await house.ranks.promote(session.principal.user_id)
        answer = await house.client.post("/api/v1/sessions/refresh", headers=bearer(session))
        assert answer.json()["account"]["roles"] == ["host", "viewer"]

    async def test_whoever_signed_out_everywhere_carries_on_nowhere(self, house: House) -> None:
        here, there = await house.join("Mina"), await house.accounts.log_in("Mina", PASSWORD, "203.0.113.1")
        assert (await house.client.delete("/api/v1/sessions", headers=bearer(here))).status_code == 204
        for session in (here, there):
            answer = await house.client.post("/api/v1/sessions/refresh", headers=bearer(session))
            assert (answer.status_code, answer.json()["code"]) == (401, "token-revoked")
        again = await house.accounts.log_in("Mina", PASSWORD, "203.0.113.1")
        assert (await house.client.get("/api/v1/me", headers=bearer(again))).status_code == 200

    async def test_a_process_that_has_not_heard_of_the_sign_out_gives_no_next_token(
        self, database: Database, clock: ToldClock
    ) -> None:
        async with opened(database, clock) as here, opened(database, clock) as there:
            session = await here.join("Mina")
            await here.accounts.sign_out_everywhere(session.principal.user_id)
            answer = await there.client.post("/api/v1/sessions/refresh", headers=bearer(session))
            assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-again")


class TestTheDoor:
    async def test_who_is_barred_neither_logs_in_nor_carries_on_nor_gets_a_stream_key(self, house: House) -> None:
        session = await house.join("Mina")
        house.door.barred.add(session.principal.user_id)
        for answer in (
            await house.client.post("/api/v1/sessions", json=MINA),
            await house.client.post("/api/v1/sessions/refresh", headers=bearer(session)),
            await house.client.post("/api/v1/stream-key", headers=bearer(session)),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "barred")

    async def test_a_wrong_password_does_not_tell_that_somebody_is_barred(self, house: House) -> None:
        session = await house.join("Mina")
        house.door.barred.add(session.principal.user_id)
        answer = await house.client.post("/api/v1/sessions", json={**MINA, "password": "wrong horse"})
        assert answer.json()["code"] == "credentials-wrong"


class TestTheThrottle:
    @pytest.fixture
    async def house(self, database: Database, redis: Redis, clock: ToldClock) -> AsyncIterator[House]:
        rules = AccountRules(
            log_in_per_name=Bucket(3, 30_000),
            log_in_per_address=Bucket(5, 2_000),
            sign_up_per_address=Bucket(2, 10_000),
        )
        async with opened(database, clock, throttle=RedisThrottle(redis), rules=rules) as opened_house:
            yield opened_house

    async def test_guessing_at_one_name_is_stopped_whatever_its_form(self, house: House) -> None:
        await house.join("Mina")
        guesses = [{**MINA, "name": name, "password": "a guess"} for name in ("Mina", "MINA", "ｍina", "mina")]
        answers = [await house.client.post("/api/v1/sessions", json=guess) for guess in guesses]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert (answers[-1].json()["code"], answers[-1].headers["Retry-After"]) == ("too-many-attempts", "30")
        house.clock.advance(30_000)
        assert (await house.client.post("/api/v1/sessions", json=MINA)).status_code == 201

    async def test_a_stopped_guess_costs_no_hash(self, house: House) -> None:
        for _ in range(3):
            await house.client.post("/api/v1/sessions", json=MINA)
        before = house.passwords.hashed
        assert (await house.client.post("/api/v1/sessions", json=MINA)).status_code == 429
        assert house.passwords.hashed == before

    async def test_guessing_from_one_address_is_stopped_whatever_the_names_and_headers(self, house: House) -> None:
        answers = [
            await house.client.post(
                "/api/v1/sessions",
                json={**MINA, "name": f"user {number}"},
                headers={"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"},
            )
            for number in range(6)
        ]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert answers[-1].headers["Retry-After"] == "2"

    async def test_opening_accounts_from_one_address_is_stopped(self, house: House) -> None:
        answers = [
            await house.client.post("/api/v1/accounts", json={**MINA, "name": f"user {number}"}) for number in range(3)
        ]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert (await house.store.search("user", "", 10))[-1].name == "user 1"


class TestTheWelcome:
    @pytest.fixture
    def welcomed(self) -> list[str]:
        return []

    @pytest.fixture
    async def house(self, database: Database, clock: ToldClock, welcomed: list[str]) -> AsyncIterator[House]:
        async def welcome(user: str, /) -> None:
            welcomed.append(user)
            if len(welcomed) == 1:
                raise RuntimeError("the bank is closed")

        async with opened(database, clock, welcome=welcome) as opened_house:
            yield opened_house

    async def test_a_newcomer_whose_welcome_failed_is_welcomed_at_his_next_log_in(
        self, house: House, welcomed: list[str]
    ) -> None:
        with pytest.raises(RuntimeError):
            await house.join("Mina")
        session = await house.accounts.log_in("Mina", PASSWORD, "203.0.113.1")
        assert welcomed == [session.principal.user_id] * 2
        luo = await house.join("Luo")
        assert welcomed[-1] == luo.principal.user_id
