"""Is a camera's picture there in this sample? Judged in the small picture by its borders and by what it looks like."""

from collections.abc import Sequence

import cv2
import numpy as np

from agents.layout_detector.lines import Corners
from agents.layout_detector.samples import Sample, tone_spread
from agents.media.frames import Picture

STEP = 4
PROMINENT = 0.2  # a texture steps everywhere: at a border more pixels do than beside it


def border_support(small: Picture, box: Corners) -> float | None:
    """The lowest share of edge pixels on the box's sides that are inside the frame; None where there are none."""
    return min(border_supports(small, box).values(), default=None)


def border_supports(small: Picture, box: Corners) -> dict[int, float]:
    """The share of edge pixels on each side that is inside the frame: left 0, top 1, right 2, bottom 3."""
    height, width = small.shape
    x0, y0, x1, y1 = box
    sides = {}
    if x0 > 2:
        sides[0] = _across(small[y0 + 1 : y1 - 1, max(x0 - 3, 0) : x0 + 3], 1)
    if y0 > 2:
        sides[1] = _across(small[max(y0 - 3, 0) : y0 + 3, x0 + 1 : x1 - 1], 0)
    if x1 < width - 2:
        sides[2] = _across(small[y0 + 1 : y1 - 1, x1 - 3 : x1 + 3], 1)
    if y1 < height - 2:
        sides[3] = _across(small[y1 - 3 : y1 + 3, x0 + 1 : x1 - 1], 0)
    return sides


def _across(strip: Picture, axis: int) -> float:
    """The share of the strip's pixels that step across it, at the line where most do; 0 where all lines are alike."""
    if 0 in strip.shape:
        return 0.0
    change = np.abs(np.diff(strip.astype(np.int16), axis=axis)) > STEP
    shares = change.mean(axis=1 - axis)
    most = float(shares.max(initial=0.0))
    return most if most - float(np.min(shares, initial=1.0)) >= PROMINENT else 0.0


def likeness(small: Picture, template: Picture, box: Corners) -> float:
    """Correlation, -1 to 1, of the box's content with its usual look."""
    x0, y0, x1, y1 = box
    seen, usual = (cv2.blur(p[y0:y1, x0:x1], (3, 3)).astype(np.float32) for p in (small, template))
    seen, usual = seen - seen.mean(), usual - usual.mean()
    scale = float(np.sqrt((seen**2).sum() * (usual**2).sum()))
    return float((seen * usual).sum()) / scale if scale > 0 else 0.0


def usual_look(samples: Sequence[Sample]) -> Picture:
    """The median of the pictures of some samples (fewer than 30) spread over the sequence."""
    step = max(len(samples) // 15, 1)
    return np.asarray(np.median(np.stack([sample.small for sample in samples[::step]]), axis=0), np.uint8)


def spread_inside(small: Picture, box: Corners) -> float:
    x0, y0, x1, y1 = box
    return tone_spread(small[y0:y1, x0:x1])
