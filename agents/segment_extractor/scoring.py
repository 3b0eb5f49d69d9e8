"""What a run of blocks is worth as a clip: measures from 0 to 1, and their weights."""

import math
from dataclasses import dataclass, replace

from agents.segment_extractor.edges import Edges
from agents.segment_extractor.lecture import Lecture

WEIGHTS = {
    "importance": 0.34,
    "completeness": 0.18,
    "coherence": 0.12,
    "introduction": 0.08,
    "length": 0.08,
    "density": 0.06,
    "slide": 0.04,
    "focus": 0.60,
    "coverage": 0.12,
    "novelty": 0.10,
    "spread": 0.12,
}
"""Measures that do not apply (no video, no focus, no topics) are left out, and the rest count in proportion."""

BESIDE_OTHERS = ("coverage", "novelty", "spread")
"""The measures that depend on the clips chosen before: at their best until there are any."""
_FULL_IMPORTANCE = 0.6
_FULL_INTRODUCTION = 2.0


@dataclass(frozen=True)
class Candidate:
    """Blocks ``first..last`` (half-open) as a clip. ``kept_s`` is its length once silences are out.

    ``sound``: it starts and ends with a sentence, and starts with one that needs nothing from before.
    """

    first: int
    last: int
    start_s: float
    end_s: float
    kept_s: float
    sentences: tuple[int, int]
    measures: dict[str, float]
    score: float
    sound: bool


def weights(measures: dict[str, float]) -> dict[str, float]:
    """The share of each measure in the score; they add up to 1."""
    whole = sum(WEIGHTS[name] for name in measures)
    return {name: WEIGHTS[name] / whole for name in measures}


def total(measures: dict[str, float]) -> float:
    """The weighted mean of the measures."""
    return sum(WEIGHTS[name] * value for name, value in measures.items()) / sum(WEIGHTS[name] for name in measures)


def score(edges: Edges, first: int, last: int, kept_s: float, limits_s: tuple[float, float]) -> Candidate:
    """Judge blocks ``first..last`` by themselves; ``limits_s`` are the shortest and the longest clip that is wanted."""
    lecture = edges.lecture
    front, back = lecture.blocks[first], lecture.blocks[last - 1]
    span = (front.sentences[0], back.sentences[1])
    starts, ends = edges.opening(first), edges.closing(last)
    measures = {
        "importance": _importance(lecture, span),
        "completeness": 0.55 * starts.worth + 0.45 * ends.worth,
        "coherence": _coherence(lecture, front.start_s, back.end_s),
        "introduction": _introduction(lecture, span),
        "length": _length(kept_s, limits_s),
        "density": _density(lecture, span, kept_s, back.clip_end_s - front.clip_start_s),
    }
    if lecture.layout is not None:
        measures["slide"] = lecture.screen_share(front.start_s, back.end_s)
    if lecture.focus_hits is not None:
        measures["focus"] = _focus(lecture, span)
    if lecture.topics:
        measures["coverage"] = _coverage(lecture, front.start_s, back.end_s)
    measures |= {"novelty": 1.0, "spread": 1.0}
    return Candidate(
        first,
        last,
        front.clip_start_s,
        back.clip_end_s,
        kept_s,
        span,
        measures,
        total(measures),
        starts.sound and ends.sound,
    )


def among(candidate: Candidate, beside: dict[str, float]) -> Candidate:
    """The candidate scored again, with those measures that depend on the clips chosen so far."""
    measures = candidate.measures | beside
    return replace(candidate, measures=measures, score=total(measures))


def _importance(lecture: Lecture, span: tuple[int, int]) -> float:
    """Half the mean of all that is said, half that of the best third."""
    said = [(lecture.sentences[i].importance, lecture.words[i]) for i in range(*span)]
    words = sum(n for _, n in said)
    if not words:
        return 0.0
    best = room = 0.0
    third = words / 3
    for value, count in sorted(said, reverse=True):
        taken = min(count, third - room)
        best += value * taken
        room += taken
        if room >= third:
            break
    mean = sum(v * n for v, n in said) / words
    return min(1.0, (0.5 * mean + 0.5 * best / third) / _FULL_IMPORTANCE)


def _coherence(lecture: Lecture, start_s: float, end_s: float) -> float:
    """How far one topic rules the clip: 0 where none has more than half of it. Topics weigh 0.6, chapters 0.4."""
    fine = max((share for _, share in lecture.topic_shares(start_s, end_s)), default=1.0)
    wide = max((share for _, share in lecture.topic_shares(start_s, end_s, wide=True)), default=1.0)
    return 0.6 * max(0.0, min(1.0, 2 * fine - 1)) + 0.4 * max(0.0, min(1.0, 2 * wide - 1))


def _coverage(lecture: Lecture, start_s: float, end_s: float) -> float:
    """What the clip's topics are worth, as long as no other clip has them."""
    return sum(share * lecture.topic_worth[i] for i, share in lecture.topic_shares(start_s, end_s))


def _introduction(lecture: Lecture, span: tuple[int, int]) -> float:
    """How much of what recurs in the lecture is brought up here, beside the usual amount in as many words."""
    usual = lecture.usual_introduction
    here = sum(lecture.introductions[slice(*span)]) / max(sum(lecture.words[slice(*span)]), 1)
    return min(1.0, math.sqrt(here / usual / _FULL_INTRODUCTION)) if usual else 0.0


def _length(kept_s: float, limits_s: tuple[float, float]) -> float:
    """Full between 1.8 times the shortest and 0.8 times the longest, falling towards both limits."""
    low_s, high_s = limits_s
    full_s, over_s = min(1.8 * low_s, (low_s + high_s) / 2), max(0.8 * high_s, (low_s + high_s) / 2)
    if kept_s < full_s:
        return max(0.0, 0.3 + 0.7 * (kept_s - low_s) / max(full_s - low_s, 1e-9))
    if kept_s > over_s:
        return max(0.0, 1.0 - 0.5 * (kept_s - over_s) / max(high_s - over_s, 1e-9))
    return 1.0


def _density(lecture: Lecture, span: tuple[int, int], kept_s: float, length_s: float) -> float:
    """Words a second against the lecturer's usual rate, and how little of the source is silence."""
    rate = sum(lecture.words[slice(*span)]) / max(kept_s, 1e-9)
    return 0.6 * min(1.0, rate / lecture.usual_rate) + 0.4 * min(1.0, kept_s / max(length_s, 1e-9))


def _focus(lecture: Lecture, span: tuple[int, int]) -> float:
    """How much of the clip speaks of the focus: a third of the sentences is plenty."""
    hits = lecture.focus_hits or []
    some = hits[slice(*span)]
    if not some:
        return 0.0
    strongest = max(some)
    return min(1.0, 0.5 * strongest + 0.5 * min(1.0, 3 * sum(some) / len(some)))
