"""What must hold of any timeline."""

from collections.abc import Sequence
from itertools import pairwise

from agents.types import LayoutSpan, LayoutTimeline


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
