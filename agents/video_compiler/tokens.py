"""Measure: a segment's words with their punctuation, retimed to the cut."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.types import Segment, TimeRange, Word
from agents.video_compiler.timing import Cut

LONGEST_COLUMNS = 24  # a word longer than this (or a script without spaces) may be broken anywhere


@dataclass(frozen=True)
class Token:
    """A piece of text that is not broken across lines. Times are the clip's; ``spaced``: a space stands before it."""

    start_s: float
    end_s: float
    text: str
    spaced: bool = True

    @property
    def columns(self) -> int:
        """Its width with the space before it."""
        return columns(self.text) + self.spaced


def columns(text: str) -> int:
    """How wide text is: East Asian wide characters count twice, combining marks not at all.

    >>> columns("a b"), columns("字幕"), columns("e\\u0301")
    (3, 4, 1)
    """
    wide = sum(1 for char in text if unicodedata.east_asian_width(char) in "WF")
    marks = sum(1 for char in text if unicodedata.category(char) in ("Mn", "Me", "Cf"))
    return len(text) + wide - marks


def kept_tokens(segment: Segment, cut: Cut) -> tuple[Token, ...]:
    """The words of a segment that are in the clip, at the clip's times."""
    kept = []
    for token in _tokens(segment):
        shown: TimeRange | None = cut.clip_range(token.start_s, token.end_s)
        if shown is not None:
            kept.append(replace(token, start_s=shown.start_s, end_s=shown.end_s))
    return tuple(kept)


def _tokens(segment: Segment) -> Iterator[Token]:
    """Words at source times. Punctuation that is in the segment's text but in no word goes with the word before it."""
    text = _clean(segment.text)
    if not segment.words:
        yield from _interpolated(text, segment.start_s, segment.end_s)
        return
    words = [word for word in segment.words if _clean(word.text)]
    places = _places(text, words)
    for i, word in enumerate(words):
        if places is None:
            piece, spaced = _clean(word.text), True
        else:
            following = places[i + 1] if i + 1 < len(places) else len(text)
            piece = text[places[i] if i else 0 : following].strip()
            spaced = i == 0 or text[places[i] - 1].isspace()
        yield from _broken(Token(word.start_s, word.end_s, piece, spaced))


def _places(text: str, words: list[Word]) -> list[int] | None:
    """Where each word stands in ``text``; None where the two do not agree."""
    places, at = [], 0
    for word in words:
        found = text.find(_clean(word.text), at)
        if found < 0:
            return None
        places.append(found)
        at = found + len(_clean(word.text))
    return places


def _interpolated(text: str, start_s: float, end_s: float) -> Iterator[Token]:
    """Without word times, time runs evenly over the characters."""
    pace_s = (end_s - start_s) / max(len(text), 1)
    at = 0
    for piece in text.split():
        at = text.index(piece, at)
        yield from _broken(Token(start_s + at * pace_s, start_s + (at + len(piece)) * pace_s, piece))
        at += len(piece)


def _broken(token: Token) -> Iterator[Token]:
    """Scripts written without spaces, and very long words, may be broken after any character."""
    if columns(token.text) <= LONGEST_COLUMNS and not any(unicodedata.east_asian_width(c) in "WF" for c in token.text):
        yield token
        return
    pieces = _graphemes(token.text)
    pace_s = (token.end_s - token.start_s) / len(pieces)
    for i, piece in enumerate(pieces):
        start_s = token.start_s + i * pace_s
        yield Token(start_s, start_s + pace_s, piece, token.spaced and i == 0)


def _graphemes(text: str) -> list[str]:
    """Characters with their marks; closing punctuation stays with what is before it."""
    pieces: list[str] = []
    for char in text:
        if pieces and unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf", "Pe", "Pf", "Po"):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _clean(text: str) -> str:
    """One line without control characters, its white space single blanks."""
    return " ".join("".join(char if unicodedata.category(char) != "Cc" else " " for char in text).split())
