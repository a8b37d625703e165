"""What Prometheus is told of gifts: batches and their time, answers that the ledger is away, the outbox."""

from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry

from foundation.bus import MemoryBus
from gifts.errors import LedgerAway
from gifts.metrics import GiftMetrics, OutboxGauges
from gifts.service import GiftService, SendGift
from gifts.settings import GiftSettings
from tests.clocks import ToldClock
from tests.gifts.world import ROOM, VERA, FrailDatabase, ToldGate, ToldStages


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def service(
    either: FrailDatabase, clock: ToldClock, bus: MemoryBus, settings: GiftSettings, registry: CollectorRegistry
) -> AsyncIterator[GiftService]:
    metrics = GiftMetrics(registry)
    made = GiftService(either, clock, bus, ToldGate(), ToldStages(), settings, metrics=metrics)
    await made.start()
    await made.grant_starter("vera")
    yield made
    await made.close()


def told(registry: CollectorRegistry, name: str) -> float | None:
    return registry.get_sample_value(f"ringside_gift_{name}")


async def test_a_batch_is_measured(service: GiftService, registry: CollectorRegistry) -> None:
    await service.send(VERA, ROOM, SendGift("rose", 1, None, "k"))
    assert (told(registry, "batch_gifts_count"), told(registry, "batch_gifts_sum")) == (1, 1)
    assert told(registry, "commit_seconds_count") == 1
    assert (told(registry, "commit_seconds_sum") or 0) > 0
    assert told(registry, "ledger_away_total") == 0


async def test_an_answer_that_the_ledger_is_away_is_counted(
    service: GiftService, either: FrailDatabase, registry: CollectorRegistry
) -> None:
    either.fail_before = 100
    with pytest.raises(LedgerAway):
        await service.send(VERA, ROOM, SendGift("rose", 1, None, "k"))
    assert told(registry, "ledger_away_total") == 1
    assert told(registry, "commit_seconds_count") == 1, "a batch that failed took its time, too"


async def test_the_outbox_has_a_depth_and_an_age(
    service: GiftService, either: FrailDatabase, clock: ToldClock, registry: CollectorRegistry
) -> None:
    gauges = OutboxGauges(either, clock, registry)
    await gauges.look()
    assert (told(registry, "outbox_unsent"), told(registry, "outbox_oldest_seconds")) == (0, 0)
    for key in ("a", "b"):
        await service.send(VERA, ROOM, SendGift("rose", 1, None, key))
        clock.advance(1500)
    await gauges.look()
    assert (told(registry, "outbox_unsent"), told(registry, "outbox_oldest_seconds")) == (2, 3.0)
