"""What a run of blocks is worth as a clip: parts from 0 to 1, and their weights."""

import math
from dataclasses import dataclass

from agents.segment_extractor.edges import closing_worth, opening_worth
from agents.segment_extractor.lecture import Lecture

WEIGHTS = {
    "importance": 0.36,
    "completeness": 0.20,
    "coherence": 0.16,
    "length": 0.10,
    "density": 0.08,
    "slide": 0.04,
    "focus": 0.60,
    "novelty": 0.10,
}
"""Parts that do not apply (no video, no focus) are left out, and the rest count in proportion."""

_FULL_IMPORTANCE = 0.6


@dataclass(frozen=True)
class Candidate:
    """Blocks ``first..last`` (half-open) as a clip. ``kept_s`` is its length once silences are out."""

    first: int
    last: int
    start_s: float
    end_s: float
    kept_s: float
    sentences: tuple[int, int]
    parts: dict[str, float]
    score: float


def total(parts: dict[str, float]) -> float:
    """The weighted mean of the parts."""
    return sum(WEIGHTS[name] * value for name, value in parts.items()) / sum(WEIGHTS[name] for name in parts)


def score(lecture: Lecture, first: int, last: int, kept_s: float, limits_s: tuple[float, float]) -> Candidate:
    """Judge blocks ``first..last``; ``limits_s`` are the shortest and the longest clip that is wanted."""
    opening, closing = lecture.blocks[first], lecture.blocks[last - 1]
    span = (opening.sentences[0], closing.sentences[1])
    parts = {
        "importance": _importance(lecture, span),
        "completeness": 0.55 * opening_worth(lecture, first) + 0.45 * closing_worth(lecture, last),
        "coherence": _coherence(lecture, opening.start_s, closing.end_s),
        "length": _length(kept_s, limits_s),
        "density": _density(lecture, span, kept_s, closing.clip_end_s - opening.clip_start_s),
    }
    if lecture.layout is not None:
        parts["slide"] = lecture.screen_share(opening.start_s, closing.end_s)
    if lecture.focus_hits is not None:
        parts["focus"] = _focus(lecture, span)
    return Candidate(
        first, last, opening.clip_start_s, closing.clip_end_s, kept_s, span, parts, total(parts | {"novelty": 1.0})
    )


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


def likeness(lecture: Lecture, a: Candidate, b: Candidate) -> float:
    """0..1: cosine of the weighted words of two clips."""
    one, other = (_weighed(lecture, c) for c in (a, b))
    dot = sum(one[t] * other[t] for t in sorted(one.keys() & other.keys()))
    size = math.sqrt(sum(v * v for v in one.values()) * sum(v * v for v in other.values()))
    return min(1.0, dot / size) if size else 0.0


def _weighed(lecture: Lecture, candidate: Candidate) -> dict[str, float]:
    counts: dict[str, float] = {}
    for i in range(*candidate.sentences):
        for term, n in lecture.terms[i].items():
            counts[term] = counts.get(term, 0.0) + n
    return {t: math.sqrt(n) * lecture.rarity[t] for t, n in counts.items()}
