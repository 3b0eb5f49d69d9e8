"""How well a layout timeline agrees with the truth: time right by layout, rectangles, slide changes.

Truth is a dictionary with ``duration``, ``layouts`` (``start``, ``end``, ``layout``, ``screen``, ``camera``; seconds
and ``[x, y, width, height]``) and ``slide_changes`` (seconds; None where nobody would mark any). A layout may have
``also``, names as right as its own, and ``cameras``, rectangles as right as its ``camera``.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.types import LayoutSpan, LayoutTimeline, Rect

STEP_S = 0.1
SWITCH_S = 1.0  # detections this near to a layout switch are left out
WITHIN_S = 0.5


@dataclass
class Score:
    """Sums over time, so that the scores of several recordings add up. Shares are 0 to 1."""

    steps: int = 0
    right: int = 0
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    cameras: list[float] = field(default_factory=list)
    screens: list[float] = field(default_factory=list)
    false_camera: int = 0
    hits: int = 0
    wanted: int = 0
    given: int = 0
    sure: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def time_right(self) -> float:
        return self.right / max(self.steps, 1)

    @property
    def camera(self) -> float:
        """Mean camera IoU over the time with a camera; a missed one counts 0."""
        return _mean(self.cameras)

    @property
    def screen(self) -> float:
        return _mean(self.screens)

    @property
    def false_camera_share(self) -> float:
        return self.false_camera / max(self.steps, 1)

    @property
    def f1(self) -> float:
        total = self.wanted + self.given
        return 2 * self.hits / total if total else 1.0

    def __iadd__(self, other: "Score") -> "Score":
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)
        return self


def score(timeline: LayoutTimeline, gold: dict[str, Any]) -> Score:
    """Compare at every tenth of a second; slide changes by ``slide_hits``."""
    one = Score()
    for index in range(int(gold["duration"] / STEP_S)):
        time_s = STEP_S * (index + 0.5)
        want = next(span for span in gold["layouts"] if span["start"] <= time_s < span["end"])
        got = span_at(timeline, time_s)
        is_right = got.layout in (want["layout"], *want.get("also", ()))
        one.steps += 1
        one.right += is_right
        one.sure.append((got.confidence, is_right))
        if not is_right:
            one.confused[want["layout"], got.layout] += 1
        if want.get("camera"):
            one.cameras.append(max(iou(got.camera, tuple(box)) for box in (want["camera"], *want.get("cameras", ()))))
        elif "speaker" not in want.get("also", ()):
            one.false_camera += got.camera is not None
        if want.get("screen"):
            one.screens.append(iou(got.screen, tuple(want["screen"])))
    if gold["slide_changes"] is not None:
        one.hits, one.wanted, one.given = slide_hits((c.time_s for c in timeline.slide_changes), gold)
    return one


def span_at(timeline: LayoutTimeline, time_s: float) -> LayoutSpan:
    """The span at a time; after the end, the last."""
    return next((span for span in timeline.spans if span.start_s <= time_s < span.end_s), timeline.spans[-1])


def iou(one: Rect | None, other: Rect | None) -> float:
    """Intersection over union; 0 where there is none."""
    if one is None or other is None:
        return 0.0
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def slide_hits(times_s: Iterable[float], gold: dict[str, Any], within_s: float = WITHIN_S) -> tuple[int, int, int]:
    """Hits, changes wanted and changes given.

    Left out: time 0, changes that a layout without slides hides, and detections within a second of a switch;
    a true change that near to a switch counts where it was found, and is not missed where it was not.
    """
    switches = [one["start"] for one in gold["layouts"][1:]]
    hidden = [
        (one["start"], one["end"]) for one in gold["layouts"] if not one.get("screen") or one["layout"] == "board"
    ]
    wanted = [t for t in gold["slide_changes"] if t > 0 and not any(a <= t < b for a, b in hidden)]
    given = [t for t in times_s if _far(t, switches)]
    left, hits, missed = list(given), 0, 0
    for time_s in wanted:
        near = [t for t in left if abs(t - time_s) <= within_s]
        if near:
            left.remove(min(near, key=lambda t: abs(t - time_s)))
            hits += 1
        elif _far(time_s, switches):
            missed += 1
    return hits, hits + missed, len(given)


def _far(time_s: float, switches: Sequence[float]) -> bool:
    return all(abs(time_s - switch) > SWITCH_S for switch in switches)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 1.0
