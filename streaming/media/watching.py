"""What a viewer's reports do: lost packets are sent again, a lost picture asks for a keyframe."""

from collections.abc import Callable

from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
)

from streaming.media.counters import Counters
from streaming.media.track import Track
from streaming.media.viewer import Viewer


class Watching:
    """Taps of a viewer's transport. `viewer` is set when he has joined the track."""

    viewer: Viewer | None = None

    def __init__(self, track: Track, want_keyframe: Callable[[], None], counters: Counters) -> None:
        self.track = track
        self._want_keyframe = want_keyframe
        self._counters = counters

    def on_rtp(self, packet: bytes) -> None:
        self._counters.packets_malformed += 1  # a viewer has nothing to say in RTP

    def on_rtcp(self, compound: bytes) -> None:
        viewer = self.viewer
        if viewer is None:
            return
        try:
            packets = RtcpPacket.parse(compound)
        except Exception:
            # aiortc's parser raises ValueError, struct.error and IndexError on what a hostile peer can send.
            self._counters.packets_malformed += 1
            return
        for packet in packets:
            if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                self.track.resend(viewer, packet.media_ssrc, packet.lost)
            elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                self._want_keyframe()
            elif isinstance(packet, RtcpRrPacket):
                for report in packet.reports:
                    viewer.fraction_lost = report.fraction_lost
