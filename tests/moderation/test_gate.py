"""The gate: a sanction is in force at once, everywhere, and nothing stale comes back."""

import asyncio

import pytest
from redis.asyncio import Redis

import foundation.redis
from accounts.principal import Principal, Role
from foundation.bus import MemoryBus
from foundation.sql import Database
from moderation import sanction_gate
from moderation.errors import AlreadySanctioned
from moderation.gate import Gate, Sanctioned, Scope
from moderation.sanction import Reason, Sanction
from moderation.sanction_gate import SanctionGate
from moderation.store import CACHE_MS, HOLD_MS, VERSION_MS, Cached, SanctionCache
from moderation.store_memory import MemoryModeration, MemorySanctionCache
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from tests.clocks import ToldClock
from tests.moderation.stage import Stage, opened
from tests.moderation.test_store import sanction

ADMIN = Principal("0" * 26, "ops", frozenset((Role.ADMIN,)))


class Watched(MemoryModeration):
    """Counts how often the truth is asked, and lets a test stand between the reading and the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.has_read = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def standing(self, user_id: str, now_ms: int) -> list[Sanction]:
        self.asked += 1
        found = await super().standing(user_id, now_ms)
        self.has_read.set()
        await self.may_answer.wait()
        return found


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest, redis: Redis) -> SanctionCache:
    return MemorySanctionCache() if request.param == "memory" else RedisSanctionCache(redis)


async def banned(stage: Stage, scope: Scope = Scope.PLATFORM, duration_s: int | None = None) -> tuple[str, Sanction]:
    user = stage.people.add("Mina").user_id
    return user, await stage.sanctions.impose(ADMIN, user, scope, duration_s, Reason.ABUSE, "swore")


async def refused(gate: Gate, user: str, scope: Scope) -> bool:
    try:
        await gate.check(user, scope)
    except Sanctioned:
        return True
    return False


async def test_a_sanction_is_in_force_when_the_imposing_returns_and_over_when_the_lifting_does(stage: Stage) -> None:
    user = stage.people.add("Mina").user_id
    for _ in range(2):
        assert not await refused(stage.gate, user, Scope.CHAT)
        made = await stage.sanctions.impose(ADMIN, user, Scope.CHAT, None, Reason.SPAM, "")
        assert await refused(stage.gate, user, Scope.CHAT)
        assert not await refused(stage.gate, user, Scope.PUBLISH)
        await stage.sanctions.lift(ADMIN, made.sanction_id, "")


async def test_a_ban_imposed_in_one_process_is_in_force_in_another_that_had_cached_innocence(
    database: Database, redis: Redis, clock: ToldClock, stage: Stage
) -> None:
    user = stage.people.add("Mina").user_id
    other = SanctionGate(SqlModeration(database), RedisSanctionCache(redis), clock)
    await other.check(user, Scope.PUBLISH)
    await stage.sanctions.impose(ADMIN, user, Scope.PLATFORM, None, Reason.ABUSE, "")
    assert await refused(other, user, Scope.PUBLISH)


async def test_of_many_each_is_told_what_he_would_be_told_alone(stage: Stage) -> None:
    user, imposed = await banned(stage, Scope.GIFT)
    free = stage.people.add("Luo").user_id
    for _ in ("from SQL", "from the cache"):
        told = await stage.gate.refusals([free, user], Scope.GIFT)
        assert told[free] is None
        assert (refusal := told[user]) is not None and refusal.extra["sanction"] == imposed.sanction_id
        assert await stage.gate.refusals([user], Scope.CHAT) == {user: None}
    await stage.sanctions.lift(ADMIN, imposed.sanction_id, "sorry")
    assert await stage.gate.refusals([user], Scope.GIFT) == {user: None}


async def test_the_refusal_says_what_is_forbidden_until_when_and_why(stage: Stage) -> None:
    user, made = await banned(stage, Scope.CHAT, 60)
    with pytest.raises(Sanctioned) as refusal:
        await stage.gate.check(user, Scope.CHAT)
    assert refusal.value.extra == {
        "sanction": made.sanction_id,
        "scope": "chat",
        "until_ms": stage.clock.now_ms() + 60_000,
        "reason": "abuse",
    }


async def test_a_cached_sanction_ends_by_the_clock(stage: Stage) -> None:
    user, _ = await banned(stage, Scope.CHAT, 60)
    stage.clock.advance(59_999)
    assert await refused(stage.gate, user, Scope.CHAT)
    stage.clock.advance(1)
    assert not await refused(stage.gate, user, Scope.CHAT)


async def test_who_is_banned_is_not_admitted_and_who_is_muted_is(stage: Stage) -> None:
    user, _ = await banned(stage, Scope.CHAT)
    await stage.gate.admit(user)
    await stage.sanctions.impose(ADMIN, user, Scope.PLATFORM, None, Reason.ABUSE, "")
    with pytest.raises(Sanctioned):
        await stage.gate.admit(user)


async def test_who_was_banned_of_late_is_found_however_many_were_sanctioned(
    monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    monkeypatch.setattr(sanction_gate, "PAGE", 2)
    await banned(stage)
    stage.clock.advance(10_000)
    since_ms = stage.clock.now_ms()
    late = {(await banned(stage))[0] for _ in range(5)}
    await banned(stage, Scope.CHAT)
    _, lifted = await banned(stage)
    await stage.sanctions.lift(ADMIN, lifted.sanction_id, "")
    assert await stage.gate.banned_since(since_ms) == late


async def test_the_truth_is_asked_once_for_many_checks(cache: SanctionCache, clock: ToldClock) -> None:
    store = Watched()
    gate = SanctionGate(store, cache, clock)
    for _ in range(5):
        await gate.check("mina", Scope.CHAT)
    assert store.asked == 1


class Silent(MemorySanctionCache):
    """A cache that does not answer."""

    async def read(self, user_id: str) -> Cached:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_cache_that_is_silent_is_not_waited_for(clock: ToldClock) -> None:
    async with opened(Watched(), Silent(), MemoryBus(), clock) as stage:
        user, _ = await banned(stage)
        async with asyncio.timeout(2):
            assert await refused(stage.gate, user, Scope.GIFT)
            await stage.gate.check("mina", Scope.GIFT)


async def test_innocence_read_before_a_ban_is_not_cached_after_it(cache: SanctionCache, clock: ToldClock) -> None:
    store = Watched()
    async with opened(store, cache, MemoryBus(), clock) as stage:
        user = stage.people.add("Mina").user_id
        store.may_answer.clear()
        early = asyncio.ensure_future(stage.gate.check(user, Scope.CHAT))
        await store.has_read.wait()
        slow, store.may_answer = store.may_answer, asyncio.Event()
        store.may_answer.set()  # for everybody but the early reader
        await stage.sanctions.impose(ADMIN, user, Scope.CHAT, None, Reason.SPAM, "")
        slow.set()
        await early
        assert await refused(stage.gate, user, Scope.CHAT)


async def test_nothing_is_cached_while_a_change_is_being_committed(cache: SanctionCache) -> None:
    await cache.hold("mina")
    held = await cache.read("mina")
    await cache.fill("mina", held.version, [])
    assert (await cache.read("mina")).sanctions is None


async def test_a_cached_entry_is_forgotten_when_a_change_begins_and_when_it_ends(cache: SanctionCache) -> None:
    for change in (cache.hold, cache.release):
        await cache.release("mina")
        await cache.fill("mina", (await cache.read("mina")).version, [])
        assert (await cache.read("mina")).sanctions == []
        await change("mina")
        assert (await cache.read("mina")).sanctions is None


async def test_what_was_read_before_a_change_is_not_let_in_after_it(cache: SanctionCache) -> None:
    before = await cache.read("mina")
    await cache.hold("mina")
    await cache.release("mina")
    await cache.fill("mina", before.version, [])
    assert (await cache.read("mina")).sanctions is None


async def test_cached_sanctions_come_back_as_they_were(cache: SanctionCache) -> None:
    made = [sanction(), sanction(scope=Scope.PLATFORM, until_ms=5)]
    await cache.fill("mina", (await cache.read("mina")).version, made)
    assert (await cache.read("mina")).sanctions == made


async def test_the_cache_is_released_when_a_change_fails(stage: Stage, redis: Redis) -> None:
    user, _ = await banned(stage)
    with pytest.raises(AlreadySanctioned):
        await stage.sanctions.impose(ADMIN, user, Scope.PLATFORM, None, Reason.ABUSE, "")
    assert await redis.get(f"{{user:{user}}}:sanctions:version") != b"held"


class Dying(RedisSanctionCache):
    """Of a process that is killed before it can release."""

    async def release(self, user_id: str) -> None:
        pass


async def test_a_ban_is_in_force_though_its_process_died_right_after_the_commit(
    database: Database, redis: Redis, clock: ToldClock, stage: Stage
) -> None:
    user = stage.people.add("Mina").user_id
    await stage.gate.check(user, Scope.CHAT)  # innocence is cached
    async with opened(SqlModeration(database), Dying(redis), MemoryBus(), clock, stage.people) as dying:
        await dying.sanctions.impose(ADMIN, user, Scope.CHAT, None, Reason.SPAM, "")
    assert await refused(stage.gate, user, Scope.CHAT)


async def test_every_key_in_redis_goes_away_by_itself(redis: Redis) -> None:
    cache = RedisSanctionCache(redis)
    await cache.fill("mina", "", [])
    assert 0 < await redis.pttl("{user:mina}:sanctions") <= CACHE_MS
    await cache.hold("mina")
    assert 0 < await redis.pttl("{user:mina}:sanctions:version") <= HOLD_MS
    await cache.release("mina")
    assert HOLD_MS < await redis.pttl("{user:mina}:sanctions:version") <= VERSION_MS
    assert len(await redis.keys()) == 1


async def test_without_redis_the_gate_asks_the_truth_and_bans_still_work(database: Database, clock: ToldClock) -> None:
    nowhere = foundation.redis.connect("redis://127.0.0.1:1", "test", timeout_s=0.2)
    try:
        async with opened(SqlModeration(database), RedisSanctionCache(nowhere), MemoryBus(), clock) as stage:
            user, _ = await banned(stage)
            assert await refused(stage.gate, user, Scope.GIFT)
    finally:
        await nowhere.aclose()


async def test_a_ban_survives_the_loss_of_everything_in_redis(stage: Stage, redis: Redis) -> None:
    user, _ = await banned(stage)
    await redis.flushall()
    assert await refused(stage.gate, user, Scope.PUBLISH)
