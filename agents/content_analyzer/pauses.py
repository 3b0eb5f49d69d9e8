"""Pauses between words, also those that captions without gaps hide."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median

from agents.content_analyzer.pieces import Piece
from agents.types import TimeRange

_GAP_S, _GAPLESS_SHARE = 0.05, 0.97
_SLOWER = 1.5
"""Where captions have no gaps, each lasts until the next. What it lasts beyond so many usual times is a pause."""
_LONGEST_LINE_S = 12.0
_LEAST_LETTERS = 12
_REACH_S = 0.8
"""A silence belongs to a word's end that is this near: the times of captions and their words are not exact."""


def pauses_after(pieces: Sequence[Piece], silences: Sequence[TimeRange] = ()) -> list[float]:
    """Seconds of pause after each word: the gap before the next one, or a silence, or what a caption hides."""
    found = [max(0.0, b.start_s - a.end_s) for a, b in pairwise(pieces)] + ([0.0] if pieces else [])
    gaps = sum(pause_s > _GAP_S for pause_s in found)
    if len(pieces) > 1 and gaps <= (1 - _GAPLESS_SHARE) * len(pieces):
        _hidden(pieces, found)
    _heard(pieces, silences, found)
    return found


def _hidden(pieces: Sequence[Piece], found: list[float]) -> None:
    """A line that stands much longer than its letters take ends with a pause."""
    lines = []
    at = 0
    for _, group in groupby(pieces, key=lambda p: p.cue):
        row = list(group)
        at += len(row)
        lines.append((at - 1, sum(len(p.text) + 1 for p in row), row[-1].end_s - row[0].start_s))
    usual = [length_s / letters for _, letters, length_s in lines if letters >= _LEAST_LETTERS]
    if not usual:
        return
    letter_s = _SLOWER * median(usual)
    for last, letters, length_s in lines:
        if length_s <= _LONGEST_LINE_S and last + 1 < len(pieces):
            found[last] = max(found[last], length_s - letter_s * max(letters, _LEAST_LETTERS))


def _heard(pieces: Sequence[Piece], silences: Sequence[TimeRange], found: list[float]) -> None:
    """Each silence counts after the nearest word, the last of a caption before others."""
    starts_s = [p.start_s for p in pieces]
    for silence in silences:
        first = max(bisect_left(starts_s, silence.start_s - _REACH_S), 1)
        past = bisect_right(starts_s, silence.end_s + _REACH_S)
        if first >= past:
            continue
        middle_s = (silence.start_s + silence.end_s) / 2
        nearest = min(range(first, past), key=lambda i: (not pieces[i].first, abs(starts_s[i] - middle_s)))
        found[nearest - 1] = max(found[nearest - 1], silence.duration_s)
