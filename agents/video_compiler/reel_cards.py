"""Decide and write: a title card — the clip's number, its title and its time in the lecture — as an ASS file.

Text is set by libass, as burned captions are: it shapes every script and finds other fonts for what ours lacks. No text
gets into a filter graph or an argument; a file carries it, escaped.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont
from pysubs2 import Alignment, Color, SSAEvent, SSAFile, SSAStyle

from agents.types import TitleCard
from agents.video_compiler.caption_files import NO_WRAP, escape_ass
from agents.video_compiler.caption_style import EM, FONT_FAMILY, FONTS_DIR
from agents.video_compiler.geometry import Size

FONT_FILE = FONTS_DIR / "DejaVuSans-Bold.ttf"
MARGIN = 0.09  # of the width, left and right
LARGEST, SMALLEST = 0.13, 0.06  # line height of the title, of the shorter side
SMALL = 0.055  # line height of what stands above and below the title
TITLE_ROOM = 0.5  # of the height, at most
SHRINK = 0.93
SHORTEST_S, LONGEST_S = 2.4, 5.0
READ_CHARS_PER_S = 17.0  # a usual reading speed for subtitles
NOTICE_S = 1.0  # until the eye has found the text
SHOWN_MS = 10_000
WHITE, GREY, ACCENT = Color(244, 245, 247, 0), Color(168, 174, 186, 0), Color(94, 196, 182, 0)
ELLIPSIS = "…"
Measure = Callable[[str], float]


@dataclass(frozen=True)
class CardText:
    """The title in lines, and their height in pixels."""

    lines: tuple[str, ...]
    line_height: int


def card_seconds(title: str) -> float:
    """How long a card stands, so that its title can be read.

    >>> card_seconds("Heaps"), card_seconds("x" * 500)
    (2.4, 5.0)
    """
    return min(max(NOTICE_S + len(title) / READ_CHARS_PER_S, SHORTEST_S), LONGEST_S)


def set_title(title: str, canvas: Size) -> CardText:
    """The largest size at which the whole title fits; at the smallest the rest is left out, with an ellipsis."""
    width, height = canvas
    shorter, room = min(canvas), height * TITLE_ROOM
    wide = width * (1 - 2 * MARGIN)
    scale = LARGEST
    while True:
        line_height = max(8, round(shorter * scale))
        measure = _ruler(line_height)
        lines = wrap(title, measure, wide)
        whole = all(measure(piece.strip()) <= wide for piece in _pieces(title))
        if len(lines) * line_height <= room and (whole or scale <= SMALLEST):
            return CardText(_balanced(title, measure, wide, len(lines)), line_height)
        if scale <= SMALLEST:
            break
        scale = max(scale * SHRINK, SMALLEST)
    fitting = max(1, int(room / line_height))
    last = lines[fitting - 1]
    while last and measure(last + ELLIPSIS) > wide:
        last = last[:-1].rstrip()
    return CardText((*lines[: fitting - 1], last + ELLIPSIS), line_height)


def wrap(text: str, measure: Measure, wide: float) -> tuple[str, ...]:
    """Lines no wider than ``wide``, broken at spaces, between characters of scripts without spaces, else in a word."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        grown = line + piece if line else piece.lstrip()
        if measure(grown.rstrip()) <= wide:
            line = grown
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while measure(line.rstrip()) > wide and len(line) > 1:
            fitting = max(1, _fitting(line, measure, wide))
            lines.append(line[:fitting])
            line = line[fitting:]
    return (*lines, line.rstrip()) if line.strip() else tuple(lines)


def _fitting(line: str, measure: Measure, wide: float) -> int:
    """How many of its first characters are no wider than ``wide``."""

    def width_of(count: int) -> float:
        return measure(line[:count])

    return bisect_right(range(len(line)), wide, key=width_of) - 1


def _balanced(text: str, measure: Measure, wide: float, count: int) -> tuple[str, ...]:
    """As many lines, of about the same length: no single word on the last one."""
    narrow = wide
    for percent in range(95, 45, -5):
        lines = wrap(text, measure, wide * percent / 100)
        if len(lines) > count or any(measure(line) > wide * percent / 100 for line in lines):
            break
        narrow = wide * percent / 100
    return wrap(text, measure, narrow)


def _pieces(text: str) -> list[str]:
    """Between two of them a line may end. A piece begins with the space before it."""
    pieces: list[str] = []
    for char in " ".join(text.split()):
        joined = pieces and not _is_wide(char) and char != " " and not _is_wide(pieces[-1][-1])
        if joined:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _ruler(line_height: int) -> Measure:
    """Widths in pixels: our font's, and an em for each character of a wide script, which another font will draw."""
    em = line_height * EM
    font = ImageFont.truetype(str(FONT_FILE), max(1, round(em)), layout_engine=ImageFont.Layout.BASIC)

    def measure(text: str) -> float:
        wide = sum(_is_wide(char) for char in text)
        return float(font.getlength("".join(char for char in text if not _is_wide(char)))) + wide * em

    return measure


def write_card(card: TitleCard, canvas: Size, path: Path) -> None:
    """The card as an ASS file for a picture of ``canvas`` pixels."""
    width, height = canvas
    text = set_title(card.title, canvas)
    small = max(8, round(min(canvas) * SMALL))
    title_height = len(text.lines) * text.line_height
    left, gap = round(width * MARGIN), round(small * 0.6)
    top = (height - (2 * small + 2 * gap + title_height)) // 2
    bar = max(2, small // 8)
    subtitles = SSAFile()
    subtitles.info.update(
        {"PlayResX": str(width), "PlayResY": str(height), "WrapStyle": NO_WRAP, "ScaledBorderAndShadow": "yes"}
    )
    subtitles.styles = {
        "Number": _style(small, ACCENT),
        "Title": _style(text.line_height, WHITE),
        "Time": _style(small, GREY),
        "Bar": _style(small, ACCENT),
    }
    below = top + small + gap + title_height + gap
    _add(subtitles, "Number", (left, top), (f"{card.rank} / {card.of}",))
    _add(subtitles, "Title", (left, top + small + gap), text.lines)
    _add(subtitles, "Time", (left, below), (f"{clock(card.start_s)} – {clock(card.end_s)}",))
    bottom = below + small
    shape = f"m 0 0 l {bar} 0 {bar} {bottom - top} 0 {bottom - top}"
    placed = f"{{\\an7\\pos({left - 4 * bar},{top})\\p1}}{shape}{{\\p0}}"
    subtitles.append(SSAEvent(0, SHOWN_MS, placed, style="Bar"))
    path.write_text(subtitles.to_string("ass"), "utf-8")


def _add(subtitles: SSAFile, style: str, corner: tuple[int, int], lines: Sequence[str]) -> None:
    text = "\\N".join(map(escape_ass, lines))
    subtitles.append(SSAEvent(0, SHOWN_MS, f"{{\\an7\\pos({corner[0]},{corner[1]})}}{text}", style=style))


def _style(line_height: int, colour: Color) -> SSAStyle:
    return SSAStyle(
        fontname=FONT_FAMILY,
        fontsize=line_height,
        bold=True,
        primarycolor=colour,
        outline=0,
        shadow=0,
        alignment=Alignment.TOP_LEFT,
    )


def clock(time_s: float) -> str:
    """A time of the lecture as people write it.

    >>> clock(83.9), clock(3723.0)
    ('1:23', '1:02:03')
    """
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
