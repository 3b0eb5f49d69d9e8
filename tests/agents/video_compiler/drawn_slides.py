"""Slides drawn for tests, with the rectangle of each of their texts."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.types import Rect

WIDTH, HEIGHT = 1280, 720
LIGHT, DARK = (245, 30), (28, 225)  # paper and ink


@dataclass
class Slide:
    """``picture`` is grey, ``(720, 1280)``."""

    tones: tuple[int, int] = LIGHT
    picture: NDArray[np.uint8] = field(init=False)
    texts: list[Rect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.picture = np.full((HEIGHT, WIDTH), self.tones[0], np.uint8)

    def write(self, text: str, x: int, baseline: int, *, size: float = 1.1) -> "Slide":
        """One line of text; ``size`` 1.0 has an x-height of about 14 pixels."""
        (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 2)
        cv2.putText(self.picture, text, (x, baseline), cv2.FONT_HERSHEY_SIMPLEX, size, self.tones[1], 2, cv2.LINE_AA)
        self.texts.append((x, baseline - height, width, height + below))
        return self


def bullets(first: int, last: int, *, tones: tuple[int, int] = LIGHT, wide: bool = True) -> Slide:
    """A title and lines of text from the baseline ``first`` down to ``last``."""
    slide = Slide(tones).write("The limit of a sequence", 70, 80, size=1.6)
    line = "every term after it lies within a given distance of the limit" if wide else "short words"
    for baseline in range(first, last + 1, 62):
        slide.write(line, 90, baseline)
    return slide


def meet(a: Rect, b: Rect) -> bool:
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return across > 0 and down > 0
