"""The judge's own receiver: what it shows, asks for and gives up, without a network."""

from streaming.media.wire import h264
from streaming.media.wire.rtp import RtpView
from tests.media.judge import Picture, Seen, beyond_one_a_second, freeze_ratio, look
from tests.media.numbered import Encoder
from tests.media.receiver import PictureReceiver
from tests.streaming.media.pictures import RED


def packets(pictures: int, keyframes: tuple[int, ...] = (0,), first: int = 65_530) -> list[list[RtpView]]:
    """Packets of each picture; the numbers wrap soon after the first."""
    encoder, sequence, found = Encoder(RED), first, []
    for number in range(pictures):
        payloads = h264.packetise(encoder.encode(number, number in keyframes))
        views = []
        for place, payload in enumerate(payloads):
            last = place == len(payloads) - 1
            views.append(RtpView(102, last, sequence & 0xFFFF, (1 << 32) - 9_000 + number * 6_000, 1, payload, b""))
            sequence += 1
        found.append([view._replace(timestamp=view.timestamp & 0xFFFFFFFF) for view in views])
    return found


def test_pictures_are_shown_in_order_whatever_the_order_of_their_packets() -> None:
    receiver = PictureReceiver(0.0)
    first, *others = packets(12)
    for view in first + [view for picture in reversed(others) for view in reversed(picture)]:
        receiver.packet(view, 1.0)
    seen = look(receiver.shown)
    assert seen.numbers() == list(range(12)) and seen.damage == []
    assert receiver.timestamps_back == 0


def test_a_lost_packet_is_asked_for_every_tenth_of_a_second_and_ten_times_at_most() -> None:
    receiver = PictureReceiver(0.0)
    sent = packets(6)
    lost = sent[2][0]
    for view in (view for picture in sent for view in picture if view is not lost):
        receiver.packet(view, 1.0)
    asks = [receiver.tick(1.0 + tick * 0.02)[0] for tick in range(80)]
    assert [asked for asked in asks if asked] == [[lost.sequence]] * 10
    assert len(receiver.shown) == 2
    receiver.packet(lost, 2.9)
    assert look(receiver.shown).numbers() == list(range(6))


def test_after_three_seconds_a_keyframe_is_requested_and_shown_without_what_is_lost() -> None:
    receiver = PictureReceiver(0.0)
    sent = packets(8, keyframes=(0, 6))
    for picture in [*sent[:2], *sent[3:6]]:
        for view in picture:
            receiver.packet(view, 1.0)
    assert not any(receiver.tick(1.0 + tick * 0.02)[1] for tick in range(145))
    receiver.packet(sent[5][0], 3.9)
    assert receiver.tick(4.05)[1]
    for view in sent[6] + sent[7]:
        receiver.packet(view, 4.2)
    seen = look(receiver.shown)
    assert seen.numbers() == [0, 1, 6, 7] and seen.damage == []
    assert receiver.tick(4.3) == ([], False)


def test_a_picture_decoded_without_its_reference_is_found_to_be_damaged() -> None:
    receiver = PictureReceiver(0.0)
    for picture in packets(10):
        for view in picture:
            receiver.packet(view, 1.0)
    assert look(receiver.shown[:4] + receiver.shown[5:]).damage


def test_freezes_are_counted_without_the_machines_own_pauses() -> None:
    shown_at = [0.1 * tick for tick in range(1, 30)] + [0.1 * tick for tick in range(40, 100)]
    assert abs(freeze_ratio(shown_at, 0.0, 10.0) - 0.11) < 0.001
    assert freeze_ratio(shown_at, 0.0, 10.0, stalls=[(3.0, 3.8)]) == 0.0
    assert freeze_ratio([], 0.0, 10.0) == 1.0


def test_more_than_one_a_second_is_seen_at_any_distance() -> None:
    assert beyond_one_a_second([]) == beyond_one_a_second([5.0]) == 0.0
    assert beyond_one_a_second([1.0, 2.0, 3.1]) < 0.01
    assert beyond_one_a_second([1.0, 1.1, 9.0]) > 0.8
    assert beyond_one_a_second([1.0, 1.6, 2.2, 2.8]) > 1.0


def test_a_keyframe_is_not_shown_before_its_parameter_sets_are_there() -> None:
    receiver = PictureReceiver(0.0)
    sent = packets(6, keyframes=(0, 3))
    sets, *slices = sent[3]
    assert h264.holds_sps(sets.payload)
    for view in [view for picture in sent[:3] for view in picture] + slices + sent[4]:
        receiver.packet(view, 1.0)
    assert look(receiver.shown).numbers() == [0, 1, 2]
    receiver.packet(sets, 1.1)
    for view in sent[5]:
        receiver.packet(view, 1.2)
    seen = look(receiver.shown)
    assert seen.numbers() == [0, 1, 2, 3, 4, 5] and seen.damage == []


def test_a_picture_that_a_keyframe_has_overtaken_is_told_from_one_that_never_came() -> None:
    shown = [(1, True), (2, False), (5, True), (6, False), (8, False)]
    seen = Seen([Picture(0.0, 0, number, (1, 1), RED, keyframe) for number, keyframe in shown], [])
    assert [number for number in (3, 4, 7, 9) if seen.overtaken(number)] == [3, 4]
