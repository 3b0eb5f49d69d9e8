"""The screen beside a camera on a backdrop of any look: the rectangle with lasting borders around what changes."""

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np

from agents.layout_detector.lines import Corners, LineSupport, Mask, edges, lines_beyond, persistent
from agents.media.frames import Picture

CHANGED = 16  # grey levels
SHARED = 0.05  # of the camera's area may lie on a screen beside it
MIN_SUPPORT, MIN_MEAN = 0.6, 0.75
AS_GOOD = 0.05  # support this near to the best: the larger one is the screen, the smaller one a part of its slides
OUTLINE, BARE = 24, 0.002  # grey levels that make an outline; the share of such pixels that backdrops have at most
CORNER = 0.03  # of a side: borders must reach this near to their ends
MIN_AREA, MAX_AREA = 0.12, 0.95  # of the frame


def changing_screen(pictures: Sequence[Picture], cameras: Sequence[Corners]) -> Corners | None:
    """The rectangle around what differs between full-size pictures, if it leaves the cameras out."""
    height, width = pictures[0].shape
    seed = _what_changes(pictures, cameras)
    if seed is None or _overlaps(seed, cameras):
        return None
    maps = [edges(picture) for picture in pictures]
    lines = LineSupport(persistent([one[0] for one in maps], 0.75), persistent([one[1] for one in maps], 0.75))
    x0, y0, x1, y1 = seed
    columns, rows = lines.columns(y0, y1), lines.rows(x0, x1)
    lefts, rights = lines_beyond(columns, x0 + 2, x1 - 2)
    tops, bottoms = lines_beyond(rows, y0 + 2, y1 - 2)
    drawn = outlines(pictures[0])
    if len(lefts) > 1 and _is_bare(drawn[y0:y1, 2 : lefts[-2] - 2]):
        lefts.pop()
    if len(rights) > 1 and _is_bare(drawn[y0:y1, rights[-2] + 2 : -2]):
        rights.pop()
    if len(tops) > 1 and _is_bare(drawn[2 : tops[-2] - 2, x0:x1]):
        tops.pop()
    if len(bottoms) > 1 and _is_bare(drawn[bottoms[-2] + 2 : -2, x0:x1]):
        bottoms.pop()
    found: list[tuple[float, int, Corners]] = []
    for left in lefts:
        for right in (one for one in rights if one - left > 16):
            row = lines.rows(left, right)
            ends = _ends(lines, left, right)
            for top in tops:
                for bottom in (one for one in bottoms if one - top > 16):
                    box, area = (left, top, right, bottom), (right - left) * (bottom - top)
                    if not MIN_AREA <= area / (width * height) <= MAX_AREA or _overlaps(box, cameras):
                        continue
                    column = lines.columns(top, bottom)
                    sides = (column[left], column[right], row[top], row[bottom])
                    mean = float(sum(sides)) / 4
                    if min(sides) >= MIN_SUPPORT and mean >= MIN_MEAN and min(ends[top], ends[bottom]) >= 0.5:
                        found.append((mean, area, box))
    if not found:
        return None
    best = max(mean for mean, *_ in found)
    return max((one for one in found if one[0] >= best - AS_GOOD), key=lambda one: one[1])[2]


def _is_bare(strip: Mask) -> bool:
    """A strip between the frame's border and the next line that shows nothing is backdrop."""
    return strip.size == 0 or float(strip.mean()) < BARE


def _what_changes(pictures: Sequence[Picture], cameras: Sequence[Corners]) -> Corners | None:
    """The box around all that differs between the pictures away from the cameras, else around all outlines."""
    changed: Mask = np.zeros(pictures[0].shape, np.bool_)
    for one, other in combinations(pictures, 2):
        changed |= np.asarray(cv2.absdiff(cv2.blur(one, (3, 3)), cv2.blur(other, (3, 3))) > CHANGED, np.bool_)
    return _box_around(changed, cameras) or _box_around(outlines(pictures[0]), cameras)


def outlines(picture: Picture) -> Mask:
    return np.asarray(cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > OUTLINE, np.bool_)


def _box_around(marked: Mask, cameras: Sequence[Corners]) -> Corners | None:
    height, width = marked.shape
    pad = 4 + max(width, height) // 200
    for x0, y0, x1, y1 in cameras:
        marked[max(y0 - pad, 0) : y1 + pad, max(x0 - pad, 0) : x1 + pad] = False
    rows = np.flatnonzero(marked.sum(1) > 2 + 0.002 * width)
    columns = np.flatnonzero(marked.sum(0) > 2 + 0.002 * height)
    if len(rows) < 0.05 * height or len(columns) < 0.05 * width:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _ends(lines: LineSupport, left: int, right: int) -> np.ndarray:
    """Support of each row near the left and the right end: a border that stops short belongs to something smaller."""
    reach = max(round(CORNER * (right - left)), 4)
    near = [lines.rows(left, left + reach), lines.rows(right - reach, right)]
    return np.minimum(*near)


def _overlaps(box: Corners, cameras: Sequence[Corners]) -> bool:
    """Does a good part of a camera lie in the box?"""
    for camera in cameras:
        width = min(box[2], camera[2]) - max(box[0], camera[0])
        height = min(box[3], camera[3]) - max(box[1], camera[1])
        area = (camera[2] - camera[0]) * (camera[3] - camera[1])
        if max(width, 0) * max(height, 0) > SHARED * area:
            return True
    return False
