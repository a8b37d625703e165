import struct

import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap, RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from streaming.media.wire import rtp, transport_cc


@given(
    number=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    marker=st.booleans(),
    payload=st.binary(min_size=1, max_size=50),
    padding=st.integers(0, 255),
    carried=st.integers(0, 0xFFFF),
)
def test_the_view_agrees_with_aiortcs_serialiser(
    number: int, timestamp: int, marker: bool, payload: bytes, padding: int, carried: int
) -> None:
    extensions = HeaderExtensionsMap()
    known = RTCRtpHeaderExtensionParameters(id=5, uri=transport_cc.URI)
    extensions.configure(RTCRtpParameters(headerExtensions=[known]))
    packet = RtpPacket(102, int(marker), number, timestamp, 7, payload)
    packet.padding_size = padding
    packet.extensions = HeaderExtensions(transport_sequence_number=carried)
    view = rtp.parse(packet.serialize(extensions))
    assert view[:6] == (102, marker, number, timestamp, 7, payload)
    assert rtp.extension(view.extensions, 5) == struct.pack("!H", carried)
    assert rtp.extension(view.extensions, 6) is None


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_view_or_a_value_error(datagram: bytes) -> None:
    try:
        view = rtp.parse(datagram)
    except ValueError:
        return
    for identifier in range(1, 15):
        rtp.extension(view.extensions, identifier)


@pytest.mark.parametrize("packet", [b"", bytes(12), b"\x80" * 11, b"\xa0" + bytes(11), b"\x8f" + bytes(20)])
def test_truncated_packets_are_refused(packet: bytes) -> None:
    with pytest.raises(ValueError, match="RTP"):
        rtp.parse(packet)


def test_counters_unwrap_forwards_and_backwards_over_the_end() -> None:
    unwrapper = rtp.Unwrapper(16)
    start = unwrapper.unwrap(65534)
    assert [unwrapper.unwrap(value) - start for value in (65535, 1, 0, 65533, 2)] == [1, 3, 2, -1, 4]
