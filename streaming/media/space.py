"""PURE. One RTP space: the sequence numbers and timestamps that all viewers of a program see, whatever its source is.

Within a source the output follows the input, gaps kept, so a late packet still finds its place. A switch continues the
numbers and replays the new source's cached GOP with squashed, increasing timestamps: a decoder shows its last frame at
once. What was given out under a number never changes: a second packet for the same number is dropped.
"""

from streaming.media.packet import ProgramPacket, SourcePacket

RING = 512  # below the SRTP replay window of 1024
# A source that jumps further than this has started afresh (an encoder restart).
JUMP = 3_000
# Senders put 20 ms of sound into a packet.
SOUNDS_A_SECOND = 50
# Between replayed frames: small enough to pass at once, large enough to differ (90 kHz: 1 ms).
SQUASHED_TICKS = 90


class RtpSpace:
    """`clock_rate` in Hz; `first_number` and `first_timestamp` should be random (RFC 3550, section 5.1).

    `fills`: a packet fills the time until the next one, as sound does, and another source's must not begin before.
    """

    def __init__(self, clock_rate: int, first_number: int, first_timestamp: int, fills: bool = False) -> None:
        self._clock_rate = clock_rate
        # One lap ahead: numbers from before the first one must not become negative.
        self.head = 0x10000 + first_number
        """The highest number given out."""
        self._head_timestamp = 0x1_0000_0000 + first_timestamp
        self._filled = clock_rate // SOUNDS_A_SECOND if fills else 1
        """Ticks from the head to where another source may begin."""
        self._head_us: int | None = None
        """The arrival for which it stands."""
        self._ahead_us = 0
        """By how much times are ahead of the arrivals since the last switch."""
        self._floor = self.head
        self._number_offset: int | None = None
        self._timestamp_offset = 0
        self._squashed: dict[int, int] = {}
        """Timestamps of the frames that the last switch replayed, the source's and ours: late packets need them."""
        self._live_from = 0
        """The source's timestamp of the last of them."""
        self._ring: dict[int, ProgramPacket] = {}
        self._captured: tuple[int, int] | None = None
        self.packets = 0
        self.bytes = 0

    def forward(self, packet: SourcePacket, now_us: int) -> ProgramPacket | None:
        """The packet's place in this space, or None: too late, or its place is taken."""
        if self._number_offset is None:
            return self.switch([packet], now_us)[0]
        number = packet.number + self._number_offset
        if number > self.head + JUMP or number < self._floor - JUMP:
            return self.switch([packet], now_us)[0]
        if number <= self._floor or number <= self.head - RING or number in self._ring:
            return None
        if packet.timestamp >= self._live_from:
            return self._place(packet, number, packet.timestamp + self._timestamp_offset, now_us)
        squashed = self._squashed.get(packet.timestamp)
        # A frame of which nothing was replayed has no time of its own between its squashed neighbours.
        return None if squashed is None else self._place(packet, number, squashed, now_us)

    def switch(self, gop: list[SourcePacket], now_us: int) -> list[ProgramPacket]:
        """Go over to another source, beginning with `gop` (oldest first), whose last frame is shown at once.

        An empty `gop` lets the new source begin with whatever it sends next.
        """
        self._number_offset = None
        self._floor = self.head
        if not gop:
            return []
        frames = sorted({packet.timestamp for packet in gop})
        # The frames that follow keep their distance from the last one: it stands for when it came, not for now. What is
        # ahead of the arrivals all the same, because times must rise, the next switch takes back.
        came_us = min(packet.arrived_us for packet in gop if packet.timestamp == frames[-1])
        due = self._due(came_us)
        latest = max(due, self._head_timestamp + max(len(frames), self._filled))
        self._ahead_us = (latest - due) * 1_000_000 // self._clock_rate
        step = min(SQUASHED_TICKS, (latest - self._head_timestamp) // len(frames))
        squashed = {timestamp: latest - step * back for back, timestamp in enumerate(reversed(frames))}
        self._squashed, self._live_from = squashed, frames[-1]
        offset = self._number_offset = self.head + 1 - min(packet.number for packet in gop)
        self._timestamp_offset = latest - frames[-1]
        return [self._place(packet, packet.number + offset, squashed[packet.timestamp], came_us) for packet in gop]

    def timestamp_after(self, now_us: int) -> int:
        """The timestamp of a frame that follows the latest one now."""
        return max(self._due(now_us), self._head_timestamp + 1)

    def _due(self, at_us: int) -> int:
        """The timestamp that stands for an arrival then; not after the head's if it was before."""
        elapsed = 0 if self._head_us is None else (at_us - self._head_us) * self._clock_rate // 1_000_000
        return self._head_timestamp + elapsed

    def _place(self, packet: SourcePacket, number: int, timestamp: int, now_us: int) -> ProgramPacket:
        placed = ProgramPacket(number, timestamp, packet)
        self._ring[number] = placed
        if number > self.head:
            for old in range(self.head - RING + 1, number - RING + 1):
                self._ring.pop(old, None)
            self.head = number
        if self._head_us is None or timestamp > self._head_timestamp:
            self._head_timestamp, self._head_us = timestamp, now_us + self._ahead_us
            self._captured = (timestamp, packet.captured_us)
        self.packets += 1
        self.bytes += len(packet.payload)
        return placed

    def stored(self, sequence: int) -> ProgramPacket | None:
        """The packet last sent under the 16-bit `sequence`, if the ring still has it.

        One that has its number but waits to be sent is not there yet: its padding may still change.
        """
        found = self._ring.get(self.head - ((self.head - sequence) & 0xFFFF))
        return found if found is not None and found.sealed else None

    def timestamp_at(self, now_us: int) -> int | None:
        """The RTP timestamp that stands for `now_us` on the capture clock: what a sender report says."""
        if self._captured is None:
            return None
        timestamp, captured_us = self._captured
        return timestamp + (now_us - captured_us) * self._clock_rate // 1_000_000
