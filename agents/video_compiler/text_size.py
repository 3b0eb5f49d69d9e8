"""Measure and decide: how large the slides' text is in the clip, and whether it can be read."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.media.frames import Picture
from agents.types import Notice, Rect
from agents.video_compiler.geometry import Size
from agents.video_compiler.plan import RenderPlan
from agents.video_compiler.slide_pictures import SlidePicture

READABLE_PX = 6.0
"""x-height in a clip whose shorter side is 720 pixels: 0.16 degrees where the picture is three heights away."""
SMALL_SHARE = 0.25  # of a clip's letters may be smaller: page numbers, labels of axes
LEAST_LETTERS = 12
MOST_PICTURES = 4  # a few slides speak for all
LARGEST_PX = 80  # of a letter
STROKE_LEVELS = 30  # between a letter and what is around it
SHRINK, BACKGROUND_PX = 4, 21  # a window of 84 pixels: most of it is paper even in a heading
LETTERS_IN_LINE = 4
DOT = 0.6  # of a line's usual height: smaller marks are dots and commas


def text_warnings(plan: RenderPlan, pictures: Sequence[SlidePicture]) -> tuple[Notice, ...]:
    """``small_slide_text`` where much of the slides' text comes out too small."""
    letters: list[float] = []
    for shot in pictures[:: -(-len(pictures) // MOST_PICTURES) or 1]:
        scene = plan.runs[shot.run].scene
        scale = shot.picture.shape[1] / plan.source.size[0]
        for part in scene.parts:
            if part.target in scene.cameras or part.averaged:
                continue
            shown = part.target[2] / (part.source[2] * scale) * 720 / min(plan.canvas)
            heights = x_heights_px(_crop(shot.picture, part.source, scale))
            letters += [height * shown for height in heights]
    return small_text(letters, plan.canvas)


def small_text(letters_px: Sequence[float], canvas: Size) -> tuple[Notice, ...]:
    """Decide from each letter's x-height, in pixels of a clip whose shorter side has 720."""
    if len(letters_px) < LEAST_LETTERS or np.mean(np.asarray(letters_px) < READABLE_PX) <= SMALL_SHARE:
        return ()
    typical = float(np.percentile(letters_px, 100 * SMALL_SHARE))
    advice = "layout full" if canvas[0] >= canvas[1] else "aspect 16:9 and layout full"
    detail = (
        f"Text on the slides is hard to read in this clip: small letters are about {typical:.1f} pixels high at 720 "
        f"lines, and {READABLE_PX:.0f} are needed. It is largest with {advice}."
    )
    return (Notice("small_slide_text", detail),)


def x_heights_px(grey: Picture) -> list[float]:
    """The height of the lowercase letters of its line, for each letter found in a picture.

    Letters are marks of similar height that stand on one line. Most of a text's letters have neither ascender nor
    descender, so a line's median is its x-height.
    """
    lines: list[float] = []
    if min(grey.shape) < SHRINK * BACKGROUND_PX:
        return lines
    small = cv2.resize(grey, None, fx=1 / SHRINK, fy=1 / SHRINK, interpolation=cv2.INTER_AREA)
    background = cv2.resize(cv2.medianBlur(small, BACKGROUND_PX), (grey.shape[1], grey.shape[0]))
    difference = grey.astype(np.int16) - background
    for strokes in (difference > STROKE_LEVELS, difference < -STROKE_LEVELS):
        lines += _lines(strokes.astype(np.uint8))
    return lines


def _lines(strokes: NDArray[np.uint8]) -> list[float]:
    _, _, found, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    marks = found[1:]
    heights, widths = marks[:, cv2.CC_STAT_HEIGHT], marks[:, cv2.CC_STAT_WIDTH]
    like_letters = (heights >= 3) & (heights <= LARGEST_PX) & (widths <= 3 * heights) & (heights <= 8 * widths)
    marks = marks[like_letters]
    order = np.lexsort((marks[:, cv2.CC_STAT_LEFT], marks[:, cv2.CC_STAT_TOP] + marks[:, cv2.CC_STAT_HEIGHT]))
    bottoms = (marks[:, cv2.CC_STAT_TOP] + marks[:, cv2.CC_STAT_HEIGHT])[order]
    heights = marks[:, cv2.CC_STAT_HEIGHT][order].astype(np.float64)
    out: list[float] = []
    for line in np.split(heights, np.flatnonzero(np.diff(bottoms) > 1) + 1):
        usual = line[line >= DOT * np.percentile(line, 75)] if len(line) else line
        if len(usual) >= LETTERS_IN_LINE:
            out += [float(np.median(usual))] * len(usual)
    return out


def _crop(picture: Picture, rect: Rect, scale: float) -> Picture:
    x, y, width, height = (round(value * scale) for value in rect)
    return np.ascontiguousarray(picture[y : y + height, x : x + width])
