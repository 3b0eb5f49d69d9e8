"""The whole lecture as one picture: its clips, topics, sound and layouts over time."""

from collections.abc import Sequence

from pipeline.exports.edit import Edit
from pipeline.exports.plain_text import clock
from pipeline.exports.svg_lanes import LAYOUTS, lanes_of
from pipeline.exports.svg_style import STYLE
from pipeline.exports.svg_text import NARROW_EM, Frame, element, escaped, fitted, text

CONTENT_TYPE = "image/svg+xml"
WIDTH, LEFT, RIGHT = 1200.0, 84.0, 24.0
TOP, GAP = 78.0, 12.0
ROW = 22.0
MOST_LISTED = 60  # rows of a list: a picture, not a book
MOST_TICKS = 12
TICKS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)
Row = tuple[str, str, str]


def to_svg(edit: Edit) -> str:
    """An SVG document, 1,200 units wide. Its size is bounded: what is finer than the picture is joined, and the lists
    of clips and topics end after 60 rows."""
    frame = Frame(LEFT, WIDTH - LEFT - RIGHT, edit.duration_s)
    lanes = lanes_of(edit, frame)
    bottom = TOP + sum(lane.height + GAP for lane in lanes)
    parts = [*_head(edit), *_axis(frame, bottom)]
    y = TOP
    for lane in lanes:
        parts.append(text(lane.name, LEFT - 12, y + lane.height - 7 if lane.height > 12 else y + 10, "lane", "end"))
        parts += lane.draw(y)
        y += lane.height + GAP
    legend, y = _legend(edit, bottom + 44)
    lists, height = _lists(edit, y + 40)
    parts += [*legend, *lists]
    return _document([part for part in parts if part], height + 8, edit)


def _document(parts: Sequence[str], height: float, edit: Edit) -> str:
    size = f'viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" height="{height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="lectern-title lectern-desc">',
        element("title", escaped(f"Timeline of {edit.source}"), id="lectern-title"),
        element("desc", escaped(_description(edit)), id="lectern-desc"),
        f"<style>{STYLE}</style>",
        element("rect", width=WIDTH, height=height, class_="page"),
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _head(edit: Edit) -> list[str]:
    kept_s = sum(each.end_s - each.start_s for clip in edit.clips for each in clip.keep)
    facts = [clock(edit.duration_s), _count(len(edit.clips), "clip"), _count(len(edit.topics), "topic")]
    if edit.clips:
        facts[1] += f" of {clock(kept_s)} in all"
    if edit.silences is not None:
        silent_s = sum(each.end_s - each.start_s for each in edit.silences)
        facts.append(f"{min(silent_s / max(edit.duration_s, 0.001), 1):.0%} silence")
    return [
        text(fitted(edit.source, WIDTH - 2 * RIGHT, 20), RIGHT, 34, "heading"),
        text(" · ".join(facts), RIGHT, 56, "sub"),
    ]


def _axis(frame: Frame, bottom: float) -> list[str]:
    """A line through all lanes at round times, the times below."""
    step_s = next((tick for tick in TICKS_S if frame.duration_s / tick <= MOST_TICKS), TICKS_S[-1])
    times_s = range(0, int(frame.duration_s) + 1, step_s)
    lines = "".join(f"M{frame.left + frame.at(at_s):g} {TOP:g}V{bottom:g}" for at_s in times_s)
    labels = [text(clock(at_s), frame.left + frame.at(at_s), bottom + 16, "tick", "middle") for at_s in times_s]
    return [element("path", d=lines, class_="grid"), *labels]


def _legend(edit: Edit, y: float) -> tuple[list[str], float]:
    """What the colours mean, and where it ends."""
    shown = [("clip", "in a clip")] if edit.clips else []
    if any(len(clip.keep) > 1 for clip in edit.clips):
        shown.append(("cut", "cut out of a clip"))
    if edit.silences is not None:
        shown += [("sound", "sound"), ("silence", "silence")]
    if edit.layout is not None:
        seen = {span.layout for span in edit.layout.spans}
        shown += [(name, words) for name, words in LAYOUTS.items() if name in seen]
    drawn: list[str] = []
    x = RIGHT
    for class_, words in shown:
        width = 34 + len(words) * NARROW_EM * 12
        if x + width > WIDTH - RIGHT:
            x, y = RIGHT, y + ROW
        drawn += [element("rect", x=x, y=y - 10, width=12, height=12, class_=class_), text(words, x + 18, y)]
        x += width
    return drawn, y


def _lists(edit: Edit, y: float) -> tuple[list[str], float]:
    """Clips and topics by name, side by side, and where they end."""
    clips = [(str(c.rank), f"{clock(c.start_s)} – {clock(c.end_s)}", c.title) for c in edit.clips]
    topics = [(str(n), clock(topic.start_s), topic.title) for n, topic in enumerate(edit.topics, start=1)]
    drawn: list[str] = []
    column = (WIDTH - 2 * RIGHT) / 2
    height = y
    for place, (heading, rows, time_width) in enumerate((("Clips", clips, 130.0), ("Topics", topics, 70.0))):
        x = RIGHT + place * column
        drawn.append(text(heading, x, y, "caption"))
        drawn += _rows(rows or [("", "", "none")], x, y + ROW, time_width, column - 16)
        height = max(height, y + ROW * (min(len(rows), MOST_LISTED + 1) + 1))
    return drawn, height


def _rows(rows: Sequence[Row], x: float, y: float, time_width: float, width: float) -> list[str]:
    drawn: list[str] = []
    for line, (number, time, title) in enumerate(rows[:MOST_LISTED]):
        below = y + line * ROW
        drawn.append(text(number, x + 20, below, "list number", "end"))
        drawn.append(text(time, x + 32, below, "time"))
        drawn.append(text(fitted(title, width - 32 - time_width, 13), x + 32 + time_width, below, "list"))
    if len(rows) > MOST_LISTED:
        drawn.append(text(f"and {len(rows) - MOST_LISTED} more", x + 32, y + MOST_LISTED * ROW, "time"))
    return drawn


def _description(edit: Edit) -> str:
    """The picture in words."""
    clips = "; ".join(f"{c.rank}. {c.title}, {clock(c.start_s)} to {clock(c.end_s)}" for c in edit.clips)
    topics = "; ".join(f"{clock(topic.start_s)} {topic.title}" for topic in edit.topics[:MOST_LISTED])
    return f"A recording of {clock(edit.duration_s)}. Clips: {clips or 'none'}. Topics: {topics or 'none'}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
