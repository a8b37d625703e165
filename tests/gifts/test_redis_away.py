"""Redis that is slow, silent or dead under a real api: every gift is taken at once, and shown when it is back."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from accounts.principal import Principal, Role
from bench.gifts_proof.between import Between
from bench.gifts_proof.town import BATTLE, Town, town
from foundation.bus_redis import RedisBus
from gifts.store_redis import RedisBoard
from gifts.tables import gifts
from gifts.verify import ledger_verify
from moderation.gate import Scope
from moderation.sanction import Reason
from moderation.service import Sanctions
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from server import valkey
from streaming.feed.store import HISTORY_KEY
from tests.gifts.doors import DOORS, Giver, giver
from tests.waiting import until

AT_ONCE_S = 1.5  # on a machine that does other things too; ``bench.gifts.away`` knows the figure
SLOW_S = 0.5
EFFECTIVE_S = 1.0
ASKED_S = 20.0
COINS = 10_000
OPS = Principal("0" * 26, "ops", frozenset({Role.ADMIN}))


@dataclass
class Far:
    """A town whose servers reach Redis only through ``between``."""

    place: Town
    between: Between
    folder: Path
    givers: Sequence[Giver]

    async def give(self, name: str, *who: Giver) -> None:
        """The first has given just now, the others are new to the api: no difference to either of them."""
        answers = []
        for number in range(2):
            for told in await asyncio.gather(*(each.by_both(f"{name}-{number}") for each in who)):
                answers += told
        assert {answer.status for answer in answers} == {201}, [answer.body for answer in answers]
        assert max(answer.took_s for answer in answers) < AT_ONCE_S

    async def shown(self) -> None:
        """All of it is counted, and the rooms were told in the order of the ledger."""
        await self.place.drained()
        board = RedisBoard(self.place.redis, combo_ms=5000)

        async def counted() -> bool:
            scores = await board.scores(BATTLE)
            return scores is not None and {side: score for side, score in scores.items() if score} == await self._sums()

        await until(counted, "the board shows what the ledger has")
        for host in self.place.hosts:
            told = await self._told_in(host.room)
            assert told == sorted(told)

    async def _sums(self) -> dict[str, int]:
        query = select(gifts.c.side, func.sum(gifts.c.score)).group_by(gifts.c.side)
        async with self.place.database.read() as transaction:
            return {row[0]: int(row[1]) for row in await transaction.execute(query)}

    async def _told_in(self, room: str) -> list[str]:
        entries: Any = await self.place.redis.xrange(HISTORY_KEY.format(room=room))
        said = [map(orjson.loads, fields[b"m"].split(b"\n", 1)) for _, fields in entries]
        return [str(body["id"]) for head, body in said if head["t"] == "gift.sent"]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.place.valkey.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.place.valkey.send_signal(signal.SIGCONT)


@pytest.fixture
async def far(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Far]:
    """Eight with coins, in both rooms, connected while all is well."""
    copy = shutil.copy(sqlite_template, tmp_path / "ringside.db")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ringside-far-")))
        redis = folder / "redis.sock"
        between = await stack.enter_async_context(Between(redis, tmp_path / "valkey" / "valkey.sock"))
        url = f"sqlite+aiosqlite:///{copy}"
        place = await stack.enter_async_context(town(tmp_path, url, redis=f"unix://{redis}"))
        people = [await place.fan(f"Fan {number}", COINS) for number in range(8)]
        rooms = [place.hosts[number % 2].room for number in range(8)]
        givers = [
            await stack.enter_async_context(giver(place, who, room)) for who, room in zip(people, rooms, strict=True)
        ]
        yield Far(place, between, tmp_path, givers)


async def test_whatever_ails_redis_every_gift_is_taken_at_once_and_shown_afterwards(far: Far) -> None:
    known, *new = far.givers
    await far.give("before", known)
    far.between.open(delay_s=SLOW_S)
    await far.give("slow", known, *new[:2])
    far.between.open()
    await far.shown()
    with far.frozen():
        await far.give("silent", known, *new[2:4])
    await far.shown()
    far.place.valkey.kill()
    far.place.valkey.wait(10)
    await far.give("dead", known, *new[4:6])
    following, _ = valkey.start(far.folder / "valkey", durable=False)
    try:

        async def answering() -> bool:
            return await asyncio.to_thread(valkey.answers, far.folder / "valkey")

        await until(answering, "Redis is back")
        await far.place.announce()
        await far.shown()
        await is_asked_to_come_again(new[6])
        async with giver(far.place, new[6].person, new[6].room) as again:
            await a_sanction_is_heeded(far, again)
        await far.place.drained()
    finally:
        following.terminate()
        following.wait(10)
    report = await ledger_verify(far.place.database, drained=True)
    assert report.holds, report.text()


@dataclass(frozen=True)
class Known:
    """Everybody is somebody without a rank."""

    user_id: str
    roles: frozenset[Role] = frozenset()


class Everybody:
    async def person(self, user_id: str) -> Known:
        return Known(user_id)


async def is_asked_to_come_again(who: Giver) -> None:
    """What his room was told while Redis was away nobody can say: it has forgotten everything."""
    with pytest.raises(ConnectionError, match="missed"):
        await asyncio.wait_for(_hears_all(who), ASKED_S)


async def _hears_all(who: Giver) -> None:
    while True:
        await who.socket.hear()


async def a_sanction_is_heeded(far: Far, who: Giver) -> None:
    """By a Redis that is well again: in less than a second, by both doors."""
    place = far.place
    assert {told.status for told in await who.by_both("free")} == {201}
    store, cache = SqlModeration(place.database), RedisSanctionCache(place.redis)
    sanctions = Sanctions(store, cache, Everybody(), RedisBus(place.redis), place.clock)
    await sanctions.impose(OPS, who.person.user, Scope.GIFT, None, Reason.SPAM, "")
    turns = iter(range(1000))

    async def refused() -> bool:
        return [told.status for told in await who.by_both(f"banned-{next(turns)}")] == [403] * len(DOORS)

    await until(refused, "the sanction is in force", EFFECTIVE_S)
