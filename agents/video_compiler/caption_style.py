"""Decide: how large burned captions are, and how near to an edge they may stand; and their font and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.video_compiler.captions import MAX_COLUMNS
from agents.video_compiler.geometry import Size
from agents.video_compiler.line_breaks import MAX_LINES
from agents.video_compiler.tokens import columns

FONTS_DIR = Path(__file__).resolve().parents[1] / "fonts" / "dejavu"
FONT_FAMILY = "DejaVu Sans"
ASS_NAME, SRT_NAME, VTT_NAME = "captions.ass", "clip.srt", "clip.vtt"
FONT_HEIGHT = 0.052  # of the canvas's height, line to line: an em of 4.5 %
FONT_WIDTH = 0.064  # of the canvas's width, where the canvas is upright
SAFE = 0.05  # of the canvas: nothing is set nearer to an edge (EBU R 95)
SAFE_BELOW_UPRIGHT = 0.12  # of an upright canvas's height: players on phones write there
COLUMN_EM = 0.60  # a mean character of DejaVu Sans Bold, in ems
EM = 1 / 1.164  # of the line height in DejaVu Sans


@dataclass(frozen=True)
class CaptionStyle:
    """Pixels of the canvas. ``box_height`` holds two lines with the box around them."""

    font_size: int
    max_columns: int
    margin_x: int
    margin_y: int
    padding: int
    box_height: int

    def box_size(self, lines: Sequence[str]) -> Size:
        """Width (a good estimate) and height of the box around ``lines``, even."""
        wide = max(map(columns, lines), default=0) * self.font_size * EM * COLUMN_EM + 2 * self.padding
        return round(wide / 2) * 2, len(lines) * self.font_size + 2 * self.padding


def caption_style(canvas: Size) -> CaptionStyle:
    """A size that is read from a phone: 4.5 % of the height, less where an upright canvas has no width for it."""
    width, height = canvas
    font_size = max(8, round(min(height * FONT_HEIGHT, width * FONT_WIDTH)))
    margin_x = round(width * SAFE)
    margin_y = round(height * (SAFE_BELOW_UPRIGHT if height > width else SAFE))
    padding = max(2, round(font_size * 0.2))
    fitting = int((width - 2 * margin_x - 2 * padding) / (font_size * EM * COLUMN_EM))
    box_height = MAX_LINES * font_size + 2 * padding
    return CaptionStyle(font_size, max(8, min(MAX_COLUMNS, fitting)), margin_x, margin_y, padding, box_height)
