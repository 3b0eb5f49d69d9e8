"""How the clip shows each stretch of the source: the decided arrangement of screen and camera."""

from typing import Literal

from agents.types import Arrangement, ClipLayout, LayoutSpan, LayoutTimeline

_MIN_SPAN_S = 1e-3


def clip_layout(
    timeline: LayoutTimeline | None,
    start_s: float,
    end_s: float,
    aspect: str,
    wanted: Literal["auto", "full", "split", "stack"],
) -> tuple[ClipLayout, ...]:
    """The timeline's spans within ``[start_s, end_s)``; nothing where there is no video."""
    if timeline is None:
        return ()
    out = []
    for span in sorted(timeline.spans, key=lambda s: s.start_s):
        begin_s, until_s = max(span.start_s, start_s), min(span.end_s, end_s)
        if until_s - begin_s >= _MIN_SPAN_S:
            shown = arrangement(span, aspect, wanted)
            out.append(ClipLayout(begin_s, until_s, span.layout, shown, span.screen, span.camera))
    return tuple(out)


def arrangement(span: LayoutSpan, aspect: str, wanted: str) -> Arrangement:
    """What was asked for where the span shows both screen and camera; else the whole frame.

    ``auto``: narrow pictures stack screen over camera, as beside each other both would be tiny; wide ones stay.
    """
    if span.screen is None or span.camera is None:
        return "full"
    if wanted == "split":
        return "split"
    if wanted == "stack":
        return "stack"
    together = span.layout in ("picture_in_picture", "side_by_side")
    return "stack" if wanted == "auto" and aspect in ("9:16", "1:1") and together else "full"
