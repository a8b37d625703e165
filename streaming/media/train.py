"""PURE. Bursts of packets become trains that UDP GSO can send with one call: equal sizes, only the last one shorter."""

from collections.abc import Sequence

from streaming.media.packet import PADDING_MAX, ProgramPacket

TRAIN_MAX = 32  # segments; the kernel takes 64


def seal_burst(burst: Sequence[ProgramPacket]) -> None:
    """Pad and seal packets that are about to be sent for the first time: neighbours of similar size become equal.

    A train ends where the size changes by more than RTP padding can bridge (a STAP-A before a keyframe); the last
    packet of a train needs no padding when it is the shorter one.
    """
    start = 0
    while start < len(burst):
        end, size = start + 1, len(burst[start].body)
        while end < len(burst) and abs(len(burst[end].body) - size) <= PADDING_MAX:
            largest = max(size, len(burst[end].body))
            if any(largest - len(each.body) > PADDING_MAX for each in burst[start:end]):
                break
            size, end = largest, end + 1
        for packet in burst[start : end - 1]:
            packet.pad(size - len(packet.body))
        start = end
    for packet in burst:
        packet.sealed = True


class Train:
    """Cleartext packets for one call of the kernel, laid out with room for the tags that SRTP adds."""

    __slots__ = ("_laid", "packets", "size")

    def __init__(self, packet: bytes) -> None:
        self.packets = [packet]
        self.size = len(packet)
        self._laid: dict[int, tuple[bytes, list[tuple[int, int]]]] = {}

    def takes(self, packet: bytes) -> bool:
        full = len(self.packets) == TRAIN_MAX or len(self.packets[-1]) < self.size
        return not full and len(packet) <= self.size

    def append(self, packet: bytes) -> None:
        self.packets.append(packet)

    def laid(self, tag: int) -> tuple[bytes, list[tuple[int, int]]]:
        """The packets with `tag` bytes behind each, and where they are (offset, length)."""
        found = self._laid.get(tag)
        if found is None:
            gap = bytes(tag)
            places, offset = [], 0
            for packet in self.packets:
                places.append((offset, len(packet)))
                offset += len(packet) + tag
            found = self._laid[tag] = (gap.join(self.packets) + gap, places)
        return found


def couple(packets: Sequence[bytes]) -> list[Train]:
    """Trains in the order of `packets`."""
    trains: list[Train] = []
    for packet in packets:
        if trains and trains[-1].takes(packet):
            trains[-1].append(packet)
        else:
            trains.append(Train(packet))
    return trains
