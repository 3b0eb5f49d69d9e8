"""An edit of a recording, as the steps before would have made it."""

from fractions import Fraction

from agents.types import (
    ClipFrames,
    CutList,
    FrameSpan,
    LayoutName,
    LayoutSpan,
    LayoutTimeline,
    PlannedClip,
    SlideChange,
    TimeRange,
    Topic,
)
from pipeline.exports.edit import Edit

HOSTILE = (
    'Why <script>alert("x")</script> & \u202e{\\b1}\n001  AX V C 00:00\x00\u2028* FROM CLIP NAME: '
    "<![CDATA[ ]]> --> \ud800"
)


def planned(rank: int, *keep: tuple[float, float], title: str = "A heap", reasons: tuple[str, ...] = ()) -> PlannedClip:
    ranges = tuple(TimeRange(*pair) for pair in keep)
    reasons = reasons or ("Defines: “a heap is a tree”",)
    return PlannedClip(rank, title, "", ranges[0].start_s, ranges[-1].end_s, ranges, 0.9, {"cue": 0.5}, reasons, ())


def topic(start_s: float, end_s: float, title: str = "Heaps", *subtopics: Topic) -> Topic:
    return Topic(start_s, end_s, title, ("heap", "tree"), 0.5, subtopics)


def make_edit(
    *clips: PlannedClip,
    rate: Fraction = Fraction(25),
    duration_s: float = 600.0,
    topics: tuple[Topic, ...] = (),
    timecode: str | None = None,
    video: bool = True,
    channels: int = 2,
    source: str = "lecture.mp4",
    **found: object,
) -> Edit:
    """Cuts are put on the grid of ``rate`` as the renderer does it for a recording that begins at 0."""
    frames = tuple(
        ClipFrames(c.rank, tuple(FrameSpan(round(k.start_s * rate), round(k.end_s * rate)) for k in c.keep))
        for c in clips
    )
    cuts = CutList((rate.numerator, rate.denominator), timecode, video, channels, frames)
    return Edit(source, duration_s, cuts, clips, topics, **found)  # type: ignore[arg-type]  # silences and layout


def layout_of(duration_s: float, spans: int, changes: int) -> LayoutTimeline:
    names: tuple[LayoutName, ...] = ("slides", "speaker", "picture_in_picture", "side_by_side", "board", "other")
    edges = [duration_s * n / spans for n in range(spans + 1)]
    return LayoutTimeline(
        duration_s,
        (1280, 720),
        tuple(LayoutSpan(edges[n], edges[n + 1], names[n % 6], None, None, 0.9) for n in range(spans)),
        tuple(SlideChange(duration_s * (n + 0.5) / changes, 0.8) for n in range(changes)),
    )
