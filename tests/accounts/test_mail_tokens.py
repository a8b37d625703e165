"""The store of tokens that go out by mail keeps its word on both twins."""

import asyncio
from dataclasses import dataclass

import pytest

from accounts.errors import EmailTaken, MailTokenUnknown, UnknownUser
from accounts.mail_token_store import MailToken, MailTokenStore, Purpose, mail_token_hash
from accounts.store import Account, AccountStore
from accounts.store_memory import MemoryAccounts
from accounts.store_memory_mail_tokens import MemoryMailTokens
from accounts.store_sql import SqlAccounts
from accounts.store_sql_mail_tokens import SqlMailTokens
from foundation.ids import new_id
from foundation.sql import Database
from moderation.audit import record
from tests.accounts.test_store import NOW, added

LATER = NOW + 60_000


@dataclass
class Office:
    accounts: AccountStore
    tokens: MailTokenStore

    async def person(self, name: str, email: str | None = None) -> Account:
        account = await added(self.accounts, name)
        return account if email is None else await self.confirmed(account, email)

    async def confirmed(self, account: Account, email: str) -> Account:
        return await self.tokens.set_email(await self.sent(account, Purpose.EMAIL, email), NOW)

    async def sent(self, account: Account, purpose: Purpose, email: str) -> str:
        token_hash = mail_token_hash(new_id())
        await self.tokens.put(MailToken(account.user_id, purpose, token_hash, email, LATER))
        return token_hash


@pytest.fixture(params=["memory", "sql"])
def office(request: pytest.FixtureRequest, database: Database) -> Office:
    if request.param == "memory":
        accounts = MemoryAccounts()
        return Office(accounts, MemoryMailTokens(accounts))
    return Office(SqlAccounts(database, record), SqlMailTokens(database))


async def test_a_reset_sets_the_password_and_ends_every_sign_in_once(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    token = await office.sent(mina, Purpose.RESET, "mina@ringside.test")
    changed = await office.tokens.set_password(token, "another hash", NOW + 5)
    assert (changed.password_hash, changed.tokens_since, changed.changed_at_ms) == ("another hash", 1, NOW + 5)
    assert await office.accounts.by_id(mina.user_id) == changed
    with pytest.raises(MailTokenUnknown):
        await office.tokens.set_password(token, "a third hash", NOW + 6)
    assert await office.accounts.by_id(mina.user_id) == changed


async def test_of_many_who_use_one_token_at_once_one_succeeds(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    token = await office.sent(mina, Purpose.RESET, "mina@ringside.test")
    uses = (office.tokens.set_password(token, f"hash {number}", NOW) for number in range(5))
    outcomes = await asyncio.gather(*uses, return_exceptions=True)
    assert sum(isinstance(outcome, Account) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, MailTokenUnknown) for outcome in outcomes) == 4


async def test_on_postgresql_with_its_many_writers_one_succeeds_too(on_postgres: Database) -> None:
    office = Office(SqlAccounts(on_postgres, record), SqlMailTokens(on_postgres))
    await test_of_many_who_use_one_token_at_once_one_succeeds(office)
    await test_an_address_belongs_to_one_account_and_finds_it(office)


async def test_a_token_is_good_until_its_last_millisecond_and_for_its_purpose_only(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    token = await office.sent(mina, Purpose.RESET, "mina@ringside.test")
    assert await office.tokens.good(token, Purpose.RESET, LATER - 1)
    assert not await office.tokens.good(token, Purpose.RESET, LATER)
    assert not await office.tokens.good(token, Purpose.EMAIL, NOW)
    with pytest.raises(MailTokenUnknown):
        await office.tokens.set_password(token, "a hash", LATER)
    with pytest.raises(MailTokenUnknown):
        await office.tokens.set_email(token, NOW)


async def test_a_later_token_takes_the_place_of_an_earlier_one(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    first = await office.sent(mina, Purpose.RESET, "mina@ringside.test")
    second = await office.sent(mina, Purpose.RESET, "mina@ringside.test")
    assert not await office.tokens.good(first, Purpose.RESET, NOW)
    assert await office.tokens.good(second, Purpose.RESET, NOW)


async def test_a_token_that_is_still_young_is_not_replaced_when_that_is_asked_for(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    first = await office.sent(mina, Purpose.RESET, "mina@ringside.test")
    await office.sent(mina, Purpose.EMAIL, "other@ringside.test")
    for later_ms, replaced in ((0, False), (999, False), (1_000, True)):
        until_ms = LATER + later_ms
        token = MailToken(mina.user_id, Purpose.RESET, mail_token_hash(new_id()), "mina@ringside.test", until_ms)
        assert await office.tokens.put(token, younger_ms=1_000) is replaced
        assert await office.tokens.good(token.token_hash, Purpose.RESET, NOW) is replaced
        assert await office.tokens.good(first, Purpose.RESET, NOW) is not replaced


async def test_a_token_that_went_to_a_former_address_is_worth_nothing(office: Office) -> None:
    mina = await office.person("Mina", "old@ringside.test")
    early = await office.sent(mina, Purpose.RESET, "old@ringside.test")
    await office.confirmed(mina, "new@ringside.test")
    late = await office.sent(mina, Purpose.RESET, "old@ringside.test")  # it was on its way all the time
    for token in (early, late):
        with pytest.raises(MailTokenUnknown):
            await office.tokens.set_password(token, "a thief's hash", NOW)
    kept = await office.accounts.by_id(mina.user_id)
    assert kept is not None and (kept.password_hash, kept.tokens_since) == ("a hash", 0)


async def test_a_reset_leaves_no_letter_of_before_in_force(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    elsewhere = await office.sent(mina, Purpose.EMAIL, "thief@ringside.test")
    await office.tokens.set_password(await office.sent(mina, Purpose.RESET, "mina@ringside.test"), "a hash", NOW)
    with pytest.raises(MailTokenUnknown):
        await office.tokens.set_email(elsewhere, NOW)


async def test_an_address_belongs_to_one_account_and_finds_it(office: Office) -> None:
    mina, luo = await office.person("Ada", "both@ringside.test"), await office.person("Luo")
    assert await office.accounts.by_email("both@ringside.test") == mina
    token = await office.sent(luo, Purpose.EMAIL, "both@ringside.test")
    with pytest.raises(EmailTaken):
        await office.tokens.set_email(token, NOW)
    await office.tokens.forget_email(mina.user_id)
    assert await office.accounts.by_email("both@ringside.test") is None
    assert (await office.tokens.set_email(token, NOW)).user_id == luo.user_id


async def test_confirming_the_address_that_one_has_is_no_conflict(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    assert (await office.confirmed(mina, "mina@ringside.test")).email == "mina@ringside.test"


async def test_who_has_no_address_any_more_has_no_token(office: Office) -> None:
    mina = await office.person("Mina", "mina@ringside.test")
    token = await office.sent(mina, Purpose.RESET, "mina@ringside.test")
    await office.tokens.forget_email(mina.user_id)
    assert not await office.tokens.good(token, Purpose.RESET, NOW)


async def test_nobody_gets_no_token(office: Office) -> None:
    with pytest.raises(UnknownUser):
        await office.tokens.put(MailToken(new_id(), Purpose.RESET, "00" * 32, "nobody@ringside.test", LATER))
    with pytest.raises(UnknownUser):
        await office.tokens.forget_email(new_id())
