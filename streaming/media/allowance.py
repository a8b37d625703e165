"""PURE. How much a publisher may send: two token buckets, bits and packets."""

# What may come at once, as time at the full rate: a keyframe fits, and so does a browser's probe of its uplink.
DEPTH_US = 500_000


class _Bucket:
    """Filled with `rate` tokens a second; microtokens, so that integers do."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._most = rate * DEPTH_US
        self.left = self._most

    def fill(self, passed_us: int) -> None:
        self.left = min(self._most, self.left + self.rate * passed_us)


class Allowance:
    def __init__(self, bits_a_second: int, packets_a_second: int) -> None:
        self._bits = _Bucket(bits_a_second)
        self._packets = _Bucket(packets_a_second)
        self._filled_us: int | None = None

    def takes(self, size: int, now_us: int) -> bool:
        """Whether a packet of `size` bytes is within what may be sent; if so, it counts."""
        if self._filled_us is not None:
            passed_us = max(0, now_us - self._filled_us)
            self._bits.fill(passed_us)
            self._packets.fill(passed_us)
        self._filled_us = now_us
        bits = size * 8_000_000
        if self._bits.left < bits or self._packets.left < 1_000_000:
            return False
        self._bits.left -= bits
        self._packets.left -= 1_000_000
        return True
