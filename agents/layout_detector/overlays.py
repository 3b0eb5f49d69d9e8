"""Which samples show a camera laid over a screen, and which rectangles only look like one."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from agents.layout_detector.cameras import CLUTTER, OUTLINE, Camera
from agents.layout_detector.circles import round_support
from agents.layout_detector.lines import Corners, Mask, scaled
from agents.layout_detector.presence import border_support, border_supports, likeness, spread_inside, usual_look
from agents.layout_detector.samples import Sample, tone_spread
from agents.layout_detector.slides import change_score
from agents.layout_detector.stirring import stirring
from agents.media.frames import Picture

SUPPORTED = 0.5
PHOTOGRAPHIC = 0.4
PLAIN = 0.2  # tone spread of somebody before a plain backdrop; of slides it is less
ALIKE = 0.85
AROUND_PHOTOGRAPHIC = 0.65
STIRS = 0.0005  # of the frame's pixels move within a second: somebody is there
MOSTLY_THERE = 0.8  # of the samples with a part of a camera show the whole one
WHOLE_BORDER = 0.8  # support of the whole camera's borders
BESIDE_LOOKS = 8  # samples of a layout in which something else that moves is looked for
CRISPER = 0.1  # support more than another's
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
            if np.mean([_is_crisp_inside(samples[int(i)].small, wider, box) for i in np.flatnonzero(both)]) > 0.5:
                strip = np.asarray(cv2.erode(strip.view(np.uint8), np.ones((5, 5), np.uint8)), np.bool_)
                beyond = [_clutter(samples[int(i)].small)[strip].mean() for i in np.flatnonzero(both)]
                if float(np.median(beyond)) < CLUTTER:
                    continue  # a backdrop of many tones
            borders = [border_support(samples[int(i)].small, wider) or 0.0 for i in np.flatnonzero(both)]
            if float(np.median(borders)) >= WHOLE_BORDER:
                break
        else:
            kept.append(camera)
    return kept


def _clutter(small: Picture) -> Mask:
    return np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > OUTLINE, np.bool_)


def not_within_wider(samples: Sequence[Sample], boxes: Sequence[Corners], seen: Sequence[Mask]) -> list[Mask]:
    """When each camera is seen, without the samples in which one of crisp borders lies in it or across it."""
    kept = [mask.copy() for mask in seen]
    for wider, mask in zip(boxes, kept, strict=True):
        for box, inner in zip(boxes, seen, strict=True):
            if box == wider or not _shares_most(wider, box):
                continue
            better = _is_crisp_inside if _inside(wider, box) else _is_crisper
            mask[[i for i in np.flatnonzero(mask & inner) if better(samples[int(i)].small, wider, box)]] = False
    return kept


def _shares_most(one: Corners, other: Corners) -> bool:
    """Do the two overlap in more than half of the smaller one?"""
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (one, other)]
    return max(width, 0) * max(height, 0) > 0.5 * min(areas)


def _is_crisper(small: Picture, box: Corners, other: Corners) -> bool:
    """Are the other's borders sharp, and these are not?"""
    supports = [border_support(small, one) or 0.0 for one in (box, other)]
    return supports[1] >= WHOLE_BORDER and supports[0] < supports[1] - CRISPER


def _is_crisp_inside(small: Picture, wider: Corners, box: Corners) -> bool:
    """Are the borders that the two do not share sharp, and at least two, or is there next to nothing beyond the one?"""
    own = [side for side in range(4) if abs(wider[side] - box[side]) > 2]
    supports = border_supports(small, box)
    if not own or min(supports.get(side, 0.0) for side in own) < WHOLE_BORDER:
        return False
    beyond = np.zeros(small.shape, np.bool_)
    beyond[wider[1] : wider[3], wider[0] : wider[2]] = True
    beyond[box[1] : box[3], box[0] : box[2]] = False
    return len(own) >= 2 or tone_spread(small[beyond]) < PHOTOGRAPHIC


def _inside(wider: Corners, box: Corners) -> bool:
    """Within a pixel."""
    return all(a <= b + 1 for a, b in zip(wider[:2], box[:2], strict=True)) and all(
        a >= b - 1 for a, b in zip(wider[2:], box[2:], strict=True)
    )


def _encloses(wider: Corners, box: Corners) -> bool:
    """Contains it with a margin on some side, and not so much more that the two have nothing to do with each other."""
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (wider, box)]
    return _inside(wider, box) and 1.08 * areas[1] < areas[0] < 4 * areas[1]


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


def moving_beside(
    samples: Sequence[Sample], cameras: Sequence[Camera], camera: Corners | None, factor: float
) -> list[Corners]:
    """Other places in which something moves in these samples of one layout: more cameras, and films on slides."""
    step = max(len(samples) // BESIDE_LOOKS, 1)
    found: list[Corners] = []
    for one in cameras:
        taken = [*found, *([camera] if camera else [])]
        if one.votes > 1 and not any(_shares_most(one.box, other) or _shares_most(other, one.box) for other in taken):
            shown = present_in(samples[::step], scaled(one.box, factor), is_round=one.is_round)
            if shown.mean() >= 1 / BESIDE_LOOKS:
                found.append(one.box)
    return found


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
