"""Which candidates become clips: the best, each of something else, together covering the topics."""

import math
from bisect import bisect_right
from collections.abc import Sequence

from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.likeness import DUPLICATE_LIKENESS, Company
from agents.segment_extractor.scoring import Candidate, among

REPETITION_LIKENESS = 0.9
GOOD_SHARE = 0.7
"""From the third clip on, a clip alone scores at least this share of the best one's score."""
_COVERED_S = 10.0
"""A topic is covered once clips have this much of it, or half of it."""


class Covered:
    """How much of each topic the chosen clips show, and how many clips each chapter has.

    A chapter's share of the clips is its share of the lecture, and one at least. Where topics were not found
    right, clips that lie far apart still show more of them.
    """

    def __init__(self, lecture: Lecture, max_clips: int) -> None:
        self._lecture = lecture
        self._seen_s = [0.0] * len(lecture.topics)
        self._chapter_clips = [0.0] * len(lecture.chapters)
        self._middles_s: list[float] = []
        chapters_s = sum(c.end_s - c.start_s for c in lecture.chapters) or 1.0
        self._chapter_room = [max(1.0, max_clips * (c.end_s - c.start_s) / chapters_s) for c in lecture.chapters]
        blocks = lecture.blocks
        self._even_step_s = (blocks[-1].end_s - blocks[0].start_s) / max_clips if blocks else 0.0

    def add(self, candidate: Candidate) -> None:
        for i, share in self._shares(candidate):
            self._seen_s[i] += share * (candidate.end_s - candidate.start_s)
        for i, share in self._shares(candidate, wide=True):
            self._chapter_clips[i] += share
        self._middles_s.append(_middle_s(candidate))

    def beside(self, candidate: Candidate, novelty: float) -> dict[str, float]:
        """The measures 0..1 that depend on the chosen clips; no ``coverage`` where there are no topics."""
        measures = {"novelty": novelty, "spread": self._spread(candidate)}
        if self._seen_s:
            measures["coverage"] = self._gain(candidate)
        return measures

    def _gain(self, candidate: Candidate) -> float:
        """What the clip's topics are worth, as far as no chosen clip shows them and their chapter lacks clips."""
        worth = self._lecture.topic_worth
        fresh = sum(share * worth[i] * (1.0 - self._share_seen(i)) for i, share in self._shares(candidate))
        full = sum(
            share * min(1.0, self._chapter_clips[i] / self._chapter_room[i])
            for i, share in self._shares(candidate, wide=True)
        )
        return fresh * (1.0 - full)

    def _spread(self, candidate: Candidate) -> float:
        """How far the nearest chosen clip is, beside the distance of clips that are spread evenly."""
        middle_s = _middle_s(candidate)
        nearest_s = min((abs(middle_s - other_s) for other_s in self._middles_s), default=math.inf)
        return min(1.0, nearest_s / self._even_step_s) if self._even_step_s else 1.0

    def _share_seen(self, topic: int) -> float:
        length_s = self._lecture.topics[topic].end_s - self._lecture.topics[topic].start_s
        return min(1.0, self._seen_s[topic] / max(min(_COVERED_S, length_s / 2), 1.0))

    def _shares(self, candidate: Candidate, wide: bool = False) -> list[tuple[int, float]]:
        blocks = self._lecture.blocks
        start_s, end_s = blocks[candidate.first].start_s, blocks[candidate.last - 1].end_s
        return self._lecture.topic_shares(start_s, end_s, wide=wide)


def select(
    lecture: Lecture, good: Sequence[Candidate], max_clips: int, before: Sequence[Candidate] = ()
) -> list[Candidate]:
    """At most ``max_clips`` disjoint candidates, best first; ``good`` is sorted best first, ``before`` are in already.

    Greedy by marginal gain: a candidate's score beside the clips chosen before counts only what is new in it (maximal
    marginal relevance, Carbonell & Goldstein 1998) and only the topics that no clip covers. Both can only fall as
    clips are chosen, so that the score of a candidate alone bounds what it can gain. Whether one is good
    enough is asked of its score alone: it is not worse for what others show.
    """
    company, covered = Company(lecture), Covered(lecture, max_clips)
    chosen = list(before)
    for clip in chosen:
        company.add(clip)
        covered.add(clip)
    while len(chosen) < max_clips:
        least = GOOD_SHARE * chosen[0].score if len(chosen) >= 2 else 0.0
        best = _next(good, company, covered, least)
        if best is None:
            break
        chosen.append(best)
        company.add(best)
        covered.add(best)
    return sorted(chosen, key=_rank)


def _next(good: Sequence[Candidate], company: Company, covered: Covered, least: float) -> Candidate | None:
    """Of the candidates that score ``least`` alone, the one that scores best beside the chosen clips."""
    best: Candidate | None = None
    for candidate in good:
        if candidate.score < least or (best is not None and candidate.score <= best.score):
            break  # sorted by score: nothing further down can win
        if company.overlaps(candidate):
            continue
        if best is not None and among(candidate, covered.beside(candidate, 1.0)).score <= best.score:
            continue
        like, _ = company.likeness(candidate)
        if like >= DUPLICATE_LIKENESS:
            continue
        beside = among(candidate, covered.beside(candidate, 1.0 - like))
        if best is None or beside.score > best.score:
            best = beside
    return best


def select_pair(lecture: Lecture, good: Sequence[Candidate]) -> list[Candidate]:
    """The two disjoint candidates with the best sum of scores, for a lecture too short to choose one by one.

    Halves of one short lecture share their words; only a repetition is turned down. Empty if there is no such pair.
    """
    pair = best_pair(good)
    if pair is None:
        return []
    first, second = sorted(pair, key=_rank)
    company, covered = Company(lecture), Covered(lecture, 2)
    company.add(first)
    covered.add(first)
    like, _ = company.likeness(second)
    if like >= REPETITION_LIKENESS:
        return []
    return sorted((first, among(second, covered.beside(second, 1.0 - like))), key=_rank)


def best_pair(good: Sequence[Candidate]) -> tuple[Candidate, Candidate] | None:
    """The two disjoint candidates with the best sum of scores; None if any two overlap."""
    by_end = sorted(good, key=lambda c: c.end_s)
    ends = [c.end_s for c in by_end]
    leading: list[Candidate] = []
    for candidate in by_end:
        leading.append(max(leading[-1], candidate, key=lambda c: c.score) if leading else candidate)
    best: tuple[Candidate, Candidate] | None = None
    for later in by_end:
        before = bisect_right(ends, later.start_s) - 1
        if before >= 0 and (best is None or leading[before].score + later.score > best[0].score + best[1].score):
            best = (leading[before], later)
    return best


def _middle_s(candidate: Candidate) -> float:
    return (candidate.start_s + candidate.end_s) / 2


def _rank(chosen: Candidate) -> tuple[float, float]:
    return -chosen.score, chosen.start_s
