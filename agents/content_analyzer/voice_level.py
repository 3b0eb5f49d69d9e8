"""Which sentences are spoken louder than those around them.

A sentence is held against the median of some sentences before it and against that of some after it, and has to exceed
both. A slow drift of the gain stays below what counts, and a step (another speaker, another microphone, a film that is
shown, music under a whole passage) exceeds one side only. Where levels vary much anyway, more is asked.
"""

from collections.abc import Sequence
from math import ceil, floor
from statistics import median

import numpy as np

from agents.content_analyzer.sentences import SentenceSpan
from agents.types import Loudness

LOUDER_DB = 3.0
"""The least that stands out: about what listeners hear as emphasis and not as chance."""
SPREADS = 2.5
"""… and as many standard deviations of the levels around."""
NEIGHBOURS, LEAST_NEIGHBOURS, NEAR_S = 8, 3, 60.0
"""On either side."""
UPPER_PERCENT = 75.0
"""Of a sentence's levels: below it lie its pauses and unstressed words, above it a cough or a knock."""
LEAST_STEPS = 2
INAUDIBLE_DB = 20.0
"""So much below the usual sentence is no speech, whatever the captions say."""
PAUSE_S, CONTRAST_DB = 1.5, 3.0
"""A pause next to a sentence that is as loud as it, within this much: music, applause or noise, not the voice."""
_MAD_TO_DEVIATION = 1.4826


def loudness_of_voice(sentences: Sequence[SentenceSpan], loudness: Loudness) -> list[float]:
    """How far each sentence exceeds what is around it, in units of what stands out: emphasis from 1 on.

    0 where it does not, or where that cannot be told: too short, near an end, or music.
    """
    levels = [_level(loudness, s.start_s, s.end_s) for s in sentences]
    usual_dbfs = median([x for x in levels if x is not None] or [0.0])
    spoken = [x if x is not None and x >= usual_dbfs - INAUDIBLE_DB else None for x in levels]
    found = [_excess(sentences, spoken, i) for i in range(len(sentences))]
    return [0.0 if x and _is_backed(sentences, loudness, i, spoken[i]) else x for i, x in enumerate(found)]


def _level(loudness: Loudness, start_s: float, end_s: float) -> float | None:
    """The upper quartile of the steps that lie wholly inside; None where they are too few."""
    steps = _inside(loudness, start_s, end_s)
    return float(np.percentile(steps, UPPER_PERCENT)) if len(steps) >= LEAST_STEPS else None


def _inside(loudness: Loudness, start_s: float, end_s: float) -> tuple[int, ...]:
    first = max(ceil(start_s / loudness.step_s - 1e-6), 0)
    return loudness.levels_dbfs[first : max(floor(end_s / loudness.step_s + 1e-6), first)]


def _excess(sentences: Sequence[SentenceSpan], spoken: Sequence[float | None], i: int) -> float:
    here = spoken[i]
    earlier, later = range(max(i - NEIGHBOURS, 0), i), range(i + 1, min(i + 1 + NEIGHBOURS, len(sentences)))
    sides = [[x for k in side if (x := spoken[k]) is not None and _near(sentences, i, k)] for side in (earlier, later)]
    if here is None or min(map(len, sides)) < LEAST_NEIGHBOURS:
        return 0.0
    middles = [median(side) for side in sides]
    spread = median(abs(x - middle) for side, middle in zip(sides, middles, strict=True) for x in side)
    needed_db = max(LOUDER_DB, SPREADS * _MAD_TO_DEVIATION * spread)
    return max((here - max(middles)) / needed_db, 0.0)


def _near(sentences: Sequence[SentenceSpan], i: int, k: int) -> bool:
    one, other = sentences[min(i, k)], sentences[max(i, k)]
    return other.start_s - one.end_s <= NEAR_S


def _is_backed(sentences: Sequence[SentenceSpan], loudness: Loudness, i: int, level_dbfs: float | None) -> bool:
    """Whether the pauses next to a sentence are as loud as it."""
    sentence = sentences[i]
    before_s = max(sentences[i - 1].end_s if i else 0.0, sentence.start_s - PAUSE_S)
    after_s = min(sentences[i + 1].start_s if i + 1 < len(sentences) else sentence.end_s, sentence.end_s + PAUSE_S)
    pauses = (_inside(loudness, before_s, sentence.start_s), _inside(loudness, sentence.end_s, after_s))
    return level_dbfs is not None and any(steps and min(steps) > level_dbfs - CONTRAST_DB for steps in pauses)
