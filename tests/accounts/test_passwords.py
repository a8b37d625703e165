"""Passwords: argon2id, and equal work for everybody."""

import unicodedata
from collections.abc import AsyncIterator

import pytest
from argon2 import extract_parameters

from accounts.errors import PasswordUnsuitable
from accounts.passwords import Passwords, suitable
from accounts.rules import AccountRules, PasswordCost
from tests.accounts.house import CHEAP


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    opened = Passwords(CHEAP)
    yield opened
    await opened.close()


async def test_a_password_opens_its_own_hash_and_no_other(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct house")
    assert not await passwords.verify(await passwords.hash("another"), "correct horse")


async def test_one_password_gives_another_hash_each_time(passwords: Passwords) -> None:
    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


async def test_a_password_may_be_typed_in_another_form_of_unicode(passwords: Passwords) -> None:
    stored = await passwords.hash(unicodedata.normalize("NFC", "café-längd"))
    assert await passwords.verify(stored, unicodedata.normalize("NFD", "café-längd"))


async def test_half_a_character_is_a_wrong_password_and_no_fault(passwords: Passwords) -> None:
    assert not await passwords.verify(await passwords.hash("correct horse"), "\ud800 horse")


async def test_an_unknown_name_costs_the_work_of_a_known_one_and_is_never_right(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    before = passwords.hashed
    assert not await passwords.verify(None, "correct horse")
    assert passwords.hashed == before + 1
    assert extract_parameters(passwords.decoy) == extract_parameters(stored)


def test_the_default_cost_is_argon2id_with_64_mib() -> None:
    decoy = extract_parameters(Passwords().decoy)
    assert (decoy.memory_cost, decoy.time_cost, decoy.type.name) == (64 * 1024, 3, "ID")


async def test_a_hash_of_another_cost_is_outdated(passwords: Passwords) -> None:
    dearer = Passwords(PasswordCost(memory_kib=128, passes=1, lanes=1))
    assert passwords.outdated(await dearer.hash("correct horse"))
    assert not passwords.outdated(await passwords.hash("correct horse"))
    await dearer.close()


@pytest.mark.parametrize("password", ["", "seven77", "x" * 129])
def test_passwords_that_are_too_short_or_too_long_are_refused(password: str) -> None:
    with pytest.raises(PasswordUnsuitable):
        suitable(password, AccountRules())


@pytest.mark.parametrize("password", ["eight888", "x" * 128, "密码密码密码密码"])
def test_passwords_within_the_limits_are_taken(password: str) -> None:
    suitable(password, AccountRules())
