"""Small pure rules: GOP cache, keyframe governor, choice of source, trains, compaction, depacketiser."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.media.adaptation import Adaptation
from streaming.media.choice import Choice, Health, PictureWatch, Silence, SourceKind, camera_health, choose
from streaming.media.compaction import Compaction
from streaming.media.depacketiser import Depacketiser
from streaming.media.gop import GopCache
from streaming.media.governor import KeyframeGovernor
from streaming.media.packet import ProgramPacket, SourcePacket
from streaming.media.train import TRAIN_MAX, Wire, couple, seal_burst, sounds_first
from streaming.media.wire import rtp
from tests.streaming.media.packets import packet

SECOND = 1_000_000


def cache() -> GopCache[SourcePacket]:
    return GopCache(2 * SECOND, 10_000)


def slice_of(number: int, frame: int) -> SourcePacket:
    """The beginning of an IDR slice."""
    whole = packet(number, frame=frame, keyframe=True, marker=False)
    return replace(whole, payload=b"\x65" + whole.payload[1:])


class TestGopCache:
    def test_a_keyframe_whose_parameter_sets_are_late_begins_when_they_come(self) -> None:
        """Without them nobody can decode what would be shown from here on."""
        gop = cache()
        gop.add(packet(1, frame=1))
        assert not gop.add(slice_of(3, frame=2)) and not gop.add(packet(4, frame=2))
        assert not gop.add(packet(5, frame=3)), "the next frame has come meanwhile"
        assert gop.packets(0) == []
        assert gop.add(packet(2, frame=2, keyframe=True, marker=False))
        gop.add(packet(6, frame=4))
        assert sorted(each.number for each in gop.packets(0)) == [2, 3, 4, 5, 6]

    def test_a_keyframe_without_parameter_sets_of_its_own_begins_at_once(self) -> None:
        gop = cache()
        gop.add(packet(1, frame=1))
        assert gop.add(slice_of(2, frame=2))

    def test_begins_with_the_first_packet_of_the_keyframes_frame(self) -> None:
        gop = cache()
        gop.add(packet(1, frame=1))
        gop.add(packet(2, frame=2, marker=False))  # an access unit delimiter, say
        assert gop.add(packet(3, frame=2, keyframe=True, marker=False))
        assert not gop.add(packet(4, frame=2, keyframe=True)), "the same keyframe"
        gop.add(packet(5, frame=3))
        assert [each.number for each in gop.packets(0)] == [2, 3, 4, 5]

    def test_is_given_up_when_it_is_older_than_its_bound(self) -> None:
        gop = cache()
        gop.add(packet(1, keyframe=True))
        gop.add(packet(2, at_us=2 * SECOND))
        assert gop.packets(2 * SECOND)
        assert not gop.packets(2 * SECOND + 1)
        gop.add(packet(3, at_us=3 * SECOND))
        assert not gop.packets(3 * SECOND), "nothing without a keyframe"
        gop.add(packet(4, keyframe=True, at_us=3 * SECOND))
        assert len(gop.packets(3 * SECOND)) == 1

    def test_never_holds_more_bytes_than_its_bound(self) -> None:
        gop = cache()
        gop.add(packet(1, keyframe=True))
        for number in range(2, 20):
            gop.add(packet(number, size=1_000))
            assert sum(len(each.payload) for each in gop.packets(0)) <= 10_000
        assert not gop.packets(0)

    def test_a_late_packet_of_an_older_keyframe_opens_nothing(self) -> None:
        gop = cache()
        gop.add(packet(1, frame=1, keyframe=True))
        gop.add(packet(9, frame=5, keyframe=True))
        assert not gop.add(packet(2, frame=1, keyframe=True))
        assert [each.number for each in gop.packets(0)] == [9, 2]


class TestKeyframeGovernor:
    def test_many_wishes_are_one_request_an_interval(self) -> None:
        governor = KeyframeGovernor(SECOND)
        asked = [governor.ask(now) for now in range(0, 3 * SECOND, SECOND // 10)]
        assert sum(asked) == 3

    def test_a_wish_in_the_interval_is_remembered_until_a_keyframe_comes(self) -> None:
        governor = KeyframeGovernor(SECOND)
        governor.ask(0)
        governor.keyframe_seen()
        assert not governor.ask(SECOND // 2)
        assert not governor.due(SECOND - 1)
        assert governor.due(SECOND)
        governor.keyframe_seen()
        assert not governor.due(9 * SECOND)

    def test_a_request_that_brought_nothing_is_repeated(self) -> None:
        governor = KeyframeGovernor(SECOND)
        assert governor.ask(0)
        assert governor.due(SECOND)

    def test_a_switch_passes_the_interval(self) -> None:
        governor = KeyframeGovernor(SECOND)
        governor.ask(0)
        assert governor.ask(SECOND // 5, urgent=True)

    def test_a_request_that_is_still_under_way_serves_a_switch_too(self) -> None:
        governor = KeyframeGovernor(SECOND)
        governor.ask(0)
        assert not governor.ask(SECOND // 20, urgent=True)
        governor.keyframe_seen()
        assert not governor.due(SECOND)


ALIVE, DEAD, VOICE = Health(True, True), Health(), Health(False, True)
CAMERA, COMPOSITE, CARD = SourceKind.CAMERA, SourceKind.COMPOSITE, SourceKind.CARD


@pytest.mark.parametrize(
    ("wanted", "composite", "camera", "chosen"),
    [
        (CAMERA, DEAD, ALIVE, Choice(CAMERA, CAMERA)),
        (CAMERA, ALIVE, ALIVE, Choice(CAMERA, CAMERA)),
        (COMPOSITE, ALIVE, ALIVE, Choice(COMPOSITE, COMPOSITE)),
        (COMPOSITE, ALIVE, DEAD, Choice(COMPOSITE, COMPOSITE)),
        (COMPOSITE, DEAD, ALIVE, Choice(CAMERA, CAMERA)),
        (COMPOSITE, DEAD, VOICE, Choice(CARD, CAMERA)),
        (COMPOSITE, DEAD, DEAD, Choice(CARD, None)),
        (CAMERA, ALIVE, DEAD, Choice(CARD, None)),
        (CARD, ALIVE, ALIVE, Choice(CARD, None)),
    ],
)
def test_the_program_falls_back_from_what_is_dead(
    wanted: SourceKind, composite: Health, camera: Health, chosen: Choice
) -> None:
    assert choose(wanted, composite, camera) == chosen


@pytest.mark.parametrize(
    ("anything", "picture", "sound", "health"),
    [
        (0, 0, 0, ALIVE),
        (0, SECOND, 0, VOICE),  # the camera is off
        (900_000, 1_900_000, 900_000, VOICE),
        (2 * SECOND, SECOND // 2, 2 * SECOND, ALIVE),  # the network is away: hold the picture
        (5 * SECOND, 5 * SECOND, 5 * SECOND, DEAD),
        (0, None, 0, VOICE),
        (0, None, None, DEAD),
    ],
)
def test_a_camera_that_is_off_is_told_from_a_network_that_is_away(
    anything: int, picture: int | None, sound: int | None, health: Health
) -> None:
    assert camera_health(Silence(anything, picture, sound), SECOND, 5 * SECOND) == health


def missed_for(moments: list[tuple[int, int, int]]) -> list[int]:
    """What the watch says at moments (now, heard, picture), all in tenths of a second; in tenths, too."""
    watch = PictureWatch(SECOND // 2)
    return [watch.look(*(SECOND // 10 * each for each in moment)) * 10 // SECOND for moment in moments]


def test_a_picture_is_missed_while_its_host_is_heard() -> None:
    assert missed_for([(now, now, 0) for now in range(1, 15)]) == list(range(1, 15))
    assert missed_for([(1, 1, 0), (2, 2, 0), (3, 3, 2), (4, 4, 4)]) == [1, 2, 1, 0]


def test_after_a_cut_the_picture_is_given_time_to_follow_the_sound() -> None:
    cut = [(now, 0, 0) for now in range(1, 31)]
    assert missed_for(cut)[-1] == 4, "the first half second might be a pause"
    back = [(31, 31, 0), (32, 32, 0), (33, 33, 33)]
    assert missed_for(cut + back)[-3:] == [5, 6, 0]
    assert missed_for([*cut, (60, 60, 0)])[-1] == 9, "also when nobody looked for a long time"


def test_a_host_whose_picture_never_follows_has_turned_his_camera_off() -> None:
    cut, sound = [(now, 0, 0) for now in range(1, 31)], [(now, now, 0) for now in range(31, 41)]
    assert missed_for(cut + sound)[-1] >= 10


def burst(sizes: list[int]) -> list[ProgramPacket]:
    packets = []
    for number, size in enumerate(sizes):
        source = SourcePacket(number, 0, False, False, b"\x41" * size, 0, 0)
        packets.append(ProgramPacket(number, 0, source))
    return packets


class TestTrains:
    @given(st.lists(st.integers(1, 1_200), min_size=1, max_size=80))
    def test_padding_never_changes_what_a_receiver_reads(self, sizes: list[int]) -> None:
        packets = burst(sizes)
        seal_burst(packets)
        for each, size in zip(packets, sizes, strict=True):
            view = rtp.parse(each.wire(102, 5))
            assert view.payload == each.payload == b"\x41" * size

    @given(st.lists(st.integers(1, 1_200), min_size=1, max_size=80))
    def test_every_train_is_what_segmentation_offload_takes(self, sizes: list[int]) -> None:
        packets = [bytes(size) for size in sizes]
        trains = couple([Wire(1, each) for each in packets])
        assert [each for train in trains for each in train.packets] == packets
        for train in trains:
            assert len(train.packets) <= TRAIN_MAX
            assert {len(each) for each in train.packets[:-1]} <= {train.size}
            assert len(train.packets[-1]) <= train.size

    def test_a_keyframe_is_few_trains(self) -> None:
        packets = burst([30, 1_160, 1_158, 1_160, 1_159, 400])
        seal_burst(packets)
        trains = couple([Wire(1, each.wire(102, 5)) for each in packets])
        assert [len(train.packets) for train in trains] == [1, 5]

    @pytest.mark.parametrize(
        ("pictures", "sounds", "first"),
        [
            ([6, 1_000, 1_000], [120, 120], True),  # an SEI message of its own ends the sounds' train
            ([20], [120], True),
            ([1_000, 1_000], [120], False),  # it rides behind
            ([121, 1_000], [120, 130], False),
            ([6, 200, 200], [120], False),  # one train, once the first is padded
            ([], [120], False),
            ([6], [], False),
        ],
    )
    def test_sounds_go_first_where_a_small_packet_would_have_a_train_of_its_own(
        self, pictures: list[int], sounds: list[int], first: bool
    ) -> None:
        assert sounds_first(burst(pictures), burst(sounds)) is first

    def test_room_is_left_for_the_tags(self) -> None:
        train = couple([Wire(1, b"aaaa"), Wire(0, b"bb")])[0]
        assert train.laid(2) == (b"aaaa\0\0bb\0\0", [(0, 4), (6, 2)])

    def test_a_sealed_packet_cannot_be_padded(self) -> None:
        packets = burst([10])
        seal_burst(packets)
        with pytest.raises(AssertionError):
            packets[0].pad(3)


class TestCompaction:
    def test_numbers_move_up_where_probes_were(self) -> None:
        compaction = Compaction()
        assert compaction.media(10) == 10
        assert compaction.probe(11) is None
        assert compaction.probe(12) is None
        assert compaction.media(13) == 11

    def test_a_late_packet_from_before_a_probe_keeps_its_place(self) -> None:
        compaction = Compaction()
        compaction.media(10)
        compaction.media(12)
        assert compaction.probe(13) is None
        assert compaction.media(14) == 13
        assert compaction.media(11) == 11

    def test_a_probe_that_comes_too_late_fills_its_gap(self) -> None:
        compaction = Compaction()
        compaction.media(10)
        compaction.media(12)
        assert compaction.probe(11) == 11

    @given(st.lists(st.booleans(), min_size=2, max_size=60), st.randoms())
    def test_every_packet_has_a_number_of_its_own(self, probes: list[bool], random: "object") -> None:
        numbers = list(range(100, 100 + len(probes)))
        for place in range(0, len(numbers) - 3, 4):
            numbers[place + 1], numbers[place + 2] = numbers[place + 2], numbers[place + 1]
        compaction = Compaction()
        given = []
        for number in numbers:
            result = compaction.probe(number) if probes[number - 100] else compaction.media(number)
            if result is not None:
                given.append(result)
        assert len(set(given)) == len(given)


def program(number: int, frame: int, *, keyframe: bool = False, marker: bool = True, at_us: int = 0) -> ProgramPacket:
    return ProgramPacket(
        number, frame * 3_000, packet(number, frame=frame, keyframe=keyframe, marker=marker, at_us=at_us)
    )


class TestDepacketiser:
    def test_nothing_comes_before_a_keyframe(self) -> None:
        reader = Depacketiser()
        assert not reader.feed([program(1, 1)])
        assert [unit.keyframe for unit in reader.feed([program(2, 2, keyframe=True), program(3, 3)])] == [True, False]

    def test_packets_out_of_order_are_put_in_order(self) -> None:
        reader = Depacketiser()
        packets = [
            program(1, 1, keyframe=True, marker=False),
            program(3, 2),
            program(2, 1),
        ]
        assert [unit.keyframe for unit in reader.feed(packets)] == [True, False]

    def test_after_a_loss_nothing_comes_until_the_next_keyframe(self) -> None:
        reader = Depacketiser()
        reader.feed([program(1, 1, keyframe=True)])
        assert not reader.feed([program(3, 3), program(4, 4, at_us=200_000)])
        assert reader.damaged
        assert not reader.feed([program(5, 5, at_us=200_000)])
        assert len(reader.feed([program(6, 6, keyframe=True, at_us=200_000)])) == 1
        assert not reader.damaged

    def test_an_empty_packet_fills_a_gap_without_harm(self) -> None:
        reader = Depacketiser()
        empty = ProgramPacket(2, 3_000, SourcePacket(2, 3_000, False, False, b"", 0, 0))
        assert len(reader.feed([program(1, 1, keyframe=True), empty, program(3, 2)])) == 2

    def test_times_always_increase(self) -> None:
        reader = Depacketiser()
        units = reader.feed(
            [program(1, 1, keyframe=True, at_us=500), program(2, 2, at_us=400), program(3, 3, at_us=401)]
        )
        stamps = [unit.pts_us for unit in units]
        assert stamps == sorted(set(stamps)) and len(stamps) == 3


def test_a_cut_that_is_over_does_not_cost_the_picture() -> None:
    single, layered = Adaptation(), Adaptation()
    for adaptation in (single, layered):
        adaptation.report(fraction_lost=250, now_us=10 * SECOND)
    assert single.judge([500_000], 10 * SECOND) == 0
    assert layered.judge([500_000, 200_000], 10 * SECOND) == 1, "a smaller picture at once, if there is one"
    single.report(fraction_lost=0, now_us=11 * SECOND)
    assert single.judge([500_000], 11 * SECOND) == 0
    for second in (12, 13):
        single.report(fraction_lost=250, now_us=second * SECOND)
    assert single.judge([500_000], 13 * SECOND) == 1
