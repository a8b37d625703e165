"""Real ``kill -9`` of a process that serves gifts under load: clients insist, then everything is looked at.

One kill is one run: fans send gifts one after the other, half of them over HTTP and half on the feed, some gifts twice
at once; after so many answers as the seed says the api is killed and replaced, and in some runs, at a moment of its
own, the relay, too. When all have their answers and the relay is through, the judge of the crash points has the word.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bench.gifts_proof.giving import Giving, OverFeed, OverHttp
from bench.gifts_proof.journal import Seen
from bench.gifts_proof.judge import Books, Cast, complaints
from bench.gifts_proof.line import Answer
from bench.gifts_proof.town import BATTLE, FAN_COINS, SIDES, Person, Town, town
from gifts.settings import GiftSettings
from gifts.verify import ledger_verify

FANS = 6
GIFTS_EACH = 12
TWICE = 0.2  # so many of the gifts are asked for twice at once
RELAYS = 5  # in every fifth run the relay is killed besides
ITEMS = ("heart", "rose", "clover", "coffee", "horn")
TOLD = ("coins", "side", "score", "boost", "win", "seed", "balance", "accepted_at_ms")  # as they are on the row
LATEST_KILL = FANS * GIFTS_EACH // 2  # it comes after so many answers at the latest: everybody has more to ask


@dataclass
class Kill:
    """Of ``victim``, when there are ``after`` answers."""

    victim: str
    after: int
    due: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Crowd:
    """Fans with two connections each, and what they have been told."""

    place: Town
    fans: list[Person]
    ways: list[tuple[Giving, Giving]]
    seen: Seen = field(default_factory=Seen)
    _kills: list[Kill] = field(default_factory=list)
    _answers: int = 0  # since the run has begun

    async def run(self, seed: int) -> list[str]:
        """One kill, judged."""
        chance = Random(f"kills {seed}")
        victims = ("api-0", "relay") if kills_relay(seed) else ("api-0",)
        self._answers, self._kills = 0, [Kill(victim, chance.randrange(LATEST_KILL)) for victim in victims]
        killing = [asyncio.create_task(self._kill(each)) for each in self._kills]
        await asyncio.gather(*(self._send(number, seed) for number in range(len(self.fans))), *killing)
        await self.place.drained()
        return await self._judged()

    async def _kill(self, kill: Kill) -> None:
        await kill.due.wait()
        await self.place.servers.kill(kill.victim)

    async def _send(self, number: int, seed: int) -> None:
        chance, fan = Random(f"kills {seed} {number}"), self.fans[number]
        for each in range(GIFTS_EACH):
            host, item, key = chance.choice(self.place.hosts), chance.choice(ITEMS), f"{seed}-{number}-{each}"
            ways = self.ways[number][: 2 if chance.random() < TWICE else 1]
            self.seen.asked.append({"key": key})
            wish: dict[str, object] = {"gift": item, "count": chance.randint(1, 5)}
            for answer in await asyncio.gather(*(self.place.insist(way, host.room, key, wish) for way in ways)):
                self._note(fan, key, answer)

    def _note(self, fan: Person, key: str, answer: Answer) -> None:
        self._answers += 1
        for each in self._kills:
            if self._answers > each.after:
                each.due.set()
        said = answer.json()
        if answer.status != 201:
            self.seen.refused.setdefault(key, []).append(str(said.get("code")))
            return
        told = {name: said[name] for name in TOLD}
        diamonds = int(str(said["coins"])) * GiftSettings.share_bp // 10_000
        gift = {"id": said["gift_id"], "sender": fan.user, "recipient": said["to"], "diamonds": diamonds, **told}
        self.seen.gifts.setdefault(key, []).append(gift)

    async def _judged(self) -> list[str]:
        self.seen.posted = self.place.posted
        hosts = self.place.hosts
        cast = Cast(
            coins=dict.fromkeys([*(fan.user for fan in self.fans), *(host.host_user for host in hosts)], FAN_COINS),
            sides={host.host_user: side for host, side in zip(hosts, SIDES, strict=True)},
            rooms=tuple(host.room for host in hosts),
        )
        shown = await self.place.scoring.live_scores(BATTLE)
        found = list(complaints(self.seen, await Books.of(self.place.database), shown, cast))
        report = await ledger_verify(self.place.database, drained=True)
        return found if report.holds else [*found, report.text()]


@asynccontextmanager
async def crowd(folder: Path, url: str) -> AsyncIterator[Crowd]:
    async with town(folder, url) as place:
        fans = [await place.fan(f"Fan {number}", FAN_COINS) for number in range(FANS)]
        port = place.servers.ports[0]
        ways = [_ways(number, port, fan.token) for number, fan in enumerate(fans)]
        try:
            yield Crowd(place, fans, ways)
        finally:
            for way in (each for pair in ways for each in pair):
                await way.close()


def _ways(number: int, port: int, token: str) -> tuple[Giving, Giving]:
    """A fan's; of one who asks twice at once the second is another one in every third case."""
    first, second = (OverHttp, OverFeed) if number % 2 else (OverFeed, OverHttp)
    return first(port, token), (second if number % 3 == 0 else first)(port, token)


def kills_relay(seed: int) -> bool:
    return seed % RELAYS == 0
