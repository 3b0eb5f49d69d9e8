"""Which candidates become clips: the best, each of something else, together covering the topics."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.scoring import Candidate, likeness, total

DUPLICATE_LIKENESS = 0.6
REPETITION_LIKENESS = 0.9
COVERAGE_BONUS = 0.08
"""For the first clip of a topic, times the topic's importance against the best one's."""
GOOD_SHARE = 0.6
"""From the third clip on, a clip scores at least this share of the best one's score."""


@dataclass(frozen=True)
class Chosen:
    """A clip-to-be with its final parts and score; ``topic`` is the number of its main topic, or None."""

    candidate: Candidate
    topic: int | None


def select(lecture: Lecture, good: Sequence[Candidate], max_clips: int) -> list[Chosen]:
    """At most ``max_clips`` disjoint candidates, best first; ``good`` is sorted best first.

    Maximal marginal relevance (Carbonell & Goldstein 1998): each next clip has the best score once its likeness to
    the clips chosen before is taken off and a bonus for a topic that has no clip is put on.
    """
    chosen: list[Chosen] = []
    while len(chosen) < max_clips:
        found = _next(lecture, good, chosen)
        if found is None or (len(chosen) >= 2 and found.candidate.score < GOOD_SHARE * chosen[0].candidate.score):
            break
        chosen.append(found)
    return sorted(chosen, key=_rank)


def select_pair(lecture: Lecture, good: Sequence[Candidate]) -> list[Chosen]:
    """The two disjoint candidates with the best sum of scores, for a lecture too short to choose one by one.

    Halves of one short lecture share their words; only a repetition is turned down. Empty if there is no such pair.
    """
    pair = best_pair(good)
    if pair is None:
        return []
    like = likeness(lecture, *pair)
    if like >= REPETITION_LIKENESS:
        return []
    first, second = sorted(pair, key=lambda c: (-c.score, c.start_s))
    both = (with_novelty(first, 1.0), with_novelty(second, 1.0 - like))
    return sorted((Chosen(c, _main_topic(lecture, c)) for c in both), key=_rank)


def _rank(chosen: Chosen) -> tuple[float, float]:
    return -chosen.candidate.score, chosen.candidate.start_s


def _next(lecture: Lecture, good: Sequence[Candidate], chosen: Sequence[Chosen]) -> Chosen | None:
    covered = {c.topic for c in chosen}
    worth = max((t.importance for t in lecture.topics), default=0.0) or 1.0
    best: Chosen | None = None
    best_value = float("-inf")
    for candidate in good:
        if candidate.score + COVERAGE_BONUS <= best_value:
            break  # sorted by score: nothing further down can win
        if any(overlap_s(candidate, c.candidate) > 0 for c in chosen):
            continue
        topic = _main_topic(lecture, candidate)
        bonus = 0.0
        if topic is not None and topic not in covered:
            bonus = COVERAGE_BONUS * lecture.topics[topic].importance / worth
        if candidate.score + bonus <= best_value:
            continue
        like = max((likeness(lecture, candidate, c.candidate) for c in chosen), default=0.0)
        if like >= DUPLICATE_LIKENESS:
            continue
        novel = with_novelty(candidate, 1.0 - like)
        if novel.score + bonus > best_value:
            best, best_value = Chosen(novel, topic), novel.score + bonus
    return best


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


def overlap_s(a: Candidate, b: Candidate) -> float:
    return min(a.end_s, b.end_s) - max(a.start_s, b.start_s)


def with_novelty(candidate: Candidate, novelty: float) -> Candidate:
    """The candidate scored again, now that it is known how new it is beside the chosen clips (0..1)."""
    parts = candidate.parts | {"novelty": novelty}
    return replace(candidate, parts=parts, score=total(parts))


def _main_topic(lecture: Lecture, candidate: Candidate) -> int | None:
    shares = lecture.topic_shares(candidate.start_s, candidate.end_s)
    return max(shares, key=lambda s: s[1])[0] if shares else None
