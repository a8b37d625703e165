from hypothesis import given, settings
from hypothesis import strategies as st

from transcode.media_pipe import (
    AudioPacket,
    End,
    Heartbeat,
    KeyframeRequest,
    Message,
    PipeQueue,
    QueueLimits,
    VideoUnit,
)

LIMITS = QueueLimits(video_units=4, video_bytes=1000, audio_packets=3, control=2)


def key(pts: int, size: int = 1) -> VideoUnit:
    return VideoUnit(pts, True, bytes(size))


def delta(pts: int, size: int = 1) -> VideoUnit:
    return VideoUnit(pts, False, bytes(size))


def sound(pts: int) -> AudioPacket:
    return AudioPacket(pts, b"o")


def drain(queue: PipeQueue) -> list[Message]:
    taken = []
    while (message := queue.take()) is not None:
        taken.append(message)
    return taken


def test_a_slow_reader_loses_video_up_to_the_next_keyframe() -> None:
    queue = PipeQueue(LIMITS)
    for unit in (key(0), delta(1), delta(2), delta(3), delta(4), delta(5), key(6), delta(7)):
        queue.offer(unit)
    assert drain(queue) == [key(6), delta(7)]
    assert queue.lost_video == 6


def test_audio_outlives_the_loss_of_video() -> None:
    queue = PipeQueue(LIMITS)
    for message in (key(0), sound(0), delta(1), delta(2), sound(1), delta(3), delta(4)):
        queue.offer(message)
    assert drain(queue) == [sound(0), sound(1)]
    assert queue.needs_keyframe
    assert queue.lost_audio == 0


def test_too_much_audio_loses_the_oldest() -> None:
    queue = PipeQueue(LIMITS)
    for pts in range(5):
        queue.offer(sound(pts))
    assert drain(queue) == [sound(2), sound(3), sound(4)]
    assert queue.lost_audio == 2


def test_bytes_are_bounded_as_well_as_units() -> None:
    queue = PipeQueue(LIMITS)
    queue.offer(key(0, 600))
    queue.offer(delta(1, 600))
    assert drain(queue) == []
    queue.offer(key(2, 600))
    assert drain(queue) == [key(2, 600)]


def test_a_keyframe_that_does_not_fit_replaces_what_is_older() -> None:
    queue = PipeQueue(LIMITS)
    for pts in range(4):
        queue.offer(key(pts))
    queue.offer(key(4))
    assert drain(queue) == [key(4)]


def test_the_end_goes_last_and_nothing_comes_after_it() -> None:
    queue = PipeQueue(LIMITS)
    for message in (key(0), End(), delta(1)):
        queue.offer(message)
    assert drain(queue) == [key(0), End()]


def test_a_new_connection_starts_with_a_keyframe() -> None:
    queue = PipeQueue(LIMITS)
    queue.offer(key(0))
    queue.restart()
    queue.offer(delta(1))
    queue.offer(key(2))
    assert drain(queue) == [key(2)]


def test_repeated_requests_do_not_pile_up() -> None:
    queue = PipeQueue(LIMITS)
    for _ in range(50):
        queue.offer(KeyframeRequest())
    assert len(queue) == 2


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.builds(VideoUnit, st.integers(0, 99), st.booleans(), st.binary(min_size=1, max_size=400)),
            st.builds(AudioPacket, st.integers(0, 99), st.just(b"o")),
            st.just(KeyframeRequest()),
            st.just(Heartbeat()),
            st.none(),
        ),
        max_size=120,
    )
)
def test_the_reader_never_sees_a_unit_whose_predecessor_was_lost(steps: list[Message | None]) -> None:
    """None takes one message. Numbers every unit, and checks what comes out against it, and the bounds all the time."""
    queue = PipeQueue(LIMITS)
    offered: list[VideoUnit] = []
    seen = -1
    for step in [*steps, *[None] * len(steps)]:
        if isinstance(step, VideoUnit):
            unit = VideoUnit(len(offered), step.keyframe, step.payload)
            offered.append(unit)
            queue.offer(unit)
        elif step is not None:
            queue.offer(step)
        elif isinstance(taken := queue.take(), VideoUnit):
            assert taken.keyframe or taken.pts_us == seen + 1
            seen = taken.pts_us
        assert len(queue) <= LIMITS.video_units + LIMITS.audio_packets + LIMITS.control
