"""Who has posters made: only while somebody looks, in turns when there are many rooms."""

import pytest

from foundation.lease import MemoryLeases
from streaming.broadcast import CameraDown
from streaming.lobby import Lobby
from streaming.poster_keeper import JOB, ROUND, PosterKeeper, Turns, kept_s
from streaming.rules import BroadcastRules
from streaming.store import Record
from streaming.store_memory import MemoryBroadcasts, MemoryRooms
from tests.clocks import ToldClock
from tests.streaming.scene import HOME, NOW, ToldJobs, card, live
from transcode.posters import WANTED_S
from transcode.store_memory import MemoryPosters


class Scene:
    def __init__(self, clock: ToldClock) -> None:
        self.clock, self.jobs, self.broadcasts = clock, ToldJobs(), MemoryBroadcasts()
        self.posters = MemoryPosters(clock.now_ms)
        lobby = Lobby(MemoryRooms(), self.broadcasts)
        self.keeper = PosterKeeper(self.posters, lobby, self.jobs, MemoryLeases(), "pipe-token")

    async def live(self) -> Record:
        record = live(card())
        await self.broadcasts.announce(record.card.room)
        await self.broadcasts.save(record, 1)
        return record

    @property
    def pictured(self) -> list[str]:
        """The rooms of the last round."""
        return [each["room"] for each in self.jobs.last("round")]


@pytest.fixture
def scene(clock: ToldClock) -> Scene:
    return Scene(clock)


async def test_nothing_is_pictured_until_somebody_looks(scene: Scene) -> None:
    await scene.live()
    assert not await scene.keeper.round()
    assert scene.jobs.started == []


async def test_the_job_is_started_once_and_told_the_rooms_with_their_homes(scene: Scene) -> None:
    record = await scene.live()
    await scene.posters.want()
    assert await scene.keeper.round() and await scene.keeper.round()
    assert scene.jobs.started == [(JOB, {"token": "pipe-token"})]
    sitter = {"room": record.card.room, "broadcast": record.broadcast.broadcast_id, "pipe": HOME.pipe}
    assert scene.jobs.told == [(JOB, {"round": [sitter], "kept_s": 15})] * 2


async def test_it_is_stopped_when_nobody_looks_any_more_and_comes_back_with_the_next_who_does(scene: Scene) -> None:
    await scene.live()
    await scene.posters.want()
    await scene.keeper.round()
    scene.clock.advance(WANTED_S * 1000)
    assert not await scene.keeper.round()
    assert scene.jobs.running == set()
    await scene.posters.want()
    assert await scene.keeper.round()
    assert scene.jobs.running == {JOB}


async def test_a_predecessors_job_is_stopped_too(scene: Scene) -> None:
    scene.jobs.running.add(JOB)
    await scene.keeper.round()
    assert scene.jobs.running == set()


async def test_a_host_who_is_away_is_not_pictured(scene: Scene) -> None:
    here, away = await scene.live(), await scene.live()
    away.broadcast.handle(CameraDown("s1"), NOW, BroadcastRules())
    await scene.broadcasts.save(away, 1)
    await scene.posters.want()
    await scene.keeper.round()
    assert scene.pictured == [here.card.room]


async def test_without_live_rooms_no_job_is_started(scene: Scene) -> None:
    await scene.posters.want()
    assert not await scene.keeper.round()
    assert scene.jobs.started == []


async def test_a_round_has_a_bounded_number_of_rooms_and_the_others_come_next(scene: Scene) -> None:
    rooms = {(await scene.live()).card.room for _ in range(ROUND + 10)}
    await scene.posters.want()
    await scene.keeper.round()
    first = scene.pictured
    await scene.keeper.round()
    assert len(first) == ROUND and len(scene.pictured) == ROUND
    assert set(first) | set(scene.pictured) == rooms


async def test_a_poster_outlives_three_turns_of_its_room(scene: Scene) -> None:
    for _ in range(3 * ROUND + 1):
        await scene.live()
    await scene.posters.want()
    await scene.keeper.round()
    assert scene.jobs.last("kept_s") == 60  # each room's turn comes every 20 s
    assert [kept_s(rooms) for rooms in (1, ROUND, ROUND + 1, 1000)] == [15, 15, 30, 300]


def test_who_was_longest_without_a_turn_is_next_and_who_left_is_forgotten() -> None:
    turns = Turns(2)
    assert turns.take(["a", "b", "c"]) == ["a", "b"]
    assert turns.take(["a", "b", "c"]) == ["c", "a"]
    assert turns.take(["b", "c", "new"]) == ["new", "b"]
    assert turns.take(["a"]) == ["a"]
    assert turns.take(["b", "a"]) == ["b", "a"]
