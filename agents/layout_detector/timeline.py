"""From samples to a timeline: which camera is on in each sample, runs of one layout, and when it switches.

Pure functions on small pictures and numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from agents.layout_detector.cameras import Camera, fills
from agents.layout_detector.films import stretches, without_films, without_photographs
from agents.layout_detector.lines import Corners, Mask, scaled
from agents.layout_detector.overlays import (
    ALIKE,
    PHOTOGRAPHIC,
    is_overlay,
    not_within_wider,
    present_in,
    whole_ones,
)
from agents.layout_detector.presence import border_support, likeness, spread_inside, usual_look
from agents.layout_detector.samples import Sample, tone_spread
from agents.layout_detector.slides import Moment
from agents.layout_detector.stirring import stirring
from agents.media.frames import Picture

STIRS_FULL = 0.002  # of the frame moves within a second where somebody fills it: four times a mouse
EDGE_PX = 2  # of the small picture: movement inside a camera shows that far outside
NEARLY = 0.3  # tone spread that is enough where the picture looks like one that is photographic
MOSTLY_LIVELY = 0.25  # of a stretch's samples: the least for somebody who stands still now and then
FILM = 0.02  # of the frame's pixels move within a second in a film without a person to follow
FILM_CELLS = (8, 6)  # columns and rows of the frame: a film moves in more than half of both, a ticker or a GIF does not
LONG_ENOUGH = 8  # samples from which on a camera must have been found more than once
MIN_VOTES = 2
SELDOM, SELDOM_BORDER = 1 / 3, 0.65  # with fewer votes for each sample it is in, the least support of its borders


@dataclass(frozen=True)
class Run:
    """Samples ``first..last`` with one camera (or none); ``film``: without one, a moving picture."""

    first: int
    last: int
    camera: Corners | None
    film: bool = False


def label(samples: Sequence[Sample], cameras: Sequence[Camera], size: tuple[int, int]) -> list[Corners | None]:
    """The camera's box in the large picture for each sample. ``size`` is the large picture's."""
    factor = samples[0].shape[1] / size[0]
    labels: list[Corners | None] = [None] * len(samples)
    for camera, present in overlays(samples, cameras, size):
        for index in np.flatnonzero(present):
            labels[index] = camera.box
    full = next((camera.box for camera in cameras if fills(camera.box, size)), (0, 0, *size))
    free = np.array([one is None for one in labels])
    for index in np.flatnonzero(_full_in(samples, scaled(full, factor), free)):
        labels[index] = full
    return without_islands(labels)


def overlays(samples: Sequence[Sample], cameras: Sequence[Camera], size: tuple[int, int]) -> list[tuple[Camera, Mask]]:
    """The cameras that are laid over a screen, with the samples they are in; the most often found is the last."""
    factor = samples[0].shape[1] / size[0]
    found: list[tuple[Camera, Mask]] = []
    small_ones = [camera for camera in cameras if not fills(camera.box, size)]
    if len(samples) >= LONG_ENOUGH:
        small_ones = [camera for camera in small_ones if camera.votes >= MIN_VOTES]
    small_ones = whole_ones(samples, small_ones, factor)
    seen = [present_in(samples, scaled(one.box, factor), is_round=one.is_round) for one in small_ones]
    there = not_within_wider(samples, [scaled(one.box, factor) for one in small_ones], seen)
    for camera, shown in sorted(zip(small_ones, there, strict=True), key=lambda pair: pair[0].votes):
        box = scaled(camera.box, factor)
        around = np.ones(samples[0].shape, np.bool_)
        around[max(box[1] - EDGE_PX, 0) : box[3] + EDGE_PX, max(box[0] - EDGE_PX, 0) : box[2] + EDGE_PX] = False
        present = without_films(samples, without_photographs(samples, shown, box), box, around)
        if camera.votes < SELDOM * present.sum() and not camera.is_round:
            borders = [border_support(samples[int(i)].small, box) or 0.0 for i in np.flatnonzero(present)]
            present &= float(np.median(borders)) >= SELDOM_BORDER
        if present.any() and around.any() and is_overlay(samples, present, box, around):
            found.append((camera, present))
    return found


def _full_in(samples: Sequence[Sample], box: Corners, free: Mask) -> Mask:
    """Samples without an overlay that show a photograph in which something moves, or that looks like those."""
    spread = np.array([spread_inside(sample.small, box) for sample in samples])
    photographic, nearly = free & (spread >= PHOTOGRAPHIC), free & (spread >= NEARLY)
    lively = photographic.copy()
    everywhere = np.ones(samples[0].shape, np.bool_)
    lively[photographic] = stirring([samples[int(i)] for i in np.flatnonzero(photographic)], everywhere) >= STIRS_FULL
    if not lively.any():
        return np.asarray(lively, np.bool_)
    usual = usual_look([sample for sample, is_lively in zip(samples, lively, strict=True) if is_lively])
    alike = np.array([likeness(sample.small, usual, box) >= ALIKE for sample in samples])
    full = np.asarray(lively | (nearly & alike), np.bool_)
    onwards = [(index, index - 1) for index in range(1, len(samples))]
    pans = nearly & ~full
    pans[nearly] = stirring([samples[int(i)] for i in np.flatnonzero(nearly)], everywhere) >= FILM
    for index, near in [*onwards, *((near, index) for index, near in reversed(onwards))]:
        if full[near] and nearly[index] and not full[index]:  # somebody stands still for a moment, or the camera pans
            full[index] = pans[index] or likeness(samples[index].small, samples[near].small, box) >= ALIKE
    for stretch in stretches(full):
        if float(lively[stretch].mean()) < MOSTLY_LIVELY:
            full[stretch] = False  # a picture on a slide, over which something moved once
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
    busy = _busy(samples, np.array([one is None for one in labels]))
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


def _busy(samples: Sequence[Sample], free: Mask) -> Mask:
    """Samples without a camera in which much moves, as in those before or after."""
    busy = free.copy()
    everywhere = np.ones(samples[0].shape, np.bool_)
    busy[free] = stirring([samples[int(i)] for i in np.flatnonzero(free)], everywhere) >= FILM
    for index in np.flatnonzero(busy):
        busy[index] = _all_over(samples[int(index)].moved)
    return busy


def _all_over(moved: Mask) -> bool:
    """Does something move in several rows and several columns of the frame?"""
    cells = cv2.resize(moved.astype(np.float32), FILM_CELLS, interpolation=cv2.INTER_AREA) >= FILM
    return min(float(cells.any(axis=0).mean()), float(cells.any(axis=1).mean())) > 0.5


def switch_time(moments: Sequence[Moment], before: Picture, after: Picture, where: Mask) -> float:
    """When the picture stops looking like ``before`` and looks like ``after``, in the region ``where``."""
    gain = []
    for moment in moments:
        small = moment.small[where].astype(np.int16)
        gain.append(float(np.abs(small - before[where]).mean() - np.abs(small - after[where]).mean()))
    total = np.concatenate([[0.0], np.cumsum(gain)])
    split = int(np.argmin(total))  # frames before it look like ``before``, those after it like ``after``
    return moments[min(split, len(moments) - 1)].time_s
