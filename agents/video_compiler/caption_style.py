"""Decide: how large burned captions are and where they stand."""

from dataclasses import dataclass

from agents.types import Rect
from agents.video_compiler.captions import MAX_COLUMNS
from agents.video_compiler.geometry import Scene, Size
from agents.video_compiler.line_breaks import MAX_LINES

FONT_HEIGHT = 0.052  # of the canvas's height, line to line: an em of 4.5 %
FONT_WIDTH = 0.064  # of the canvas's width, where the canvas is upright
SAFE_X, SAFE_Y = 0.04, 0.035  # of the canvas: nothing is set nearer to an edge
COLUMN_EM = 0.60  # a mean character of DejaVu Sans Bold, in ems
EM = 1 / 1.164  # of the line height in DejaVu Sans
CAMERA_WEIGHT, SCREEN_WEIGHT = 4.0, 1.0


@dataclass(frozen=True)
class CaptionStyle:
    """Pixels of the canvas. ``box_height`` holds two lines with the box around them."""

    font_size: int
    max_columns: int
    margin_x: int
    margin_y: int
    padding: int
    box_height: int


@dataclass(frozen=True)
class CaptionPlace:
    """Captions hang from ``y`` (``from_top``) or stand on it, about the middle ``x``."""

    x: int
    y: int
    from_top: bool


def caption_style(canvas: Size) -> CaptionStyle:
    """A size that is read from a phone: 4.5 % of the height, less where an upright canvas has no width for it."""
    width, height = canvas
    font_size = max(8, round(min(height * FONT_HEIGHT, width * FONT_WIDTH)))
    margin_x = round(width * SAFE_X)
    padding = max(2, round(font_size * 0.2))
    fitting = int((width - 2 * margin_x - 2 * padding) / (font_size * EM * COLUMN_EM))
    box_height = MAX_LINES * font_size + 2 * padding
    return CaptionStyle(
        font_size, max(8, min(MAX_COLUMNS, fitting)), margin_x, round(height * SAFE_Y), padding, box_height
    )


def caption_place(scene: Scene, canvas: Size, style: CaptionStyle) -> CaptionPlace:
    """Where captions cover least: at the bottom, there beside a camera, right under a screen, or at the top.

    Faces count most. Of equals, right under the screen is nearest to the eye on an upright canvas; elsewhere the
    bottom is usual, and the top, where slides have their titles, comes last.
    """
    width, height = canvas
    wide = min(width - 2 * style.margin_x, round(style.max_columns * style.font_size * EM * COLUMN_EM)) // 2 * 2
    middle, bottom = (width - wide) // 2, height - style.margin_y - style.box_height
    at_bottom = [(middle, bottom), *((left, bottom) for left in _beside(scene, wide, width, style.margin_x))]
    under = [(middle, y + h + style.padding // 2) for _, y, _, h in scene.screens]
    corners = [*under, *at_bottom] if height >= width else [*at_bottom, *under]
    corners.append((middle, style.margin_y))
    left, top = min(
        (corner for corner in corners if 0 <= corner[1] <= height - style.box_height),
        key=lambda corner: (round(_covered(scene, (*corner, wide, style.box_height)), 3), corners.index(corner)),
        default=(middle, bottom),  # a canvas too small for captions
    )
    if top == bottom:
        return CaptionPlace(left + wide // 2, bottom + style.box_height - style.padding, from_top=False)
    return CaptionPlace(left + wide // 2, top + style.padding, from_top=True)


def _beside(scene: Scene, wide: int, width: int, margin: int) -> list[int]:
    """Left edges at which captions of width ``wide`` stand just right or left of a camera, on the canvas."""
    edges = [x + w + margin // 2 for x, _, w, _ in scene.cameras]
    edges += [x - wide - margin // 2 for x, _, _, _ in scene.cameras]
    return [left for left in edges if margin // 2 <= left <= width - wide - margin // 2]


def _covered(scene: Scene, box: Rect) -> float:
    area = box[2] * box[3]
    cameras = sum(_overlap(box, camera) for camera in scene.cameras)
    screens = sum(_overlap(box, screen) for screen in scene.screens)
    return (CAMERA_WEIGHT * cameras + SCREEN_WEIGHT * screens) / area


def _overlap(a: Rect, b: Rect) -> int:
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(across, 0) * max(down, 0)
