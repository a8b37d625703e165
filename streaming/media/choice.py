"""PURE. What a program shows: the wanted source while it lives, else the next one, without asking anybody."""

from dataclasses import dataclass
from enum import StrEnum


class SourceKind(StrEnum):
    CAMERA = "camera"
    COMPOSITE = "composite"
    CARD = "card"
    RELAY = "relay"
    """The program of the room's home, another worker."""


@dataclass(frozen=True)
class Health:
    """What a source gives at present."""

    picture: bool = False
    sound: bool = False


@dataclass(frozen=True)
class Choice:
    picture: SourceKind
    sound: SourceKind | None


_CARD = Choice(SourceKind.CARD, None)
RELAYED = Choice(SourceKind.RELAY, SourceKind.RELAY)


def choose(wanted: SourceKind, composite: Health, camera: Health) -> Choice:
    """Falls back composite -> camera -> card. A camera that is off while the host speaks is a card with his voice."""
    if wanted is SourceKind.COMPOSITE and composite.picture:
        return Choice(SourceKind.COMPOSITE, SourceKind.COMPOSITE)
    if wanted is SourceKind.CARD:
        return _CARD
    if camera.picture:
        return Choice(SourceKind.CAMERA, SourceKind.CAMERA)
    if camera.sound:
        return Choice(SourceKind.CARD, SourceKind.CAMERA)
    return _CARD


@dataclass(frozen=True)
class Silence:
    """Microseconds since something was last heard of a publisher; None: never."""

    anything_us: int
    picture_us: int | None
    """For how long he has been heard without a picture."""
    sound_us: int | None


class PictureWatch:
    """For how long a publisher has been heard without a picture. Time in which nothing came does not count: after a cut
    his sound and his checks come first, and are no sign that his camera is off."""

    def __init__(self, breath_us: int) -> None:
        self._breath_us = breath_us
        self._looked_us: int | None = None
        self._missed_us = 0

    def look(self, now_us: int, heard_us: int, picture_us: int) -> int:
        """Look every 50 ms or so, with the times when anything and when a picture was heard last."""
        since_us = picture_us if self._looked_us is None else self._looked_us
        if picture_us >= since_us:
            since_us, self._missed_us = picture_us, 0
        if now_us - heard_us < self._breath_us:
            self._missed_us += min(now_us - since_us, self._breath_us)
        self._looked_us = now_us
        return self._missed_us


def camera_health(silence: Silence, stale_us: int, lost_us: int) -> Health:
    """A picture that stands still while sound or reports come is a camera turned off; one that stands still with
    everything else is a network that may come back, and is held until the camera counts as lost."""
    if silence.anything_us >= lost_us:
        return Health()
    sound = silence.sound_us is not None and silence.sound_us < lost_us
    if silence.picture_us is None:
        return Health(picture=False, sound=sound)
    return Health(picture=silence.picture_us < stale_us, sound=sound)
