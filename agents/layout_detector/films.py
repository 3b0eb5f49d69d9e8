"""Films and photographs on slides are no cameras.

Nothing moves in photographs; films come with one slide, away from the frame's border, and go with it.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from agents.layout_detector.lines import Corners, Mask
from agents.layout_detector.samples import Sample, differs
from agents.layout_detector.slides import change_score

INNER = 0.04  # of the frame's side: cameras are laid nearer to its border than that, films stand in the text
MOVES_PX = 2  # of the small picture: somebody who listens may hardly move
CHANGES = 3  # grey levels
OFTEN = 0.34  # of the samples


def stretches(mask: Mask) -> list[slice]:
    """Runs of consecutive True values."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [slice(int(start), int(end)) for start, end in zip(steps[::2], steps[1::2], strict=True)]


def without_photographs(samples: Sequence[Sample], present: Mask, box: Corners) -> Mask:
    """``present`` without the stretches in which next to nothing moves inside the box."""
    kept = present.copy()
    x0, y0, x1, y1 = box
    for stretch in stretches(present):
        inside = samples[stretch]
        moved = [int(one.moved[y0:y1, x0:x1].sum()) >= MOVES_PX for one in inside]
        for at, (one, other) in enumerate(pairwise(sample.small[y0:y1, x0:x1] for sample in inside)):
            changed = differs(one, other, CHANGES)
            moved[at] = moved[at] or int(changed.sum()) >= MOVES_PX
        if np.mean(moved) < OFTEN:
            kept[stretch] = False
    return kept


def without_films(samples: Sequence[Sample], present: Mask, box: Corners, around: Mask) -> Mask:
    """``present`` without the stretches that begin and end with a slide; the box is in the small picture."""
    height, width = samples[0].shape
    near_x, near_y = INNER * width, INNER * height
    kept = present.copy()
    if box[0] > near_x and box[1] > near_y and box[2] < width - near_x and box[3] < height - near_y:
        for stretch in stretches(present):
            if _is_of_one_slide(samples, stretch, around):
                kept[stretch] = False
    return kept


def _is_of_one_slide(samples: Sequence[Sample], stretch: slice, around: Mask) -> bool:
    inside = samples[stretch]
    if any(change_score(one, other, around) for one, other in pairwise(sample.small for sample in inside)):
        return False
    ends = [
        change_score(samples[at - 1].small, samples[at].small, around) > 0
        for at in (stretch.start, stretch.stop)
        if 0 < at < len(samples)
    ]
    return bool(ends) and all(ends)
