"""Sender reports for viewers (RFC 3550, section 6.4.1): which capture time an RTP timestamp stands for, per kind."""

from aiortc.rtp import RtcpSdesPacket, RtcpSenderInfo, RtcpSourceInfo, RtcpSrPacket

from streaming.media.packet import MediaKind
from streaming.media.space import RtpSpace
from streaming.media.viewer import Viewer
from streaming.media.wire.reception import ntp_from_us

_CNAME = 1


class SenderReports:
    """`begin` a round, then `send` to viewers; who has the same space and shift shares the bytes."""

    def __init__(self, ssrcs: dict[MediaKind, int]) -> None:
        self._ssrcs = ssrcs
        self._now_us = 0
        self._made: dict[tuple[MediaKind, RtpSpace, int], bytes] = {}

    def begin(self, now_us: int) -> None:
        self._now_us = now_us
        self._made.clear()

    def send(self, viewer: Viewer) -> None:
        compound = b""
        for kind in self._ssrcs:
            if viewer.profile.wants(kind):
                stretch = viewer.now(kind)
                compound += self._report(kind, stretch.space, stretch.timestamp)
        if compound:
            viewer.send_rtcp(compound)

    def _report(self, kind: MediaKind, space: RtpSpace, shift: int) -> bytes:
        """Nothing while the space has had no packet."""
        made = self._made.get((kind, space, shift))
        if made is None:
            timestamp = space.timestamp_at(self._now_us)
            made = b"" if timestamp is None else self._written(kind, space, timestamp + shift)
            self._made[kind, space, shift] = made
        return made

    def _written(self, kind: MediaKind, space: RtpSpace, timestamp: int) -> bytes:
        sender = RtcpSenderInfo(
            ntp_timestamp=ntp_from_us(self._now_us),
            rtp_timestamp=timestamp & 0xFFFFFFFF,
            packet_count=space.packets & 0xFFFFFFFF,
            octet_count=space.bytes & 0xFFFFFFFF,
        )
        name = RtcpSourceInfo(ssrc=self._ssrcs[kind], items=[(_CNAME, b"program")])
        report = RtcpSrPacket(ssrc=self._ssrcs[kind], sender_info=sender)
        return bytes(report) + bytes(RtcpSdesPacket(chunks=[name]))
