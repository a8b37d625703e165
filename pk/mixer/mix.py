"""The mixes of the rooms: one for all rooms that hear everybody equally loud, encoded once."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy

import numpy as np

from pk.mixer.limiter import LOOK_AHEAD, Limiter
from pk.mixer.opus import SoundEncoder
from pk.mixer.play_head import FRAME, RATE
from pk.mixer.sound import Samples
from transcode.media_pipe import AudioPacket

LOOK_AHEAD_US = LOOK_AHEAD * 1_000_000 // RATE  # what is given to ``Mixes.mix`` is heard so much later
Origin = tuple[str, str, str]
Gains = Mapping[Origin, float]  # who is not in it has gain 1

_RISE: Samples = np.linspace(0, 1, FRAME, endpoint=False, dtype=np.float32)[:, None]


class _Mix:
    """One mix and its packets. A new gain is reached within one frame, so that it makes no click."""

    def __init__(self, gains: Gains) -> None:
        self.wanted = gains
        self.reached = gains
        self._limiter = Limiter()
        self._encoder = SoundEncoder()

    def parted(self, wanted: Gains) -> "_Mix":
        """A mix that goes on from this one's sound towards other gains."""
        other = _Mix(self.reached)
        other.wanted = wanted
        other._limiter = deepcopy(self._limiter)
        return other

    def frame(self, voices: Mapping[Origin, Samples], pts_us: int) -> Sequence[AudioPacket]:
        total = np.zeros((FRAME, 2), np.float32)
        for origin, samples in voices.items():
            before, after = self.reached.get(origin, 1.0), self.wanted.get(origin, 1.0)
            if before == after == 1.0:
                total += samples
            elif before or after:
                total += samples * (before + (after - before) * _RISE)
        self.reached = self.wanted
        return self._encoder.encode(self._limiter.limit(total), pts_us)


class Mixes:
    """Which room hears which mix. The sound's thread only; ``hears`` may be called by any."""

    def __init__(self) -> None:
        self._wanted: dict[str, dict[Origin, float]] = {}
        self._mixes: dict[str, _Mix] = {}

    def hears(self, room: str, gains: Gains) -> None:
        """From now on ``room`` hears these so loud, and all others with gain 1."""
        self._wanted[room] = {origin: gain for origin, gain in gains.items() if gain != 1.0}

    def forget(self, room: str) -> None:
        self._wanted.pop(room, None)

    def frame(
        self, rooms: Iterable[str], voices: Mapping[Origin, Samples], pts_us: int
    ) -> Mapping[str, Sequence[AudioPacket]]:
        """The packets of the next 20 ms for each of ``rooms``; ``pts_us`` is when ``voices`` are to be heard."""
        rooms = tuple(rooms)
        self._mixes = {room: self._mix_of(room) for room in rooms}
        packets = {mix: mix.frame(voices, pts_us - LOOK_AHEAD_US) for mix in set(self._mixes.values())}
        return {room: packets[mix] for room, mix in self._mixes.items()}

    def _mix_of(self, room: str) -> _Mix:
        wanted = self._wanted.get(room, {})
        mix = self._mixes.get(room)
        others = [other for each, other in self._mixes.items() if each != room]
        if mix is not None and mix.wanted == mix.reached == wanted:
            # Rooms that have come to hear the same share the mix of the first of them.
            return next((other for other in self._mixes.values() if other.wanted == other.reached == wanted), mix)
        if mix is not None and mix.wanted == wanted:
            return mix
        if mix is None:
            same = next((other for other in others if other.wanted == wanted), None)
            return same or _Mix(wanted)
        if mix in others:
            return mix.parted(wanted)
        mix.wanted = wanted
        return mix
