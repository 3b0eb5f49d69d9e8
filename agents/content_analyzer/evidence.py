"""What speaks for a topic boundary besides the words: pauses, slide changes and announcing phrases."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from agents.content_analyzer.sentences import SentenceSpan
from agents.types import SlideChange

PAUSE_WEIGHT = 0.5
ANNOUNCEMENT_WEIGHT = 1.0
SLIDE_WEIGHT = 1.5
SLIDE_BEFORE_S, SLIDE_AFTER_S = 4.0, 6.0
"""A slide belongs to a sentence that starts up to 4 s before it appears or 6 s after."""
_USUAL_SLIDE_S = 45.0

_LEAD = r"(?:(?:and|so|yeah|yes|ok|okay|um|uh|alright|all right|now|well)[ ,.]+)*"
_ANNOUNCEMENT = re.compile(
    _LEAD + r"(?:(?:the )?next|the other|another|final(?:ly)?|lastly|moving on|on to|here we"
    r"|let(?:'s| us) (?:look|move|start|talk|go|turn|jump|take|see|first|consider|begin)"
    r"|let me (?:show|share|just|move|jump|go|start|turn|now|begin)"
    r"|(?:we'll|we will|we're going to) (?:now|start|move|look|turn|talk|see)"
    r"|(?:i'll|i will|i'm going to|i want to|i'd like to) (?:talk|show|start|now|move|go|share|switch|turn)"
    r"|first(?:ly)?|second(?:ly)?|third(?:ly)?|to (?:summari[sz]e|conclude|recap|start|begin)|in (?:summary|conclusion)"
    r"|taking a look|looking at|that's (?:it|about it|what|all)|for the next)\b"
)
_RESTART = re.compile(r"(?:(?:yeah|yes|um|uh)[ ,.]+)*(?:okay|ok|alright|all right|now|so|anyway|right)[ ,]")


def announcement(text: str) -> float:
    """0..1: does the sentence announce something new (1), or restart with “okay”, “so”, “now” (0.6)?"""
    text = text.lower().replace("’", "'").lstrip()
    return 1.0 if _ANNOUNCEMENT.match(text) else 0.6 if _RESTART.match(text) else 0.0


def slide_evidence(starts_s: Sequence[float], changes: Sequence[SlideChange], span_s: float) -> list[float]:
    """0..1 for each sentence start: a slide changed there. Each change counts for the nearest start only.

    Slides that change all the time (code, an animation) say little, and count less.
    """
    found = [0.0] * len(starts_s)
    if not starts_s:
        return found
    trust = min(1.0, span_s / _USUAL_SLIDE_S / max(1, len(changes)))
    for change in changes:
        right = bisect_left(starts_s, change.time_s)
        near = [i for i in (right - 1, right) if 0 <= i < len(starts_s)]
        i = min(near, key=lambda k: abs(starts_s[k] - change.time_s))
        if -SLIDE_BEFORE_S <= starts_s[i] - change.time_s <= SLIDE_AFTER_S:
            found[i] = max(found[i], trust * (0.5 + 0.5 * min(max(change.score, 0.0), 1.0)))
    return found


def boundary_evidence(
    sentences: Sequence[SentenceSpan], changes: Sequence[SlideChange], english: bool
) -> npt.NDArray[np.float64]:
    """For each sentence, how much besides words speaks for a topic that starts with it (0 and up)."""
    starts = [s.start_s for s in sentences]
    pauses = [0.0] + [max(0.0, b.start_s - a.end_s) for a, b in pairwise(sentences)]
    span_s = sentences[-1].end_s - sentences[0].start_s if sentences else 0.0
    said = [announcement(s.text) if english else 0.0 for s in sentences]
    slides = slide_evidence(starts, changes, span_s)
    found: npt.NDArray[np.float64] = (
        PAUSE_WEIGHT * np.log1p(np.minimum(pauses, 30.0)) / np.log(4.0)
        + ANNOUNCEMENT_WEIGHT * np.array(said)
        + SLIDE_WEIGHT * np.array(slides)
    )
    return found
