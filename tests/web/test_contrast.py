"""The colours of the pages in both schemes: words can be read on whatever they stand on (WCAG 2.1, 1.4.3)."""

import re
from pathlib import Path

import pytest

BASE = (Path(__file__).resolve().parents[2] / "web" / "styles" / "base.css").read_text()
LEAST = 4.5
Colour = tuple[float, float, float]
WORDS = ("text", "dim", "soft", "faint", "gold", "good", "alarmed", "mark-red", "mark-blue")
GROUNDS = ("ink", "panel", "card", "bar", "well", "alarm")


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): ([^;]+);", block))


DARK = tokens(BASE[: BASE.index("@media")])
LIGHT = DARK | tokens(BASE[BASE.index("@media (prefers-color-scheme: light)") : BASE.index("*::before")])


def over(value: str, ground: Colour) -> Colour:
    """A colour as it looks when it lies on ``ground``."""
    if value.startswith("#"):
        return (int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16))
    *parts, alpha = (float(each) for each in re.findall(r"[\d.]+", value))
    red, green, blue = (alpha * part + (1 - alpha) * below for part, below in zip(parts, ground, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    lit = [part / 255 for part in colour]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in lit)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_recommendation() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert over("rgb(0 0 0 / 0.5)", (255, 255, 255)) == (127.5, 127.5, 127.5)


@pytest.mark.parametrize("scheme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_can_be_read_on_every_ground_in_both_schemes(scheme: dict[str, str], ground: str) -> None:
    below = over(scheme[ground], over(scheme["ink"], (0, 0, 0)))
    found = {word: contrast(over(scheme[word], (0, 0, 0)), below) for word in WORDS}
    assert {word: round(ratio, 2) for word, ratio in found.items() if ratio < LEAST} == {}
