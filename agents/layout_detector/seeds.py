"""Where something moves again and again: the places around which cameras are looked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from agents.layout_detector.lines import Corners, Mask
from agents.layout_detector.samples import Sample, differs
from agents.media.frames import Picture

CHANGED = 2  # grey levels between samples, in the smoothed small picture
OFTEN = 0.5  # of the samples of a window: the share in which a place moves within a second
PLACE = np.ones((5, 5), np.uint8)  # of the small picture
JOIN = np.ones((9, 9), np.uint8)  # movement this near (in the small picture) is one person
MIN_SEED_PX = 6
MAX_SEEDS = 3


@dataclass(frozen=True)
class Motion:
    """What moved within a second of a sample, and what differs from the sample before; and both with what is near.

    A head that turns never moves the same pixels twice.
    """

    moved: Mask
    near_moved: Mask
    changed: Mask
    near_changed: Mask
    amount: float

    @classmethod
    def of(cls, sample: Sample, before: Picture | None) -> "Motion":
        moved, small = sample.moved, sample.small
        changed = np.zeros_like(moved) if before is None else differs(before, small, CHANGED)
        return cls(moved, _near(moved), changed, _near(changed), float(changed.mean()))


def _near(mask: Mask) -> Mask:
    return np.asarray(cv2.dilate(mask.view(np.uint8), PLACE).view(np.bool_), np.bool_)


def find_seeds(window: Sequence[Motion], share: float) -> list[Corners]:
    """Boxes (in the small picture) around what moves in most of the window, the largest first.

    A slide change moves much, but in one pair of samples; a person moves little, in most of them. ``share`` is the
    part of the pairs of samples in which a place must differ.
    """
    active = _recurring([(one.moved, one.near_moved) for one in window], OFTEN)
    most = 3 * float(np.median([one.amount for one in window[1:]])) if len(window) > 1 else 0.0
    usual = [(one.changed, one.near_changed) for one in window[1:] if one.amount <= most]
    if usual:
        active |= _recurring(usual, share)
    return _blobs(active)


def _recurring(masks: Sequence[tuple[Mask, Mask]], share: float) -> Mask:
    """What moves in at least a share of the masks, there or near it; each with what is near."""
    times = np.add.reduce([near.view(np.uint8) for _, near in masks], dtype=np.uint8)
    ever = np.logical_or.reduce([mask for mask, _ in masks])
    return np.asarray((times >= share * len(masks)) & ever, np.bool_)


def _blobs(active: Mask) -> list[Corners]:
    near = cv2.dilate(active.view(np.uint8), JOIN)
    count, labels = cv2.connectedComponents(near)
    labels = np.where(active, labels, 0)
    sizes = np.bincount(labels.ravel(), minlength=count)
    boxes = []
    for label in sorted(range(1, count), key=lambda one: -int(sizes[one]))[:MAX_SEEDS]:
        if sizes[label] >= MIN_SEED_PX:
            rows, columns = np.nonzero(labels == label)
            boxes.append((int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1))
    return boxes
