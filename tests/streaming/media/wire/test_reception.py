from hypothesis import given
from hypothesis import strategies as st

from streaming.media.wire.reception import GIVE_UP_US, MISSING_MAX, Reception, ntp_from_us, us_from_ntp


@given(st.integers(0, 4_000_000_000_000_000))
def test_ntp_times_are_exact_to_a_microsecond(at_us: int) -> None:
    assert abs(us_from_ntp(ntp_from_us(at_us) & 0xFFFFFFFFFFFFFFFF) - at_us) <= 1 or at_us > 2_085_978_496_000_000


def heard(numbers: list[int]) -> Reception:
    reception = Reception(90_000)
    for place, number in enumerate(numbers):
        reception.packet(number, 3_000 * number, 33_333 * place)
    return reception


def test_losses_are_counted_per_report_and_in_all() -> None:
    reception = heard([1, 2, 4, 5])
    first = reception.report(7, 1_000_000)
    assert first is not None
    assert (first.ssrc, first.packets_lost, first.fraction_lost, first.highest_sequence) == (7, 1, 256 // 5, 5)
    reception.packet(6, 18_000, 200_000)
    second = reception.report(7, 2_000_000)
    assert second is not None and (second.packets_lost, second.fraction_lost) == (1, 0)


def test_a_missing_packet_is_asked_for_again_until_it_comes_or_is_too_old() -> None:
    reception = heard([1, 2, 5])
    now = 66_666
    assert reception.to_ask_for(now) == [3, 4]
    assert reception.to_ask_for(now + 10_000) == []
    reception.packet(3, 9_000, now + 20_000)
    assert reception.to_ask_for(now + 50_000) == [4]
    assert reception.to_ask_for(now + GIVE_UP_US + 1) == []


def test_a_jump_does_not_fill_the_memory() -> None:
    reception = heard([1, 60_000])
    assert len(reception.to_ask_for(50_000)) <= MISSING_MAX


def test_a_report_says_how_long_ago_the_senders_was() -> None:
    reception = heard([1])
    reception.sender_report(ntp_from_us(1_000_000_000), 5_000_000)
    report = reception.report(1, 5_500_000)
    assert report is not None
    assert report.dlsr == 32_768  # half a second in 1/65536 s
    assert report.lsr == ntp_from_us(1_000_000_000) >> 16 & 0xFFFFFFFF


def test_nothing_heard_is_no_report() -> None:
    assert Reception(90_000).report(1, 0) is None
