"""Which sentences are spoken louder than those around them.

A sentence is held against the sentences before it and against those after it, and has to exceed both. Each side is a
median along a slow drift, so that neither a gain that creeps nor a neighbour that is raised as well hides it, and a
step (another speaker, another microphone, a film that is shown, music under a whole passage) exceeds one side only.
Where levels vary much anyway, more is asked.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import ceil, floor
from statistics import median

import numpy as np

from agents.content_analyzer.sentences import SentenceSpan
from agents.types import Loudness

LOUDER_DB = 3.0
"""The least that stands out: about what listeners hear as emphasis and not as chance."""
SPREADS = 2.5
"""… and as many standard deviations of the levels around."""
NEIGHBOURS, LEAST_NEIGHBOURS, NEAR_S = 8, 3, 90.0
"""On either side."""
FASTEST_DRIFT_DB_PER_S, LEAST_FOR_DRIFT = 0.15, 5
"""What changes faster is the voice's own rise and fall; fewer neighbours tell no drift."""
UPPER_PERCENT = 75.0
"""Of a sentence's levels: below it lie its pauses and unstressed words, above it a cough or a knock."""
LEAST_STEPS = 2
INAUDIBLE_DB = 20.0
"""So much below the usual sentence is no speech, whatever the captions say."""
PAUSE_S, CONTRAST_DB = 1.5, 3.0
"""A pause next to a sentence that is as loud as it, within this much: music, applause or noise, not the voice."""
_MAD_TO_DEVIATION = 1.4826
_Spoken = Sequence[tuple[float, float] | None]
"""For each sentence the time of its middle and its level; None where it has none."""


def loudness_of_voice(sentences: Sequence[SentenceSpan], loudness: Loudness) -> list[float]:
    """How far each sentence exceeds what is around it, in units of what stands out: emphasis from 1 on.

    0 where it does not, or where that cannot be told: too short, near an end, or music.
    """
    levels = [_level(loudness, s.start_s, s.end_s) for s in sentences]
    least_dbfs = median([x for x in levels if x is not None] or [0.0]) - INAUDIBLE_DB
    spoken = [
        ((s.start_s + s.end_s) / 2, level) if level is not None and level >= least_dbfs else None
        for s, level in zip(sentences, levels, strict=True)
    ]
    found = [_excess(spoken, i) for i in range(len(sentences))]
    return [0.0 if x and _is_backed(sentences, loudness, i, levels[i]) else x for i, x in enumerate(found)]


def _level(loudness: Loudness, start_s: float, end_s: float) -> float | None:
    """The upper quartile of the steps that lie wholly inside; None where they are too few."""
    steps = _inside(loudness, start_s, end_s)
    return float(np.percentile(steps, UPPER_PERCENT)) if len(steps) >= LEAST_STEPS else None


def _inside(loudness: Loudness, start_s: float, end_s: float) -> tuple[int, ...]:
    first = max(ceil(start_s / loudness.step_s - 1e-6), 0)
    return loudness.levels_dbfs[first : max(floor(end_s / loudness.step_s + 1e-6), first)]


def _excess(spoken: _Spoken, i: int) -> float:
    here = spoken[i]
    if here is None:
        return 0.0
    at_s, level_dbfs = here
    earlier = _side(spoken[max(i - NEIGHBOURS, 0) : i], at_s)
    later = _side(spoken[i + 1 : i + 1 + NEIGHBOURS], at_s)
    if min(len(earlier), len(later)) < LEAST_NEIGHBOURS:
        return 0.0
    middles = median(earlier), median(later)
    spread = median(abs(x - middle) for side, middle in zip((earlier, later), middles, strict=True) for x in side)
    needed_db = max(LOUDER_DB, SPREADS * _MAD_TO_DEVIATION * spread)
    return max((level_dbfs - max(middles)) / needed_db, 0.0)


def _side(neighbours: Iterable[tuple[float, float] | None], at_s: float) -> list[float]:
    """Levels of the neighbours, as they would be at ``at_s`` if what they drift by (Theil and Sen) goes on."""
    near = [(x[0] - at_s, x[1]) for x in neighbours if x is not None and abs(x[0] - at_s) <= NEAR_S]
    if len(near) < LEAST_FOR_DRIFT:
        return [level_dbfs for _, level_dbfs in near]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(near, 2) if b[0] > a[0]]
    drift = float(np.clip(median(slopes or [0.0]), -FASTEST_DRIFT_DB_PER_S, FASTEST_DRIFT_DB_PER_S))
    return [level_dbfs - drift * after_s for after_s, level_dbfs in near]


def _is_backed(sentences: Sequence[SentenceSpan], loudness: Loudness, i: int, level_dbfs: float | None) -> bool:
    """Whether the pauses next to a sentence are as loud as it."""
    sentence = sentences[i]
    before_s = max(sentences[i - 1].end_s if i else 0.0, sentence.start_s - PAUSE_S)
    after_s = min(sentences[i + 1].start_s if i + 1 < len(sentences) else sentence.end_s, sentence.end_s + PAUSE_S)
    pauses = (_inside(loudness, before_s, sentence.start_s), _inside(loudness, sentence.end_s, after_s))
    return level_dbfs is not None and any(steps and min(steps) > level_dbfs - CONTRAST_DB for steps in pauses)
