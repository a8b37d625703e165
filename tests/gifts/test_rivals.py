"""A slice of ``make prove-gifts``: requests that meet on two api processes, and a database that is cut off."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.gifts_proof.rounds import Rounds, cuts, rounds
from tests.databases import Postgres

ROUNDS = 20
HOT = 5


@pytest.fixture
async def two_apis(tmp_path: Path, postgres: Postgres) -> AsyncIterator[Rounds]:
    name = await postgres.create()
    async with rounds(tmp_path, postgres.url(name)) as met:
        yield met
    await postgres.drop(name)


async def test_requests_that_meet_on_two_apis(two_apis: Rounds) -> None:
    """A hundred retries are one transfer; ten gifts of 200 fit into the purse; hot wallets block nobody."""
    assert await two_apis.retries(1) == []
    for seed in range(ROUNDS):
        assert await two_apis.balance(seed) == [], f"round {seed}"
    for seed in range(HOT):
        assert await two_apis.hot(seed) == [], f"round {seed}"
    assert await two_apis.sound() == []


async def test_a_hundred_retries_of_one_request_are_one_transfer_on_sqlite(
    tmp_path: Path, sqlite_template: Path
) -> None:
    copy = shutil.copy(sqlite_template, tmp_path / "ringside.db")
    async with rounds(tmp_path, f"sqlite+aiosqlite:///{copy}", apis=1) as met:
        assert await met.retries(1) == []
        assert await met.sound() == []


async def test_a_retry_after_a_commit_that_nobody_heard_of_finds_the_truth(postgres: Postgres) -> None:
    async with cuts(postgres) as cutting:
        for seed in range(ROUNDS):
            assert await cutting.run(seed) == [], f"round {seed}"
        assert await cutting.sound() == []
