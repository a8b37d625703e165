import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk.mixer.sound import FRAME, FRAME_US, RATE, Samples, SoundBuffer, SoundDecoder, mix
from tests.pk.mixer.stage import level_of, opus, tone
from transcode.media_pipe import AudioPacket

EPOCH = 987_654_321_000_000


def stereo(mono: Samples) -> Samples:
    return np.repeat(mono[:, None], 2, axis=1)


def filled(seconds: float, lost: frozenset[int] = frozenset()) -> SoundBuffer:
    buffer = SoundBuffer()
    samples = stereo(tone(440, seconds))
    for number, start in enumerate(range(0, len(samples), FRAME)):
        if number not in lost:
            buffer.write(EPOCH + number * FRAME_US, samples[start : start + FRAME])
    return buffer


def read(buffer: SoundBuffer, frames: int, start_us: int = EPOCH) -> list[Samples | None]:
    return [buffer.read(start_us + number * FRAME_US)[0] for number in range(frames)]


def test_what_was_written_is_read_back_exactly() -> None:
    got = read(filled(1.0), 50)
    heard = np.concatenate([frame for frame in got if frame is not None])
    assert np.array_equal(heard, stereo(tone(440, 1.0)))


def test_a_lost_packet_is_a_gap_and_shifts_nothing() -> None:
    got = read(filled(0.2, frozenset({3})), 10)
    assert [frame is not None and bool(np.abs(frame).max() > 0.1) for frame in got] == [
        number != 3 for number in range(10)
    ]
    wanted = stereo(tone(440, 0.2))
    assert got[4] is not None
    assert np.array_equal(got[4], wanted[4 * FRAME : 5 * FRAME])


def test_packets_out_of_order_are_heard_in_order() -> None:
    buffer = SoundBuffer()
    samples = stereo(tone(440, 0.1))
    for number in (0, 2, 1, 4, 3):
        buffer.write(EPOCH + number * FRAME_US, samples[number * FRAME : (number + 1) * FRAME])
    heard = np.concatenate([frame for frame in read(buffer, 5) if frame is not None])
    assert np.array_equal(heard, samples)


def test_stamps_that_miss_each_other_by_a_little_leave_no_gap() -> None:
    buffer = SoundBuffer()
    samples = stereo(np.ones(FRAME * 10, np.float32))
    for number in range(10):
        wobble = 900 if number % 2 else -700
        buffer.write(EPOCH + number * FRAME_US + wobble, samples[:FRAME])
    heard = np.concatenate([frame for frame in read(buffer, 9, EPOCH) if frame is not None])
    assert (heard[FRAME:] == 1).all()


def test_running_dry_is_told_once_and_then_it_is_silence() -> None:
    buffer = filled(0.1)
    outcomes = [buffer.read(EPOCH + number * FRAME_US) for number in range(8)]
    assert [dry for _, dry in outcomes] == [False] * 5 + [True] + [False] * 2
    assert outcomes[6][0] is None


def test_what_comes_too_late_is_not_heard_later() -> None:
    buffer = filled(0.1)
    read(buffer, 5)
    buffer.write(EPOCH + 2 * FRAME_US, stereo(np.ones(FRAME, np.float32)))
    for start in range(5, 200, 5):
        samples = stereo(np.full(FRAME, 0.1, np.float32))
        buffer.write(EPOCH + (start + 4) * FRAME_US, samples)  # behind a gap, where old samples would show
        for frame in read(buffer, 5, EPOCH + start * FRAME_US):
            assert frame is None or np.abs(frame).max() < 0.5


def test_the_head_slides_towards_a_small_change_and_jumps_over_a_large_one() -> None:
    buffer = filled(1.5)
    read(buffer, 5)
    slid = [buffer.read(EPOCH + (5 + number) * FRAME_US + 30_000)[0] for number in range(10)]
    heard = np.concatenate([frame for frame in slid if frame is not None])
    assert len(heard) == 10 * FRAME
    assert np.abs(np.diff(heard[:, 0])).max() < 0.05, "sliding makes no click"
    jumped, _ = buffer.read(EPOCH + 1_200_000)
    assert jumped is not None
    assert np.array_equal(jumped, stereo(tone(440, 1.5))[int(1.2 * RATE) :][:FRAME])


def test_a_source_that_starts_anew_is_heard_at_its_new_time() -> None:
    buffer = filled(0.2)
    read(buffer, 5)
    samples = stereo(np.full(FRAME, 0.25, np.float32))
    buffer.write(77, samples)
    got, _ = buffer.read(77)
    assert got is not None
    assert np.array_equal(got, samples)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3_000_000, 3_000_000), st.integers(1, FRAME * 3), st.booleans()), max_size=40))
def test_no_order_of_stamps_breaks_the_buffer(steps: list[tuple[int, int, bool]]) -> None:
    buffer = SoundBuffer()
    for pts, length, reading in steps:
        if reading:
            samples, _ = buffer.read(pts)
            assert samples is None or samples.shape == (FRAME, 2)
        else:
            buffer.write(pts, np.ones((length, 2), np.float32))


def test_opus_is_decoded_to_its_tone() -> None:
    decoder = SoundDecoder()
    decoded = [decoder.decode(AudioPacket(number, packet)) for number, packet in enumerate(opus(tone(1000)))]
    heard = np.concatenate([samples for samples in decoded if samples is not None])[:, 0]
    assert len(heard) > RATE * 0.9
    assert level_of(heard[RATE // 10 :], 1000) == pytest.approx(0.3, abs=0.05)


def test_what_is_not_opus_is_counted_and_the_next_packet_is_heard() -> None:
    decoder = SoundDecoder()
    assert decoder.decode(AudioPacket(0, b"\xff" * 40)) is None
    assert decoder.faults == 1
    assert decoder.decode(AudioPacket(1, opus(tone(1000, 0.02))[0])) is not None


def test_the_mix_is_the_sum() -> None:
    one, other = stereo(tone(440, 0.02)), stereo(tone(1000, 0.02))
    assert np.array_equal(mix([one, other]), one + other)
    assert not mix([]).any()


@settings(deadline=None)
@given(st.integers(1, 9), st.floats(0.1, 1.0))
def test_nine_shouting_hosts_do_not_clip(voices: int, level: float) -> None:
    shouted = mix([stereo(np.linspace(-level, level, FRAME, dtype=np.float32))] * voices)
    assert np.abs(shouted).max() <= 1.0
    assert (np.diff(shouted[:, 0]) >= 0).all(), "bent, but never folded"
