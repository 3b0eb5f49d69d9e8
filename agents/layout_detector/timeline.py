"""From samples to a timeline: which camera is on in each sample, runs of one layout, and when it switches.

Pure functions on small pictures and numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from agents.layout_detector.cameras import Camera, fills
from agents.layout_detector.lines import Corners, Mask
from agents.layout_detector.presence import border_support, likeness, spread_inside, usual_look
from agents.layout_detector.samples import Sample, tone_spread
from agents.layout_detector.slides import Moment, change_score
from agents.media.frames import Picture

SUPPORTED = 0.5
PHOTOGRAPHIC = 0.4
PLAIN = 0.2  # tone spread of somebody before a plain backdrop; of slides it is less
ALIKE = 0.85
AROUND_PHOTOGRAPHIC = 0.65
STIRS = 0.0005  # of the frame's pixels move within a second: somebody is there
FILM = 0.02  # of the frame's pixels move within a second in a film without a person to follow
LONG_ENOUGH = 8  # samples from which on a camera must have been found more than once
MIN_VOTES = 2
CRISP = 0.9  # border support that nothing but an overlay has


@dataclass(frozen=True)
class Run:
    """Samples ``first..last`` with one camera (or none); ``film``: without one, a moving picture."""

    first: int
    last: int
    camera: Corners | None
    film: bool = False


def scaled(box: Corners, factor: float) -> Corners:
    x0, y0, x1, y1 = (round(v * factor) for v in box)
    return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)


def label(samples: Sequence[Sample], cameras: Sequence[Camera], size: tuple[int, int]) -> list[Corners | None]:
    """The camera's box in the large picture for each sample. ``size`` is the large picture's."""
    factor = samples[0].small.shape[1] / size[0]
    labels: list[Corners | None] = [None] * len(samples)
    small_ones = [camera for camera in cameras if not fills(camera.box, size)]
    if len(samples) >= LONG_ENOUGH:
        small_ones = [camera for camera in small_ones if camera.votes >= MIN_VOTES]
    for camera in sorted(small_ones, key=lambda one: one.votes):  # the most often found has the last word
        box = scaled(camera.box, factor)
        present = present_in(samples, box)
        if present.any() and _is_overlay(samples, present, box):
            for index in np.flatnonzero(present):
                labels[index] = camera.box
    full = next((camera for camera in cameras if fills(camera.box, size)), None)
    if full:
        box = scaled(full.box, factor)
        free = np.array([one is None for one in labels])
        for index in np.flatnonzero(_full_in(samples, box, free)):
            labels[index] = full.box
    return without_islands(labels)


def present_in(samples: Sequence[Sample], box: Corners) -> Mask:
    """Samples in which an overlaid camera's borders and tones, or its usual look, are there."""
    spread = np.array([spread_inside(sample.small, box) for sample in samples])
    support = np.array([border_support(sample.small, box) or 0.0 for sample in samples])
    sure = ((spread >= PHOTOGRAPHIC) & (support >= SUPPORTED)) | ((spread >= PLAIN) & (support >= CRISP))
    if not sure.any():
        return np.asarray(sure, np.bool_)
    usual = usual_look([sample.small for sample, is_sure in zip(samples, sure, strict=True) if is_sure])
    alike = np.array([likeness(sample.small, usual, box) >= ALIKE for sample in samples])
    return np.asarray(sure | (alike & (spread >= PHOTOGRAPHIC)), np.bool_)


def _is_overlay(samples: Sequence[Sample], present: Mask, box: Corners) -> bool:
    """An overlay lies on a screen: few tones, or slides that change around it while it stays.

    A window or a picture frame in a room has sharp borders too, but what is around it is a photograph as well.
    """
    around = np.ones(samples[0].small.shape, np.bool_)
    around[box[1] : box[3], box[0] : box[2]] = False
    if not around.any():
        return False
    shown = [sample for sample, is_there in zip(samples, present, strict=True) if is_there]
    there = [sample.small for sample in shown]
    if float(np.median([tone_spread(small[around]) for small in there])) < AROUND_PHOTOGRAPHIC:
        return True
    if float(np.median([sample.moved[around].mean() for sample in shown])) >= STIRS:
        return False
    for one, other in pairwise(there):
        if change_score(one, other, around) and likeness(one, other, box) >= ALIKE:
            return True
    height, width = samples[0].small.shape
    inside = sum((box[0] > 2, box[1] > 2, box[2] < width - 2, box[3] < height - 2))
    return inside >= 3 and float(np.median([border_support(small, box) or 0.0 for small in there])) >= CRISP


def _full_in(samples: Sequence[Sample], box: Corners, free: Mask) -> Mask:
    """Samples without an overlay that show a photograph in which something moves, or that looks like those."""
    photographic = free & np.array([spread_inside(sample.small, box) >= PHOTOGRAPHIC for sample in samples])
    lively = photographic & np.array([float(sample.moved.mean()) >= STIRS for sample in samples])
    if not lively.any():
        return np.asarray(lively, np.bool_)
    usual = usual_look([sample.small for sample, is_lively in zip(samples, lively, strict=True) if is_lively])
    alike = np.array([likeness(sample.small, usual, box) >= ALIKE for sample in samples])
    full = np.asarray(lively | (photographic & alike), np.bool_)
    onwards = [(index, index - 1) for index in range(1, len(samples))]
    for index, near in [*onwards, *((near, index) for index, near in reversed(onwards))]:
        if full[near] and photographic[index] and not full[index]:  # somebody who stands still for a moment
            full[index] = likeness(samples[index].small, samples[near].small, box) >= ALIKE
    return full


def without_islands(labels: Sequence[Corners | None]) -> list[Corners | None]:
    """A single sample without a camera between two samples with the same one has it too."""
    kept = list(labels)
    for index in range(1, len(kept) - 1):
        if kept[index] is None and kept[index - 1] is not None and kept[index - 1] == kept[index + 1]:
            kept[index] = kept[index - 1]
    return kept


def runs(samples: Sequence[Sample], labels: Sequence[Corners | None]) -> list[Run]:
    """Consecutive samples of one label; those without a camera are split by whether they are a moving picture."""
    busy = [one is None and float(s.moved.mean()) >= FILM for s, one in zip(samples, labels, strict=True)]
    films = [
        busy[i] and (tone_spread(samples[i].small) >= PHOTOGRAPHIC or all(busy[max(i - 1, 0) : i + 2]))
        for i in range(len(busy))
    ]
    found: list[Run] = []
    for index, (camera, film) in enumerate(zip(labels, films, strict=True)):
        if found and (found[-1].camera, found[-1].film) == (camera, film):
            found[-1] = Run(found[-1].first, index, camera, film)
        else:
            found.append(Run(index, index, camera, film))
    return found


def switch_time(moments: Sequence[Moment], before: Picture, after: Picture, where: Mask) -> float:
    """When the picture stops looking like ``before`` and looks like ``after``, in the region ``where``."""
    gain = []
    for moment in moments:
        small = moment.small[where].astype(np.int16)
        gain.append(float(np.abs(small - before[where]).mean() - np.abs(small - after[where]).mean()))
    total = np.concatenate([[0.0], np.cumsum(gain)])
    split = int(np.argmin(total))  # frames before it look like ``before``, those after it like ``after``
    return moments[min(split, len(moments) - 1)].time_s
