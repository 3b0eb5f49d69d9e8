"""Which samples show a camera laid over a screen, and which rectangles only look like one."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from agents.layout_detector.cameras import Camera
from agents.layout_detector.circles import round_support
from agents.layout_detector.lines import Corners, Mask, scaled
from agents.layout_detector.presence import border_support, likeness, spread_inside, usual_look
from agents.layout_detector.samples import Sample, tone_spread
from agents.layout_detector.slides import change_score
from agents.layout_detector.stirring import stirring

SUPPORTED = 0.5
PHOTOGRAPHIC = 0.4
PLAIN = 0.2  # tone spread of somebody before a plain backdrop; of slides it is less
ALIKE = 0.85
AROUND_PHOTOGRAPHIC = 0.65
STIRS = 0.0005  # of the frame's pixels move within a second: somebody is there
MOSTLY_THERE = 0.8  # of the samples with a part of a camera show the whole one
WHOLE_BORDER = 0.8  # support of the whole camera's borders
CRISP = 0.9  # border support that nothing but an overlay has


def whole_ones(samples: Sequence[Sample], cameras: Sequence[Camera], factor: float) -> list[Camera]:
    """Cameras without those that are a part of another one, cut off at a door or a shelf in its picture."""
    kept = []
    for camera in cameras:
        box = scaled(camera.box, factor)
        there: Mask | None = None
        for other in [] if camera.is_round else cameras:
            wider = scaled(other.box, factor)
            if not _encloses(wider, box):
                continue
            there = present_in(samples, box) if there is None else there
            strip = np.zeros(samples[0].shape, np.bool_)
            strip[wider[1] : wider[3], wider[0] : wider[2]] = True
            strip[box[1] : box[3], box[0] : box[2]] = False
            both = there & present_in(samples, wider)
            shown = [tone_spread(samples[int(i)].small[strip]) for i in np.flatnonzero(both)]
            if not shown or both.sum() < MOSTLY_THERE * there.sum() or float(np.median(shown)) < PHOTOGRAPHIC:
                continue
            borders = [border_support(samples[int(i)].small, wider) or 0.0 for i in np.flatnonzero(both)]
            if float(np.median(borders)) >= WHOLE_BORDER:
                break
        else:
            kept.append(camera)
    return kept


def _encloses(wider: Corners, box: Corners) -> bool:
    """Contains it with a margin on some side, and not so much more that the two have nothing to do with each other."""
    inside = all(a <= b + 1 for a, b in zip(wider[:2], box[:2], strict=True)) and all(
        a >= b - 1 for a, b in zip(wider[2:], box[2:], strict=True)
    )
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (wider, box)]
    return inside and 1.08 * areas[1] < areas[0] < 4 * areas[1]


def present_in(samples: Sequence[Sample], box: Corners, *, is_round: bool = False) -> Mask:
    """Samples in which an overlaid camera's borders and tones, or its usual look, are there."""
    measured = round_support if is_round else border_support
    smalls = (sample.small for sample in samples)
    seen = np.array([(spread_inside(small, box), measured(small, box) or 0.0) for small in smalls])
    spread, support = seen[:, 0], seen[:, 1]
    sure = ((spread >= PHOTOGRAPHIC) & (support >= SUPPORTED)) | ((spread >= PLAIN) & (support >= CRISP))
    if not sure.any():
        return np.asarray(sure, np.bool_)
    usual = usual_look([sample for sample, is_sure in zip(samples, sure, strict=True) if is_sure])
    for index in np.flatnonzero(~sure & (spread >= PHOTOGRAPHIC)):
        sure[index] = likeness(samples[int(index)].small, usual, box) >= ALIKE
    return np.asarray(sure, np.bool_)


def is_overlay(samples: Sequence[Sample], present: Mask, box: Corners, around: Mask) -> bool:
    """An overlay lies on a screen: few tones, or slides that change around it while it stays.

    A window or a picture frame in a room has sharp borders too, but what is around it is a photograph as well.
    """
    shown = [sample for sample, is_there in zip(samples, present, strict=True) if is_there]
    if float(np.median([tone_spread(sample.small[around]) for sample in shown])) < AROUND_PHOTOGRAPHIC:
        return True
    if float(np.median(stirring(shown, around))) >= STIRS:
        return False
    for one, other in pairwise(sample.small for sample in shown):
        if change_score(one, other, around) and likeness(one, other, box) >= ALIKE:
            return True
    height, width = samples[0].shape
    inside = sum((box[0] > 2, box[1] > 2, box[2] < width - 2, box[3] < height - 2))
    return inside >= 3 and float(np.median([border_support(sample.small, box) or 0.0 for sample in shown])) >= CRISP
