"""Decide: where a caption stands, so that it hides neither a face nor the text of a slide."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.types import Rect
from agents.video_compiler.caption_style import CaptionStyle
from agents.video_compiler.geometry import Scene, Size
from agents.video_compiler.overlaid import intersection
from agents.video_compiler.slide_text import CELL, Cells, nothing

CAMERA_WEIGHT, TEXT_WEIGHT = 4.0, 1.0
COST_STEP = 0.05  # what is hidden anyway is not worth moving for
TOP_EXTRA = 0.3  # a title weighs more than a last line
EDGES_OF_ROOMS = 0.15  # of a box: who stands before a board, and what it hangs on
CLEARANCE = CELL // 2  # between a caption and text


@dataclass(frozen=True)
class CaptionPlace:
    """Captions hang from ``y`` (``from_top``) or stand on it, about the middle ``x``. ``cost`` 0: they hide nothing."""

    x: int
    y: int
    from_top: bool
    cost: float = 0.0


class Ground:
    """What lies under captions in one scene. Without ``cells`` every screen counts as full of text.

    In a ``room`` a few edges are no text.
    """

    def __init__(self, scene: Scene, canvas: Size, cells: Cells | None = None, *, room: bool = False) -> None:
        self.scene, self.canvas, self._no_text = scene, canvas, EDGES_OF_ROOMS if room else 0.0
        if cells is None:
            cells = nothing(canvas)
            for x, y, width, height in scene.screens:
                cells[-(-y // CELL) : (y + height) // CELL, -(-x // CELL) : (x + width) // CELL] = True
        self._sums: NDArray[np.int32] = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.int32)
        self._sums[1:, 1:] = cells.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)

    def cost(self, box: Rect) -> float:
        """How much a caption in ``box`` hides: 0 for nothing, about 1 for a box full of text, 4 for a face."""
        area = box[2] * box[3]
        cameras = sum(_overlap(box, camera) for camera in self.scene.cameras)
        text = max(self._text(box) * CELL * CELL / area - self._no_text, 0.0)
        hidden = CAMERA_WEIGHT * cameras / area + TEXT_WEIGHT * text
        return float(np.ceil(hidden / COST_STEP - 1e-6) * COST_STEP)

    def _text(self, box: Rect) -> int:
        x, y, width, height = box
        rows, columns = self._sums.shape[0] - 1, self._sums.shape[1] - 1
        top, left = max(y - CLEARANCE, 0) // CELL, max(x - CLEARANCE, 0) // CELL
        bottom = min(-(-(y + height + CLEARANCE) // CELL), rows)
        right = min(-(-(x + width + CLEARANCE) // CELL), columns)
        sums = self._sums
        return int(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])


def caption_place(ground: Ground, style: CaptionStyle, wide: int, tall: int) -> CaptionPlace:
    """The first place where a box of ``wide`` by ``tall`` hides nothing, else the usual one where it hides least.

    At the bottom, there beside a camera, right under a screen (first on an upright canvas: nearest to the eye), in a
    gap of the lower half, at the top, where slides have their titles, and last in a gap of the upper half. Gaps are
    for captions that fit into them: one that hides text anyway stands where people look for captions.
    """
    width, height = ground.canvas
    wide = min(wide, width - 2 * style.margin_x)
    usual = _on_canvas(_usual(ground, style, wide, tall), wide, tall, height)
    top = _on_canvas(_at(style.margin_y, _lefts(ground, style, wide)), wide, tall, height)
    if not usual:  # a canvas too small for captions
        return CaptionPlace(width // 2, height - style.margin_y, from_top=False)
    low = _on_canvas(_gaps(ground, style, wide, tall, lower=True), wide, tall, height)
    high = _on_canvas(_gaps(ground, style, wide, tall, lower=False), wide, tall, height)
    free = next((box for box in (*usual, *low, *top, *high) if ground.cost(box) == 0), None)
    if free is not None:
        return _standing(free, ground.canvas, style, 0.0)
    costs = [(ground.cost(box), box) for box in usual] + [(ground.cost(box) + TOP_EXTRA, box) for box in top]
    cost, box = min(costs, key=lambda found: found[0])
    return _standing(box, ground.canvas, style, cost)


def box_of(place: CaptionPlace, style: CaptionStyle, wide: int, tall: int) -> Rect:
    """The box of a caption of that size at ``place``."""
    top = place.y - style.padding if place.from_top else place.y + style.padding - tall
    return (place.x - wide // 2, top, wide, tall)


def _standing(box: Rect, canvas: Size, style: CaptionStyle, cost: float) -> CaptionPlace:
    left, top, wide, tall = box
    if top + tall == canvas[1] - style.margin_y:
        return CaptionPlace(left + wide // 2, top + tall - style.padding, from_top=False, cost=cost)
    return CaptionPlace(left + wide // 2, top + style.padding, from_top=True, cost=cost)


def _usual(ground: Ground, style: CaptionStyle, wide: int, tall: int) -> list[tuple[int, int]]:
    """Left and top of boxes at the bottom and right under screens."""
    width, height = ground.canvas
    middle = (width - wide) // 2
    lowest = height - tall - min(style.margin_x, style.margin_y)
    under = [(middle, y + h + style.padding // 2) for _, y, _, h in ground.scene.screens]
    under = [(left, top) for left, top in under if top <= lowest]
    lefts = [middle, *_beside(ground.scene, wide, width, style.margin_x)]
    at_bottom = _at(height - style.margin_y - tall, lefts)
    return [*under, *at_bottom] if height >= width else [*at_bottom, *under]


def _gaps(ground: Ground, style: CaptionStyle, wide: int, tall: int, *, lower: bool) -> Iterator[tuple[int, int]]:
    """Left and top of boxes anywhere in one half of the canvas, from the bottom up."""
    height = ground.canvas[1]
    first, last = (height - style.margin_y - tall, height // 2) if lower else (height // 2, style.margin_y)
    lefts = _lefts(ground, style, wide)
    return ((left, top) for top in range(first, last, -CELL) for left in lefts)


def _lefts(ground: Ground, style: CaptionStyle, wide: int) -> list[int]:
    width = ground.canvas[0]
    beside = _beside(ground.scene, wide, width, style.margin_x)
    return [(width - wide) // 2, *beside, style.margin_x, width - style.margin_x - wide]


def _at(top: int, lefts: Iterable[int]) -> list[tuple[int, int]]:
    return [(left, top) for left in lefts]


def _on_canvas(corners: Iterable[tuple[int, int]], wide: int, tall: int, height: int) -> list[Rect]:
    return [(left, top, wide, tall) for left, top in corners if 0 <= top <= height - tall]


def _beside(scene: Scene, wide: int, width: int, margin: int) -> list[int]:
    """Left edges at which captions of width ``wide`` stand just right or left of a camera, on the canvas."""
    edges = [x + w + margin // 2 for x, _, w, _ in scene.cameras]
    edges += [x - wide - margin // 2 for x, _, _, _ in scene.cameras]
    return [left for left in edges if margin // 2 <= left <= width - wide - margin // 2]


def _overlap(a: Rect, b: Rect) -> int:
    _, _, width, height = intersection(a, b)
    return width * height
