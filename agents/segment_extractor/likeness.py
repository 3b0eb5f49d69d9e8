"""How much two clips say the same."""

import math

from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.scoring import Candidate

DUPLICATE_LIKENESS = 0.6
"""From here on a clip only says again what another one has said."""
_NEAR_S = 20.0
_NEAR_LIKENESS = 0.4
"""The likeness, at least, of two clips of one topic that nearly touch: they are two halves of one passage."""


def overlap_s(a: Candidate, b: Candidate) -> float:
    return min(a.end_s, b.end_s) - max(a.start_s, b.start_s)


class Company:
    """The clips chosen so far, by their words and times."""

    def __init__(self, lecture: Lecture) -> None:
        self._lecture = lecture
        self._clips: list[tuple[Candidate, dict[str, float], float, int | None]] = []

    def add(self, candidate: Candidate) -> None:
        self._clips.append((candidate, *self._weighed(candidate), main_topic(self._lecture, candidate)))

    def overlaps(self, candidate: Candidate) -> bool:
        return any(overlap_s(candidate, clip) > 0 for clip, *_ in self._clips)

    def likeness(self, candidate: Candidate) -> tuple[float, int]:
        """0..1: cosine of weighted words with the clip most like it, and that clip's position; (0, -1) without any."""
        words, size = self._weighed(candidate)
        topic = main_topic(self._lecture, candidate)
        best, at = 0.0, -1
        for position, (clip, other, other_size, other_topic) in enumerate(self._clips):
            dot = sum(value * other[t] for t, value in words.items() if t in other)
            like = min(1.0, dot / (size * other_size)) if size and other_size else 0.0
            if topic is not None and topic == other_topic and overlap_s(candidate, clip) > -_NEAR_S:
                like = max(like, _NEAR_LIKENESS)
            if like > best:
                best, at = like, position
        return best, at

    def _weighed(self, candidate: Candidate) -> tuple[dict[str, float], float]:
        counts: dict[str, float] = {}
        for i in range(*candidate.sentences):
            for term, n in self._lecture.terms[i].items():
                counts[term] = counts.get(term, 0.0) + n
        words = {t: math.sqrt(n) * self._lecture.rarity[t] for t, n in counts.items()}
        return words, math.sqrt(sum(v * v for v in words.values()))


def main_topic(lecture: Lecture, candidate: Candidate) -> int | None:
    """The number of the topic that has most of the clip."""
    shares = lecture.topic_shares(candidate.start_s, candidate.end_s)
    return max(shares, key=lambda s: s[1])[0] if shares else None
