"""The seven slides, drawn at twice the size with Pillow and scaled down for smooth edges."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from examples.narration import SIZE

PAPER, INK, SOFT, PALE = "#FBFAF6", "#1D2B45", "#66738A", "#E4E8EE"
TEAL, MINT, ORANGE, PEACH, RED, ROSE = "#0F7C78", "#CFEAE6", "#E0641B", "#FCE0CC", "#C22F3D", "#FADADD"
ZOOM = 2
FONTS = Path(__file__).resolve().parents[1] / "agents" / "fonts"
FOOTER = "Algorithms in two minutes  ·  Binary search"


class Page:
    """A slide being drawn, in slide pixels (1280x720)."""

    def __init__(self, number: int, title: str) -> None:
        self.image = Image.new("RGB", (SIZE[0] * ZOOM, SIZE[1] * ZOOM), PAPER)
        self.pen = ImageDraw.Draw(self.image)
        self.box((0, 0, 18, 720), TEAL)
        if title:
            self.text((72, 84), title, 54, bold=True)
            self.box((74, 130, 194, 137), ORANGE)
        self.text((72, 682), f"{number} / 7", 22, SOFT, bold=True)
        self.text((150, 682), FOOTER, 22, SOFT)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        size: int,
        colour: str = INK,
        *,
        bold: bool = False,
        mono: bool = False,
        anchor: str = "lm",
    ) -> None:
        name = ("DejaVuSansMono" if mono else "DejaVuSans") + ("-Bold" if bold else "") + ".ttf"
        font = _font(name, size * ZOOM)
        self.pen.text((at[0] * ZOOM, at[1] * ZOOM), words, font=font, fill=colour, anchor=anchor)

    def box(
        self,
        corners: tuple[float, float, float, float],
        fill: str | None,
        *,
        radius: float = 0,
        edge: str | None = None,
        width: float = 3,
    ) -> None:
        scaled = [value * ZOOM for value in corners]
        self.pen.rounded_rectangle(scaled, radius * ZOOM, fill=fill, outline=edge, width=round(width * ZOOM))

    def arrow(self, start: tuple[float, float], end: tuple[float, float], colour: str = INK) -> None:
        """A straight arrow with a filled head."""
        a, b = np.array(start) * ZOOM, np.array(end) * ZOOM
        along = (b - a) / np.linalg.norm(b - a)
        across = np.array([-along[1], along[0]])
        neck = b - along * 20 * ZOOM
        self.pen.line([*a, *neck], fill=colour, width=5 * ZOOM)
        tips = [b, neck + across * 11 * ZOOM, neck - across * 11 * ZOOM]
        self.pen.polygon([(float(x), float(y)) for x, y in tips], fill=colour)

    def cells(
        self, x: float, y: float, side: float, values: list[str], colours: list[tuple[str, str, str]], size: int
    ) -> None:
        """A row of squares; ``colours`` are (fill, edge, ink) of each."""
        for index, (value, (fill, edge, ink)) in enumerate(zip(values, colours, strict=True)):
            left = x + index * side
            self.box((left + 2, y, left + side - 2, y + side - 4), fill, radius=7, edge=edge)
            self.text((left + side / 2, y + side / 2 - 2), value, size, ink, bold=True, anchor="mm")


KEPT, MIDDLE, GONE, FOUND = (
    (MINT, TEAL, INK),
    (ORANGE, ORANGE, "white"),
    (PAPER, PALE, "#B4BCC8"),
    (TEAL, TEAL, "white"),
)


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """From the project's fonts, else the system's (Debian and Ubuntu: ``fonts-dejavu-core``)."""
    ours = FONTS / name
    return ImageFont.truetype(str(ours) if ours.is_file() else name, size)


def _title(page: Page) -> None:
    page.text((72, 150), "Binary search", 104, bold=True)
    page.text((74, 244), "Why halving wins", 54, TEAL)
    width = 810.0
    for step, label in enumerate(("1,000,000 numbers", "500,000", "250,000", "125,000", "62,500")):
        y = 322 + step * 62
        page.box((74, y, 74 + width, y + 46), (TEAL, "#2B918C", "#55AAA4", "#86C4BF", ORANGE)[step], radius=8)
        inside = width > 180
        page.text((94 if inside else 94 + width, y + 23), label, 26, "white" if inside else INK, bold=True)
        width /= 2


def _definition(page: Page) -> None:
    page.text((72, 196), "Find a value in a sorted list:", 40)
    steps = ("Compare it with the middle element", "Keep the half that can contain it", "Repeat until it is found")
    for index, words in enumerate(steps):
        y = 268 + index * 66
        page.pen.ellipse([72 * ZOOM, (y - 24) * ZOOM, 120 * ZOOM, (y + 24) * ZOOM], fill=TEAL)
        page.text((96, y), str(index + 1), 30, "white", bold=True, anchor="mm")
        page.text((144, y), words, 38)
    page.cells(72, 512, 88, ["3", "9", "14", "27", "35", "42", "58"], [KEPT] * 3 + [MIDDLE] + [KEPT] * 3, 36)
    page.text((204, 624), "smaller", 28, TEAL, bold=True, anchor="mm")
    page.text((380, 624), "middle", 28, ORANGE, bold=True, anchor="mm")
    page.text((556, 624), "larger", 28, TEAL, bold=True, anchor="mm")
    page.arrow((380, 462), (380, 506), ORANGE)


NUMBERS = ["3", "7", "12", "18", "22", "29", "35", "40", "48", "61", "64", "67", "73", "81", "94"]


def _example(page: Page) -> None:
    page.text((1208, 84), "look for 61", 44, ORANGE, bold=True, anchor="rm")
    rows = (
        ("1", [KEPT] * 7 + [MIDDLE] + [KEPT] * 7, "40 is smaller than 61: keep the right half"),
        ("2", [GONE] * 8 + [KEPT] * 3 + [MIDDLE] + [KEPT] * 3, "67 is larger than 61: keep the left half"),
        ("3", [GONE] * 8 + [KEPT] + [FOUND] + [KEPT] + [GONE] * 4, "61 is found after 3 comparisons"),
    )
    for index, (number, colours, words) in enumerate(rows):
        y = 184 + index * 158
        page.text((92, y + 34), number, 46, SOFT, bold=True, anchor="mm")
        page.cells(140, y, 72, NUMBERS, colours, 30)
        page.text((142, y + 98), words, 34, TEAL if index == 2 else INK, bold=index == 2)


def _speed(page: Page) -> None:
    page.text((72, 196), "list length", 30, SOFT)
    page.text((1208, 196), "comparisons at most", 30, SOFT, anchor="rm")
    for row, (length, steps) in enumerate((("1,000", 10), ("1,000,000", 20), ("1,000,000,000", 30))):
        y = 276 + row * 100
        page.text((72, y), length, 42, bold=True)
        for dot in range(steps):
            x = 476 + dot * 21.5
            page.pen.ellipse(
                [x * ZOOM, (y - 9) * ZOOM, (x + 18) * ZOOM, (y + 9) * ZOOM], fill=(TEAL, TEAL, ORANGE)[row]
            )
        page.text((1208, y), str(steps), 54, (TEAL, TEAL, ORANGE)[row], bold=True, anchor="rm")
    page.box((72, 546, 1208, 640), MINT, radius=14)
    page.text((640, 593), "number of steps  ≈  log₂ n", 48, bold=True, anchor="mm")


def _code(page: Page, y: float, lines: tuple[str, ...], marked: int, good: bool) -> None:
    """A block of code with one line marked as right or wrong."""
    page.box((72, y, 1208, y + 54 * len(lines) + 28), "white", radius=14, edge=PALE)
    for index, line in enumerate(lines):
        middle = y + 41 + 54 * index
        if index == marked:
            page.box((84, middle - 27, 1196, middle + 27), MINT if good else ROSE, radius=8)
            page.text((1166, middle), "✓" if good else "✗", 44, TEAL if good else RED, bold=True, anchor="mm")
        page.text((104, middle), line, 38, (TEAL if good else RED) if index == marked else INK, bold=True, mono=True)


def _mistake(page: Page) -> None:
    lines = ("while low <= high:", "    mid = (low + high) // 2", "    if items[mid] < target:", "        low = mid")
    _code(page, 172, lines, 3, good=False)
    for x, value, ink in ((72, "low", "58"), (196, "high", "61")):
        page.cells(x, 462, 124, [ink], [MIDDLE if value == "low" else KEPT], 44)
        page.text((x + 62, 608), value, 32, INK, bold=True, anchor="mm")
    page.text((372, 496), "Two elements left: mid = low", 42, bold=True)
    page.text((372, 556), "Nothing changes: the loop never ends", 38, RED, bold=True)


def _fix(page: Page) -> None:
    lines = ("if items[mid] < target:", "    low = mid + 1", "elif items[mid] > target:", "    high = mid - 1")
    _code(page, 172, lines, 1, good=True)
    page.box((84, 348, 1196, 402), MINT, radius=8)
    page.text((104, 375), lines[3], 38, TEAL, bold=True, mono=True)
    page.text((1166, 375), "✓", 44, TEAL, bold=True, anchor="mm")
    page.cells(312, 480, 94, ["22", "35", "48", "61", "67", "73", "81"], [GONE] * 3 + [MIDDLE] + [KEPT] * 3, 40)
    page.text((641, 610), "mid", 32, ORANGE, bold=True, anchor="mm")
    page.text((735, 610), "low", 32, TEAL, bold=True, anchor="mm")
    page.text((923, 610), "high", 32, TEAL, bold=True, anchor="mm")


def _recap(page: Page) -> None:
    points = ("Sort first", "Compare with the middle", "Keep one half, move past the middle")
    for index, words in enumerate(points):
        y = 212 + index * 84
        page.box((72, y - 30, 132, y + 30), TEAL, radius=12)
        page.text((102, y), "✓", 42, "white", bold=True, anchor="mm")
        page.text((160, y), words, 44, bold=True)
    page.box((72, 468, 880, 636), PEACH, radius=16)
    page.text((104, 512), "Exam", 40, ORANGE, bold=True)
    page.text((104, 564), "Trace low, mid and high by hand.", 38)
    page.text((104, 608), "Explain why the search stops.", 38)


PAGES: tuple[tuple[str, Callable[[Page], None]], ...] = (
    ("", _title),
    ("What is binary search?", _definition),
    ("Worked example", _example),
    ("Why is it so fast?", _speed),
    ("A common mistake", _mistake),
    ("The fix: move past the middle", _fix),
    ("To summarize", _recap),
)


def draw_slides() -> list[NDArray[np.uint8]]:
    """All slides as RGB arrays of 720x1280."""
    finished = []
    for number, (title, draw) in enumerate(PAGES, 1):
        page = Page(number, title)
        draw(page)
        finished.append(np.asarray(page.image.resize(SIZE, Image.Resampling.LANCZOS)))
    return finished
