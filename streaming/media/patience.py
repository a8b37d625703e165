"""PURE. How long a sound waits for a picture to ride behind: a train has its price for each viewer, a rider hardly any.

The price is paid once a viewer and the waiting by each of them, so before few it is short and before a crowd
as long as a frame (docs/decisions/0010).
"""

LONE_S = 0.010
RIDING_S = 0.040
"""A frame's time at 25 a second."""
PICTURES_GO_ON_S = 0.1
"""When none has come for so long, none will come within the time that a sound can wait."""


def for_sound(crowded: bool, since_picture_s: float) -> float:
    """Seconds; then it is sent alone."""
    return RIDING_S if crowded and since_picture_s < PICTURES_GO_ON_S else LONE_S
