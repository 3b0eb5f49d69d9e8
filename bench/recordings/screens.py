"""What is on the screen: a deck that changes, or a shared desktop with typing, scrolling and a mouse."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from bench.recordings.decks import WORDS, Picture, draw_slide
from bench.recordings.people import Scenery

Size = tuple[int, int]


@dataclass
class Deck:
    """Slides of one style that change at ``changes_s`` (the first at 0), by ``transition`` within ``takes_s``."""

    style: str
    changes_s: Sequence[float]
    transition: str = "cut"
    takes_s: float = 0.8
    builds: bool = False
    film: Scenery | None = None  # plays on every third slide
    mouse: bool = False
    first: int = 1
    _drawn: dict[tuple[int, int, Size], Picture] = field(default_factory=dict)

    def at(self, time_s: float, size: Size) -> Picture:
        index = max(i for i, start_s in enumerate(self.changes_s) if start_s <= time_s + 1e-6)
        since_s = time_s - self.changes_s[index]
        picture = self._slide(index, since_s, size)
        if index and since_s < self.takes_s and self.transition != "cut":
            before = self._slide(index - 1, time_s - self.changes_s[index - 1], size)
            picture = blend(before, picture, since_s / self.takes_s, self.transition)
        if self.film and (self.first + index) % 3 == 0:
            width, height = int(size[0] * 0.4), int(size[1] * 0.4)
            top, left = int(size[1] * 0.32), int(size[0] * 0.5)
            picture = picture.copy()
            picture[top : top + height, left : left + width] = self.film.at(time_s, (width, height))
        return with_mouse(picture, time_s) if self.mouse else picture

    def truth(self) -> list[float]:
        """When the slide changes; of a transition, its middle."""
        half_s = 0.0 if self.transition == "cut" else self.takes_s / 2
        return [start_s + half_s if start_s else 0.0 for start_s in self.changes_s]

    def _slide(self, index: int, since_s: float, size: Size) -> Picture:
        shown = 1 + int(since_s / 4) if self.builds else 99
        key = (index, min(shown, 9), size)
        if key not in self._drawn:
            if len(self._drawn) > 24:
                self._drawn.clear()
            self._drawn[key] = draw_slide(self.first + index, size, self.style, min(shown, 9))
        return self._drawn[key]


def blend(before: Picture, after: Picture, part: float, transition: str) -> Picture:
    """A moment of a fade, a wipe from the left, or a push to the left; ``part`` 0 to 1."""
    width = before.shape[1]
    at = int(width * part)
    if transition == "fade":
        return np.asarray(cv2.addWeighted(before, 1 - part, after, part, 0), np.uint8)
    picture = before.copy()
    if transition == "wipe":
        picture[:, :at] = after[:, :at]
    else:
        picture[:, : width - at] = before[:, at:]
        picture[:, width - at :] = after[:, :at]
    return picture


def with_mouse(picture: Picture, time_s: float) -> Picture:
    """An arrow that wanders and rests."""
    height, width = picture.shape[:2]
    step = time_s / 5
    towards = [
        (random.Random(int(step) + one).random(), random.Random(f"y{int(step) + one}").random()) for one in (0, 1)
    ]
    part = min((step % 1) * 2, 1.0)
    x, y = (
        int(side * (0.1 + 0.8 * (a + (b - a) * part))) for side, a, b in zip((width, height), *towards, strict=True)
    )
    unit = max(height // 60, 5)
    arrow = np.array(
        [(x, y), (x, y + 2 * unit), (x + unit // 2, y + 3 * unit // 2), (x + 3 * unit // 2, y + 3 * unit // 2)]
    )
    picture = picture.copy()
    cv2.fillPoly(picture, [arrow], (250, 250, 250), cv2.LINE_AA)
    cv2.polylines(picture, [arrow], True, (10, 10, 10), 1, cv2.LINE_AA)
    return picture


@dataclass
class Desktop:
    """Windows of an editor or a browser that are typed in and scrolled; they are switched at ``changes_s``."""

    changes_s: Sequence[float]
    dark: bool = True
    _pages: dict[tuple[int, Size], Picture] = field(default_factory=dict)

    def at(self, time_s: float, size: Size) -> Picture:
        index = max(i for i, start_s in enumerate(self.changes_s) if start_s <= time_s + 1e-6)
        since_s = time_s - self.changes_s[index]
        width, height = size
        dark = self.dark != (index % 2 == 1)
        key = (index, size)
        if key not in self._pages:
            self._pages[key] = _page(index, (width, height * 4), dark)
        page = self._pages[key]
        typing = index % 3 != 1
        rolled_s = since_s % 12
        offset = 0 if typing else int(height * 0.25 * (since_s // 12 + min(rolled_s, 1.0)))
        picture = page[offset % (height * 3) : offset % (height * 3) + height].copy()
        row = height // 30
        if typing:
            done = int(since_s * 9)
            line, within = divmod(done, 40)
            top = int(height * 0.12) + (line + 3) * row
            paper = picture[2, width // 2].tolist()
            cv2.rectangle(picture, (int(width * 0.2) + within * row // 2, top), (width, height), paper, -1)
            cv2.rectangle(picture, (0, top + row), (width, height), paper, -1)
        bar = (70, 60, 56) if dark else (225, 222, 220)
        cv2.rectangle(picture, (0, 0), (width, int(height * 0.08)), bar, -1)
        cv2.rectangle(picture, (0, int(height * 0.95)), (width, height), (60, 40, 30), -1)
        ink = (230, 230, 230) if dark else (30, 30, 30)
        cv2.putText(
            picture,
            f"{WORDS[index]}.py - file {index}",
            (20, int(height * 0.055)),
            0,
            height / 1100,
            ink,
            1,
            cv2.LINE_AA,
        )
        return with_mouse(picture, time_s)

    def truth(self) -> list[float]:
        return list(self.changes_s)


def _page(number: int, size: Size, dark: bool) -> Picture:
    width, height = size
    rng = random.Random(number)
    page = np.full((height, width, 3), 32 if dark else 252, np.uint8)
    row = height // 120
    inks = (
        ((220, 200, 120), (150, 210, 150), (210, 210, 210), (120, 160, 240))
        if dark
        else ((150, 60, 20), (40, 110, 30), (30, 30, 30), (30, 30, 170))
    )
    for line in range(8, 116):
        text = " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, 7)))
        at = (int(width * 0.2) + row * 2 * rng.randint(0, 3), row * line)
        cv2.putText(page, text, at, 0, row / 34, rng.choice(inks), 1, cv2.LINE_AA)
    for line in range(8, 60, 2):
        cv2.putText(page, rng.choice(WORDS), (12, row * line), 0, row / 40, inks[2], 1, cv2.LINE_AA)
    return page
