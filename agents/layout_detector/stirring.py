"""Does somebody move here? People move in the same place again and again, a mouse or a line that appears does not."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.layout_detector.lines import Mask
from agents.layout_detector.samples import Sample

AROUND = 3  # samples before and after that tell whether movement in a place recurs
APART_S = 3.0
JUMP = 8.0  # times as much as at any time around: a cut within the second
LOOKED_AT = 64  # samples whose movement is held at a time: more than lie around any one
NEAR = np.ones((5, 5), np.uint8)  # a place, in the small picture
WIDE = 0.01  # of the area moves, and not once as when a slide changes: somebody who walks about


def stirring(samples: Sequence[Sample], where: Mask) -> NDArray[np.float64]:
    """The share of ``where`` that moves within a second of each sample, as people do; else 0. One value a sample."""
    area = max(int(where.sum()), 1)

    def moved(at: int) -> Mask:
        return np.asarray(samples[at].moved & where, np.bool_)

    @lru_cache(LOOKED_AT)
    def near(at: int) -> Mask:
        return np.asarray(cv2.dilate(moved(at).view(np.uint8), NEAR), np.bool_)

    shares = np.array([float(moved(at).sum()) / area for at in range(len(samples))])
    around = [_others(samples, at) for at in range(len(samples))]
    jumps = {
        at
        for at, others in enumerate(around)
        if others
        and shares[at] >= WIDE
        and (shares[others].max() < WIDE / 2 or shares[at] > JUMP * shares[others].max())
    }
    stirs = shares.copy()
    for at in range(len(samples)):
        others = [i for i in around[at] if i not in jumps]
        if at in jumps:
            stirs[at] = 0.0
        elif others and not (shares[at] >= WIDE and shares[others].max() >= WIDE / 2):
            recurs = np.any([near(other) for other in others], axis=0)
            stirs[at] = float((recurs & moved(at)).sum()) / area
    return stirs


def _others(samples: Sequence[Sample], at: int) -> list[int]:
    """The nearest samples before and after that are not of the same moment: a mouse takes its way for a second."""
    time_s = samples[at].time_s
    before = (i for i in range(at - 1, -1, -1) if time_s - samples[i].time_s >= APART_S)
    after = (i for i in range(at + 1, len(samples)) if samples[i].time_s - time_s >= APART_S)
    return [*islice(before, AROUND), *islice(after, AROUND)]
