"""Straight picture borders: which columns and rows carry a sharp, persistent edge, and the rectangle around a seed.

A camera picture laid over slides has four borders that are axis-parallel, sharp to a pixel and stay in place
while its content moves. Such borders are measured as *support*: the share of a line's pixels that are edges.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.media.frames import Picture

Mask = NDArray[np.bool_]
Corners = tuple[int, int, int, int]
"""``x0, y0, x1, y1``: the borders of ``picture[y0:y1, x0:x1]``."""

STEP = 4  # grey levels across a border: compression noise stays below, a grey wall beside a white slide above
MIN_SUPPORT = 0.6
MIN_MEAN_SUPPORT = 0.72
MIN_PROMINENCE = 0.25  # a busy picture has edges everywhere: a border has more of them than its neighbourhood
NEIGHBOUR_PX = 4
FRAME_LESS = 0.15  # what the frame's own border counts less than a perfect line
MAX_LINES = 10
MIN_SIDE_PX = 16


def steps(picture: Picture) -> tuple[Picture, Picture]:
    """Grey-level differences to the left and to the upper neighbour, each ``(height, width)``; the first is 0."""
    right, down = np.zeros_like(picture), np.zeros_like(picture)
    right[:, 1:] = cv2.absdiff(picture[:, 1:], picture[:, :-1])
    down[1:] = cv2.absdiff(picture[1:], picture[:-1])
    return right, down


def edges(picture: Picture) -> tuple[Picture, Picture]:
    """0/1 maps of vertical and horizontal edges of a grey picture, a pixel wider to either side than they are."""
    right, down = steps(picture)
    wide, tall = np.ones((1, 3), np.uint8), np.ones((3, 1), np.uint8)
    return (
        np.asarray(cv2.dilate((right > STEP).astype(np.uint8), wide), np.uint8),
        np.asarray(cv2.dilate((down > STEP).astype(np.uint8), tall), np.uint8),
    )


def persistent(maps: Sequence[Picture], share: float = 0.6) -> Mask:
    """Pixels that are edges in at least ``share`` of the maps."""
    assert len(maps) < 256
    total = np.zeros(maps[0].shape, np.uint8)
    for one in maps:
        cv2.add(total, one, dst=total)
    return np.asarray(total >= max(share * len(maps), 1), np.bool_)


def scaled(box: Corners, factor: float) -> Corners:
    x0, y0, x1, y1 = (round(v * factor) for v in box)
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


class LineSupport:
    """Support of any vertical or horizontal line, from running sums."""

    def __init__(self, vertical: Mask, horizontal: Mask) -> None:
        self.height, self.width = vertical.shape
        self._vertical = cv2.integral(vertical.astype(np.uint8))
        self._horizontal = cv2.integral(cv2.transpose(horizontal.astype(np.uint8)))

    def columns(self, y0: int, y1: int) -> NDArray[np.float64]:
        """Support of the left border of each column over rows ``y0..y1``; both frame borders have 1."""
        return _prominent(np.diff(self._vertical[y1] - self._vertical[y0]) / max(y1 - y0, 1))

    def rows(self, x0: int, x1: int) -> NDArray[np.float64]:
        return _prominent(np.diff(self._horizontal[x1] - self._horizontal[x0]) / max(x1 - x0, 1))

    def sides(self, box: Corners) -> tuple[float, float, float, float]:
        """Support of the left, upper, right and lower border."""
        x0, y0, x1, y1 = box
        columns, rows = self.columns(y0, y1), self.rows(x0, x1)
        return float(columns[x0]), float(rows[y0]), float(columns[x1]), float(rows[y1])


def _prominent(support: NDArray[np.float64]) -> NDArray[np.float64]:
    """Support, or 0 where the neighbourhood has about as much; frame borders (first and last) have 1."""
    kept = np.empty(len(support) + 1)
    kept[:-1] = support
    around = np.empty(len(support))
    around[NEIGHBOUR_PX:] = support[:-NEIGHBOUR_PX]
    around[:NEIGHBOUR_PX] = support[NEIGHBOUR_PX : 2 * NEIGHBOUR_PX]
    around[:-NEIGHBOUR_PX] += support[NEIGHBOUR_PX:]
    around[-NEIGHBOUR_PX:] *= 2
    kept[:-1][support - around / 2 < MIN_PROMINENCE] = 0.0
    kept[0] = kept[-1] = 1.0
    return kept


def rectangle_around(lines: LineSupport, seed: Corners) -> Corners | None:
    """The smallest well supported rectangle that contains ``seed``: a camera's picture around what moves in it.

    Frame borders count as supported, so that the whole frame is the answer where there is nothing smaller.
    """
    if min(lines.width, lines.height) < MIN_SIDE_PX:
        return None
    x0, y0, x1, y1 = seed
    slack_x, slack_y = max((x1 - x0) // 8, 2), max((y1 - y0) // 8, 2)
    middle_rows = lines.columns(*_inner(y0, y1, slack_y))
    middle_columns = lines.rows(*_inner(x0, x1, slack_x))
    lefts, rights = lines_beyond(middle_rows, x0 + slack_x, x1 - slack_x)
    tops, bottoms = lines_beyond(middle_columns, y0 + slack_y, y1 - slack_y)
    across = [(left, right) for left in lefts for right in rights if right - left >= MIN_SIDE_PX]
    rows = {pair: lines.rows(*pair) for pair in across}
    best: tuple[int, float, Corners] | None = None
    for top in tops:
        for bottom in (one for one in bottoms if one - top >= MIN_SIDE_PX):
            columns = lines.columns(top, bottom)
            for left, right in across:
                area = (right - left) * (bottom - top)
                row = rows[left, right]
                sides = (columns[left], columns[right], row[top], row[bottom])
                mean = float(sum(sides)) / 4 - FRAME_LESS * _on_frame((left, top, right, bottom), lines) / 4
                if min(sides) < MIN_SUPPORT or mean < MIN_MEAN_SUPPORT:
                    continue
                if best is None or area < best[0] * 0.94 or (area <= best[0] * 1.06 and mean > best[1]):
                    best = (area, mean, (left, top, right, bottom))
    return best[2] if best else None


def _on_frame(box: Corners, lines: LineSupport) -> int:
    """How many of the box's sides are the frame's own: nothing is seen there, so a real line near it is better."""
    return sum((box[0] == 0, box[1] == 0, box[2] == lines.width, box[3] == lines.height))


def _inner(low: int, high: int, slack: int) -> tuple[int, int]:
    return (low + slack, high - slack) if high - low > 2 * slack else (low, high)


def lines_beyond(support: NDArray[np.float64], low: int, high: int) -> tuple[list[int], list[int]]:
    """Lines before ``low`` and after ``high`` worth trying, the nearest first, always with the frame's border."""
    peak = support >= np.maximum.reduce([np.roll(support, shift) for shift in (-2, -1, 0, 1, 2)])
    found = np.flatnonzero(peak & (support >= MIN_SUPPORT))
    end = len(support) - 1
    before = [int(i) for i in found[found <= low][::-1][:MAX_LINES]]
    after = [int(i) for i in found[found >= high][:MAX_LINES]]
    return list(dict.fromkeys([*before, 0])), list(dict.fromkeys([*after, end]))
