"""PURE. What a viewer has chosen to see, and which rungs of the ladder that leaves him."""

from enum import StrEnum


class LayerChoice(StrEnum):
    AUTO = "auto"
    """The best picture that his link bears."""
    FULL = "full"
    """The largest one, whatever his reports say."""
    HALF = "half"
    """The next smaller one where there is one, else the only one; less if his link is poor."""
    SOUND = "sound"
    """No picture."""

    def rungs(self, layers: int) -> tuple[int, int]:
        """The best and the last rung for him, of so many pictures (at least one) and keyframes only behind them."""
        if self is LayerChoice.FULL:
            return 0, 0
        if self is LayerChoice.HALF:
            return min(1, layers - 1), layers
        return 0, layers
