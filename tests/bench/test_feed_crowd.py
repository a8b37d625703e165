"""The crowd of ``make bench-feed`` against a server that does what it is told: nothing is counted that was not said."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

from bench.feed.bare import framed
from bench.feed.crowd import DELAY_MS, Crowd, Heard, Manners, compiled
from bench.feed.judge import percentile
from bench.feed.posting import BODY_BYTES, event
from tests.waiting import until

WELCOME = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


@dataclass
class Scripted:
    """What its clients ask and say, and the way to answer them."""

    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    said: list[bytes] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    answer: bytes = WELCOME

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        self.writers.append(writer)
        while heard := await reader.read(65536):
            self.said.append(heard)


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    scripted = Scripted()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield scripted
        for writer in scripted.writers:
            writer.close()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("crowd"))


@contextmanager
def crowd(library: Path, manners: Manners | None = None) -> Iterator[Crowd]:
    made = Crowd(library, 10, manners or Manners())
    try:
        yield made
    finally:
        made.close()


async def heard(crowd: Crowd, holds: Callable[[Heard], bool]) -> Heard:
    async def told() -> bool:
        return holds(crowd.heard())

    await until(told, "the crowd hears it")
    return crowd.heard()


def said(number: int, late_ms: float = 0) -> bytes:
    return framed(orjson.dumps(event(number, time.monotonic_ns() // 1000 - round(late_ms * 1000))))


def test_an_event_has_its_size_whatever_its_number() -> None:
    assert {len(orjson.dumps(event(number, 10**12 + number))) for number in (1, 99, 12_345)} == {BODY_BYTES}


async def test_a_client_asks_for_its_path_and_is_ready_when_it_is_let_in(library: Path, server: Scripted) -> None:
    with crowd(library) as some:
        some.open(server.port, "/feed?v=1")
        some.open(server.port, "/feed?v=1")
        await heard(some, lambda now: now.ready == 2)
        assert some.waiting == 0
    assert server.asked[0].startswith(b"GET /feed?v=1 HTTP/1.1\r\n")


async def test_who_greets_first_is_answered_and_ready_at_the_word(library: Path, server: Scripted) -> None:
    with crowd(library, Manners(ready='40{"sid"', answers={"0{": "40", "2": "3"})) as some:
        some.open(server.port, "/")
        await heard(some, lambda now: bool(server.writers))
        server.writers[0].write(framed(b'0{"sid":"a"}'))
        await heard(some, lambda now: bool(server.said))
        assert some.heard().ready == 0
        server.writers[0].write(framed(b'40{"sid":"b"}'))
        await heard(some, lambda now: now.ready == 1)
        server.writers[0].write(framed(b"2"))
        await heard(some, lambda now: len(server.said) == 2)
    assert server.said == [b"\x81\x82\0\0\0\x0040", b"\x81\x81\0\0\0\x003"]


async def test_frames_are_found_however_they_are_cut(library: Path, server: Scripted) -> None:
    bytes_of_three = said(1) + said(2) + said(3)
    server.answer = WELCOME + said(0)
    with crowd(library) as some:
        some.open(server.port, "/")
        await heard(some, lambda now: now.events == 1)
        for place in range(0, len(bytes_of_three), 150):
            wanted = len(server.answer) + len(bytes_of_three[: place + 150])
            server.writers[0].write(bytes_of_three[place : place + 150])
            found = await heard(some, lambda now, wanted=wanted: now.bytes == wanted)  # type: ignore[misc]
    assert (found.events, found.texts, found.again, found.failed) == (4, 4, 0, 0)


async def test_a_text_with_several_events_counts_each(library: Path, server: Scripted) -> None:
    batch = orjson.dumps({"t": "batch", "d": [event(number, 1) for number in (1, 2, 3)]})
    server.answer = WELCOME + framed(batch)
    with crowd(library) as some:
        some.open(server.port, "/")
        found = await heard(some, lambda now: now.texts == 1)
    assert (found.events, found.reads) == (3, 1)


async def test_what_comes_twice_or_late_is_not_counted_as_delivered(library: Path, server: Scripted) -> None:
    server.answer = WELCOME + said(1) + said(3) + said(3) + said(2)
    with crowd(library) as some:
        some.open(server.port, "/")
        found = await heard(some, lambda now: now.texts == 4)
    assert (found.events, found.again) == (2, 2)


async def test_after_a_restart_only_new_numbers_count(library: Path, server: Scripted) -> None:
    server.answer = WELCOME + said(1)
    with crowd(library) as some:
        some.open(server.port, "/")
        await heard(some, lambda now: now.events == 1)
        some.restart(3)
        server.writers[0].write(said(2) + said(3))
        found = await heard(some, lambda now: now.texts == 2)
    assert (found.events, found.again, sum(found.delays)) == (1, 0, 1)


async def test_a_delay_is_from_the_stamp_to_the_read(library: Path, server: Scripted) -> None:
    server.answer = WELCOME + said(1, late_ms=5_000)
    with crowd(library) as some:
        some.open(server.port, "/")
        found = await heard(some, lambda now: now.events == 1)
    assert 5_000 <= percentile(found.delays, 0.5, DELAY_MS) < 10_000
    assert found.longest_ms >= 5_000


async def test_a_ping_is_answered_with_its_own_words(library: Path, server: Scripted) -> None:
    server.answer = WELCOME + b"\x89\x04ring"
    with crowd(library) as some:
        some.open(server.port, "/")
        await heard(some, lambda now: bool(server.said))
    assert server.said == [b"\x8a\x84\0\0\0\0ring"]


async def test_everybody_says_his_beat(library: Path, server: Scripted) -> None:
    with crowd(library, Manners(beat="beat", beat_ms=20)) as some:
        for _ in range(3):
            some.open(server.port, "/")
        await heard(some, lambda now: now.ready == 3)
        await heard(some, lambda now: b"".join(server.said).count(b"beat") >= 9)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refused: HTTP/1.1 403 Forbidden"),
        (WELCOME + b"\x88\x08\x0f\xa1slower", "closed by the server: slower"),
        (WELCOME + b"\x81\x7f" + (1 << 40).to_bytes(8, "big"), "too long a text: "),
    ],
)
async def test_who_is_lost_is_counted_and_says_why(library: Path, server: Scripted, answer: bytes, fault: str) -> None:
    server.answer = answer
    with crowd(library) as some:
        some.open(server.port, "/")
        found = await heard(some, lambda now: now.failed == 1)
    assert (found.ready, found.fault) == (0, fault)


async def test_nobody_is_there_to_listen(library: Path, server: Scripted) -> None:
    with crowd(library) as some:
        some.open(1, "/")
        found = await heard(some, lambda now: now.failed == 1)
    assert found.fault.startswith("not connected")


SPEAKING = Manners(before='{"t":"say","d":"', after='"}', refused='{"t":"error"')


def spoken(server: Scripted) -> Counter[int]:
    """How many lines each client has said so far."""
    heard = b"".join(server.said)
    return Counter(int(line.split()[2]) for line in heard.split(b'{"t":"say","d":"')[1:])


async def test_speakers_say_their_lines_in_turn_and_hear_them_again(library: Path, server: Scripted) -> None:
    with crowd(library, SPEAKING) as some:
        for _ in range(4):
            some.open(server.port, "/")
        await heard(some, lambda now: now.ready == 4)
        heard_of = some.speak(3, 3, 1_000.0, 12)
        await heard(some, lambda now: now.said == 12)
        await until_said(server, 12)
        assert spoken(server) == {0: 4, 1: 4, 2: 4}, "each in each round"
        assert some.unheard == 12
        for line in b"".join(server.said).split(b'{"t":"say","d":"')[1:]:
            text = b'{"text":"' + line[: line.index(b'"')] + b'"}'
            for writer in server.writers:
                writer.write(framed(text))
        found = await heard(some, lambda now: (now.lines, now.own) == (12, 12))
        assert (some.unheard, list(heard_of), found.refused) == (0, [4, 4, 4], 0)
        assert sum(found.own_delays) == 12


async def test_a_line_that_was_refused_is_not_waited_for(library: Path, server: Scripted) -> None:
    with crowd(library, SPEAKING) as some:
        for _ in range(2):
            some.open(server.port, "/")
        await heard(some, lambda now: now.ready == 2)
        some.speak(1, 1, 1_000.0, 1)
        await until_said(server, 1)
        for writer in server.writers:
            writer.write(framed(b'{"t":"error","d":{}}'))
        await heard(some, lambda now: now.refused >= 1)
        assert some.unheard <= 0


async def until_said(server: Scripted, lines: int) -> None:
    async def told() -> bool:
        return b"".join(server.said).count(b'{"t":"say"') == lines

    await until(told, "all is said")


async def test_who_reads_nothing_hears_nothing_until_he_wakes(library: Path, server: Scripted) -> None:
    with crowd(library) as some:
        some.open(server.port, "/")
        some.open(server.port, "/")
        await heard(some, lambda now: now.ready == 2)
        some.dull(range(1))
        for writer in server.writers:
            writer.write(said(1))
        await heard(some, lambda now: now.events == 1)
        for writer in server.writers:
            writer.write(said(2) + b"\x88\x06\x0f\xa1slow")
        found = await heard(some, lambda now: now.failed == 1)
        assert (found.ready, found.closed, found.events) == (1, 1, 2)
        some.wake(range(1))
        found = await heard(some, lambda now: now.failed == 2)
        assert (found.closed, found.code, found.events) == (2, 4001, 4)


async def test_only_those_who_are_counted_are(library: Path, server: Scripted) -> None:
    with crowd(library) as some:
        some.open(server.port, "/")
        some.open(server.port, "/")
        await heard(some, lambda now: now.ready == 2)
        some.restart(1, counted=1)
        for writer in server.writers:
            writer.write(said(1))
        found = await heard(some, lambda now: now.texts == 2)
        assert (found.events, found.lost) == (1, 0)
        for writer in server.writers:
            writer.close()
        found = await heard(some, lambda now: now.failed == 2)
        assert found.lost == 1


async def test_how_long_it_took_to_be_let_in_is_counted(library: Path, server: Scripted) -> None:
    with crowd(library) as some:
        some.open(server.port, "/")
        found = await heard(some, lambda now: now.ready == 1)
    assert sum(found.joins) == 1
