"""Slide changes: the screen shows something else, and stays so. Moving pointers, typing and build-up do not count."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from agents.layout_detector.lines import Mask
from agents.media.frames import Picture

TONE = 12  # grey levels that make a pixel of the small picture another one
CONTENT = 20  # grey levels between neighbouring pixels that make them content: outlines, on any background
MIN_CHANGED = 0.004  # of the screen's area
REMOVED = 0.1  # of the old content: a build-up removes nothing, slides of one deck keep their frame
GREW = 3.0  # new content against old: from an empty screen to a full one
REPAINTED = 0.3  # of the screen's area
SETTLED_S = 0.3
SETTLED_SHARE = 0.003  # of the area that may still move on a screen that has settled


@dataclass(frozen=True)
class Moment:
    """A small grey picture and its time."""

    time_s: float
    small: Picture


def change_score(before: Picture, after: Picture, mask: Mask) -> float:
    """0 where the screen shows the same slide (or more of it), else how much of its content is another, to 1."""
    area = int(mask.sum())
    if not area:
        return 0.0
    one, other = (np.asarray(cv2.blur(picture, (3, 3)), np.uint8) for picture in (before, after))
    changed = (cv2.absdiff(one, other) > TONE) & mask
    amount = float(changed.sum()) / area
    if amount < MIN_CHANGED:
        return 0.0
    old, new = _content(before, mask), _content(after, mask)
    removed = float((old & changed).sum()) / max(int(old.sum()), 1)
    grew = float((new & changed).sum()) / max(int(old.sum()), 1)
    if removed >= REMOVED or grew >= GREW or amount >= REPAINTED:
        return min(max(float(changed.sum()) / max(int((old | new).sum()), 1), amount), 1.0)
    return 0.0


def _content(picture: Picture, mask: Mask) -> Mask:
    outline = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.asarray((outline > CONTENT) & mask, np.bool_)


def changes_within(moments: Sequence[Moment], mask: Mask) -> list[tuple[float, float]]:
    """``(time_s, score)`` of each slide change in consecutive frames of one layout.

    The screen before is compared with the first screen after that has settled, so that a fade is one change, in
    its middle, and a video playing on the screen is none.
    """
    found: list[tuple[float, float]] = []
    if len(moments) < 2:
        return found
    before = 0
    index = 1
    while index < len(moments):
        if not change_score(moments[before].small, moments[index].small, mask):
            index += 1
            continue
        settled = _settled_from(moments, index, mask)
        if settled is None:
            break
        score = change_score(moments[before].small, moments[settled].small, mask)
        if score:
            found.append((_middle(moments, before, index, settled, mask), score))
            before = settled
        index = settled + 1
    return found


def _settled_from(moments: Sequence[Moment], start: int, mask: Mask) -> int | None:
    """The first frame from ``start`` on that looks like those of the next ``SETTLED_S``."""
    for index in range(start, len(moments)):
        later = index
        while later + 1 < len(moments) and moments[later].time_s - moments[index].time_s < SETTLED_S:
            later += 1
        if later == index or _still(moments[index].small, moments[later].small, mask):
            return index
    return None


def _still(one: Picture, other: Picture, mask: Mask) -> bool:
    return float(((cv2.absdiff(one, other) > TONE) & mask).sum()) <= SETTLED_SHARE * float(mask.sum())


def _middle(moments: Sequence[Moment], before: int, first: int, settled: int, mask: Mask) -> float:
    """When the picture first looks more like what comes than like what was."""
    old, new = moments[before].small, moments[settled].small
    for index in range(first, settled):
        small = moments[index].small
        if float(cv2.absdiff(small, new)[mask].mean()) <= float(cv2.absdiff(small, old)[mask].mean()):
            return moments[index].time_s
    return moments[settled].time_s
