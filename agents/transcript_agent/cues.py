"""Cues made sane: sorted, without repeats, disjoint, with words that have times."""

from dataclasses import replace
from itertools import pairwise

from agents.transcript_agent.caption_text import Cue
from agents.types import Segment, Word

SHORTEST_MS = 100
READING_MS_PER_CHAR = 60  # 1000 characters a minute: fast speech
ROLLING_SHARE = 0.3


def tidy(cues: list[Cue], duration_ms: int | None = None) -> list[Cue]:
    """Cues in order and disjoint, each with text and a duration, inside ``[0, duration_ms)``.

    Where a cue begins before the previous one ends, the previous one ends there; where next to nothing would be left
    of it, the two become one.
    """
    kept = [cue for cue in cues if cue.lines and (duration_ms is None or cue.start_ms < duration_ms)]
    kept.sort(key=lambda cue: (cue.start_ms, cue.end_ms))
    kept = without_rolling_repeats(kept)
    tidied: list[Cue] = []
    for written in kept:
        cue = _with_duration(written, duration_ms)
        if tidied and cue.start_ms < tidied[-1].end_ms:
            if cue.start_ms - tidied[-1].start_ms < SHORTEST_MS:
                tidied[-1] = _joined(tidied[-1], cue)
                continue
            tidied[-1] = replace(tidied[-1], end_ms=cue.start_ms)
        tidied.append(cue)
    return tidied


def without_rolling_repeats(cues: list[Cue]) -> list[Cue]:
    """Live and automatic captions scroll: each cue shows the previous cue's last line again. Keep the first showing.

    Only where a good part of the file does so: people do say the same thing twice.
    """
    repeats = [
        bool(before.lines) and cue.lines[0] == before.lines[-1] and cue.start_ms <= before.end_ms + SHORTEST_MS
        for before, cue in pairwise(cues)
    ]
    if sum(repeats) < max(3, ROLLING_SHARE * len(cues)):
        return cues
    fresh = [
        cue if not again else replace(cue, lines=cue.lines[1:]) for cue, again in zip(cues[1:], repeats, strict=True)
    ]
    return [cues[0], *(cue for cue in fresh if cue.lines)]


def _with_duration(cue: Cue, duration_ms: int | None) -> Cue:
    end_ms = cue.end_ms if cue.end_ms > cue.start_ms else cue.start_ms + READING_MS_PER_CHAR * len(cue.text)
    return replace(cue, end_ms=min(end_ms, duration_ms) if duration_ms is not None else end_ms)


def _joined(first: Cue, second: Cue) -> Cue:
    speaker = first.speaker if first.speaker == second.speaker else None
    return Cue(first.start_ms, max(first.end_ms, second.end_ms), first.lines + second.lines, speaker)


def to_segment(cue: Cue) -> Segment:
    """One segment per cue; a word's share of the time is its share of the characters."""
    start_s, end_s = cue.start_ms / 1000, cue.end_ms / 1000
    return Segment(start_s, end_s, cue.text, cue.speaker, interpolate_words(cue.text, start_s, end_s))


def interpolate_words(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Words that fill ``[start_s, end_s)`` without gaps, each as long as its characters and the space after it.

    >>> [(w.start_s, w.end_s, w.text) for w in interpolate_words("a bcd", 0.0, 3.0)]
    [(0.0, 1.0, 'a'), (1.0, 3.0, 'bcd')]
    """
    tokens = text.split()
    total = sum(len(token) + 1 for token in tokens)
    words: list[Word] = []
    seen = 0
    for token in tokens:
        begin_s = start_s + (end_s - start_s) * seen / total
        seen += len(token) + 1
        words.append(Word(round(begin_s, 3), round(start_s + (end_s - start_s) * seen / total, 3), token))
    return tuple(words)
