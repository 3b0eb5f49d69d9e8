"""Reads one answer of a transcription service: nothing in it is trusted, and every word of its text gets a time.

The service's words come without punctuation and beside the text; its times may be missing, be wrong, or lie outside the
sound that was sent.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from agents.transcript_agent.cues import interpolate_words
from agents.transcript_agent.guards import Line
from agents.transcript_agent.phantoms import normalised
from agents.types import TimeRange, Word

SLACK_S = 1.0
"""Times may be that much past the end; they are cut there."""


def read_lines(document: dict[str, Any], span: TimeRange, speech: Sequence[TimeRange]) -> list[Line]:
    """The lines of one parcel, in the recording's times and in order.

    Words have the service's times where it has usable ones, else what is left between their neighbours. Lines whose
    times cannot be true share the time in which somebody speaks.
    """
    lines = _segments(document, span) or _untimed(str(document.get("text") or ""), span, speech)
    heard = _words(document, span)
    texts = [word for line in lines for word in line.words]
    timed = iter(_with_times(texts, heard))
    found = []
    for line in lines:
        words = tuple(next(timed) for _ in line.words)
        found.append(replace(line, words=words, start_s=words[0].start_s, end_s=words[-1].end_s))
    return found


def _segments(document: dict[str, Any], span: TimeRange) -> list[Line]:
    """As lines with words spread over them; none where any segment is no segment, or the text has more to say."""
    given = document.get("segments")
    if not isinstance(given, list):
        return []
    lines: list[Line] = []
    for each in given:
        times = _times(each, span)
        text = each.get("text") if isinstance(each, dict) else None
        if times is None or not isinstance(text, str):
            return []
        if lines and times.start_s < lines[-1].end_s - SLACK_S:
            return []  # not in order
        if text.strip():
            lines.append(_line(text, times, _number(each, "no_speech_prob"), _number(each, "avg_logprob")))
    whole = normalised(str(document.get("text") or ""))
    return lines if len(normalised(" ".join(line.text for line in lines))) >= 0.9 * len(whole) else []


def _untimed(text: str, span: TimeRange, speech: Sequence[TimeRange]) -> list[Line]:
    if not text.split():
        return []
    start_s = speech[0].start_s if speech else span.start_s
    return [_line(text, TimeRange(start_s, speech[-1].end_s if speech else span.end_s), None, None)]


def _line(text: str, times: TimeRange, no_speech: float | None, log_prob: float | None) -> Line:
    words = interpolate_words(text, times.start_s, times.end_s)
    spaced = tuple(replace(word, text=f" {word.text}") for word in words)
    return Line(times.start_s, times.end_s, spaced, no_speech, log_prob)


def _words(document: dict[str, Any], span: TimeRange) -> list[Word]:
    """The service's words that have usable times, in order; none where they do not come in order."""
    given = document.get("words")
    found: list[Word] = []
    for each in given if isinstance(given, list) else ():
        times = _times(each, span)
        text = each.get("word") if isinstance(each, dict) else None
        if times is not None and isinstance(text, str) and normalised(text):
            found.append(Word(times.start_s, times.end_s, text))
    ordered = all(a.start_s <= b.start_s + SLACK_S for a, b in pairwise(found))
    return found if ordered else []


def _with_times(texts: Sequence[Word], heard: Sequence[Word]) -> list[Word]:
    """``texts`` with the times of the same words in ``heard``; those without any keep what they have, in order."""
    left, right = [normalised(word.text) for word in texts], [normalised(word.text) for word in heard]
    timed = list(texts)
    sure = [False] * len(texts)
    for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            at, there = block.a + offset, heard[block.b + offset]
            timed[at] = replace(texts[at], start_s=there.start_s, end_s=there.end_s)
            sure[at] = True
    return _in_order(timed, sure)


def _in_order(words: list[Word], sure: list[bool]) -> list[Word]:
    """No word begins before the one before it has ended, and unsure ones stay before the next sure one."""
    limits = [math.inf] * (len(words) + 1)
    for index in range(len(words) - 1, -1, -1):
        limits[index] = min(limits[index + 1], words[index].start_s if sure[index] else math.inf)
    found: list[Word] = []
    free_s = 0.0
    for index, word in enumerate(words):
        limit_s = max(limits[index + 1], free_s)
        start_s = min(max(word.start_s, free_s), limit_s)
        free_s = min(max(word.end_s, start_s), limit_s)
        found.append(replace(word, start_s=round(start_s, 3), end_s=round(free_s, 3)))
    return found


def _times(each: Any, span: TimeRange) -> TimeRange | None:
    """``start`` and ``end`` in the recording's times; None where they cannot be those of a part of the parcel."""
    if not isinstance(each, dict):
        return None
    start, end = _number(each, "start"), _number(each, "end")
    if start is None or end is None or not -SLACK_S <= start <= end <= span.duration_s + SLACK_S:
        return None
    return TimeRange(
        span.start_s + min(max(start, 0.0), span.duration_s), span.start_s + min(max(end, 0.0), span.duration_s)
    )


def _number(each: dict[str, Any], name: str) -> float | None:
    value = each.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
