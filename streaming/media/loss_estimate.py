"""PURE. What a publisher without transport-cc may send, by his losses (after draft-ietf-rmcat-gcc-02, section 6).

It begins at the ceiling: most uplinks bear it, and a picture that is good at once is worth a second of losses to the
others. Where much is lost, what has come through is the better measure of the uplink than the estimate before.
"""

FLOOR_BPS = 150_000
SLIGHT, HEAVY = 0.02, 0.10
GROWTH = 1.08
# A share of a handful of packets says nothing.
PACKETS_MIN = 10


class LossEstimate:
    def __init__(self, ceiling_bps: int) -> None:
        self._ceiling = ceiling_bps
        self._bitrate = float(ceiling_bps)

    @property
    def bitrate(self) -> int:
        return int(self._bitrate)

    def second(self, expected: int, lost: int, received_bps: int) -> None:
        """What has become of about a second of packets."""
        if expected < PACKETS_MIN:
            return
        share = max(0, lost) / expected
        if share > HEAVY:
            cut = min(self._bitrate * (1 - share / 2), max(received_bps, FLOOR_BPS))
            self._bitrate = max(FLOOR_BPS, cut)
        elif share < SLIGHT:
            self._bitrate = min(self._ceiling, self._bitrate * GROWTH)
