"""Screens that never rest: terminals, ink, pages that scroll, pictures that play on slides, zooms, poor cables."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from bench.recordings.decks import WORDS, Picture, draw_slide
from bench.recordings.film import Screen, lay
from bench.recordings.people import Scenery, fit, grainy
from bench.recordings.screens import Deck

Size = tuple[int, int]


@dataclass
class Terminal:
    """Lines that come in bursts and move all others up."""

    seed: int = 0
    _lines: dict[tuple[int, Size], Picture] = field(default_factory=dict)

    def at(self, time_s: float, size: Size) -> Picture:
        width, height = size
        row = max(height // 32, 8)
        picture = np.full((height, width, 3), (24, 16, 18), np.uint8)
        spell, within_s = divmod(time_s, 9.0)
        written = int(spell * 36 + min(within_s * 12, 36))  # three seconds of output, six of reading
        rows = height // row
        for place in range(rows):
            number = max(written - rows, 0) + place
            if number < written:
                picture[place * row : place * row + row] = self._line(number, (width, row))
        return picture

    def _line(self, number: int, size: Size) -> Picture:
        number %= 240
        if (number, size) not in self._lines:
            rng = random.Random(f"{self.seed} {number}")
            line = np.full((size[1], size[0], 3), (24, 16, 18), np.uint8)
            text = f"[{number:04d}] " + " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 9)))
            ink = rng.choice(((180, 220, 180), (210, 210, 210), (120, 190, 240)))
            cv2.putText(line, text, (6, int(size[1] * 0.75)), 0, size[1] / 32, ink, 1, cv2.LINE_AA)
            self._lines[number, size] = line
        return self._lines[number, size]

    def truth(self) -> list[float]:
        return [0.0]


@dataclass
class Ink:
    """A tablet's page on which words are written stroke by stroke; a new page at each of ``pages_s``."""

    pages_s: Sequence[float]
    dark: bool = False
    seed: int = 0
    _done: dict[Size, tuple[int, int, Picture]] = field(default_factory=dict)

    def at(self, time_s: float, size: Size) -> Picture:
        width, height = size
        index = max(i for i, start_s in enumerate(self.pages_s) if start_s <= time_s + 1e-6)
        strokes = int((time_s - self.pages_s[index]) * 3)
        page, drawn, picture = self._done.get(size, (-1, 0, np.zeros((1, 1, 3), np.uint8)))
        if page != index or drawn > strokes:
            picture = np.full((height, width, 3), 22 if self.dark else 252, np.uint8)
            title = (240, 240, 240) if self.dark else (20, 20, 20)
            cv2.putText(picture, f"{index + 1}. {WORDS[index]}", (width // 20, height // 10), 0, height / 500, title, 2)
            drawn = 0
        for stroke in range(drawn, strokes):
            rng = random.Random(f"{self.seed} {index} {stroke}")
            line, column = divmod(stroke, 22)
            x, y = width * (0.06 + 0.04 * column), height * (0.22 + 0.1 * (line % 7))
            points = [(x + rng.uniform(0, 0.035) * width, y + rng.uniform(-0.03, 0.03) * height) for _ in range(4)]
            ink = (230, 200, 120) if self.dark else (150, 40, 20)
            thick = max(height // 240, 1)
            cv2.polylines(picture, [np.array(points, np.int32)], False, ink, thick, cv2.LINE_AA)
        self._done[size] = (index, strokes, picture)
        return picture.copy()

    def truth(self) -> list[float]:
        return list(self.pages_s)


@dataclass
class Paper:
    """A document that is scrolled: a second of movement in each six, under a toolbar that stays."""

    seed: int = 0
    _pages: dict[Size, Picture] = field(default_factory=dict)

    def at(self, time_s: float, size: Size) -> Picture:
        width, height = size
        if size not in self._pages:
            sheets = [draw_slide(self.seed + n, (int(width * 0.7), height), "white") for n in range(8)]
            long = np.full((height * 8, width, 3), 120, np.uint8)
            for number, sheet in enumerate(sheets):
                left = (width - sheet.shape[1]) // 2
                long[number * height + 6 : (number + 1) * height, left : left + sheet.shape[1]] = sheet[6:]
            self._pages[size] = long
        spell, within_s = divmod(time_s, 6.0)
        offset = int(height * 0.4 * (spell + min(within_s, 1.0))) % (height * 7)
        picture = self._pages[size][offset : offset + height].copy()
        picture[: height // 14] = (60, 56, 54)
        return picture

    def truth(self) -> list[float]:
        return [0.0]


@dataclass
class Illustrated:
    """A deck with a picture, a film or a GIF in ``place`` (shares of the frame) on every ``every``-th slide."""

    deck: Deck
    shown: Scenery
    place: tuple[float, float, float, float]
    every: int = 2

    def at(self, time_s: float, size: Size) -> Picture:
        picture = self.deck.at(time_s, size).copy()
        index = sum(start_s <= time_s + 1e-6 for start_s in self.deck.changes_s) - 1
        if index % self.every == 0:
            x, y, wide, tall = (round(share * size[axis % 2]) // 2 * 2 for axis, share in enumerate(self.place))
            lay(picture, self.shown.at(time_s, (wide, tall)), (x, y, wide, tall), "rectangle")
        return picture

    def truth(self) -> list[float]:
        return self.deck.truth()


@dataclass
class Zoomed:
    """A screen of which a part is shown large now and then, as screen recorders do after a click."""

    screen: Screen
    every_s: float = 14.0

    def at(self, time_s: float, size: Size) -> Picture:
        width, height = size
        picture = self.screen.at(time_s, size)
        within_s = time_s % self.every_s
        part = min(max(within_s - 5, 0.0), 1.0) - min(max(within_s - 10, 0.0), 1.0)
        scale = 1 + 0.7 * part * part * (3 - 2 * part)
        wide, tall = int(width / scale), int(height / scale)
        x, y = int((width - wide) * 0.3), int((height - tall) * 0.4)
        return fit(np.ascontiguousarray(picture[y : y + tall, x : x + wide]), size)

    def truth(self) -> list[float]:
        return self.screen.truth()


@dataclass
class Captured:
    """A screen that came through an analogue cable: soft, with noise, and darker to one side."""

    screen: Screen
    levels: float = 4.0

    def at(self, time_s: float, size: Size) -> Picture:
        soft = cv2.GaussianBlur(self.screen.at(time_s, size), (0, 0), 0.8)
        return grainy(np.asarray(soft, np.uint8), time_s, self.levels)

    def truth(self) -> list[float]:
        return self.screen.truth()


@dataclass
class Intro:
    """A series' title that is animated for ``until_s``, then a fade of a second to the screen."""

    screen: Screen
    until_s: float
    title: str = "Open Lectures"

    def at(self, time_s: float, size: Size) -> Picture:
        if time_s >= self.until_s + 0.5:
            return self.screen.at(time_s, size)
        width, height = size
        picture = np.full((height, width, 3), (90, 50, 20), np.uint8)
        for ring in range(5):
            at = (
                int(width * (0.5 + 0.35 * np.cos(time_s + ring))),
                int(height * (0.5 + 0.3 * np.sin(time_s * 1.3 + ring))),
            )
            cv2.circle(picture, at, int(height * 0.12), (120 + 20 * ring, 80 + 15 * ring, 30), -1, cv2.LINE_AA)
        scale = height / 400 * (0.6 + 0.4 * min(time_s / 2, 1.0))
        cv2.putText(
            picture, self.title, (int(width * 0.2), int(height * 0.55)), 0, scale, (255, 255, 255), 2, cv2.LINE_AA
        )
        part = min(max(time_s - self.until_s + 0.5, 0.0), 1.0)
        if part:
            picture = np.asarray(cv2.addWeighted(picture, 1 - part, self.screen.at(time_s, size), part, 0), np.uint8)
        return picture

    def truth(self) -> list[float]:
        return [0.0, self.until_s, *(time_s for time_s in self.screen.truth() if time_s > self.until_s + 1)]


@dataclass(frozen=True)
class Ticker:
    """A strip along the lower border: a logo that turns, a line that runs, a clock."""

    tall: float = 0.09

    def __call__(self, picture: Picture, time_s: float) -> Picture:
        height, width = picture.shape[:2]
        top = int(height * (1 - self.tall))
        picture[top:] = (70, 40, 20)
        tall = height - top
        text = "  ***  ".join(WORDS[:14])
        left = int(width * 0.12 - time_s * width * 0.06 % (width * 1.2))
        cv2.putText(picture, text, (left, height - tall // 3), 0, tall / 46, (240, 240, 240), 1, cv2.LINE_AA)
        picture[top:, : int(width * 0.1)] = (40, 24, 12)
        picture[top:, int(width * 0.88) :] = (40, 24, 12)
        middle, turn = (int(width * 0.05), top + tall // 2), time_s * 2
        end = (int(middle[0] + tall * 0.35 * np.cos(turn)), int(middle[1] + tall * 0.35 * np.sin(turn)))
        cv2.line(picture, middle, end, (80, 200, 250), max(tall // 10, 1), cv2.LINE_AA)
        clock = f"10:{int(time_s) // 60:02d}:{int(time_s) % 60:02d}"
        cv2.putText(
            picture, clock, (int(width * 0.89), height - tall // 3), 0, tall / 60, (240, 240, 240), 1, cv2.LINE_AA
        )
        return picture


@dataclass(frozen=True)
class FadesToBlack:
    """The picture goes to black and comes back at each of ``times_s``: half a second down, one of black, half up."""

    times_s: Sequence[float]

    def __call__(self, picture: Picture, time_s: float) -> Picture:
        for at_s in self.times_s:
            away_s = abs(time_s - at_s)
            if away_s < 1.0:
                return np.asarray(picture * max((away_s - 0.5) * 2, 0.0), np.uint8)
        return picture
