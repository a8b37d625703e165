"""A track's promise to each viewer, whatever sources, losses, joins and poor links there are: his stream has no gap
that the publisher's did not have, its times only rise, it begins with a keyframe, and no number ever stands for two
packets.

The real track in virtual time; only the network is written down instead of sent.
"""

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from streaming.media.layer_choice import LayerChoice
from tests.pk.virtual import play
from tests.streaming.media.track_stage import (
    ENCODER_DELAY,
    PACKETS_A_FRAME,
    RUNG_UP_S,
    Studio,
    check_times,
    missing,
    undecodable,
)

AUTO, FULL, HALF, SOUND = LayerChoice
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("film"), st.integers(1, 40)),
        st.tuples(st.just("join"), st.just(0)),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("follow"), st.integers(0, 2)),
        st.tuples(st.just("poor"), st.integers(0, 5)),
        st.tuples(st.just("good"), st.integers(0, 5)),
        st.tuples(st.just("layer off"), st.integers(0, 2)),
        st.tuples(st.just("layer on"), st.integers(0, 2)),
        st.tuples(st.just("keyframe"), st.integers(0, 5)),
        st.tuples(st.just("nack"), st.integers(0, 5)),
        st.tuples(st.just("lose"), st.integers(0, 2)),
        st.tuples(st.just("delay"), st.integers(0, 2)),
        st.tuples(st.just("arrive"), st.just(0)),
        st.tuples(st.sampled_from(LayerChoice), st.integers(0, 5)),
    ),
    min_size=4,
    max_size=30,
)


async def perform(steps: list[tuple[str, int]], crowd: int) -> Studio:
    studio = Studio(crowd)
    studio.join()
    await studio.film(3)
    for step, value in steps:
        viewer = studio.viewers[value % len(studio.viewers)]
        match step:
            case "film":
                await studio.film(value)
            case "join":
                studio.join()
            case "leave":
                studio.track.leave(viewer)
            case "follow":
                studio.wanted = studio.cameras[value].source
                await studio.film(2)
            case "poor":
                studio.complain(viewer)
                await studio.film(75)
            case "good":
                for _ in range(RUNG_UP_S):
                    studio.report(viewer, 0)
                    await studio.film(33)
            case "layer off":
                camera = studio.cameras[value]
                if len(camera.off) < len(camera.frames) - 1:
                    camera.off.add(min(set(range(len(camera.frames))) - camera.off))
                await studio.film(40)
            case "layer on":
                for layer in studio.cameras[value].off:
                    studio.cameras[value].wanted[layer] = 0
                studio.cameras[value].off.clear()
                await studio.film(5)
            case "keyframe":
                studio.track.want_keyframe(viewer)
            case "nack":
                studio.nack_all(viewer)
            case "lose":
                await studio.film(1, loses=value)
            case "delay":
                await studio.film(1, loses=value, delays=True)
            case "arrive":
                for camera in studio.cameras:
                    camera.bring_late()
            case LayerChoice():
                studio.track.choose(viewer, step)
                await studio.film(10)
    studio.cameras[0].bring_late()
    await studio.film(160)
    return studio


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(steps=STEPS, crowd=st.integers(1, 4))
@example(
    steps=[("film", 20), ("join", 0), ("poor", 0), ("follow", 1), ("film", 5), ("follow", 0), ("film", 10)], crowd=2
)
@example(
    steps=[("join", 0), (AUTO, 1), ("poor", 0), (SOUND, 0), ("film", 40), ("nack", 0), (HALF, 0), ("nack", 0)], crowd=1
)
@example(steps=[(HALF, 0), ("film", 20), (SOUND, 0), ("follow", 1), ("nack", 0), (FULL, 0), ("film", 20)], crowd=1)
@example(steps=[("film", 9), ("poor", 0), ("poor", 0), ("poor", 0), ("delay", 1), ("good", 0), ("arrive", 0)], crowd=1)
def test_every_viewer_gets_one_stream_without_new_gaps_in_rising_time(steps: list[tuple[str, int]], crowd: int) -> None:
    studio = play(perform(steps, crowd))
    check_times(studio)
    lost = sum(camera.lost + len(camera.late) for camera in studio.cameras)
    late = sum(step == "delay" for step, _ in steps)
    for viewer in studio.viewers:
        sent = studio.network.sent[viewer]
        assert missing(sent["video"]) <= lost + 9 * late
        assert missing(sent["audio"]) == 0
        if not lost and not late:
            assert missing(sent["video"]) == 0
            assert undecodable(studio.pictures(viewer)) == []
        if viewer in studio.network.first:
            assert studio.network.first[viewer].payload[4], "the first picture is a keyframe"
        if viewer.lane is not None and viewer.adaptation.choice is not SOUND:
            source, layer, frame, key = studio.pictures(viewer)[-1]
            camera = next(each for each in studio.cameras if each.source is studio.wanted)
            assert source == camera.name
            assert camera.frames[layer] - frame <= (160 if key else 2), "his picture stands still"
    studio.track.close()


def test_a_viewer_with_a_poor_link_gets_the_smaller_layer_and_the_larger_one_again_at_keyframes() -> None:
    async def scenario() -> None:
        studio = Studio()
        studio.join()
        studio.join()
        poor, other = studio.viewers
        await studio.film(90)
        studio.complain(poor)
        await studio.film(90)
        assert studio.pictures(poor)[-1][1] == 1
        assert studio.pictures(other)[-1][1] == 0
        for _ in range(RUNG_UP_S):
            studio.report(poor, 0)
            await studio.film(33)
        assert studio.pictures(poor)[-1][1] == 0
        assert undecodable(studio.pictures(poor)) == undecodable(studio.pictures(other)) == []
        studio.track.close()

    play(scenario())


def test_without_a_smaller_layer_a_poor_link_gets_keyframes_and_all_of_the_sound() -> None:
    async def scenario() -> None:
        studio = Studio()
        studio.wanted = studio.cameras[1].source
        studio.join()
        (viewer,) = studio.viewers
        await studio.film(90)
        studio.complain(viewer)
        await studio.film(90)
        before = len(studio.network.sent[viewer]["audio"])
        thinned = len(studio.pictures(viewer))
        await studio.film(300)
        still = studio.pictures(viewer)[thinned:]
        assert still
        assert all(key for _, _, _, key in still)
        assert len(still) <= 3 * PACKETS_A_FRAME
        assert len(studio.network.sent[viewer]["audio"]) - before >= 598
        assert undecodable(studio.pictures(viewer)) == []
        studio.track.close()

    play(scenario())


def test_a_newcomer_hears_at_once_and_sees_from_the_next_keyframe_on() -> None:
    async def scenario() -> None:
        studio = Studio()
        await studio.film(120)  # the cached GOP is older than it may be by now
        studio.join()
        (viewer,) = studio.viewers
        await studio.live(20)
        studio.cameras[0].speak()
        await studio.live(20)
        assert studio.network.sent[viewer]["audio"]
        assert not studio.network.sent[viewer]["video"]
        await studio.film(ENCODER_DELAY + 2)
        assert studio.network.first[viewer].payload[4]
        studio.track.close()

    play(scenario())


def test_a_keyframe_is_asked_for_while_a_newcomer_still_shakes_hands() -> None:
    async def scenario() -> None:
        studio = Studio()
        await studio.film(120)  # the cached GOP is older than it may be by now
        studio.track.expect()
        await studio.film(ENCODER_DELAY + 2)  # meanwhile his handshake goes on
        studio.join()
        (viewer,) = studio.viewers
        assert studio.network.sent[viewer]["video"], "he need not wait for it"
        assert studio.network.first[viewer].payload[4]
        studio.track.close()

    play(scenario())


def test_a_packet_that_comes_late_is_not_for_those_who_came_to_the_lane_after_it() -> None:
    async def scenario() -> None:
        studio = Studio()
        studio.join()
        studio.join()
        first, second = studio.viewers
        await studio.film(90)
        studio.complain(first)
        await studio.film(60)
        studio.complain(second)
        await studio.film(ENCODER_DELAY - 1)
        await studio.film(1, loses=2, delays=True)  # the frame before the keyframe with which he comes over
        await studio.film(30)
        assert studio.pictures(first)[-1][1] == studio.pictures(second)[-1][1] == 1
        for camera in studio.cameras:
            camera.bring_late()
        await studio.film(10)
        assert missing(studio.network.sent[first]["video"]) == 0
        studio.track.close()

    play(scenario())


def test_a_source_without_the_layer_that_a_viewer_was_on_is_shown_to_him_all_the_same() -> None:
    async def scenario() -> None:
        studio = Studio()
        studio.join()
        (viewer,) = studio.viewers
        await studio.film(90)
        studio.complain(viewer)
        await studio.film(60)
        assert studio.pictures(viewer)[-1][:2] == (0, 1)
        studio.wanted = studio.cameras[1].source
        await studio.film(10)
        assert studio.pictures(viewer)[-1][:2] == (1, 0)
        assert undecodable(studio.pictures(viewer)) == []
        studio.track.close()

    play(scenario())


def test_what_is_asked_for_again_after_a_change_of_lanes_is_what_was_sent() -> None:
    async def scenario() -> None:
        studio = Studio()
        studio.join()
        (viewer,) = studio.viewers
        await studio.film(20)
        studio.join()
        await studio.film(20)
        studio.complain(viewer)
        await studio.film(20)
        for each in studio.viewers:
            studio.nack_all(each)
        await studio.film(20)
        studio.nack_all(viewer)
        assert missing(studio.network.sent[viewer]["audio"]) == 0
        assert undecodable(studio.pictures(viewer)) == []
        studio.track.close()

    play(scenario())


@pytest.mark.parametrize("joins", [True, False])
def test_a_late_packet_of_a_replayed_frame_does_not_turn_back_the_time(joins: bool) -> None:
    async def scenario() -> None:
        studio = Studio()
        if not joins:
            studio.join()
            studio.wanted = studio.cameras[1].source
        await studio.film(20)
        await studio.film(1, loses=1, delays=True)
        await studio.film(20)
        studio.wanted = studio.cameras[0].source
        if joins:
            studio.join()
        await studio.film(2)
        for camera in studio.cameras:
            camera.bring_late()
        await studio.film(5)
        check_times(studio)
        # What the former source owed is not paid after a switch; what the new one owes is.
        assert missing(studio.network.sent[studio.viewers[0]]["video"]) == (0 if joins else 1)
        studio.track.close()

    play(scenario())


def test_who_waited_for_keyframes_only_when_his_layer_went_away_is_not_left_there() -> None:
    async def scenario() -> None:
        studio = Studio()
        studio.join()
        (viewer,) = studio.viewers
        await studio.film(90)
        studio.complain(viewer)
        await studio.film(90)
        assert studio.pictures(viewer)[-1][1] == 1
        camera = studio.cameras[0]
        camera.wanted[1] = 0
        await studio.film(2)
        camera.wanted[1] = 10_000  # an encoder that does not answer for a while
        studio.complain(viewer)  # he waits for the next keyframe, to get no more than those
        camera.off.add(0)
        await studio.film(45)  # now his layer is the best one
        camera.wanted[1] = 0
        await studio.film(10)
        first = len(studio.pictures(viewer))
        await studio.film(60)
        frames = {frame for _, _, frame, _ in studio.pictures(viewer)[first:]}
        assert viewer.adaptation.rung == 0
        assert len(frames) >= 58, "he has the whole picture of what is left"
        studio.track.close()

    play(scenario())


def test_a_switch_s_burst_says_nothing_of_the_rate() -> None:
    async def scenario() -> None:
        studio = Studio()
        studio.join()
        (viewer,) = studio.viewers
        await studio.film(45)
        studio.cameras[1].wanted[0] = 0
        await studio.film(30)  # there are as many frames to replay
        assert viewer.lane is not None
        studio.track.report(studio.now_us())
        before = viewer.lane.rate
        studio.wanted = studio.cameras[1].source
        await studio.film(1)
        studio.track.report(studio.now_us())  # as rooms do after a switch
        assert viewer.lane.rate < 3 * before
        studio.track.close()

    play(scenario())
