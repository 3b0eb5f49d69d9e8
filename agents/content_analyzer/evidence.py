"""What speaks for a topic boundary besides the words: pauses, slide changes and what the speaker says about it.

Each piece of evidence counts with about the logarithm of how much more often it stands at a boundary than elsewhere
(its log-likelihood ratio), so that pieces add up and compare with a boundary's prior odds. ``docs/topics.md`` has the
counts behind the weights.
"""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents.content_analyzer.farewell import farewell
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.transitions import closes_topic, hands_over, opens_topic
from agents.types import SlideChange

PAUSE_WEIGHT = 0.6
"""For a pause of 3 s; it grows with the logarithm, up to 30 s."""
OPENING_WEIGHT, CLOSING_WEIGHT, HANDOVER_WEIGHT, FAREWELL_WEIGHT = 1.2, 2.5, 3.5, 5.0
SLIDE_WEIGHT = 1.5
SLIDE_BEFORE_S, SLIDE_AFTER_S = 4.0, 6.0
"""A slide belongs to a sentence that starts up to 4 s before it appears or 6 s after."""
USUAL_SLIDE_S = 45.0


def slide_evidence(
    starts_s: Sequence[float], changes: Sequence[SlideChange], span_s: float, usual_slide_s: float = USUAL_SLIDE_S
) -> list[float]:
    """0..1 for each sentence start: a slide changed there. Each change counts for the nearest start only.

    Slides that change more often than ``usual_slide_s`` (code, an animation) say little each, and count less.
    """
    found = [0.0] * len(starts_s)
    if not starts_s:
        return found
    trust = min(1.0, span_s / usual_slide_s / max(1, len(changes)))
    for change in changes:
        right = bisect_left(starts_s, change.time_s)
        near = [i for i in (right - 1, right) if 0 <= i < len(starts_s)]
        i = min(near, key=lambda k: abs(starts_s[k] - change.time_s))
        if -SLIDE_BEFORE_S <= starts_s[i] - change.time_s <= SLIDE_AFTER_S:
            found[i] = max(found[i], trust * (0.5 + 0.5 * min(max(change.score, 0.0), 1.0)))
    return found


def spoken_evidence(sentences: Sequence[SentenceSpan], language: str = "en") -> npt.NDArray[np.float64]:
    """For each sentence, how much what is said speaks for a topic that starts with it.

    A closing phrase counts where it stands and at the next sentence: both “so that's it” and what follows may open
    a new topic.
    """
    texts = [s.text for s in sentences]
    closing = np.array([closes_topic(t, language) for t in texts], bool)
    closing[1:] |= closing[:-1].copy()
    found: npt.NDArray[np.float64] = (
        OPENING_WEIGHT * np.array([opens_topic(t, language) for t in texts], float)
        + CLOSING_WEIGHT * closing
        + HANDOVER_WEIGHT * np.array([hands_over(t) for t in texts], float)
    )
    last = farewell(sentences, language)
    if last is not None:
        found[last] += FAREWELL_WEIGHT
    return found


def boundary_evidence(
    sentences: Sequence[SentenceSpan], changes: Sequence[SlideChange], language: str, usual_s: float
) -> npt.NDArray[np.float64]:
    """For each sentence, how much besides words speaks for a topic that starts with it (0 and up).

    ``usual_s``: the usual length of such a topic. It has two slides; where slides change more often, each says less.
    """
    starts = [s.start_s for s in sentences]
    pauses = [s.pause_s for s in sentences]
    span_s = sentences[-1].end_s - sentences[0].start_s if sentences else 0.0
    slides = slide_evidence(starts, changes, span_s, usual_s / 2)
    said = spoken_evidence(sentences, language) if sentences else np.zeros(0)
    paused = PAUSE_WEIGHT * np.log1p(np.minimum(pauses, 30.0)) / np.log(4.0)
    return np.asarray(paused + SLIDE_WEIGHT * np.array(slides) + said)
