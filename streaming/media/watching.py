"""What a viewer's reports do: lost packets are sent again, a lost picture asks for a keyframe, a poor link for less."""

from collections.abc import Callable

from streaming.media.counters import Counters
from streaming.media.layer_choice import LayerChoice
from streaming.media.track import Track
from streaming.media.viewer import Viewer
from streaming.media.wire import rtcp


class Watching:
    """Taps of a viewer's transport. `viewer` is set when he joins the track."""

    viewer: Viewer | None = None

    def __init__(self, track: Track, counters: Counters, now_us: Callable[[], int]) -> None:
        self.track = track
        self._counters = counters
        self._now_us = now_us
        self.choice = LayerChoice.AUTO

    def choose(self, choice: LayerChoice) -> None:
        """Also before he has joined: then he joins with it."""
        self.choice = choice
        if self.viewer is not None:
            self.track.choose(self.viewer, choice)

    def join(self, viewer: Viewer) -> None:
        viewer.adaptation.choice = self.choice
        self.viewer = viewer
        self.track.join(viewer)

    def on_rtp(self, packet: bytes) -> None:
        self._counters.packets_malformed += 1  # a viewer has nothing to say in RTP

    def on_rtcp(self, compound: bytes) -> None:
        viewer = self.viewer
        if viewer is None:
            return
        try:
            messages = rtcp.read(compound)
        except rtcp.RtcpMalformed:
            self._counters.packets_malformed += 1
            return
        for message in messages:
            if isinstance(message, rtcp.ReceiverReport | rtcp.SenderReport):
                for block in message.blocks:
                    if block.ssrc == self.track.ssrcs["video"]:
                        viewer.adaptation.report(block.fraction_lost, self._now_us())
                        self.track.adapt(viewer)
            elif isinstance(message, rtcp.Nack):
                self.track.resend(viewer, message.ssrc, message.lost)
            elif isinstance(message, rtcp.KeyframeWanted):
                self.track.want_keyframe(viewer)
            elif isinstance(message, rtcp.Remb):
                viewer.adaptation.estimate(message.bitrate)
