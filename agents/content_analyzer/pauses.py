"""Pauses between words, also those that captions do not show."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from agents.content_analyzer.pieces import Piece
from agents.types import TimeRange

_REACH_S = 0.8
"""A silence belongs to a word's end that is this near: the times of captions and their words are not exact."""


def pauses_after(pieces: Sequence[Piece], silences: Sequence[TimeRange] = ()) -> list[float]:
    """Seconds of pause after each word: the gap before the next one, or a silence that captions do not show."""
    found = [max(0.0, b.start_s - a.end_s) for a, b in pairwise(pieces)] + ([0.0] if pieces else [])
    _heard(pieces, silences, found)
    return found


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
