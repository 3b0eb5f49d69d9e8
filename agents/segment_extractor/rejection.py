"""What was left out and why: the passages that a person might have expected."""

from collections.abc import Sequence

from agents.segment_extractor.candidates import Field
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.scoring import Candidate, likeness
from agents.segment_extractor.selection import DUPLICATE_LIKENESS, overlap_s, with_novelty
from agents.types import RejectedCandidate

MAX_REJECTED = 10
_SAME_SHARE = 0.5
_LOOK_AT = 3000


def rejected(
    lecture: Lecture, field: Field, chosen: Sequence[Candidate], max_clips: int
) -> tuple[RejectedCandidate, ...]:
    """At most ten, best first, no two of them mostly the same passage. ``chosen`` is in rank order."""
    shown: list[Candidate] = []
    out: list[RejectedCandidate] = []

    def show(candidate: Candidate, reason: str, most: int) -> None:
        if len(out) < most and not any(_same(candidate, s) for s in shown):
            shown.append(candidate)
            out.append(RejectedCandidate(candidate.start_s, candidate.end_s, reason))

    for flawed in field.flawed[:_LOOK_AT]:
        show(flawed.candidate, flawed.reason, MAX_REJECTED // 2)
    for candidate in field.good[:_LOOK_AT]:
        if len(out) >= MAX_REJECTED:
            break
        if not any(_same(candidate, c) for c in chosen):
            show(candidate, _why(lecture, candidate, chosen, max_clips), MAX_REJECTED)
    return tuple(sorted(out, key=lambda r: (r.start_s, r.end_s)))


def _why(lecture: Lecture, candidate: Candidate, chosen: Sequence[Candidate], max_clips: int) -> str:
    for rank, clip in enumerate(chosen, 1):
        if overlap_s(candidate, clip) > 0:
            return f"overlaps better clip {rank}"
    if not chosen:
        return f"low score ({candidate.score:.2f})"
    like, rank = max((likeness(lecture, candidate, clip), -rank) for rank, clip in enumerate(chosen, 1))
    if like >= DUPLICATE_LIKENESS:
        return f"says much the same as clip {-rank}"
    score = with_novelty(candidate, 1.0 - like).score
    if len(chosen) < max_clips:
        return f"much lower score ({score:.2f}) than clip 1 ({chosen[0].score:.2f})"
    if score < chosen[-1].score:
        return f"lower score ({score:.2f}) than clip {len(chosen)} ({chosen[-1].score:.2f})"
    return f"not needed to cover the topics: {max_clips} clips were asked for"


def _same(a: Candidate, b: Candidate) -> bool:
    return overlap_s(a, b) > _SAME_SHARE * min(a.end_s - a.start_s, b.end_s - b.start_s)
