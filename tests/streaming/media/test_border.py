"""Mutants of everything that a media port understands: no exception gets out, nothing grows, a live stream goes on.

`make prove-border` is the long run of the same.
"""

import structlog

from streaming.media.wire import rtp
from tests.streaming.media.assault import assault
from tests.streaming.media.peer import VIDEO, Heard

ROUNDS, MUTANTS = 5, 300


async def test_mutants_at_every_entrance_disturb_nobody() -> None:
    async with assault(seed=11) as besieged:
        await besieged.pictures_go_on()
        before = besieged.remembered
        with structlog.testing.capture_logs() as lines:
            for _ in range(ROUNDS):
                besieged.round(MUTANTS)
                await besieged.pictures_go_on()
        assert len(lines) <= ROUNDS, lines
        assert besieged.remembered == before
        assert besieged.pictures == (ROUNDS + 1) * 10


async def test_every_length_and_flag_of_rtp_is_taken_or_counted() -> None:
    async with assault(seed=12) as besieged:
        publisher = next(each for each in besieged.victims if each.role == "publish")
        counters = besieged.rig.worker.counters
        before = counters.packets_in + counters.packets_malformed
        sent = 0
        for flags in range(64):  # padding, extension, sources
            for length in range(65):
                for fill in (b"\0", b"\x01", b"\xff"):
                    packet = bytes([0x80 | flags, 102]) + fill * length
                    publisher.on_rtp(packet[:length])
                    sent += 1
        assert counters.packets_in + counters.packets_malformed - before == sent
        await besieged.pictures_go_on()


def test_the_judge_puts_pictures_together_over_the_wrap_of_their_numbers() -> None:
    heard = Heard()
    for number in range(0xFFFE, 0x1_0002):
        view = rtp.RtpView(VIDEO, True, number & 0xFFFF, number * 3_000, 1, b"\x41" + bytes([number & 0xFF]), b"")
        heard.packets.append((b"", view))
    assert [unit[-1] for unit in heard.pictures()] == [0xFE, 0xFF, 0, 1]
