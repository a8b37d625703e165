"""How long sounds wait for pictures, in virtual time: a track with few viewers, and one with a crowd."""

from collections.abc import Sequence

import pytest

from streaming.media.group import Group
from streaming.media.train import KINDS, Wire
from tests.pk.virtual import passes, play, virtual_seconds
from tests.streaming.media.track_stage import Network, Studio

SECOND_MS = 1_000
SOUND_MS = 20
"""Of an Opus packet; the pictures' time is no multiple of it."""


class Times(Network):
    """When each burst went out, and the kinds in it."""

    def __init__(self) -> None:
        super().__init__()
        self.bursts: list[tuple[int, list[int]]] = []

    def send(self, group: Group, wires: Sequence[Wire]) -> None:
        self.bursts.append((round(virtual_seconds() * 1000), [wire.kind for wire in wires]))
        super().send(group, wires)


class Broadcast:
    """A camera at `rate` pictures a second (0: none) and its sound, on air for `SECOND_MS` at a time."""

    def __init__(self, viewers: int, rate: int) -> None:
        self.times = Times()
        self.studio = Studio(3, self.times)
        self.studio.wanted = self.studio.cameras[1].source
        self._viewers = viewers
        self.rate = rate
        self.spoken: list[int] = []

    async def begin(self) -> None:
        await self.studio.film(40)
        for _ in range(self._viewers):
            self.studio.join()
        await self.studio.film(40)
        await passes(200)
        self.times.bursts.clear()

    async def go_on(self) -> None:
        began = round(virtual_seconds() * 1000)
        due = {began + 3 + SOUND_MS * number: "sound" for number in range(SECOND_MS // SOUND_MS)}
        due |= {began + SECOND_MS * number // max(1, self.rate): "picture" for number in range(self.rate)}
        for at in sorted(due):
            await passes(max(0, at - virtual_seconds() * 1000))
            if due[at] == "picture":
                self.studio.cameras[1].frame()
            else:
                self.spoken.append(round(virtual_seconds() * 1000))
                self.studio.cameras[1].speak()
        await passes(100)

    def delays(self) -> list[int]:
        """Milliseconds that each sound has waited."""
        heard = [at for at, kinds in self.times.bursts for kind in kinds if kind == KINDS["audio"]]
        assert len(heard) == len(self.spoken), "none is lost, none comes twice"
        return [at - spoken for at, spoken in zip(heard, self.spoken, strict=True)]


def on_air(viewers: int, rate: int) -> Broadcast:
    async def scenario() -> Broadcast:
        broadcast = Broadcast(viewers, rate)
        await broadcast.begin()
        await broadcast.go_on()
        broadcast.studio.track.close()
        return broadcast

    return play(scenario())


def test_before_a_crowd_sounds_ride_with_the_pictures() -> None:
    broadcast = on_air(viewers=3, rate=30)
    assert len(broadcast.times.bursts) <= 32
    assert max(broadcast.delays()[:-2]) <= 34, "a frame's time; the last ones wait for a picture that does not come"


def test_before_few_viewers_a_sound_waits_for_a_moment_only() -> None:
    broadcast = on_air(viewers=2, rate=30)
    assert len(broadcast.times.bursts) > 50
    assert max(broadcast.delays()) <= 10


@pytest.mark.parametrize("rate", [11, 15, 24, 25, 60])
def test_no_sound_waits_longer_than_its_bound_however_slow_the_pictures_are(rate: int) -> None:
    broadcast = on_air(viewers=3, rate=rate)
    assert max(broadcast.delays()) <= 41


def test_without_pictures_a_crowd_waits_no_longer_than_few() -> None:
    broadcast = on_air(viewers=3, rate=0)
    assert max(broadcast.delays()) <= 10


def test_when_the_pictures_stop_only_the_first_sounds_wait_in_vain() -> None:
    async def scenario() -> Broadcast:
        broadcast = Broadcast(viewers=3, rate=30)
        await broadcast.begin()
        await broadcast.go_on()
        broadcast.rate = 0
        broadcast.times.bursts.clear()
        broadcast.spoken.clear()
        await broadcast.go_on()
        broadcast.studio.track.close()
        return broadcast

    delays = play(scenario()).delays()
    assert max(delays[:5]) <= 40
    assert max(delays[5:]) <= 10
