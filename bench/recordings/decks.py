"""Slides of made-up decks: dark and light, plain and over pictures, words, code, charts, formulas and photographs."""

import random
import re
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import agents

Picture = NDArray[np.uint8]
FONTS = Path(agents.__file__).parent / "fonts" / "dejavu"
WORDS = re.findall(
    r"\w+",
    "memory kernel vector gradient lemma proof theorem thread signal entropy protein market budget empire verb "
    "tense orbit field charge matrix query index cache lock schema phase ratio sample bias model layer cell",
)
THEMES: dict[str, tuple[str, str, str]] = {  # paper, ink, accent
    "light": ("#f7f7f2", "#20242a", "#b8321f"),
    "white": ("#ffffff", "#101010", "#1a5fb4"),
    "dark": ("#171b26", "#e6e8ec", "#58c9a4"),
    "black": ("#000000", "#f2f2f2", "#f0b030"),
    "blue": ("#12376b", "#ffffff", "#ffd24a"),
    "beige": ("#e9dfc7", "#3a2b1c", "#7a4a12"),
    "grey": ("#9a9da3", "#14161a", "#ffffff"),
}


def draw_slide(number: int, size: tuple[int, int], style: str, shown: int = 99) -> Picture:
    """Slide ``number`` as BGR; ``shown`` is how many of its points are there yet (an animated build)."""
    rng = random.Random(f"{style}{number}")
    width, height = size
    theme, _, extra = style.partition("+")
    paper, ink, accent = THEMES[theme]
    if extra == "picture":
        behind = cv2.addWeighted(
            made_up_photo(rng.randint(0, 3), size), 0.35, np.full((*size[::-1], 3), 20, np.uint8), 0.65, 0
        )
        page, ink = Image.fromarray(cv2.cvtColor(behind, cv2.COLOR_BGR2RGB)), "#ffffff"
    else:
        page = Image.new("RGB", size, paper)
    pen = ImageDraw.Draw(page)
    if extra == "banner":
        pen.rectangle((0, 0, width, height * 0.16), fill=accent)
        pen.rectangle((0, height * 0.95, width, height), fill=accent)
    _words(
        pen, (width * 0.05, height * 0.05), " ".join(rng.sample(WORDS, rng.randint(1, 4))).title(), height * 0.07, ink
    )
    kind = rng.choice(("points", "points", "chart", "code", "formula", "photo", "table", "title"))
    x, y, line = width * 0.07, height * 0.22, height * rng.uniform(0.07, 0.11)
    if kind == "title":
        _words(pen, (width * 0.2, height * 0.45), " ".join(rng.sample(WORDS, 3)), height * 0.09, ink)
    elif kind == "formula":
        for _ in range(3):
            _words(
                pen,
                (width * rng.uniform(0.15, 0.4), y),
                f"E[{rng.choice('XYZ')}] = Σ x·p(x) + {rng.randint(2, 99)}",
                height * 0.08,
                ink,
            )
            y += height * 0.22
    else:
        for point in range(min(rng.randint(3, 7), shown)):
            if y > height * 0.86:
                break
            pen.ellipse((x, y + line * 0.2, x + line * 0.2, y + line * 0.4), fill=accent)
            text = " ".join(rng.sample(WORDS, rng.randint(1, 5 if kind == "points" else 2)))
            _words(pen, (x + line * 0.5, y), text, line * 0.55, ink, mono=kind == "code")
            y += line * (1.2 if point else 1.3)
    if kind == "chart" and shown > 2:
        for bar in range(6):
            left, top = width * (0.58 + 0.055 * bar), height * rng.uniform(0.3, 0.7)
            pen.rectangle((left, top, left + width * 0.04, height * 0.8), fill=accent if bar % 2 else None, outline=ink)
    if kind == "table" and shown > 2:
        for row in range(5):
            for column in range(3):
                left, top = width * (0.55 + 0.13 * column), height * (0.3 + 0.1 * row)
                pen.rectangle((left, top, left + width * 0.13, top + height * 0.1), outline=ink)
                _words(pen, (left + 4, top + 4), str(rng.randint(1, 999)), height * 0.045, ink)
    picture = cv2.cvtColor(np.asarray(page), cv2.COLOR_RGB2BGR)
    if kind == "photo" and shown > 2:
        inset = made_up_photo(number, (int(width * 0.36), int(height * 0.5)))
        top, left = int(height * 0.26), int(width * 0.56)
        picture[top : top + inset.shape[0], left : left + inset.shape[1]] = inset
    cv2.putText(
        picture, str(number), (int(width * 0.05), int(height * 0.96)), 0, height / 1400, (120, 120, 120), 1, cv2.LINE_AA
    )
    return np.asarray(picture, np.uint8)


def _words(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, px: float, ink: str, *, mono: bool = False
) -> None:
    pen.text(at, text, fill=ink, font=_font(max(round(px), 6), mono))


@cache
def _font(px: int, mono: bool) -> ImageFont.FreeTypeFont:
    fonts = sorted(FONTS.glob("*.ttf"))
    named = [font for font in fonts if ("Mono" in font.name) == mono] or fonts
    return ImageFont.truetype(str(named[0]), px)


@cache
def made_up_photo(number: int, size: tuple[int, int]) -> Picture:
    """Something with the tones of a photograph: hills under a sky, with leaves and noise."""
    rng = np.random.default_rng(number)
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    picture = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        picture[..., channel] = 120 + 80 * (1 - y / height) + 20 * np.sin(x / width * (3 + channel) + number)
    for ridge in range(3):
        horizon = height * (0.35 + 0.2 * ridge) + height * 0.06 * np.sin(
            x / width * rng.uniform(4, 14) + rng.uniform(0, 6)
        )
        rough = cv2.resize(
            rng.normal(0, 28, (height // 6 + 1, width // 6 + 1)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC
        )
        below = y > horizon
        for channel in range(3):
            tone = rng.uniform(30, 140) + 40 * (y - horizon) / height
            picture[..., channel] = np.where(below, tone + rough, picture[..., channel])
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
