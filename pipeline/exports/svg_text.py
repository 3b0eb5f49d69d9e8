"""SVG as text: escaped, bounded, without scripts and without anything from elsewhere."""

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.exports.plain_text import ELLIPSIS, one_line

NARROW_EM, WIDE_EM = 0.56, 1.0  # of usual fonts; a little generous, so that text stays inside its box


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """``<name …>content</name>``; ``content`` is markup already. ``class_`` and dashes are written as in Python."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _value(value: str | float) -> str:
    return html.escape(value) if isinstance(value, str) else f"{value:g}"


def text(content: str, x: float, y: float, class_: str = "", anchor: str = "start") -> str:
    return element("text", escaped(content), x=x, y=y, class_=class_ or "label", text_anchor=anchor)


def escaped(content: str) -> str:
    return html.escape(one_line(content, 500))


def fitted(content: str, width: float, font_size: float) -> str:
    """As much of ``content`` as ``width`` holds, with an ellipsis; empty where that is not worth reading."""
    line = one_line(content, 500)
    em = width / font_size
    used = 0.0
    for number, char in enumerate(line):
        used += WIDE_EM if unicodedata.east_asian_width(char) in "WF" else NARROW_EM
        if used > em:
            shown = line[: max(number - 1, 0)].rstrip()
            return f"{shown}{ELLIPSIS}" if len(shown) >= 4 else ""
    return line


@dataclass(frozen=True)
class Frame:
    """Where time is drawn: ``duration_s`` on ``width`` units from ``left``, on a grid of half a unit."""

    left: float
    width: float
    duration_s: float

    def box(self, start_s: float, end_s: float) -> tuple[float, float]:
        """Distance from ``left`` and width; never so narrow that it cannot be seen."""
        start, end = self.at(start_s), self.at(end_s)
        return min(start, self.width - 1), max(end - start, 1.0)

    def at(self, time_s: float) -> float:
        """How far from ``left`` a time is."""
        return min(max(round(time_s / max(self.duration_s, 0.001) * self.width * 2), 0), round(self.width * 2)) / 2


def runs(ranges: Iterable[tuple[float, float]], frame: Frame) -> list[tuple[float, float]]:
    """Time ranges as ``(x, width)``, in order, those that touch joined: never more than the picture has room for,
    however many ranges there are. What is shorter than a quarter of a unit is left out."""
    joined: list[tuple[float, float]] = []
    for start_s, end_s in sorted(ranges):
        start, end = frame.at(start_s), frame.at(end_s)
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return [(start, end - start) for start, end in joined]


def boxes(shown: Sequence[tuple[float, float]], left: float, top: float, height: float, class_: str) -> str:
    """Many rectangles as one path."""
    if not shown:
        return ""
    drawn = "".join(f"M{left + x:g} {top:g}h{w:g}v{height:g}h{-w:g}z" for x, w in shown)
    return element("path", d=drawn, class_=class_)
