import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk.mixer.limiter import CEILING, LOOK_AHEAD, Limiter
from pk.mixer.mix import Mixes
from pk.mixer.opus import SoundDecoder
from pk.mixer.play_head import FRAME, RATE
from pk.mixer.resample import REACH, stretched
from pk.mixer.sound import FADE, FRAME_US, Samples, SoundBuffer
from pk.mixer.voice import Voice
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
    return [buffer.read(start_us + number * FRAME_US) for number in range(frames)]


def test_what_was_written_is_read_back_exactly() -> None:
    got = read(filled(1.0), 50)
    heard = np.concatenate([frame for frame in got if frame is not None])
    assert np.array_equal(heard, stereo(tone(440, 1.0)))


def test_a_missing_packet_is_a_gap_and_shifts_nothing() -> None:
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
    slid = [buffer.read(EPOCH + (5 + number) * FRAME_US + 30_000) for number in range(10)]
    heard = np.concatenate([frame for frame in slid if frame is not None])
    assert len(heard) == 10 * FRAME
    assert np.abs(np.diff(heard[:, 0])).max() < 0.05, "sliding makes no click"
    jumped = buffer.read(EPOCH + 1_200_000)
    assert jumped is not None
    assert np.array_equal(jumped[FADE:], stereo(tone(440, 1.5))[int(1.2 * RATE) :][FADE:FRAME])
    assert abs(jumped[0, 0] - heard[-1, 0]) < 0.05, "a jump makes none either"


def test_a_source_that_starts_anew_is_heard_at_its_new_time() -> None:
    buffer = filled(0.2)
    read(buffer, 5)
    samples = stereo(np.full(FRAME, 0.25, np.float32))
    buffer.write(77, samples)
    got = buffer.read(77)
    assert got is not None
    assert np.array_equal(got, samples)


@pytest.mark.parametrize("ppm", [300, -300])
def test_a_clock_that_drifts_is_followed_without_an_audible_step(ppm: int) -> None:
    """Half a minute of a tone whose clock is off: never more than 2.5 ms behind, and nothing but the tone is heard."""
    buffer = SoundBuffer()
    hertz, frames = 1000.0, 1500
    heard = []
    for number in range(frames):
        at = np.arange(number * FRAME, (number + 1) * FRAME) / RATE
        buffer.write(EPOCH + number * FRAME_US, stereo(0.5 * np.sin(2 * np.pi * hertz * at).astype(np.float32)))
        if number >= 10:
            frame = buffer.read(EPOCH + (number - 10) * FRAME_US + number * FRAME_US * ppm // 1_000_000)
            assert frame is not None
            heard.append(frame[:, 0])
            assert number < 20 or abs(buffer.behind_us) < 2500
    noise = [_without(block, hertz) for block in np.split(np.concatenate(heard)[: FRAME * 1480], 148)]
    assert max(noise) < 0.5 * 10 ** (-50 / 20), "at least 50 dB below the tone, in every 200 ms"


def _without(block: Samples, hertz: float) -> float:
    """The level of everything in ``block`` that is further than 2 % from a tone."""
    spectrum = np.abs(np.fft.rfft(block * np.blackman(len(block)))) / (0.42 * len(block) / 2)
    away = np.abs(np.fft.rfftfreq(len(block), 1 / RATE) - hertz) > hertz * 0.04
    return float(spectrum[away].max())


@pytest.mark.parametrize(("hertz", "wanted_db"), [(100, 90), (1000, 85), (8000, 85), (16_000, 80)])
@pytest.mark.parametrize("taken", [FRAME - 4, FRAME + 4])
def test_stretched_sound_is_the_tone_and_hardly_anything_else(hertz: float, wanted_db: float, taken: int) -> None:
    at, blocks = 0, []
    for _ in range(10):
        near_by = np.arange(at - REACH, at + taken + REACH) / RATE
        blocks.append(stretched(stereo(np.sin(2 * np.pi * hertz * near_by).astype(np.float32)), FRAME)[:, 0])
        at += taken
    ideal = np.sin(2 * np.pi * hertz * np.arange(10 * FRAME) * taken / FRAME / RATE)
    noise = np.concatenate(blocks) - ideal
    assert 10 * np.log10(np.mean(ideal**2) / np.mean(noise**2)) > wanted_db


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3_000_000, 3_000_000), st.integers(1, FRAME * 3), st.booleans()), max_size=40))
def test_no_order_of_stamps_breaks_the_buffer(steps: list[tuple[int, int, bool]]) -> None:
    buffer = SoundBuffer()
    for pts, length, reading in steps:
        if reading:
            samples = buffer.read(pts)
            assert samples is None or samples.shape == (FRAME, 2)
        else:
            buffer.write(pts, np.ones((length, 2), np.float32))


def heard_after(lost: set[int], packets: list[bytes]) -> Samples:
    """What a voice gives when each packet comes in time, but for those that are lost."""
    voice = Voice()
    heard = []
    for number, packet in enumerate(packets):
        if number not in lost:
            voice.hear(AudioPacket(EPOCH + number * FRAME_US, packet))
        if number >= 3:
            frame, _ = voice.read(EPOCH + (number - 3) * FRAME_US)
            heard.append(np.zeros((FRAME, 2), np.float32) if frame is None else frame)
    return np.concatenate(heard)[:, 0]


def test_opus_is_decoded_to_its_tone() -> None:
    decoder = SoundDecoder()
    decoded = [decoder.decode(packet) for packet in opus(tone(1000))]
    heard = np.concatenate([samples for samples in decoded if samples is not None])[:, 0]
    assert len(heard) > RATE * 0.9
    assert level_of(heard[RATE // 10 :], 1000) == pytest.approx(0.3, abs=0.05)


def test_what_is_not_opus_is_counted_and_the_next_packet_is_heard() -> None:
    decoder = SoundDecoder()
    assert decoder.decode(b"\xff" * 40) is None
    assert decoder.faults == 1
    assert decoder.decode(opus(tone(1000, 0.02))[0]) is not None


@pytest.mark.parametrize(("lost", "wanted_db"), [({20}, 20), ({20, 21}, 10)])
def test_a_lost_packet_is_concealed(lost: set[int], wanted_db: float) -> None:
    packets = opus(tone(440) + tone(660, level=0.2))
    whole, patched = heard_after(set(), packets), heard_after(lost, packets)
    where = slice(20 * FRAME, (22 + len(lost)) * FRAME)
    error = np.mean((patched[where] - whole[where]) ** 2)
    assert 10 * np.log10(np.mean(whole[where] ** 2) / error) > wanted_db


def test_a_long_loss_fades_to_silence_and_comes_back_without_a_click() -> None:
    heard = heard_after(set(range(20, 40)), opus(tone(440)))
    assert not heard[27 * FRAME : 40 * FRAME].any()
    assert level_of(heard[42 * FRAME :], 440) == pytest.approx(0.3, abs=0.05)
    assert np.abs(np.diff(heard)).max() < 0.05


def test_who_runs_dry_is_heard_a_frame_later_and_loses_nothing() -> None:
    """From the twentieth on each packet comes one frame later; the reader heeds the first complaint."""
    packets = opus(tone(440))
    voice, heard, later, complaints = Voice(), [], 0, 0
    for number in range(len(packets)):
        if number < 20:
            voice.hear(AudioPacket(EPOCH + number * FRAME_US, packets[number]))
        elif number > 20:
            voice.hear(AudioPacket(EPOCH + (number - 1) * FRAME_US, packets[number - 1]))
        frame, dry = voice.read(EPOCH + (number - later) * FRAME_US - 1000)
        later, complaints = later + dry, complaints + dry
        heard.append(np.zeros((FRAME, 2), np.float32) if frame is None else frame)
    together = np.concatenate(heard)[2 * FRAME :, 0]
    assert complaints == voice.concealed == 1
    assert np.abs(np.diff(together)).max() < 0.05, "no click"
    assert level_of(together[25 * FRAME :], 440) == pytest.approx(0.3, abs=0.05)


def test_of_a_packet_that_comes_far_too_late_the_rest_is_heard() -> None:
    packets = opus(tone(440))
    voice, heard, later = Voice(), [], 0
    for number in range(len(packets)):
        # Three are held up, and come together with the fourth.
        for each in () if 20 <= number < 23 else range(20, 24) if number == 23 else (number,):
            voice.hear(AudioPacket(EPOCH + each * FRAME_US, packets[each]))
        frame, dry = voice.read(EPOCH + (number - later) * FRAME_US - 1000)
        later += dry
        heard.append(np.zeros((FRAME, 2), np.float32) if frame is None else frame)
    together = np.concatenate(heard)[2 * FRAME :, 0]
    assert np.abs(np.diff(together)).max() < 0.05, "no click"
    assert level_of(together[25 * FRAME :], 440) == pytest.approx(0.3, abs=0.05)


def test_running_dry_is_told_once() -> None:
    voice = Voice()
    for number, packet in enumerate(opus(tone(440, 0.2))):
        voice.hear(AudioPacket(EPOCH + number * FRAME_US, packet))
    told = [voice.read(EPOCH + number * FRAME_US) for number in range(30)]
    assert sum(dry for _, dry in told) == 1
    assert told[-1][0] is None


def limited(samples: Samples) -> Samples:
    limiter = Limiter()
    return np.concatenate([limiter.limit(samples[at : at + FRAME]) for at in range(0, len(samples), FRAME)])


def test_what_is_not_too_loud_goes_through_the_limiter_unchanged() -> None:
    quiet = stereo(tone(440, 0.2, 0.8))
    assert np.array_equal(limited(quiet)[LOOK_AHEAD:], quiet[:-LOOK_AHEAD])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 9.0), st.integers(0, 9 * FRAME))
def test_nine_shouting_hosts_do_not_clip(seed: int, level: float, peak_at: int) -> None:
    noise = np.random.default_rng(seed)
    shouted = noise.uniform(-level, level, (10 * FRAME, 2)).astype(np.float32)
    shouted[: 5 * FRAME] *= noise.uniform(0, 0.05)
    shouted[peak_at] = 9.0
    assert np.abs(limited(shouted)).max() <= CEILING + 1e-6


def test_two_loud_tones_are_turned_down_and_stay_clean() -> None:
    loud = stereo(tone(440, 2.0, 0.8) + tone(1000, 2.0, 0.8))
    turned_down = limited(loud)[RATE:, 0]
    assert level_of(turned_down, 440) == pytest.approx(level_of(turned_down, 1000), rel=0.02)
    spectrum = np.abs(np.fft.rfft(turned_down * np.blackman(len(turned_down)))) ** 2
    at = np.fft.rfftfreq(len(turned_down), 1 / RATE)
    tones = (np.abs(at - 440) < 10) | (np.abs(at - 1000) < 10)
    assert 10 * np.log10(spectrum[tones].sum() / spectrum[~tones].sum()) > 45


def test_after_a_shout_the_gain_comes_back() -> None:
    quiet = stereo(tone(440, 2.0, 0.3))
    quiet[FRAME] = 9.0
    assert np.abs(limited(quiet)[-FRAME:]).max() == pytest.approx(0.3, abs=0.01)


ONE, OTHER = ("h:1", "red", "camera"), ("h:1", "blue", "camera")


def listened(mixes: Mixes, rooms: tuple[str, ...], frames: int, begin: int = 0) -> dict[str, Samples]:
    """Both voices, 440 and 1000 Hz, as each room hears them."""
    decoders = {room: SoundDecoder() for room in rooms}
    heard: dict[str, list[Samples]] = {room: [] for room in rooms}
    voices = {ONE: stereo(tone(440, 2.0)), OTHER: stereo(tone(1000, 2.0))}
    for number in range(begin, begin + frames):
        at = slice(number * FRAME, (number + 1) * FRAME)
        for room, packets in mixes.frame(rooms, {each: voice[at] for each, voice in voices.items()}, 0).items():
            for packet in packets:
                samples = decoders[room].decode(packet.payload)
                assert samples is not None
                heard[room].append(samples)
    return {room: np.concatenate(each)[:, 0] for room, each in heard.items()}


def test_each_destination_has_its_own_gains() -> None:
    mixes = Mixes()
    mixes.hears("red", {OTHER: 0.0})
    mixes.hears("green", {ONE: 0.5})
    heard = listened(mixes, ("red", "blue", "green"), 40)
    levels = {room: [level_of(each[FRAME * 5 :], hertz) for hertz in (440, 1000)] for room, each in heard.items()}
    assert levels["red"] == pytest.approx([0.3, 0.0], abs=0.03)
    assert levels["blue"] == pytest.approx([0.3, 0.3], abs=0.03)
    assert levels["green"] == pytest.approx([0.15, 0.3], abs=0.03)


def test_a_gain_changes_without_a_click_and_rooms_that_hear_the_same_get_the_same_bytes() -> None:
    mixes = Mixes()
    listened(mixes, ("red", "blue"), 10)
    mixes.hears("red", {OTHER: 0.0})
    muted = listened(mixes, ("red", "blue"), 20, 10)
    assert level_of(muted["red"][FRAME * 5 :], 1000) < 0.02
    assert level_of(muted["blue"][FRAME * 5 :], 1000) > 0.25
    mixes.hears("red", {})
    listened(mixes, ("red", "blue"), 3, 30)
    same = mixes.frame(("red", "blue"), {}, 0)
    assert same["red"] == same["blue"]
