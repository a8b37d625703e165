"""Reading RTCP: what aiortc writes is read as aiortc reads it, what anybody can send raises one error or nothing."""

import struct

import pytest
from aiortc.rtp import (
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
    pack_rtcp_packet,
)
from hypothesis import given
from hypothesis import strategies as st

from streaming.media.wire import rtcp, transport_cc

words, numbers = st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFF)
infos = st.builds(
    RtcpReceiverInfo,
    ssrc=words,
    fraction_lost=st.integers(0, 255),
    packets_lost=st.integers(-(1 << 23), (1 << 23) - 1),
    highest_sequence=words,
    jitter=words,
    lsr=words,
    dlsr=words,
)
reports = st.lists(infos, max_size=31)
senders = st.builds(RtcpSenderInfo, st.integers(0, (1 << 64) - 1), words, words, words)
names = st.builds(RtcpSourceInfo, words, st.just([(1, b"somebody")]))
# aiortc's writer takes a NACK's numbers in order and without the wrap.
losses = st.lists(st.integers(0, 0xFFFF - 16), max_size=20, unique=True).map(sorted)
written = st.lists(
    st.one_of(
        st.builds(RtcpRrPacket, words, reports),
        st.builds(RtcpSrPacket, words, senders, reports),
        st.builds(RtcpByePacket, st.lists(words, max_size=31)),
        st.builds(RtcpSdesPacket, st.lists(names, min_size=1, max_size=1)),
        st.builds(RtcpRtpfbPacket, st.just(1), words, words, losses),
        st.builds(RtcpPsfbPacket, st.just(1), words, words),
    ),
    min_size=1,
    max_size=5,
)


def as_ours(packet: object) -> list[rtcp.Message]:
    """What our reader should make of a packet that aiortc has read."""

    def blocks(infos: list[RtcpReceiverInfo]) -> list[rtcp.ReportBlock]:
        return [
            rtcp.ReportBlock(i.ssrc, i.fraction_lost, i.packets_lost, i.highest_sequence, i.jitter, i.lsr, i.dlsr)
            for i in infos
        ]

    match packet:
        case RtcpRrPacket():
            return [rtcp.ReceiverReport(packet.ssrc, blocks(packet.reports))]
        case RtcpSrPacket():
            s = packet.sender_info
            return [
                rtcp.SenderReport(
                    packet.ssrc, s.ntp_timestamp, s.rtp_timestamp, s.packet_count, s.octet_count, blocks(packet.reports)
                )
            ]
        case RtcpByePacket():
            return [rtcp.Bye(tuple(packet.sources))]
        case RtcpRtpfbPacket(fmt=1):
            lost = [number & 0xFFFF for number in packet.lost]
            return [rtcp.Nack(packet.media_ssrc, lost[: rtcp.LOST_MAX])]
        case RtcpPsfbPacket(fmt=1):
            return [rtcp.KeyframeWanted(packet.media_ssrc)]
    return []


@given(written)
def test_what_aiortc_writes_is_read_as_aiortc_reads_it(packets: list[object]) -> None:
    compound = b"".join(bytes(packet) for packet in packets)  # type: ignore[call-overload]
    expected = [message for packet in RtcpPacket.parse(compound) for message in as_ours(packet)]
    assert rtcp.read(compound) == expected


@given(written, st.data())
def test_a_mutant_is_read_or_refused_with_one_error(packets: list[object], data: st.DataObject) -> None:
    compound = bytearray(b"".join(bytes(packet) for packet in packets))  # type: ignore[call-overload]
    for place in data.draw(st.lists(st.integers(0, len(compound) - 1), max_size=6)):
        compound[place] = data.draw(st.integers(0, 255))
    del compound[data.draw(st.integers(0, len(compound))) :]
    taken(bytes(compound))


@given(st.binary(max_size=200).map(lambda tail: b"\x80" + tail))
def test_noise_is_read_or_refused_with_one_error(noise: bytes) -> None:
    taken(noise)


def taken(compound: bytes) -> list[rtcp.Message]:
    try:
        return rtcp.read(compound)
    except rtcp.RtcpMalformed:
        return []


@given(st.integers(0, (1 << 18) - 1), st.integers(0, 63), st.lists(words, max_size=255))
def test_a_remb_of_any_size_is_a_bitrate_within_bounds(mantissa: int, exponent: int, ssrcs: list[int]) -> None:
    fci = b"REMB" + struct.pack("!I", len(ssrcs) << 24 | exponent << 18 | mantissa)
    fci += b"".join(struct.pack("!I", ssrc) for ssrc in ssrcs)
    (message,) = rtcp.read(bytes(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=fci)))
    assert message == rtcp.Remb(min(mantissa << exponent, rtcp.BITRATE_MAX), tuple(ssrcs))


def test_rembs_of_aiortc_say_the_same() -> None:
    fci = pack_remb_fci(1_500_000, [7, 8])
    assert rtcp.read(bytes(RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=fci))) == [rtcp.Remb(1_500_000, (7, 8))]


def test_a_fir_asks_for_a_keyframe_of_each_stream_it_names() -> None:
    fci = struct.pack("!IB3xIB3x", 5, 1, 6, 1)
    assert rtcp.read(bytes(RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=fci))) == [
        rtcp.KeyframeWanted(5),
        rtcp.KeyframeWanted(6),
    ]


def test_our_own_transport_cc_is_handed_on_as_it_came() -> None:
    arrivals = transport_cc.Arrivals()
    arrivals.record(7, 1_000_000)
    packet = arrivals.report(1, 2)
    assert packet is not None
    assert rtcp.read(packet) == [rtcp.TransportFeedback(2, packet[12:])]


def test_numbers_of_a_nack_wrap_and_are_bounded() -> None:
    assert rtcp.read(pack_rtcp_packet(205, 1, struct.pack("!IIHH", 1, 2, 0xFFFF, 0x8001))) == [
        rtcp.Nack(2, [0xFFFF, 0, 15])
    ]
    everything = b"".join(struct.pack("!HH", number, 0xFFFF) for number in range(0, 6_000, 17))
    (nack,) = rtcp.read(pack_rtcp_packet(205, 1, struct.pack("!II", 1, 2) + everything))
    assert isinstance(nack, rtcp.Nack) and nack.lost == list(range(rtcp.LOST_MAX))


@given(words, words, st.integers(0, 1 << 40), st.sets(st.integers(0, 400), max_size=80))
def test_a_nack_of_ours_is_read_as_what_was_lost_also_over_the_wrap(
    sender: int, ssrc: int, first: int, after: set[int]
) -> None:
    lost = [first + each for each in sorted(after)]
    written = rtcp.nack(sender, ssrc, lost)
    assert rtcp.read(written) == [rtcp.Nack(ssrc, [number & 0xFFFF for number in lost])]
    (theirs,) = RtcpPacket.parse(written)
    assert isinstance(theirs, RtcpRtpfbPacket) and [number & 0xFFFF for number in theirs.lost] == [
        number & 0xFFFF for number in lost
    ]


def test_what_we_do_not_act_on_is_passed_over() -> None:
    extended = (
        pack_rtcp_packet(207, 0, bytes(12)) + pack_rtcp_packet(204, 3, bytes(8)) + pack_rtcp_packet(205, 9, bytes(8))
    )
    assert rtcp.read(extended + bytes(RtcpRrPacket(ssrc=1))) == [rtcp.ReceiverReport(1, [])]


def test_padding_is_taken_off_the_last_packet_only() -> None:
    padded = b"\xa0\xc9\x00\x02" + struct.pack("!I", 9) + b"\0\0\0\x04"
    assert rtcp.read(padded) == [rtcp.ReceiverReport(9, [])]
    with pytest.raises(rtcp.RtcpMalformed):
        rtcp.read(padded + padded)


@pytest.mark.parametrize(
    "compound",
    [
        b"",
        b"\x80",
        b"\x80\xc9\x00",
        b"\x40\xc9\x00\x00",
        b"\x80\xc9\x00\x02\0\0\0\x01",
        b"\x81\xc9\x00\x01\0\0\0\x01",
        b"\x80\xc8\x00\x01\0\0\0\x01",
        b"\x82\xcb\x00\x01\0\0\0\x01",
        b"\x81\xcd\x00\x01\0\0\0\x01",
        b"\x81\xce\x00\x01\0\0\0\x01",
        b"\x84\xce\x00\x03" + bytes(12),
        b"\x8f\xce\x00\x03" + bytes(8) + b"REMB",
        b"\x8f\xce\x00\x04" + bytes(8) + b"REMB\x01\0\0\0",
        b"\xa0\xc9\x00\x00",
        b"\xa0\xc9\x00\x01\0\0\0\0",
        b"\xa0\xc9\x00\x01\0\0\0\x03",
        b"\xa0\xc9\x00\x01\0\0\0\x08",
    ],
)
def test_what_breaks_the_format_is_refused(compound: bytes) -> None:
    with pytest.raises(rtcp.RtcpMalformed):
        rtcp.read(compound)


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_compound_cut_anywhere_is_refused_or_ends_at_a_packet(cut: int) -> None:
    whole = bytes(RtcpRrPacket(ssrc=1)) + bytes(RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=2, lost=[1, 40, 90]))
    for message in taken(whole[:cut]):
        assert message in rtcp.read(whole)
