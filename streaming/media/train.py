"""PURE. Bursts of packets become trains that UDP GSO can send with one call: equal sizes, only the last one shorter."""

from collections.abc import Sequence
from typing import NamedTuple

from streaming.media.packet import PADDING_MAX, MediaKind, ProgramPacket

TRAIN_MAX = 32  # segments; the kernel takes 64
KINDS: dict[MediaKind, int] = {"audio": 0, "video": 1}


def sounds_first(pictures: Sequence[ProgramPacket], sounds: Sequence[ProgramPacket]) -> bool:
    """Whether sounds had better be sent before the pictures that they go with.

    When the pictures begin with a packet so small that no train goes on behind it (a STAP-A of parameter sets, an SEI
    message of its own), it ends the sounds' train, and needs none of its own.
    """
    if not pictures or not sounds or _alike(pictures, 0)[0] > 1:
        return False
    return len(pictures[0].body) <= min(len(sound.body) for sound in sounds)


def seal_burst(burst: Sequence[ProgramPacket], followed: bool = False) -> None:
    """Pad and seal packets that are about to be sent for the first time: neighbours of similar size become equal.

    A train ends where the size changes by more than RTP padding can bridge (a STAP-A before a keyframe); its last
    packet needs no padding, unless a still shorter one rides behind it: the next of the burst, or, when the burst is
    `followed` by audio, that.
    """
    start = 0
    while start < len(burst):
        end, size = _alike(burst, start)
        shorter_follows = len(burst[end].body) < size if end < len(burst) else followed
        for packet in burst[start : end if shorter_follows else end - 1]:
            packet.pad(size - len(packet.body))
        start = end + 1 if shorter_follows else end
    for packet in burst:
        packet.sealed = True


def _alike(burst: Sequence[ProgramPacket], start: int) -> tuple[int, int]:
    """How far packets from `start` on can be padded to one size, and that size."""
    smallest = largest = len(burst[start].body)
    end = start + 1
    while end < len(burst):
        length = len(burst[end].body)
        if max(largest, length) - min(smallest, length) > PADDING_MAX:
            break
        smallest, largest = min(smallest, length), max(largest, length)
        end += 1
    return end, largest


class Wire(NamedTuple):
    """A cleartext RTP packet; `kind` is one of KINDS."""

    kind: int
    packet: bytes


class Train:
    """Cleartext packets for one call of the kernel, laid out with room for the tags that SRTP adds."""

    __slots__ = ("_laid", "kinds", "packets", "size")

    def __init__(self, wire: Wire) -> None:
        self.kinds = [wire.kind]
        self.packets = [wire.packet]
        self.size = len(wire.packet)
        self._laid: dict[int, tuple[bytes, list[tuple[int, int]]]] = {}

    def takes(self, packet: bytes) -> bool:
        full = len(self.packets) == TRAIN_MAX or len(self.packets[-1]) < self.size
        return not full and len(packet) <= self.size

    def append(self, wire: Wire) -> None:
        self.kinds.append(wire.kind)
        self.packets.append(wire.packet)

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


def couple(wires: Sequence[Wire]) -> list[Train]:
    """Trains in the order of `wires`."""
    trains: list[Train] = []
    for wire in wires:
        if trains and trains[-1].takes(wire.packet):
            trains[-1].append(wire)
        else:
            trains.append(Train(wire))
    return trains
