"""What the queue of the random match promises, asked of both twins."""

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from foundation.ids import new_id
from foundation.lease import Fenced
from pk.errors import QueueFull
from pk.match.pairing import Seeker
from pk.match.queue import FENCE_KEY, MatchQueue, Place
from pk.match.store_memory import MemoryMatchQueue
from pk.match.store_redis import RedisMatchQueue
from pk.rules import MatchRules

RULES = MatchRules()


@pytest.fixture(params=["memory", "redis"])
def queue(request: pytest.FixtureRequest) -> MatchQueue:
    if request.param == "memory":
        return MemoryMatchQueue()
    return RedisMatchQueue(request.getfixturevalue("redis"))


def seeker(**changes: object) -> Seeker:
    made = Seeker(new_id(), new_id(), new_id(), "Änne 🌹", 1500, 60_000, 1_700_000_000_000, (new_id(),))
    return replace(made, **changes)  # type: ignore[arg-type]


async def places(queue: MatchQueue) -> dict[str, str | None]:
    """Seeker's id -> battle."""
    return {place.seeker.id: place.battle for place in await queue.waiting()}


async def two(queue: MatchQueue) -> tuple[Seeker, Seeker]:
    return await queue.ask(seeker(), RULES), await queue.ask(seeker(), RULES)


async def test_who_asks_waits_as_he_asked(queue: MatchQueue) -> None:
    host = seeker()
    assert await queue.ask(host, RULES) == host
    assert await queue.find(host.room) == host
    assert await queue.waiting() == [Place(host, None)]
    assert await queue.find(new_id()) is None


async def test_asking_twice_is_asking_once(queue: MatchQueue) -> None:
    host = seeker()
    await queue.ask(host, RULES)
    again = replace(host, id=new_id(), since_ms=host.since_ms + 9, fight_ms=300_000)
    assert await queue.ask(again, RULES) == host
    assert await queue.waiting() == [Place(host, None)]


async def test_a_full_queue_takes_nobody_but_keeps_who_is_there(queue: MatchQueue) -> None:
    rules = MatchRules(most_waiting=2)
    hosts = [seeker() for _ in range(2)]
    for host in hosts:
        await queue.ask(host, rules)
    with pytest.raises(QueueFull) as refused:
        await queue.ask(seeker(), rules)
    assert refused.value.retry_after_s is not None
    assert await queue.ask(hosts[0], rules) == hosts[0]
    await queue.withdraw(hosts[1].room)
    await queue.ask(seeker(), rules)


async def test_of_fifty_who_ask_at_once_no_more_wait_than_there_is_room(queue: MatchQueue) -> None:
    rules = MatchRules(most_waiting=10)
    answers = await asyncio.gather(*(queue.ask(seeker(), rules) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(answer, Seeker) for answer in answers) == 10
    assert len(await queue.waiting()) == 10


async def test_who_withdraws_waits_no_longer(queue: MatchQueue) -> None:
    host = await queue.ask(seeker(), RULES)
    assert await queue.withdraw(host.room)
    assert not await queue.withdraw(host.room)
    assert await queue.waiting() == []


async def test_a_pair_has_its_battle_noted(queue: MatchQueue) -> None:
    one, other = await two(queue)
    assert await queue.pair(1, "battle", one, other)
    assert await places(queue) == {one.id: "battle", other.id: "battle"}


async def test_a_pair_cannot_withdraw_and_is_in_no_other_pair(queue: MatchQueue) -> None:
    one, other = await two(queue)
    third = await queue.ask(seeker(), RULES)
    await queue.pair(1, "battle", one, other)
    assert not await queue.withdraw(one.room)
    assert not await queue.pair(1, "another", third, other)
    assert (await places(queue))[third.id] is None


async def test_nobody_is_paired_who_has_withdrawn_or_begun_anew(queue: MatchQueue) -> None:
    one, other = await two(queue)
    await queue.withdraw(other.room)
    assert not await queue.pair(1, "battle", one, other)
    anew = await queue.ask(replace(other, id=new_id()), RULES)
    assert not await queue.pair(1, "battle", one, other)
    assert await places(queue) == {one.id: None, anew.id: None}
    assert await queue.pair(1, "battle", one, anew)


async def test_of_many_pairs_with_one_host_at_once_one_is_made(queue: MatchQueue) -> None:
    one = await queue.ask(seeker(), RULES)
    others = [await queue.ask(seeker(), RULES) for _ in range(20)]
    made = await asyncio.gather(*(queue.pair(1, other.id, one, other) for other in others))
    assert sum(made) == 1
    assert sum(battle is not None for battle in (await places(queue)).values()) == 2


async def test_who_was_parted_waits_on_with_the_time_that_he_has_waited(queue: MatchQueue) -> None:
    one, other = await two(queue)
    await queue.pair(1, "battle", one, other)
    await queue.part(1, "another", one.room, other.room)
    assert (await places(queue))[one.id] == "battle"
    await queue.part(1, "battle", one.room, other.room)
    assert sorted(await queue.waiting(), key=lambda place: place.seeker.id) == sorted(
        [Place(one, None), Place(other, None)], key=lambda place: place.seeker.id
    )


async def test_who_is_dismissed_waits_no_longer_and_his_partner_keeps_the_note(queue: MatchQueue) -> None:
    one, other = await two(queue)
    await queue.pair(1, "battle", one, other)
    assert await queue.dismiss(1, one)
    assert not await queue.dismiss(1, one)
    assert await places(queue) == {other.id: "battle"}


async def test_who_has_begun_anew_is_not_dismissed_for_what_was_before(queue: MatchQueue) -> None:
    host = await queue.ask(seeker(), RULES)
    await queue.withdraw(host.room)
    anew = await queue.ask(replace(host, id=new_id()), RULES)
    assert not await queue.dismiss(1, host)
    assert await queue.find(host.room) == anew


async def test_a_matchmaker_of_the_past_changes_nothing(queue: MatchQueue) -> None:
    one, other = await two(queue)
    await queue.part(2, "nothing")
    with pytest.raises(Fenced):
        await queue.pair(1, "battle", one, other)
    with pytest.raises(Fenced):
        await queue.dismiss(1, one)
    assert await queue.pair(2, "battle", one, other)
    with pytest.raises(Fenced):
        await queue.part(1, "battle", one.room)
    assert await places(queue) == {one.id: "battle", other.id: "battle"}


async def test_a_note_that_outlived_its_wait_does_not_bind_the_next_one(redis: Redis) -> None:
    queue = RedisMatchQueue(redis)
    one, other = await two(queue)
    await queue.pair(1, "battle", one, other)
    await redis.delete("{match}:waiting")
    anew = await queue.ask(replace(one, id=new_id()), RULES)
    assert await queue.waiting() == [Place(anew, None)]
    assert await queue.withdraw(one.room)


async def test_nothing_but_the_fence_stays_for_ever(redis: Redis) -> None:
    queue = RedisMatchQueue(redis)
    one, other = await two(queue)
    await queue.pair(1, "battle", one, other)
    lasting = [key for key in await redis.keys("*") if await redis.pttl(key) < 0]
    assert lasting == [FENCE_KEY.encode()]
    assert await redis.pttl("{match}:waiting") > RULES.patience_ms
    for host in (one, other):
        await queue.dismiss(1, host)
    assert await redis.keys("*") == lasting
