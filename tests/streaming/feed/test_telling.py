"""How a crowd is told: on lines in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import orjson
import pytest

from accounts.principal import Principal
from foundation.clock import SystemClock
from foundation.feed import Delivery
from streaming.feed import pace
from streaming.feed.connection import CloseCode, Connection, frame
from streaming.feed.crowd import PIECE, Crowd
from streaming.feed.rules import FeedRules
from streaming.feed.store import Head, Posted, gap
from streaming.feed.tick import Batch, Tick
from tests.streaming.feed.frames import frames, texts
from tests.streaming.feed.lines import MemoryLine
from tests.streaming.scene import until

RULES = FeedRules(tick_ms=5, ping_every_s=0.2)


def sit(crowd: Crowd, principal: Principal | None = None, greeted: bool = True) -> tuple[Connection, MemoryLine]:
    line = MemoryLine()
    connection = Connection("c", "r", principal, "", line, RULES)
    if greeted:
        connection.greet()
        line.written.clear()
    crowd.connections.add(connection)
    crowd.hear(connection, Head("e", 0))
    return connection, line


def posted(offset: int, users: tuple[str, ...] = ()) -> Posted:
    return Posted("r", "e", offset, "x", Delivery.MUST, "", users, b"{}")


def offsets(line: MemoryLine) -> list[int]:
    return [orjson.loads(text).get("o") for text in texts(b"".join(line.written))]


async def turns_until(holds: Callable[[], bool]) -> None:
    """As ``until``, looked at in each turn of the loop."""
    for _ in range(1_000_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("never")


@pytest.fixture
async def crowd() -> AsyncIterator[Crowd]:
    made = Crowd(RULES, SystemClock())
    made.begin(Head("e", 0))
    yield made
    made.stop()


async def test_all_that_a_tick_tells_is_one_write_of_the_same_bytes_to_everybody(crowd: Crowd) -> None:
    lines = [sit(crowd)[1] for _ in range(3)]
    for offset in (1, 2, 3):
        crowd.take(posted(offset))
    await until(lambda: all(line.written for line in lines), "told")
    assert [len(line.written) for line in lines] == [1, 1, 1]
    assert lines[0].written[0] is lines[1].written[0] is lines[2].written[0]
    assert offsets(lines[0]) == [1, 2, 3]


async def test_what_is_for_one_user_only_is_nobody_elses_write(crowd: Crowd) -> None:
    _, ann = sit(crowd, Principal("ann", "Ann", frozenset()))
    _, bob = sit(crowd, Principal("bob", "Bob", frozenset()))
    crowd.take(posted(1, ("ann",)))
    await until(lambda: bool(ann.written), "told")
    crowd.take(posted(2))
    await until(lambda: bool(bob.written), "told")
    assert (offsets(ann), offsets(bob)) == ([1, 2], [2])
    assert len(bob.written) == 1


async def test_between_two_pieces_of_a_large_crowd_others_have_their_turn(crowd: Crowd) -> None:
    lines = [sit(crowd)[1] for _ in range(3 * PIECE)]
    told: list[int] = []

    def count() -> None:
        told.append(sum(1 for line in lines if line.written))
        if told[-1] < len(lines):
            asyncio.get_running_loop().call_soon(count)

    crowd.take(posted(1))
    count()
    await until(lambda: told[-1] == len(lines), "told")
    assert PIECE in told and 2 * PIECE in told


async def test_a_crowd_is_told_in_order_whatever_comes_while_it_is_being_told(crowd: Crowd) -> None:
    lines = [sit(crowd)[1] for _ in range(2 * PIECE)]
    crowd.take(posted(1))
    await turns_until(lambda: any(line.written for line in lines))
    assert not all(line.written for line in lines)
    crowd.take(posted(2))
    await until(lambda: all(offsets(line) == [1, 2] for line in lines), "told")


async def test_who_goes_while_the_crowd_is_told_is_not_written_to(crowd: Crowd) -> None:
    sat = [sit(crowd) for _ in range(2 * PIECE)]
    crowd.take(posted(1))
    await turns_until(lambda: any(line.written for _, line in sat))
    gone = [(connection, line) for connection, line in sat if not line.written]
    assert len(gone) == PIECE
    gone[0][1].on_lost()
    gone[1][0].close(CloseCode.BANNED, "banned")
    await until(lambda: all(line.written for _, line in gone[2:]), "told")
    assert gone[0][1].written == []
    assert texts(b"".join(gone[1][1].written)) == ['{"t":"closing","d":{"code":4403,"reason":"banned"}}']


async def test_who_has_gone_before_he_was_let_in_is_never_written_to(crowd: Crowd) -> None:
    line = MemoryLine()
    line.lost = True
    connection = Connection("c", "r", None, "", line, RULES)
    connection.greet(frame("hello", {}))
    connection.answer(frame("pong", {}))
    connection.close(CloseCode.BANNED, "banned")
    crowd.hear(connection, Head("e", 0))
    _, other = sit(crowd)
    crowd.take(posted(1))
    await until(lambda: bool(other.written), "told")
    assert (line.written, line.ended) == ([], "")


async def test_what_is_said_before_the_greeting_comes_after_it(crowd: Crowd) -> None:
    connection, line = sit(crowd, greeted=False)
    _, other = sit(crowd)
    crowd.take(posted(1))
    await until(lambda: bool(other.written), "told")
    assert line.written == []
    connection.greet(frame("hello", {}), frame("snapshot", {}))
    assert len(line.written) == 1
    assert [orjson.loads(text)["t"] for text in texts(line.written[0])] == ["hello", "snapshot", "x"]


async def test_everybody_is_asked_whether_he_is_there_also_in_a_silence_and_not_too_often(crowd: Crowd) -> None:
    _, line = sit(crowd)
    now_s = asyncio.get_running_loop().time()
    crowd.ping(now_s + RULES.ping_every_s - 0.1)
    crowd.ping(now_s + RULES.ping_every_s + 0.1)
    crowd.ping(now_s + RULES.ping_every_s + 0.2)
    await until(lambda: bool(line.written), "asked")
    crowd.take(posted(1))
    await until(lambda: len(line.written) == 2, "told")
    assert [each.opcode.name for each in frames(b"".join(line.written))] == ["PING", "TEXT", "TEXT"]
    assert [orjson.loads(text)["t"] for text in texts(b"".join(line.written))] == ["beat", "x"]


async def test_a_beat_says_how_far_all_were_told_and_what_time_it_is(crowd: Crowd) -> None:
    _, line = sit(crowd, Principal("bob", "Bob", frozenset()))
    crowd.take(posted(7, ("ann",)))
    crowd.ping(asyncio.get_running_loop().time() + RULES.ping_every_s)
    await until(lambda: bool(line.written), "asked")
    (beat,) = map(orjson.loads, texts(b"".join(line.written)))
    assert (beat["t"], beat["e"], beat["o"]) == ("beat", "e", 7)
    assert abs(beat["d"]["now_ms"] - SystemClock().now_ms()) < 5_000


async def test_who_is_silent_is_hung_up_on_within_twenty_seconds(crowd: Crowd) -> None:
    connection, line = sit(crowd)
    connection.look(line.heard_s + 16.9)
    assert connection.open
    connection.look(line.heard_s + 18.0)  # looked at each second, counted a second later
    assert line.ended == "aborted" and not connection.open


async def test_who_does_not_follow_is_closed_with_a_code(crowd: Crowd) -> None:
    connection, line = sit(crowd)
    line.waiting = 1
    for second in range(11):
        assert connection.open
        line.heard_s = 100.0 + second  # he answers pings and takes little
        connection.look(100.0 + second)
    assert line.ended == CloseCode.SLOW


async def test_what_waits_for_a_greeting_is_bounded_too(crowd: Crowd) -> None:
    connection, line = sit(crowd, greeted=False)
    connection.write(b"x" * (RULES.behind_bytes + 1))
    connection.look(line.heard_s)
    assert line.ended == CloseCode.SLOW


async def test_who_is_shown_an_older_snapshot_is_told_what_came_since_once_and_in_order(crowd: Crowd) -> None:
    _, early = sit(crowd)
    since = crowd.record(60)
    crowd.take(posted(1))
    await until(lambda: offsets(early) == [1], "it is told")
    crowd.take(posted(2))
    late = MemoryLine()
    connection = Connection("c", "r", None, "", late, RULES)
    crowd.connections.add(connection)
    connection.greet(crowd.hear_since(connection, Head("e", 0), since) or b"")
    crowd.take(posted(3))
    await until(lambda: offsets(early) == [1, 2, 3], "all is told")
    assert offsets(late) == [1, 2, 3]


async def test_who_must_be_shown_the_room_first_is_told_nothing_of_before_that(crowd: Crowd) -> None:
    """What was told before he was shown it would be written after it, and stand."""
    _, early = sit(crowd)
    crowd.begin(Head("f", 5))
    late = MemoryLine()
    connection = Connection("c", "r", None, "", late, RULES)
    crowd.connections.add(connection)
    assert crowd.resume(connection, Head("f", 3)) is None
    crowd.take(replace(posted(6), epoch="f"))
    await until(lambda: offsets(early) == [6], "it is told")
    connection.greet(frame("snapshot", {}), crowd.hear(connection, Head("f", 6)))
    crowd.take(replace(posted(7), epoch="f"))
    await until(lambda: offsets(early) == [6, 7], "it is told")
    assert offsets(late) == [None, 7]


async def test_who_comes_back_to_what_is_known_hears_on(crowd: Crowd) -> None:
    _, early = sit(crowd)
    crowd.take(posted(1))
    await until(lambda: offsets(early) == [1], "it is told")
    line = MemoryLine()
    connection = Connection("c", "r", None, "", line, RULES)
    crowd.connections.add(connection)
    connection.greet(crowd.resume(connection, Head("e", 0)) or b"")
    crowd.take(posted(2))
    await until(lambda: offsets(line) == [1, 2], "he hears on")


async def test_what_is_told_in_another_crowd_of_the_room_is_not_since(crowd: Crowd) -> None:
    since = crowd.record(60)
    crowd.stop()
    connection = Connection("c", "r", None, "", MemoryLine(), RULES)
    assert Crowd(RULES, SystemClock()).hear_since(connection, Head("e", 0), since) is None


@pytest.mark.parametrize("type_", ["chat.deleted", "chat.muted", "guest.applied", "guest.withdrawn"])
async def test_what_changes_what_newcomers_may_be_shown_ends_the_record(crowd: Crowd, type_: str) -> None:
    """Who applies for a seat and reloads his page at once is shown his application."""
    since = crowd.record(60)
    crowd.take(posted(1))
    assert since.whole
    crowd.take(replace(posted(2, ("ann",)), type=type_))
    assert not since.whole


async def test_of_a_gap_in_which_nothing_is_said_everybody_hears_and_nothing_else(crowd: Crowd) -> None:
    _, line = sit(crowd)
    crowd.take(gap("r", "f", 7))
    assert line.ended == CloseCode.RESTART
    assert [orjson.loads(text)["t"] for text in texts(b"".join(line.written))] == ["closing"]
    late = Connection("c", "r", None, "", MemoryLine(), RULES)
    assert crowd.resume(late, Head("f", 6)) is None
    assert crowd.resume(late, Head("f", 7)) == b""


async def test_what_it_takes_to_put_a_telling_together_stretches_the_tick_too(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_together_s: list[float] = []
    began_s: list[float] = []

    def drain(tick: Tick) -> Batch:
        put_together_s.append(asyncio.get_running_loop().time())
        return Batch(b"")

    def earliest(began: float, ended: float, rules: FeedRules) -> float:
        began_s.append(began)
        return ended

    monkeypatch.setattr(Tick, "drain", drain)
    monkeypatch.setattr(pace, "earliest", earliest)
    crowd.take(posted(1))
    await until(lambda: began_s, "told")
    assert began_s[0] <= put_together_s[0]


async def test_those_who_ask_at_once_how_it_stands_are_told_what_was_read_after_they_asked(crowd: Crowd) -> None:
    reads: list[asyncio.Future[bytes]] = []

    async def read() -> bytes:
        reads.append(asyncio.get_running_loop().create_future())
        return await reads[-1]

    first = asyncio.create_task(crowd.present(read))
    await until(lambda: reads, "it is being read")
    others = [asyncio.create_task(crowd.present(read)) for _ in range(100)]
    await asyncio.sleep(0)
    reads[0].set_result(b"before")
    await until(lambda: len(reads) == 2, "it is read again")
    reads[1].set_result(b"after")
    assert [await first, *await asyncio.gather(*others)] == [b"before", *[b"after"] * 100]
    assert len(reads) == 2


async def test_who_fails_to_read_how_it_stands_leaves_it_to_the_next(crowd: Crowd) -> None:
    async def away() -> bytes:
        raise TimeoutError

    async def read() -> bytes:
        return b"there"

    with pytest.raises(TimeoutError):
        await crowd.present(away)
    assert await crowd.present(read) == b"there"


async def test_only_one_record_is_kept_of_a_crowd(crowd: Crowd) -> None:
    former, later = crowd.record(60), crowd.record(60)
    assert (former.whole, later.whole) == (False, True)
