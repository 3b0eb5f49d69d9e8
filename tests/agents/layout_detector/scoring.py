"""How well a timeline agrees with the truth."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from agents.types import LayoutSpan, LayoutTimeline, Rect

STEP_S = 0.1


def iou(one: Rect | None, other: Rect | None) -> float:
    """Intersection over union; 0 where there is none."""
    if one is None or other is None:
        return 0.0
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def span_at(timeline: LayoutTimeline, time_s: float) -> LayoutSpan:
    return next(span for span in timeline.spans if span.start_s <= time_s < span.end_s)


def compare(timeline: LayoutTimeline, gold: dict[str, Any]) -> dict[str, float]:
    """Share of time with the right layout, mean camera and screen overlap, share of time with a false camera."""
    times = [STEP_S * (index + 0.5) for index in range(int(gold["duration"] / STEP_S))]
    right = false = 0
    cameras, screens = [], []
    for time_s in times:
        want = next(one for one in gold["layouts"] if one["start"] <= time_s < one["end"])
        got = span_at(timeline, time_s)
        right += got.layout == want["layout"]
        if want.get("camera"):
            cameras.append(iou(got.camera, tuple(want["camera"])))
        else:
            false += got.camera is not None
        if want.get("screen"):
            screens.append(iou(got.screen, tuple(want["screen"])))
    return {
        "time": right / len(times),
        "camera": sum(cameras) / len(cameras),
        "screen": sum(screens) / len(screens),
        "false_camera": false / len(times),
    }


def slide_f1(timeline: LayoutTimeline, gold: dict[str, Any], within_s: float) -> float:
    """F1 of slide changes. Left out: time 0, what a full-frame speaker hides, detections at layout switches."""
    hidden = [(one["start"], one["end"]) for one in gold["layouts"] if not one.get("screen")]
    switches = [one["start"] for one in gold["layouts"][1:]]
    wanted = [t for t in gold["slide_changes"] if t > 0 and not any(a <= t < b for a, b in hidden)]
    given = [c.time_s for c in timeline.slide_changes]
    given = [t for t in given if all(abs(t - switch) > 1 for switch in switches)]
    left, hits = list(given), 0
    for time_s in wanted:
        near = [t for t in left if abs(t - time_s) <= within_s]
        if near:
            left.remove(min(near, key=lambda t: abs(t - time_s)))
            hits += 1
    return 2 * hits / (len(wanted) + len(given))


def is_whole(timeline: LayoutTimeline, spans: Sequence[LayoutSpan]) -> bool:
    """Spans follow each other from 0 to the end, with rectangles inside the frame."""
    width, height = timeline.size
    rects = [rect for span in spans for rect in (span.screen, span.camera) if rect]
    return (
        spans[0].start_s == 0.0
        and spans[-1].end_s >= timeline.duration_s
        and all(one.end_s == other.start_s for one, other in pairwise(spans))
        and all(x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= width and y + h <= height for x, y, w, h in rects)
    )
