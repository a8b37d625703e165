"""From a page's sample to the figure that Prometheus reads."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from prometheus_client import CollectorRegistry, generate_latest

from foundation import problem
from foundation.ids import new_id
from quality.allowance import Allowance, AllowanceRules
from quality.metrics import ExperienceMetrics
from quality.router import router
from quality.schema import BATCH
from quality.service import Quality
from tests.clocks import ToldClock

PATH = "/api/v1/quality/samples"
ROOM = new_id()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def client(registry: CollectorRegistry, clock: ToldClock) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    problem.install(app)
    rules = AllowanceRules(window_ms=10_000, per_address=40)
    app.include_router(router(Quality(ExperienceMetrics(registry), clock, Allowance(rules))))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://ringside.test") as opened:
        yield opened


def sample(**changes: object) -> dict[str, object]:
    return {
        "room": ROOM,
        "joined": True,
        "join_ms": None,
        "watched_ms": 20_000,
        "freezes": 0,
        "frozen_ms": 0,
        **changes,
    }


async def tell(client: AsyncClient, *samples: dict[str, object]) -> tuple[int, str]:
    answer = await client.post(PATH, json={"samples": list(samples)})
    return answer.status_code, "" if answer.status_code == 204 else answer.json()["code"]


def figure(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"ringside_{name}", labels)


async def test_joins_watching_and_freezes_of_anybody_are_counted(
    client: AsyncClient, registry: CollectorRegistry
) -> None:
    told = (
        sample(join_ms=180),
        sample(join_ms=5_001, freezes=2, frozen_ms=1_500),
        sample(watched_ms=500, audio_freezes=1, audio_frozen_ms=250),
    )
    assert await tell(client, *told) == (204, "")
    assert figure(registry, "joins_total", verdict="in_time") == 1
    assert figure(registry, "joins_total", verdict="late") == 1
    assert figure(registry, "join_seconds_bucket", le="0.2") == 1
    assert figure(registry, "join_seconds_sum") == pytest.approx(5.181)
    assert figure(registry, "watched_seconds_total") == pytest.approx(40.5)
    assert figure(registry, "freezes_total", medium="video") == 2
    assert figure(registry, "frozen_seconds_total", medium="video") == pytest.approx(1.5)
    assert figure(registry, "frozen_seconds_total", medium="audio") == pytest.approx(0.25)


async def test_waiting_for_a_picture_that_has_not_come_is_not_watching(
    client: AsyncClient, registry: CollectorRegistry
) -> None:
    await tell(client, sample(joined=False))
    assert figure(registry, "waited_seconds_total") == 20
    assert figure(registry, "watched_seconds_total") == 0
    assert figure(registry, "join_seconds_count") == 0


async def test_nobody_freezes_longer_than_he_watches(client: AsyncClient, registry: CollectorRegistry) -> None:
    await tell(client, sample(watched_ms=100, freezes=1, frozen_ms=600))
    assert figure(registry, "frozen_seconds_total", medium="video") == pytest.approx(0.1)


async def test_figures_that_nobody_has_moved_yet_are_there_as_zero(
    client: AsyncClient, registry: CollectorRegistry
) -> None:
    assert figure(registry, "joins_total", verdict="late") == 0
    assert figure(registry, "freezes_total", medium="audio") == 0


async def test_no_figure_names_a_room_or_an_address(client: AsyncClient, registry: CollectorRegistry) -> None:
    await tell(client, sample(join_ms=100))
    await tell(client, sample(frozen_ms=500_000))
    text = generate_latest(registry).decode()
    assert ROOM not in text
    assert "127.0.0.1" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"watched_ms": -1},
        {"watched_ms": 600_001},
        {"watched_ms": None},
        {"join_ms": -1},
        {"freezes": 1.5},
        {"room": "x"},
        {"user": "mina"},
        {"frozen_ms": "many"},
    ],
)
async def test_a_malformed_sample_is_refused(
    client: AsyncClient, registry: CollectorRegistry, changes: dict[str, object]
) -> None:
    assert await tell(client, sample(**changes)) == (422, "malformed")
    assert figure(registry, "watched_seconds_total") == 0


@pytest.mark.parametrize("count", [0, BATCH + 1])
async def test_a_batch_has_one_to_sixteen_samples(client: AsyncClient, count: int) -> None:
    assert await tell(client, *(sample() for _ in range(count))) == (422, "malformed")


async def test_a_batch_with_an_impossible_sample_is_refused_whole_and_counted(
    client: AsyncClient, registry: CollectorRegistry
) -> None:
    assert await tell(client, sample(), sample(frozen_ms=500_000)) == (422, "sample-incoherent")
    assert figure(registry, "watched_seconds_total") == 0
    assert figure(registry, "samples_refused_total", reason="sample-incoherent") == 1


async def test_an_address_that_floods_is_told_when_to_come_back(
    client: AsyncClient, registry: CollectorRegistry, clock: ToldClock
) -> None:
    flood = [sample() for _ in range(BATCH)]
    assert [await tell(client, *flood) for _ in range(2)] == [(204, "")] * 2
    answer = await client.post(PATH, json={"samples": flood})
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-samples")
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert figure(registry, "watched_seconds_total") == 2 * BATCH * 20
    clock.advance(10_000)
    assert await tell(client, *flood) == (204, "")
