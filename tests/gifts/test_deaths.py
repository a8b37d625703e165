"""A slice of ``make prove-gifts``: whatever dies on the road of a gift, no coin is lost or made.

Which seeds are tried depends on the code, so that another state of it meets other deaths, and the same one the same.
"""

from pathlib import Path

import pytest

from bench.gifts_proof.chain import Verdict, chained
from bench.gifts_proof.disk import NoCompiler, compiled
from bench.gifts_proof.kills import crowd
from bench.gifts_proof.points import Pace
from bench.gifts_proof.road import LABELS
from bench.gifts_proof.story import story
from bench.gifts_proof.totals import DISK, POINTS, POINTS_POSTGRES
from bench.proof.totals import code_state
from tests.databases import Postgres, make_tables

DEATHS = 1000
DEATHS_POSTGRES = 40
SICK = 50
KILLS, KILLS_POSTGRES = 7, 3
LOOKED_OVER = Pace(recover=5, verify=10)


def seeds(number: int, of: int) -> range:
    """A slice of the long proof's seeds."""
    first = int(code_state(), 16) % (of // number) * number + 1
    return range(first, first + number)


def wrong(verdicts: list[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if not verdict.right]


async def test_a_process_may_die_at_any_point_of_the_road_of_a_gift(valkey_url: str, tmp_path: Path) -> None:
    verdicts = await chained(seeds(DEATHS, POINTS.wanted), tmp_path, valkey_url, pace=LOOKED_OVER)
    assert wrong(verdicts) == []
    assert len(verdicts) == DEATHS and {verdict.label for verdict in verdicts} == set(LABELS)


async def test_a_process_may_die_at_any_point_on_postgresql(
    valkey_url: str, tmp_path: Path, postgres: Postgres
) -> None:
    tried = seeds(DEATHS_POSTGRES, POINTS_POSTGRES.wanted)
    verdicts = await chained(tried, tmp_path, valkey_url, postgres=postgres, pace=LOOKED_OVER)
    assert wrong(verdicts) == []
    assert len(verdicts) == DEATHS_POSTGRES and {verdict.label for verdict in verdicts} == set(LABELS)


async def test_what_was_acknowledged_by_a_disk_that_fails_is_there(valkey_url: str, tmp_path: Path) -> None:
    """Each COMMIT that came back was synced; what was not synced nobody was told; a disk that is well is written to."""
    try:
        sick = compiled(tmp_path)
    except NoCompiler as error:
        pytest.skip(str(error))
    verdicts = await chained(seeds(SICK, DISK.wanted), tmp_path, valkey_url, sick=sick, pace=LOOKED_OVER)
    assert wrong(verdicts) == []
    assert sum(verdict.figures["syncs_failed"] for verdict in verdicts) > SICK
    assert sum(verdict.figures["away"] for verdict in verdicts) > 5, "the ledger has said that it is away"


async def test_a_serving_process_may_be_killed_under_load(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'ringside.db'}"
    make_tables(url)
    await killed(tmp_path, url, KILLS)


async def test_a_serving_process_may_be_killed_under_load_on_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    name = await postgres.create()
    await killed(tmp_path, postgres.url(name), KILLS_POSTGRES)
    await postgres.drop(name)


async def killed(folder: Path, url: str, times: int) -> None:
    async with crowd(folder, url) as people:
        for seed in seeds(times, 140):
            assert await people.run(seed) == [], f"seed {seed}"
        assert people.place.unanswered, "nobody was cut off: there was no load"


def test_a_seed_gives_one_story_with_everything_in_it() -> None:
    stories = [story(seed) for seed in range(400)]
    assert stories == [story(seed) for seed in range(400)]
    wishes = [wish for told in stories for each in told.rounds for wish in each.wishes]
    assert {wish.kind for wish in wishes} == {"fresh", "again", "old", "changed", "dear"}
    assert {told.label for told in stories} == set(LABELS)
    assert all(each.wishes[0].kind == "fresh" for told in stories for each in told.rounds)
    assert any(each.refund is not None for told in stories for each in told.rounds)
    assert any(each.buyer is not None for told in stories for each in told.rounds)
    assert any(told.flushed for told in stories)
