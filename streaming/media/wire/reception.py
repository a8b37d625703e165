"""Reception statistics of one incoming stream (RFC 3550, A.3 and A.8), missing packets to ask for, NTP times."""

from aiortc.rtp import RtcpReceiverInfo, clamp_packets_lost

NTP_EPOCH_S = 2_208_988_800
MISSING_MAX = 256
ASK_AGAIN_US = 40_000
GIVE_UP_US = 400_000


def ntp_from_us(at_us: int) -> int:
    """64-bit NTP time of a time in microseconds since the Unix epoch."""
    seconds, rest = divmod(at_us, 1_000_000)
    return (seconds + NTP_EPOCH_S) << 32 | (rest << 32) // 1_000_000


def us_from_ntp(ntp: int) -> int:
    return ((ntp >> 32) - NTP_EPOCH_S) * 1_000_000 + ((ntp & 0xFFFFFFFF) * 1_000_000 >> 32)


class Reception:
    """Counts one stream. Numbers are unwrapped sequence numbers, times microseconds, `clock_rate` in Hz."""

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._first: int | None = None
        self._highest = 0
        self._received = 0
        self._expected_before = 0
        self._received_before = 0
        self._jitter = 0.0
        self._transit: int | None = None
        self._sender_report: tuple[int, int] | None = None
        self._missing: dict[int, tuple[int, int]] = {}
        self.expected_now = self.lost_now = 0
        """Packets between the last two reports. A late one makes `lost_now` smaller, even negative."""

    def packet(self, number: int, timestamp: int, at_us: int) -> None:
        if self._first is None:
            self._first, self._highest = number, number - 1
        self._received += 1
        self._missing.pop(number, None)
        if number > self._highest:
            for absent in range(max(self._highest + 1, number - MISSING_MAX), number):
                self._missing[absent] = (at_us, 0)
            while len(self._missing) > MISSING_MAX:
                del self._missing[next(iter(self._missing))]
            self._highest = number
        transit = at_us * self._clock_rate // 1_000_000 - timestamp
        if self._transit is not None:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    def sender_report(self, ntp: int, at_us: int) -> None:
        self._sender_report = (ntp >> 16 & 0xFFFFFFFF, at_us)

    def to_ask_for(self, now_us: int) -> list[int]:
        """Missing numbers to put into a NACK now; each is asked for every 40 ms until 0.4 s have passed."""
        asked: list[int] = []
        for number, (since, last) in list(self._missing.items()):
            if now_us - since > GIVE_UP_US:
                del self._missing[number]
            elif now_us - last >= ASK_AGAIN_US:
                self._missing[number] = (since, now_us)
                asked.append(number)
        return sorted(asked)

    def report(self, ssrc: int, now_us: int) -> RtcpReceiverInfo | None:
        """The report block since the last call, or None before the first packet."""
        if self._first is None:
            return None
        expected = self._highest - self._first + 1
        self.expected_now = expected - self._expected_before
        self.lost_now = self.expected_now - (self._received - self._received_before)
        fraction = min(255, max(0, (self.lost_now << 8) // self.expected_now)) if self.expected_now > 0 else 0
        self._expected_before, self._received_before = expected, self._received
        lsr, dlsr = 0, 0
        if self._sender_report is not None:
            lsr = self._sender_report[0]
            dlsr = (now_us - self._sender_report[1]) * 65536 // 1_000_000 & 0xFFFFFFFF
        return RtcpReceiverInfo(
            ssrc=ssrc,
            fraction_lost=fraction,
            packets_lost=clamp_packets_lost(expected - self._received),
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter) & 0xFFFFFFFF,
            lsr=lsr,
            dlsr=dlsr,
        )
