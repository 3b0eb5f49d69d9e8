"""The words of a transcript as tokens that fit on a line, each with its time, and grouped by speaker and pause."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.transcript_agent.cues import interpolate_words
from agents.types import Segment, Word

LONGEST_PAUSE_S = 1.2  # within a caption
LONGEST_TOKEN = 42


@dataclass(frozen=True)
class Token:
    """``spaced``: there is a space before it. ``ends``: a segment ends with it."""

    text: str
    start_s: float
    end_s: float
    spaced: bool = True
    ends: bool = False


@dataclass(frozen=True)
class Run:
    """What one speaker says without a long pause."""

    speaker: str | None
    tokens: tuple[Token, ...]


def columns(text: str) -> int:
    """How wide a text is: Chinese, Japanese and Korean letters take two columns, combining marks none.

    >>> columns("naïve"), columns("量子")
    (5, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text
    )


def runs(segments: Sequence[Segment], *, named: bool) -> list[Run]:
    """All words in order. ``named``: a run begins with its speaker's name where that is another one than before."""
    found: list[Run] = []
    spoken: str | None = None
    for segment in segments:
        tokens = tuple(_tokens(segment))
        if not tokens:
            continue
        before = found[-1] if found else None
        if before and before.speaker == segment.speaker and _near(before.tokens[-1], tokens[0]):
            found[-1] = Run(segment.speaker, before.tokens + tokens)
            continue
        if named and segment.speaker and segment.speaker != spoken:
            tokens = (*_name(segment.speaker, tokens[0].start_s), *tokens)
        spoken = segment.speaker
        found.append(Run(segment.speaker, tokens))
    return found


def _near(before: Token, after: Token) -> bool:
    return after.start_s - before.end_s <= LONGEST_PAUSE_S


def _name(speaker: str, time_s: float) -> Iterator[Token]:
    for word in interpolate_words(f"{speaker}:", time_s, time_s):
        yield from _fitting(Token(word.text, time_s, time_s))


def _tokens(segment: Segment) -> Iterator[Token]:
    text = " ".join(segment.text.split())
    made = _aligned(text, segment.words) or [
        Token(word.text, word.start_s, word.end_s) for word in interpolate_words(text, segment.start_s, segment.end_s)
    ]
    pieces = [piece for token in made for piece in _fitting(token)]
    for index, token in enumerate(pieces, 1):
        yield Token(token.text, token.start_s, token.end_s, token.spaced, ends=index == len(pieces))


def _aligned(text: str, words: Sequence[Word]) -> list[Token] | None:
    """The text cut where its words are, None where they are not the same letters."""
    made: list[Token] = []
    at = 0
    for word in words:
        bare = word.text.strip()
        spaced = text[at : at + 1] == " "
        at += spaced
        if not bare or not text.startswith(bare, at):
            return None
        made.append(Token(bare, word.start_s, word.end_s, spaced or not made))
        at += len(bare)
    return made if at == len(text) else None


def _fitting(token: Token) -> Iterator[Token]:
    """A token wider than a line in parts that fit, as even in time as in width."""
    if columns(token.text) <= LONGEST_TOKEN:
        yield token
        return
    parts = [""]
    for letter in token.text:
        if columns(parts[-1] + letter) > LONGEST_TOKEN:
            parts.append("")
        parts[-1] += letter
    step_s = (token.end_s - token.start_s) / len(parts)
    for index, part in enumerate(parts):
        start_s = token.start_s + index * step_s
        yield Token(part, start_s, start_s + step_s, token.spaced and index == 0)
