"""A confirmed address and a new password, over HTTP as a page does it."""

import asyncio

import pytest

from accounts.service import Session
from foundation.ids import new_secret
from foundation.sql import Database
from tests.accounts.house import PASSWORD, SITE, House, bearer, opened, token_in
from tests.clocks import ToldClock

EMAIL = "mina@example.com"
NEW = "battery staple"


async def member(house: House, name: str = "Mina", email: str = EMAIL) -> Session:
    """Somebody whose address is confirmed; his letter is out of the box."""
    session = await house.join(name)
    wish = {"email": email, "password": PASSWORD}
    answer = await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
    assert answer.status_code == 202
    token = token_in((await house.letters())[-1])
    answer = await house.client.post("/api/v1/email-confirmations", json={"token": token})
    assert answer.status_code == 204
    house.mailbox.letters.clear()
    return session


async def asked(house: House, account: str) -> tuple[int, bytes]:
    answer = await house.client.post("/api/v1/password-resets", json={"account": account})
    return answer.status_code, answer.content


async def tried(house: House, token: str, password: str = NEW) -> tuple[int, str]:
    answer = await house.client.put("/api/v1/password", json={"token": token, "password": password})
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def signs_in(house: House, password: str) -> bool:
    answer = await house.client.post("/api/v1/sessions", json={"name": "Mina", "password": password})
    return answer.status_code == 201


class TestAForgottenPassword:
    @pytest.mark.parametrize("account", ["mina", " ＭＩＮＡ ", "Mina@Example.com"])
    async def test_is_set_anew_by_a_letter_to_the_address_of_the_account(self, house: House, account: str) -> None:
        await member(house)
        assert (await asked(house, account))[0] == 202
        (letter,) = await house.letters()
        assert letter.to == EMAIL and f"{SITE}/reset#" in letter.text
        assert await tried(house, token_in(letter)) == (204, "")
        assert await signs_in(house, NEW) and not await signs_in(house, PASSWORD)

    async def test_ends_every_sign_in_of_the_account(self, house: House) -> None:
        sessions = [await member(house), await house.accounts.log_in("Mina", PASSWORD, "203.0.113.1")]
        await asked(house, "Mina")
        await tried(house, token_in((await house.letters())[0]))
        for session in sessions:
            for method, path in (("GET", "/api/v1/me"), ("POST", "/api/v1/sessions/refresh")):
                answer = await house.client.request(method, path, headers=bearer(session))
                assert (answer.status_code, answer.json()["code"]) == (401, "token-revoked")

    async def test_is_set_once_by_one_letter(self, house: House) -> None:
        await member(house)
        await asked(house, "Mina")
        token = token_in((await house.letters())[0])
        outcomes = await asyncio.gather(*(tried(house, token, f"password {number}") for number in range(4)))
        assert sorted(outcomes) == [(204, ""), *[(404, "mail-token-unknown")] * 3]
        assert await tried(house, token) == (404, "mail-token-unknown")

    async def test_is_not_set_by_a_letter_of_half_an_hour_ago(self, house: House) -> None:
        await member(house)
        await asked(house, "Mina")
        token = token_in((await house.letters())[0])
        house.clock.advance(30 * 60_000)
        assert await tried(house, token) == (404, "mail-token-unknown")
        assert await signs_in(house, PASSWORD)

    async def test_is_not_set_by_the_token_of_an_address(self, house: House) -> None:
        session = await member(house)
        wish = {"email": "other@example.com", "password": PASSWORD}
        await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
        assert await tried(house, token_in((await house.letters())[0])) == (404, "mail-token-unknown")

    async def test_a_password_that_nobody_may_choose_leaves_the_letter_good(self, house: House) -> None:
        await member(house)
        await asked(house, "Mina")
        token = token_in((await house.letters())[0])
        assert await tried(house, token, "short") == (422, "password-unsuitable")
        assert await tried(house, token) == (204, "")

    async def test_only_the_hash_of_the_token_is_kept(self, house: House, database: Database) -> None:
        await member(house)
        await asked(house, "Mina")
        token = token_in((await house.letters())[0])
        async with database.read() as transaction:
            rows = (await transaction.exec_driver_sql("SELECT * FROM mail_tokens")).all()
        assert len(rows) == 1 and token not in repr(rows)


class TestAStranger:
    async def test_is_answered_alike_whether_there_is_such_an_account_or_not(self, house: House) -> None:
        await member(house)
        await house.join("Luo")  # without an address
        answers = [await asked(house, whose) for whose in ("Mina", EMAIL, "Luo", "Nobody", "no@example.com", "\u202e")]
        assert answers == [(202, b"null")] * 6
        assert [letter.to for letter in await house.letters()] == [EMAIL]  # one a minute

    async def test_does_not_end_the_letter_that_has_just_come_by_asking_again(self, house: House) -> None:
        await member(house)
        await asked(house, "Mina")
        (letter,) = await house.letters()
        house.clock.advance(59_999)
        assert [await asked(house, whose) for whose in ("Mina", EMAIL)] == [(202, b"null")] * 2
        assert await house.letters() == [letter]
        assert await tried(house, token_in(letter)) == (204, "")

    async def test_who_waits_a_minute_has_another_letter_sent(self, house: House) -> None:
        await member(house)
        await asked(house, "Mina")
        await house.letters()
        house.clock.advance(60_000)
        await asked(house, EMAIL)
        first, second = await house.letters()
        assert await tried(house, token_in(first)) == (404, "mail-token-unknown")
        assert await tried(house, token_in(second)) == (204, "")

    async def test_is_answered_before_anybody_is_looked_for(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await member(house)
        looked_up, go = [], asyncio.Event()

        async def slow(name: object) -> None:
            looked_up.append(name)
            await go.wait()

        monkeypatch.setattr(house.store, "by_name", slow)
        async with asyncio.timeout(5):
            assert [await asked(house, whose) for whose in ("Mina", "Nobody")] == [(202, b"null")] * 2
        go.set()
        await house.post.settled()
        assert len(looked_up) == 2

    async def test_who_has_no_more_letters_is_refused_alike_whether_there_is_such_an_account_or_not(
        self, house: House
    ) -> None:
        await member(house)
        for whose in ("Mina", "Nobody", "no@example.com", EMAIL):
            statuses = [(await asked(house, form))[0] for form in (whose, whose.upper(), f" {whose}", whose)]
            assert statuses == [202, 202, 202, 429], whose
        assert len(await house.letters()) == 1

    async def test_does_not_guess_a_token_and_costs_no_hash(self, house: House) -> None:
        await member(house)
        await asked(house, "Mina")
        hashed = house.passwords.hashed
        answers = [await tried(house, new_secret()) for _ in range(1_000)]
        assert set(answers) == {(404, "mail-token-unknown"), (429, "too-many-attempts")}
        assert answers.count((404, "mail-token-unknown")) < 20
        assert house.passwords.hashed == hashed

    async def test_does_not_choose_where_the_link_leads(self, house: House) -> None:
        await member(house)
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}
        await house.client.post("/api/v1/password-resets", json={"account": "Mina"}, headers=headers)
        (letter,) = await house.letters()
        assert "evil" not in letter.text and f"{SITE}/reset#" in letter.text


class TestAnAddress:
    async def test_counts_only_after_its_letter_was_read(self, house: House) -> None:
        session = await house.join("Mina")
        wish = {"email": EMAIL, "password": PASSWORD}
        await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
        await house.letters()
        await asked(house, EMAIL)
        await asked(house, "Mina")
        assert ["email#" in letter.text for letter in await house.letters()] == [True]

    async def test_is_changed_by_nobody_who_has_only_a_token(self, house: House) -> None:
        session = await member(house)
        for email in ("thief@example.com", None):
            wish = {"email": email, "password": "a guess"}
            answer = await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
            assert (answer.status_code, answer.json()["code"]) == (401, "credentials-wrong")
        account = await house.store.by_email(EMAIL)
        assert account is not None and await house.letters() == []

    async def test_guesses_of_the_password_there_are_stopped(self, house: House) -> None:
        session = await house.join("Mina")
        wish = {"email": EMAIL, "password": "a guess"}
        answers = [await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session)) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]

    async def test_can_be_taken_away(self, house: House) -> None:
        session = await member(house)
        wish = {"email": None, "password": PASSWORD}
        answer = await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
        assert answer.status_code == 202
        await asked(house, "Mina")
        assert await house.letters() == [] and await house.store.by_email(EMAIL) is None

    async def test_of_another_account_is_told_only_to_the_reader_of_its_mailbox(self, house: House) -> None:
        await member(house)
        luo = await house.join("Luo")
        wish = {"email": EMAIL, "password": PASSWORD}
        answer = await house.client.put("/api/v1/me/email", json=wish, headers=bearer(luo))
        assert answer.status_code == 202
        token = token_in((await house.letters())[0])
        answer = await house.client.post("/api/v1/email-confirmations", json={"token": token})
        assert (answer.status_code, answer.json()["code"]) == (409, "email-taken")

    async def test_of_a_stranger_gets_a_few_letters_however_many_accounts_ask(self, house: House) -> None:
        statuses = []
        for number in range(6):
            session = await house.join(f"Sender {number}")
            wish = {"email": f" {EMAIL.upper() if number % 2 else EMAIL}", "password": PASSWORD}
            answer = await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
            statuses.append(answer.status_code)
        assert statuses == [202] * 3 + [429] * 3
        assert len(await house.letters()) == 3

    async def test_of_nobody_is_asked_for_without_end_from_one_network_address(self, house: House) -> None:
        statuses = []
        for number in range(22):
            session = await house.join(f"Sender {number}")
            wish = {"email": f"somebody{number}@example.com", "password": PASSWORD}
            answer = await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
            statuses.append(answer.status_code)
        assert statuses == [202] * 20 + [429] * 2
        assert len(await house.letters()) == 20

    async def test_that_is_none_is_refused(self, house: House) -> None:
        session = await house.join("Mina")
        wish = {"email": "mina@example.com\r\nBcc: luo@example.com", "password": PASSWORD}
        answer = await house.client.put("/api/v1/me/email", json=wish, headers=bearer(session))
        assert (answer.status_code, answer.json()["code"]) == (422, "email-unsuitable")


async def test_a_letter_that_nobody_takes_is_lost_and_the_next_one_goes_out(
    database: Database, clock: ToldClock
) -> None:
    async with opened(database, clock) as house:
        await member(house)
        house.mailbox.broken = True
        assert (await asked(house, "Mina"))[0] == 202
        assert await house.letters() == []
        house.mailbox.broken = False
        house.clock.advance(60_000)
        await asked(house, "Mina")
        assert len(await house.letters()) == 1
