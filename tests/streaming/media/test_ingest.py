"""What comes of a host's packets on their way in, in virtual time."""

import struct

import pytest
from aiortc.rtp import RtcpPsfbPacket, RtcpRrPacket, unpack_remb_fci
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.media.publisher_stream import RESTART_STEP
from streaming.media.wire import capture_time, rtp, transport_cc
from tests.streaming.media.host import (
    AUDIO,
    BEGAN,
    CAPTURED,
    RID,
    SECOND,
    SIMULCAST,
    VIDEO,
    Host,
    nacks,
    plis,
    two_bytes,
)

HOUR = 3_600 * SECOND


class TestLayers:
    def test_a_layer_is_known_by_its_rid_first_and_by_its_ssrc_later(self) -> None:
        host = Host(SIMULCAST)
        host.layer("h", 1, ssrc=30)
        host.layer("l", 1, ssrc=10)
        host.rtp(2, ssrc=30)
        host.rtp(2, ssrc=10)
        host.rtp(3, ssrc=10)
        assert [packet.layer for _, packet in host.got] == [2, 0, 2, 0, 0]
        assert host.counters.packets_malformed == 0

    def test_a_picture_without_rid_and_known_ssrc_goes_nowhere(self) -> None:
        host = Host(SIMULCAST)
        host.rtp(1, ssrc=30)
        host.layer("x", 1, ssrc=40)
        assert not host.got and host.counters.packets_malformed == 2

    def test_sound_needs_no_rid(self) -> None:
        host = Host(SIMULCAST)
        host.rtp(1, ssrc=2, kind=AUDIO)
        assert [kind for kind, _ in host.got] == ["audio"]

    def test_losses_are_asked_for_and_reported_layer_by_layer(self) -> None:
        host = Host(SIMULCAST)
        for number in (100, 101, 103):
            host.layer("l", number, ssrc=10)
        for number in (500, 504):
            host.layer("h", number, ssrc=30)
        told = host.tick()
        assert nacks(told) == {10: [102], 30: [501, 502, 503]}
        reports = [report for packet in told if isinstance(packet, RtcpRrPacket) for report in packet.reports]
        assert {report.ssrc: (report.packets_lost, report.highest_sequence & 0xFFFF) for report in reports} == {
            10: (1, 103),
            30: (3, 504),
        }

    def test_losses_around_the_wrap_of_the_numbers_are_asked_for(self) -> None:
        host = Host(SIMULCAST)
        for number in (0xFFF0, 0xFFFE, 0x1_0003):
            host.layer("l", number, ssrc=10)
        lost = [*range(0xFFF1, 0xFFFE), 0xFFFF, 0x1_0000, 0x1_0001, 0x1_0002]
        told = nacks(host.tick())
        assert [number & 0xFFFF for number in told[10]] == [number & 0xFFFF for number in lost]

    def test_a_late_packet_of_a_layer_goes_on_when_it_comes(self) -> None:
        host = Host(SIMULCAST)
        for number in (100, 102, 101):
            host.layer("m", number, ssrc=20)
        first, second, third = host.packets(layer=1)
        assert (second.number - first.number, third.number - first.number) == (2, 1)
        assert nacks(host.tick()) == {}

    def test_a_keyframe_is_asked_of_one_layer(self) -> None:
        host = Host(SIMULCAST)
        host.layer("l", 1, ssrc=10)
        host.layer("h", 1, ssrc=30)
        for layer in (0, 1, 2, 7):  # the second has not begun, the last does not exist
            host.ingest.request_keyframe(layer)
        assert plis(host.sent) == [10, 30]

    def test_a_layer_that_starts_again_leaves_the_others_alone(self) -> None:
        host = Host(SIMULCAST)
        host.layer("l", 1, ssrc=10)
        host.layer("h", 1, ssrc=30)
        host.layer("h", 9_000, ssrc=31)
        host.rtp(2, ssrc=10)
        host.rtp(2, ssrc=30)  # nobody's any more
        low, high = host.packets(layer=0), host.packets(layer=2)
        assert [packet.number - low[0].number for packet in low] == [0, 1]
        assert len(high) == 2 and high[1].number - high[0].number > RESTART_STEP // 2

    def test_the_layers_share_one_clock(self) -> None:
        host = Host(SIMULCAST)
        theirs = BEGAN - HOUR
        for rid, ssrc, first in (("l", 10, 1_000), ("h", 30, 77_000)):
            host.layer(rid, 1, ssrc=ssrc, timestamp=first)
            host.report(ssrc, theirs, first)
        host.now_us += 33_000
        for ssrc, first in ((10, 1_000), (30, 77_000)):
            host.rtp(2, first + 2_970, ssrc=ssrc)
        low, high = host.packets(layer=0)[-1], host.packets(layer=2)[-1]
        assert low.captured_us == high.captured_us == BEGAN + 33_000


class TestNumbers:
    def test_sequence_and_timestamp_wrap(self) -> None:
        host = Host()
        for step in range(-3, 4):
            host.rtp(step, step * 3_000)
            host.now_us += 33_333
        packets = host.packets()
        assert [packet.number - packets[0].number for packet in packets] == list(range(7))
        assert [packet.timestamp - packets[0].timestamp for packet in packets] == [3_000 * n for n in range(7)]

    def test_another_ssrc_goes_on_far_above_and_the_old_ones_stragglers_do_not_bring_it_back(self) -> None:
        host = Host()
        host.rtp(100, ssrc=1)
        host.rtp(7, ssrc=5)
        host.rtp(101, ssrc=1)
        host.rtp(8, ssrc=5)
        packets = host.packets()
        assert packets[1].number - packets[0].number > RESTART_STEP // 2
        assert [packet.number - packets[1].number for packet in packets[1:]] == [0, 1]
        assert host.counters.packets_late == 1

    def test_an_old_ssrc_may_come_back_after_a_while(self) -> None:
        host = Host()
        host.rtp(100, ssrc=1)
        host.rtp(7, ssrc=5)
        host.now_us += 2 * SECOND
        host.rtp(101, ssrc=1)
        assert len(host.packets()) == 3

    def test_one_number_far_off_is_an_accident_and_two_are_a_new_beginning(self) -> None:
        host = Host()
        for number in (100, 101, 40_000, 102, 103):
            host.rtp(number)
        numbers = [packet.number for packet in host.packets()]
        assert [number - numbers[0] for number in numbers] == [0, 1, 2, 3]
        for number in (20_000, 20_001, 20_002):
            host.rtp(number)
        numbers = [packet.number for packet in host.packets()]
        assert numbers[4] - numbers[3] > RESTART_STEP // 2 and numbers[5] - numbers[4] == 1

    def test_a_pause_of_a_minute_changes_nothing(self) -> None:
        host = Host()
        host.rtp(1, 1_000)
        host.now_us += 60 * SECOND
        host.rtp(2, 1_000 + 60 * 90_000)
        first, second = host.packets()
        assert (second.number - first.number, second.timestamp - first.timestamp) == (1, 60 * 90_000)

    def test_what_a_host_cannot_resend_is_not_asked_for(self) -> None:
        host = Host()  # his sound is offered without nack
        for number in (1, 5):
            host.rtp(number, ssrc=1)
            host.rtp(number, ssrc=2, kind=AUDIO)
        assert nacks(host.tick()) == {1: [2, 3, 4]}


class TestCaptureTimes:
    def test_picture_and_sound_of_a_host_whose_clock_is_an_hour_off_stay_together(self) -> None:
        host = Host()
        theirs = BEGAN - HOUR
        host.rtp(1, 90_000, ssrc=1)
        host.now_us += 80_000  # the sound's first packet was held up
        host.rtp(1, 48_000, ssrc=2, kind=AUDIO)
        host.report(1, theirs, 90_000)
        host.report(2, theirs + 40_000, 48_000)  # sampled 40 ms after the picture
        host.rtp(2, 90_000 + 9_000, ssrc=1)
        host.rtp(2, 48_000 + 4_800, ssrc=2, kind=AUDIO)
        picture, sound = host.packets()[-1], host.packets("audio")[-1]
        assert abs(sound.captured_us - picture.captured_us - 40_000) <= 10
        assert abs(picture.captured_us - host.now_us) < SECOND

    def test_a_packets_own_word_is_believed_before_the_reports(self) -> None:
        host = Host(stamped=True)
        theirs = BEGAN - HOUR
        stamp = rtp.one_extension(CAPTURED, capture_time.value(theirs))
        host.report(1, theirs, 0)
        host.rtp(1, 0, block=stamp)
        host.report(1, theirs - 150_000, 0)  # a sender who reports when he encodes, say
        host.now_us += 100_000
        host.rtp(2, 9_000)
        assert [packet.captured_us for packet in host.packets()] == [BEGAN, BEGAN + 100_000]

    def test_a_capturers_offset_is_taken_off(self) -> None:
        ahead = (5 << 32).to_bytes(8, "big", signed=True)
        assert capture_time.captured_us(capture_time.value(BEGAN) + ahead) == BEGAN - 5 * SECOND
        assert capture_time.captured_us(b"short") is None

    @settings(deadline=None)
    @given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 32) - 1))
    def test_nonsense_is_never_far_from_now(self, ntp: int, timestamp: int) -> None:
        host = Host(stamped=True)
        host.rtp(1, 0, block=rtp.one_extension(CAPTURED, ntp.to_bytes(8, "big")))
        host.report(1, ntp >> 20, timestamp)
        host.rtp(2, 3_000)
        assert all(abs(packet.captured_us - host.now_us) <= 10 * SECOND for packet in host.packets())

    def test_a_clock_that_is_set_is_followed(self) -> None:
        host = Host()
        for second in range(3):
            host.rtp(second, second * 90_000)
            host.report(1, BEGAN + second * SECOND - (HOUR if second > 1 else 0), second * 90_000)
            host.now_us += SECOND
        host.rtp(3, 3 * 90_000)
        assert abs(host.packets()[-1].captured_us - host.now_us) <= 10_000


class TestHeaderExtensions:
    def test_two_byte_headers_are_read(self) -> None:
        host = Host(SIMULCAST)
        host.rtp(1, ssrc=10, block=two_bytes((40, bytes(20)), (RID, b"l")))
        assert [packet.layer for _, packet in host.got] == [0]

    def test_transport_wide_numbers_are_read_in_either_form(self) -> None:
        host = Host()
        host.rtp(1, block=rtp.one_extension(3, struct.pack("!H", 5)))
        host.rtp(2, block=two_bytes((200, b"x"), (3, struct.pack("!H", 6))))
        host.tick()
        feedback = next(compound for compound in host.sent if compound[9] == 205)
        assert struct.unpack_from("!HH", feedback, 20) == (5, 2)

    @pytest.mark.parametrize(
        ("block", "found"),
        [
            (b"\x10a\xa0l", b"l"),
            (b"\x00\x00\xa0l", b"l"),
            (b"\xf0a\xa0l", None),  # behind id 15 nothing is read
            (b"\x03abc\xa0l", None),  # nor behind padding with a length
            (b"\xa3l", None),  # longer than the block
            (b"", None),
        ],
    )
    def test_one_byte_blocks_are_read_as_far_as_they_are_to_be(self, block: bytes, found: bytes | None) -> None:
        assert rtp.extension(block, RID) == found

    @settings(deadline=None)
    @given(st.sampled_from([0xBEDE, 0x1000, 0x100F, 0x1234]), st.binary(max_size=64), st.integers(-2, 2))
    def test_no_block_makes_ingest_fail(self, profile: int, body: bytes, wrong: int) -> None:
        host = Host(SIMULCAST, stamped=True)
        words = max(0, len(body) // 4 + wrong)
        for kind in (VIDEO, AUDIO):
            host.rtp(1, kind=kind, ssrc=kind, block=struct.pack("!HH", profile, words) + body)
        assert len(host.got) + host.counters.packets_malformed == 2


class TestAllowance:
    def flood(self, host: Host, *, size: int, a_second: int, seconds: int) -> int:
        """Octets that went on."""
        for place in range(a_second * seconds):
            host.now_us += SECOND // a_second
            host.rtp(place, place * 90_000 // a_second, payload=b"\x41" + bytes(size - 13))
        return sum(len(packet.payload) for packet in host.packets())

    def test_what_is_beyond_it_is_thrown_away_and_counted(self) -> None:
        host = Host(ingest_bitrate_max=1_000_000)
        forwarded = self.flood(host, size=1_000, a_second=500, seconds=5)
        assert 0.9 * 1_000_000 <= forwarded * 8 / 5 <= 1.2 * 1_000_000
        assert host.counters.packets_excess > 1_500

    def test_small_packets_are_limited_by_their_number(self) -> None:
        host = Host(ingest_packets_max=200)
        self.flood(host, size=20, a_second=1_000, seconds=5)
        assert 200 * 5 <= len(host.packets()) <= 1.2 * 200 * 5

    def test_a_keyframe_at_once_is_within_it(self) -> None:
        host = Host(ingest_bitrate_max=4_000_000)
        for place in range(200):  # 200 KB
            host.rtp(place, payload=b"\x41" + bytes(999))
        assert len(host.packets()) == 200

    def test_the_excess_is_reported_as_lost_and_not_asked_for(self) -> None:
        host = Host(ingest_bitrate_max=1_000_000)
        self.flood(host, size=1_000, a_second=500, seconds=2)
        told = host.tick(after_ms=10)
        assert nacks(told) == {}
        (report,) = [each for packet in told if isinstance(packet, RtcpRrPacket) for each in packet.reports]
        assert report.fraction_lost > 128

    def test_reports_count_too(self) -> None:
        host = Host(ingest_packets_max=100)
        for _ in range(200):
            host.report(1, BEGAN, 0)
        assert host.counters.packets_excess == 150


class TestRemb:
    def told(self, host: Host, *, seconds: int, loss_of: int) -> int:
        """The last bitrate he is told after so many seconds; one packet in `loss_of` is lost."""
        number, bitrate = host.packets()[-1].number if host.got else 0, 0
        for _ in range(20 * seconds):
            for _ in range(10):
                number += 1
                if loss_of == 0 or number % loss_of:
                    host.rtp(number, payload=b"\x41" + bytes(999))
            for packet in host.tick():
                if isinstance(packet, RtcpPsfbPacket) and packet.fmt == 15:
                    bitrate, _ = unpack_remb_fci(packet.fci)
        return bitrate

    def test_a_host_without_transport_cc_begins_at_the_ceiling(self) -> None:
        host = Host(transport_cc=False)
        assert self.told(host, seconds=3, loss_of=0) == pytest.approx(2_500_000, rel=0.01)

    def test_he_is_slowed_by_losses_and_recovers(self) -> None:
        host = Host(transport_cc=False)
        assert self.told(host, seconds=4, loss_of=3) < 1_200_000
        assert self.told(host, seconds=20, loss_of=0) > 2_400_000

    def test_slight_losses_are_borne(self) -> None:
        assert self.told(Host(transport_cc=False), seconds=4, loss_of=20) > 2_400_000

    def test_nobody_with_transport_cc_is_told_a_bitrate(self) -> None:
        assert self.told(Host(), seconds=2, loss_of=3) == 0
        assert transport_cc.URI in dict(Host().offer.tracks[0].extensions)
