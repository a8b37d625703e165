"""Names and marks as masks: text to coverage, 0 to 255, drawn once and kept."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Mask = npt.NDArray[np.uint8]

# Pillow carries a Latin font of its own. For all other scripts the machine's fonts are asked, in this order; where
# there is none, a name shows as boxes.
_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
)


def draw(text: str, size: int, max_width: int) -> Mask:
    """``text`` in one line of about ``size`` pixels height, shortened with an ellipsis to ``max_width``; (h, w)."""
    font = _font(text.isascii(), size)
    while text and font.getlength(text) > max_width:
        text = text[:-2] + "\N{HORIZONTAL ELLIPSIS}" if len(text) > 2 else ""
    left, top, right, bottom = font.getbbox(text or " ")
    image = Image.new("L", (max(int(right - left), 1), max(int(bottom - top), 1)))
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font)
    return np.asarray(image)


@lru_cache(maxsize=16)
def _font(latin: bool, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not latin:
        for path in _FONTS:
            if Path(path).exists():
                return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)
