"""When layouts switch and slides change: every frame of the intervals whose two ends differ is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from agents.layout_detector.closeup import Look
from agents.layout_detector.lines import Corners, Mask, scaled
from agents.layout_detector.samples import SMALL_PX, Sample, shrink
from agents.layout_detector.slides import Moment, change_score, changes_within
from agents.layout_detector.timeline import Run, switch_time
from agents.media.frames import frames_between
from agents.types import Report, SlideChange, VideoStream

FRAME_STEP_S = 0.06  # precision of the times found
RESTLESS_SAMPLES, RESTLESS_NEAR = 4, np.ones((7, 7), np.uint8)  # fewer samples tell little; near in the small picture
APART_S = 1.0  # nearer slide changes are one (an animation)
EDGE = 0.01  # of the frame's width: left out around a camera, where its border may shimmer


@dataclass(frozen=True)
class Found:
    """What is known before changes are timed; ``shown`` is the stream they are timed in."""

    samples: Sequence[Sample]
    runs: Sequence[Run]
    looks: Sequence[Look]
    shown: VideoStream
    duration_s: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the source as displayed."""
        return self.shown.width, self.shown.height


class Changes:
    """Walks over the intervals between samples once, decoding only those where something changed."""

    def __init__(self, media: str, known: Found, report: Report) -> None:
        self._media, self._known, self._report = media, known, report
        height, width = known.samples[0].shape
        self._factor = width / known.size[0]
        self._masks = [
            without_restless(screen_mask((height, width), look, self._factor), known.samples[run.first : run.last + 1])
            for run, look in zip(known.runs, known.looks, strict=True)
        ]

    def find(self) -> tuple[list[float], list[SlideChange]]:
        """Times of the switches between runs, in order, and slide changes."""
        samples, runs = self._known.samples, self._known.runs
        switches: list[float] = []
        slides: list[SlideChange] = []
        current = 0
        for index, (one, other) in enumerate(pairwise(samples)):
            self._report(0.6 + 0.4 * index / len(samples), "Timing layout switches and slide changes")
            if index + 1 > runs[current].last:
                moments = self._moments(one, other)
                switches.append(self._switch(moments, one, other, current))
                parts = self._parts(moments, switches[-1], current)
                current += 1
            else:
                mask = self._masks[current]
                if mask is None or not change_score(one.small, other.small, mask):
                    continue
                parts = [(self._moments(one, other), mask)]
            for part, part_mask in parts:
                if part_mask is not None:
                    slides += [SlideChange(round(t, 3), round(s, 3)) for t, s in changes_within(part, part_mask)]
        return switches, apart(slides + self._after_last(current))

    def _after_last(self, current: int) -> list[SlideChange]:
        """Changes after the last sample, which may be ten seconds from the end: seen coarsely, then timed."""
        last, mask = self._known.samples[-1], self._masks[current]
        if mask is None or self._known.duration_s - last.time_s < APART_S:
            return []
        end = Sample.of(self._known.duration_s, last.small, last.moved)
        coarse = self._moments(last, end, APART_S)[:-1]
        if not any(change_score(last.small, moment.small, mask) for moment in coarse):
            return []
        moments = [Moment(last.time_s, last.small), *self._moments(last, end)[:-1]]
        return [SlideChange(round(t, 3), round(s, 3)) for t, s in changes_within(moments, mask)]

    def _parts(
        self, moments: Sequence[Moment], switch_s: float, current: int
    ) -> list[tuple[Sequence[Moment], Mask | None]]:
        """Frames and the screen in them: those before and after a switch apart, unless the screen stays in place."""
        mask, next_mask = self._masks[current : current + 2]
        screen, next_screen = (look.screen for look in self._known.looks[current : current + 2])
        if mask is not None and next_mask is not None and screen == next_screen:
            return [(moments, mask & next_mask)]
        before = [moment for moment in moments if moment.time_s < switch_s]
        return [(before, mask), (moments[len(before) :], next_mask)]

    def _moments(self, one: Sample, other: Sample, step_s: float = FRAME_STEP_S) -> list[Moment]:
        frames = frames_between(
            self._media,
            one.time_s,
            other.time_s + 1e-3,
            width=self._read_width(),
            grey=True,
            step_s=step_s,
            shown=self._known.shown,
        )
        moments = [Moment(shot.time_s, shrink(shot.picture)) for shot in frames]
        moments = [m for m in moments if m.small.shape == one.shape and m.time_s < other.time_s]
        return [*moments, Moment(other.time_s, other.small)]

    def _read_width(self) -> int:
        """Twice the small pictures': scaled at once to their size, text would look another way than in samples."""
        width, height = self._known.size
        return max(2, round(width * min(2 * SMALL_PX / max(width, height), 1.0)))

    def _switch(self, moments: Sequence[Moment], one: Sample, other: Sample, current: int) -> float:
        where = np.zeros(one.shape, np.bool_)
        for look in self._known.looks[current : current + 2]:
            if look.camera:
                x0, y0, x1, y1 = scaled(look.camera, self._factor)
                where[y0:y1, x0:x1] = True
        if not where.any():
            where[:] = True
        return switch_time(moments, one.small, other.small, where)


def screen_mask(shape: tuple[int, int], look: Look, factor: float) -> Mask | None:
    """The screen without the camera, in the small picture; None where there is no screen with slides."""
    if look.screen is None or look.layout in ("other", "board"):
        return None
    mask = np.zeros(shape, np.bool_)
    _fill(mask, scaled(look.screen, factor), 0, True)
    if look.camera:
        _fill(mask, scaled(look.camera, factor), max(round(EDGE * shape[1]), 2), False)
    bare = mask.copy()
    for other in look.others:
        _fill(bare, scaled(other, factor), max(round(EDGE * shape[1]), 2), False)
    return bare if bare.sum() >= mask.sum() / 2 else mask


def without_restless(mask: Mask | None, samples: Sequence[Sample]) -> Mask | None:
    """The mask without what moves in most samples of a layout: tickers, clocks, films. At least half of it stays."""
    if mask is None or len(samples) < RESTLESS_SAMPLES:
        return mask
    times = np.zeros(mask.shape, np.uint16)
    for sample in samples:
        times += np.asarray(cv2.dilate(sample.moved.view(np.uint8), RESTLESS_NEAR), np.uint8)
    calm = mask & (times < len(samples) / 2)
    return np.asarray(calm, np.bool_) if calm.sum() >= mask.sum() / 2 else mask


def _fill(mask: Mask, box: Corners, margin: int, value: bool) -> None:
    x0, y0, x1, y1 = box
    mask[max(y0 - margin, 0) : y1 + margin, max(x0 - margin, 0) : x1 + margin] = value


def apart(changes: Sequence[SlideChange]) -> list[SlideChange]:
    """Changes nearer than ``APART_S`` to the one before are part of it."""
    kept: list[SlideChange] = []
    for change in sorted(changes, key=lambda one: one.time_s):
        if kept and change.time_s - kept[-1].time_s < APART_S:
            kept[-1] = SlideChange(kept[-1].time_s, max(kept[-1].score, change.score))
        else:
            kept.append(change)
    return kept
