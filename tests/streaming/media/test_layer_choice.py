"""Who chooses a layer gets it, and keeps it over whatever the program shows; the real track in virtual time."""

from collections.abc import Awaitable, Callable

import pytest

from streaming.media.adaptation import Adaptation
from streaming.media.layer_choice import LayerChoice
from streaming.media.viewer import Viewer
from tests.pk.virtual import play
from tests.streaming.media.track_stage import PACKETS_A_FRAME, Studio, check_times, missing, undecodable

SECOND = 1_000_000
SOON = 45
"""Frames within which a keyframe comes that is asked for now: a source is asked once a second."""
AUTO, FULL, HALF, SOUND = LayerChoice
TWO_LAYERS, ONE_LAYER, THREE_LAYERS = 0, 1, 2


def watched(scenario: Callable[[Studio, Viewer], Awaitable[None]]) -> None:
    """Play a scenario with one viewer of a camera that sends two layers; he must be able to decode all that he got."""

    async def whole() -> None:
        studio = Studio()
        studio.join()
        (viewer,) = studio.viewers
        await studio.film(30)
        await scenario(studio, viewer)
        check_times(studio)
        assert undecodable(studio.pictures(viewer)) == []
        assert missing(studio.network.sent[viewer]["video"]) == 0
        assert missing(studio.network.sent[viewer]["audio"]) == 0
        studio.track.close()

    play(whole())


@pytest.mark.parametrize(
    ("choice", "layers", "rungs"),
    [(AUTO, 2, (0, 2)), (FULL, 2, (0, 0)), (HALF, 2, (1, 2)), (HALF, 3, (1, 3)), (HALF, 1, (0, 1)), (FULL, 1, (0, 0))],
)
def test_a_choice_leaves_these_rungs(choice: LayerChoice, layers: int, rungs: tuple[int, int]) -> None:
    assert choice.rungs(layers) == rungs


def test_the_largest_picture_stays_on_a_poor_link_and_half_of_it_never_grows_on_a_good_one() -> None:
    full, half = Adaptation(), Adaptation()
    full.choice, half.choice = FULL, HALF
    for second in range(40):
        for link, lost in ((full, 128), (half, 0)):
            link.report(lost, second * SECOND)
            link.judge([1_500_000, 400_000], second * SECOND)
    assert (full.rung, half.rung) == (0, 1)


def test_half_of_the_picture_is_the_smaller_layer_however_good_the_link_is() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.track.choose(viewer, HALF)
        await studio.film(SOON)
        before = len(studio.pictures(viewer))
        for _ in range(30):
            studio.report(viewer, 0)
            await studio.film(33)
        assert {layer for _, layer, _, _ in studio.pictures(viewer)[before:]} == {1}
        studio.track.choose(viewer, FULL)
        await studio.film(SOON)
        assert studio.pictures(viewer)[-1][1] == 0

    watched(scenario)


def test_half_of_a_camera_with_three_layers_is_the_middle_one() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.wanted = studio.cameras[THREE_LAYERS].source
        await studio.film(SOON)
        studio.track.choose(viewer, HALF)
        await studio.film(SOON)
        source, layer, _, _ = studio.pictures(viewer)[-1]
        assert (source, layer) == (THREE_LAYERS, studio.cameras[THREE_LAYERS].source.ladder()[1])

    watched(scenario)


def test_a_choice_outlasts_the_switch_to_a_source_of_one_layer_and_back() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.track.choose(viewer, HALF)
        await studio.film(SOON)
        assert studio.pictures(viewer)[-1][:2] == (TWO_LAYERS, 1)
        studio.wanted = studio.cameras[ONE_LAYER].source
        await studio.film(2 * SOON)
        assert studio.pictures(viewer)[-1][:2] == (ONE_LAYER, 0), "the only picture there is, and it moves"
        studio.wanted = studio.cameras[TWO_LAYERS].source
        await studio.film(2 * SOON)
        assert studio.pictures(viewer)[-1][:2] == (TWO_LAYERS, 1)

    watched(scenario)


def test_a_choice_outlasts_the_layer_that_its_encoder_turns_off_for_a_while() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.track.choose(viewer, HALF)
        await studio.film(SOON)
        camera = studio.cameras[TWO_LAYERS]
        camera.off.add(1)
        await studio.film(2 * SOON)
        assert studio.pictures(viewer)[-1][1] == 0
        camera.off.clear()
        camera.wanted[1] = 0
        await studio.film(2 * SOON)
        assert studio.pictures(viewer)[-1][1] == 1

    watched(scenario)


def test_who_wants_the_sound_only_gets_no_picture_and_goes_on_with_a_keyframe_where_his_numbers_ended() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.track.choose(viewer, SOUND)
        pictures, sounds = len(studio.pictures(viewer)), len(studio.network.sent[viewer]["audio"])
        asked = studio.cameras[TWO_LAYERS].wanted[0]
        for _ in range(3):
            await studio.film(30)
            studio.track.want_keyframe(viewer)  # browsers ask when nothing comes
            studio.nack_all(viewer)
        assert len(studio.pictures(viewer)) == pictures
        assert studio.cameras[TWO_LAYERS].wanted[0] == asked, "nobody is asked for a keyframe that is not looked at"
        assert len(studio.network.sent[viewer]["audio"]) >= sounds + 170
        studio.wanted = studio.cameras[ONE_LAYER].source
        await studio.film(SOON)
        studio.track.choose(viewer, AUTO)
        await studio.film(SOON)
        back = studio.pictures(viewer)[pictures:]
        assert back[0][0] == ONE_LAYER and back[0][3]
        assert len(back) >= PACKETS_A_FRAME
        studio.nack_all(viewer)

    watched(scenario)


def test_from_the_smaller_layer_to_the_sound_and_back_to_the_smaller_layer() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.track.choose(viewer, HALF)
        await studio.film(SOON)
        studio.track.choose(viewer, SOUND)
        await studio.film(50)
        studio.track.choose(viewer, HALF)
        await studio.film(2 * SOON)
        assert studio.pictures(viewer)[-1][1] == 1

    watched(scenario)


def test_who_joins_with_the_sound_only_is_sent_no_picture_until_he_wants_one() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.join(SOUND)
        listener = studio.viewers[-1]
        await studio.film(60)
        assert not studio.network.sent[listener]["video"]
        assert len(studio.network.sent[listener]["audio"]) > 100
        studio.track.choose(listener, AUTO)
        await studio.film(SOON)
        assert studio.network.first[listener].payload[4], "the first picture is a keyframe"
        assert undecodable(studio.pictures(listener)) == []
        assert missing(studio.network.sent[listener]["video"]) == 0

    watched(scenario)


def test_a_choice_that_comes_while_he_still_catches_up_is_heeded_when_he_is_live() -> None:
    async def scenario(studio: Studio, viewer: Viewer) -> None:
        studio.join()
        newcomer = studio.viewers[-1]
        assert newcomer.lane is None
        studio.track.choose(newcomer, SOUND)
        await studio.film(5)
        got = len(studio.pictures(newcomer))
        await studio.film(30)
        assert len(studio.pictures(newcomer)) == got
        assert undecodable(studio.pictures(newcomer)) == []

    watched(scenario)
