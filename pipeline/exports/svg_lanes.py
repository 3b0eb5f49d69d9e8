"""The lanes of the timeline picture: each draws what it knows over time, from its upper edge down."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.types import LayoutName, LayoutTimeline, PlannedClip, TimeRange, Topic
from pipeline.exports.edit import Edit
from pipeline.exports.plain_text import clock
from pipeline.exports.svg_text import Frame, boxes, element, escaped, fitted, runs, text

LAYOUTS: dict[LayoutName, str] = {
    "slides": "slides",
    "speaker": "speaker",
    "picture_in_picture": "picture in picture",
    "side_by_side": "side by side",
    "board": "board",
    "other": "other",
}
DARK = ("slides",)
"""Layouts whose colour takes white text."""
NUMBER_PX, DIGIT_PX, LABEL_PX = 14.0, 8.0, 70.0
NUMBER_ROWS = (23, 11)  # where clips' numbers stand: above a clip, or one higher where they would touch
TOUCHING = 1.0  # clips that follow each other at once are parted by a line
MOST_LABELS = 200


@dataclass(frozen=True)
class Lane:
    """``draw(y)`` gives its elements, ``y`` being its upper edge; ``height`` is in units of the picture."""

    name: str
    height: float
    draw: Callable[[float], list[str]]


def lanes_of(edit: Edit, frame: Frame) -> list[Lane]:
    """The clips, and what else was found out about the recording."""
    lanes = [Lane("Clips", 50, lambda y: _clips(edit.clips, frame, y))]
    if edit.topics:
        lanes.append(Lane("Topics", 36, lambda y: _topics(edit.topics, frame, y)))
    if edit.silences is not None:
        silences = edit.silences
        lanes.append(Lane("Sound", 22, lambda y: _sound(silences, frame, y)))
    if edit.layout is not None:
        layout = edit.layout
        lanes.append(Lane("Layout", 22, lambda y: _layouts(layout, frame, y)))
        if layout.slide_changes:
            lanes.append(Lane("Slides", 12, lambda y: _changes(layout, frame, y)))
    return lanes


def _clips(clips: tuple[PlannedClip, ...], frame: Frame, y: float) -> list[str]:
    """What a clip keeps is strong, what is cut out of it weak; its rank stands above it."""
    drawn = [boxes([(0.0, frame.width)], frame.left, y + 28, 22, "ground")]
    ends = [-NUMBER_PX] * len(NUMBER_ROWS)  # of the last number in each row
    drawn_to = 0.0
    for clip in sorted(clips, key=lambda clip: clip.start_s):
        whole = frame.box(clip.start_s, clip.end_s)
        kept = runs(((each.start_s, each.end_s) for each in clip.keep), frame)
        told = f"{clip.rank}. {clip.title} ({clock(clip.start_s)} – {clock(clip.end_s)})"
        shapes = boxes([whole], frame.left, y + 28, 22, "cut") + boxes(kept or [whole], frame.left, y + 28, 22, "clip")
        drawn.append(element("g", element("title", escaped(told)) + shapes))
        if drawn_to and whole[0] - drawn_to < TOUCHING:
            drawn.append(element("path", d=f"M{frame.left + whole[0]:g} {y + 28:g}v22", class_="edge"))
        drawn_to = max(drawn_to, whole[0] + whole[1])
        half = (NUMBER_PX + DIGIT_PX * (len(str(clip.rank)) - 1)) / 2
        middle = whole[0] + whole[1] / 2
        row = next((n for n, end in enumerate(ends) if end <= middle - half), ends.index(min(ends)))
        middle = max(middle, ends[row] + half)
        ends[row] = middle + half
        drawn.append(text(str(clip.rank), frame.left + middle, y + NUMBER_ROWS[row], "number", "middle"))
    return drawn


def _topics(topics: tuple[Topic, ...], frame: Frame, y: float) -> list[str]:
    drawn = [boxes([(0.0, frame.width)], frame.left, y, 36, "ground")]
    for number, topic in enumerate(topics, start=1):
        x, width = frame.box(topic.start_s, topic.end_s)
        told = f"{number}. {topic.title} ({clock(topic.start_s)} – {clock(topic.end_s)})"
        shape = boxes([(x, width)], frame.left, y, 36, f"topic{number % 2}")
        drawn.append(element("g", element("title", escaped(told)) + shape))
        if number > MOST_LABELS:
            continue
        title = fitted(f"{number}  {topic.title}", width - 12, 12) if width >= LABEL_PX else ""
        if title:
            drawn.append(text(title, frame.left + x + 7, y + 22, "inside"))
        elif width >= NUMBER_PX:
            drawn.append(text(str(number), frame.left + x + width / 2, y + 22, "inside", "middle"))
    return drawn


def _sound(silences: tuple[TimeRange, ...], frame: Frame, y: float) -> list[str]:
    silent = runs(((each.start_s, each.end_s) for each in silences), frame)
    return [
        boxes([(0.0, frame.width)], frame.left, y, 22, "sound"),
        boxes(silent, frame.left, y, 22, "silence"),
    ]


def _layouts(layout: LayoutTimeline, frame: Frame, y: float) -> list[str]:
    drawn = [boxes([(0.0, frame.width)], frame.left, y, 22, "ground")]
    for name, words in LAYOUTS.items():
        shown = runs(((span.start_s, span.end_s) for span in layout.spans if span.layout == name), frame)
        drawn.append(boxes(shown, frame.left, y, 22, name))
        for x, width in shown:
            label = fitted(words, width - 12, 12) if width >= LABEL_PX else ""
            if label:
                drawn.append(text(label, frame.left + x + 7, y + 15, "inside" if name in DARK else "dark"))
    return drawn


def _changes(layout: LayoutTimeline, frame: Frame, y: float) -> list[str]:
    places = sorted({frame.box(change.time_s, change.time_s)[0] for change in layout.slide_changes})
    ticks = "".join(f"M{frame.left + x:g} {y:g}v12" for x in places)
    return [boxes([(0.0, frame.width)], frame.left, y, 12, "ground"), element("path", d=ticks, class_="change")]
