"""A visitor of two processes, who leaves and comes back whenever he likes, has heard the same as who never left."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.principal import Principal
from foundation.clock import SystemClock
from foundation.feed import Delivery
from streaming.feed.connection import Connection
from streaming.feed.crowd import Crowd
from streaming.feed.rules import FeedRules
from streaming.feed.store import Head, History, Posted
from tests.streaming.feed.frames import texts
from tests.streaming.feed.lines import MemoryLine

BOB = Principal("bob", "Bob", frozenset())
MUST, LATEST, SAMPLE = Delivery.MUST, Delivery.LATEST, Delivery.SAMPLE


@dataclass
class Known:
    """What a client knows of a room: it keeps all gifts and the last score of each battle."""

    gifts: list[int] = field(default_factory=list)
    scores: dict[str, int] = field(default_factory=dict)

    def hear(self, type_: str, key: str, offset: int) -> None:
        if type_ == "gift":
            self.gifts.append(offset)
        elif type_ == "score":
            self.scores[key] = offset


class Store:
    """What the room was told, and what is on its way to each of two processes."""

    def __init__(self, kept: int) -> None:
        self.posted: list[Posted] = []
        self.under_way: tuple[list[Posted], list[Posted]] = ([], [])
        self._kept = kept

    @property
    def head(self) -> Head:
        return Head("e", len(self.posted))

    def post(self, type_: str, delivery: Delivery, key: str = "", users: tuple[str, ...] = ()) -> None:
        body = orjson.dumps({"key": key})
        self.posted.append(Posted("r", "e", self.head.offset + 1, type_, delivery, key, users, body, ("ann",)))
        for process in self.under_way:
            process.append(self.posted[-1])

    async def history(self) -> History:
        lasting = [each for each in self.posted if each.delivery is not SAMPLE]
        gone = lasting[: max(0, len(lasting) - self._kept)]
        return History(Head("e", gone[-1].offset if gone else 0), tuple(lasting[len(gone) :]))

    def known(self, user: str) -> Known:
        """What is to be known by now, also what a snapshot shows."""
        known = Known()
        for each in self.posted:
            if not each.users or user in each.users:
                known.hear(each.type, each.key, each.offset)
        return known


class Visitor:
    """Bob, who has come to one of the processes."""

    def __init__(self) -> None:
        self.known = Known()
        self.at: Head | None = None
        self.resumed = 0
        self._line = MemoryLine()
        self._crowd: Crowd | None = None
        self._here: Connection | None = None

    async def come(self, crowd: Crowd, store: Store, rules: FeedRules) -> None:
        self._line = MemoryLine()
        self._crowd = crowd
        self._here = Connection("c", "r", BOB, "", self._line, rules)
        head = store.head
        crowd.connections.add(self._here)
        crowd.begin(head)
        missed = None
        if self.at is not None:
            await crowd.recall(self.at, store.history)
            missed = crowd.resume(self._here, self.at)
        if missed is None:
            self.known, self.at = store.known("bob"), head
            missed = crowd.hear(self._here, head)
        else:
            self.resumed += 1
        self._here.greet(missed)

    def read(self) -> None:
        for message in map(orjson.loads, texts(b"".join(self._line.written))):
            assert message["o"] > (0 if self.at is None else self.at.offset), "told twice, or out of order"
            self.at = Head(message["e"], message["o"])
            self.known.hear(message["t"], message["d"]["key"], message["o"])
        self._line.written.clear()

    def leave(self) -> None:
        """With what he has heard until now."""
        self.read()
        if self._crowd is not None and self._here is not None:
            self._crowd.leave(self._here)
            self._here = self._crowd = None


async def turn() -> None:
    """All tellings that are due."""
    for _ in range(4):
        await asyncio.sleep(0)


async def lived_through(steps: list[Any], resume_bytes: int, kept: int) -> Visitor:
    rules = FeedRules(tick_ms=0, samples_per_tick=1, resume_bytes=resume_bytes)
    crowds = [Crowd(rules, SystemClock()), Crowd(rules, SystemClock())]
    store, bob = Store(kept), Visitor()
    for step in steps:
        match step:
            case ("post", *message):
                store.post(*message)
            case ("reaches", process, most):
                for posted in store.under_way[process][:most]:
                    crowds[process].take(posted)
                del store.under_way[process][:most]
            case ("comes", process):
                bob.leave()
                await bob.come(crowds[process], store, rules)
            case ("forgets", process):  # everybody has left the room there, and it is listened to anew
                bob.leave()
                crowds[process].stop()
                crowds[process] = Crowd(rules, SystemClock())
                store.under_way[process].clear()
            case "leaves":
                bob.leave()
            case "turn":
                await turn()
                bob.read()
    bob.leave()
    await bob.come(crowds[0], store, rules)
    for posted in store.under_way[0]:
        crowds[0].take(posted)
    await turn()
    bob.read()
    for crowd in crowds:
        crowd.stop()
    assert bob.known == store.known("bob")
    return bob


POSTS = st.one_of(
    st.tuples(st.just("post"), st.just("gift"), st.just(MUST), st.just(""), st.sampled_from([(), ("bob",), ("ann",)])),
    st.tuples(st.just("post"), st.just("score"), st.just(LATEST), st.sampled_from(["b1", "b2"])),
    st.tuples(st.just("post"), st.just("chat"), st.just(SAMPLE)),
)
PROCESS = st.integers(0, 1)
STEPS = st.one_of(
    POSTS,
    POSTS,
    st.tuples(st.just("reaches"), PROCESS, st.integers(1, 5)),
    st.tuples(st.just("comes"), PROCESS),
    st.tuples(st.just("forgets"), PROCESS),
    st.just("leaves"),
    st.just("turn"),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(STEPS, max_size=60), st.sampled_from([200, 1_000_000]), st.sampled_from([2, 1000]))
def test_who_leaves_and_comes_back_knows_what_everybody_knows_and_hears_nothing_twice(
    steps: list[Any], resume_bytes: int, kept: int
) -> None:
    asyncio.run(lived_through(steps, resume_bytes, kept))


async def test_he_does_so_without_a_snapshot() -> None:
    gift = ("post", "gift", MUST)
    reach = [("reaches", 0, 9), ("reaches", 1, 9), "turn"]
    steps: list[Any] = [("comes", 0), gift, *reach, "leaves", gift, *reach, gift, ("comes", 1), *reach, "leaves", gift]
    bob = await lived_through([*steps, ("comes", 0)], 1_000_000, 1000)
    assert bob.resumed == 3 and bob.known.gifts == [1, 2, 3, 4]


async def test_what_his_snapshot_shows_he_is_not_told_however_late_it_comes() -> None:
    gift = ("post", "gift", MUST)
    slow = ("reaches", 0, 1)
    bob = await lived_through(
        [gift, ("forgets", 0), gift, gift, ("comes", 0), slow, "turn", slow, "turn"], 1_000_000, 9
    )
    assert bob.known.gifts == [1, 2, 3]
