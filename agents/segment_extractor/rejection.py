"""What was left out and why: the passages that a person might have expected."""

from collections.abc import Sequence

from agents.segment_extractor.candidates import Field
from agents.segment_extractor.edges import closing, opening
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.likeness import DUPLICATE_LIKENESS, Company, overlap_s
from agents.segment_extractor.scoring import Candidate, among
from agents.segment_extractor.selection import Covered
from agents.segment_extractor.wording import key_sentences, shortened
from agents.types import RejectedCandidate

MAX_REJECTED = 10
MAX_LETTERS = 160
_SAME_SHARE = 0.5
_LOOK_AT = 1000


def rejected(
    lecture: Lecture, field: Field, chosen: Sequence[Candidate], max_clips: int
) -> tuple[RejectedCandidate, ...]:
    """At most ten, the best of each kind, no two of them mostly the same passage. ``chosen`` is in rank order."""
    shown: list[Candidate] = []
    out: list[RejectedCandidate] = []
    beside = _Beside(lecture, chosen, max_clips)

    def show(candidate: Candidate, reason: str, most: int) -> None:
        if len(out) < most and not any(_same(candidate, s) for s in shown):
            shown.append(candidate)
            keys = key_sentences(lecture, candidate)
            text = shortened(keys[0].text, MAX_LETTERS) if keys else ""
            out.append(RejectedCandidate(candidate.start_s, candidate.end_s, reason, round(candidate.score, 4), text))

    for flawed in field.flawed[:_LOOK_AT]:
        show(flawed.candidate, flawed.reason, MAX_REJECTED // 2)
    for candidates, most in ((field.rough, MAX_REJECTED * 7 // 10), (field.good, MAX_REJECTED)):
        for candidate in candidates[:_LOOK_AT]:
            if len(out) < most and not any(_same(candidate, c) for c in (*chosen, *shown)):
                show(candidate, beside.why_not(candidate), most)
    return tuple(sorted(out, key=lambda r: (r.start_s, r.end_s)))


class _Beside:
    """Candidates beside the chosen clips."""

    def __init__(self, lecture: Lecture, chosen: Sequence[Candidate], max_clips: int) -> None:
        self._lecture, self._chosen, self._max_clips = lecture, chosen, max_clips
        self._company, self._covered = Company(lecture), Covered(lecture, max_clips)
        for clip in chosen:
            self._company.add(clip)
            self._covered.add(clip)

    def why_not(self, candidate: Candidate) -> str:
        for rank, clip in enumerate(self._chosen, 1):
            if overlap_s(candidate, clip) > 0:
                return f"overlaps better clip {rank}"
        if not candidate.sound:
            start, end = opening(self._lecture, candidate.first), closing(self._lecture, candidate.last)
            return end.evidence if start.sound else start.evidence
        if not self._chosen:
            return f"low score ({candidate.score:.2f})"
        like, position = self._company.likeness(candidate)
        if like >= DUPLICATE_LIKENESS:
            return f"says much the same as clip {position + 1}"
        count = len(self._chosen)
        if count < self._max_clips:
            return f"much lower score ({candidate.score:.2f}) than clip 1 ({self._chosen[0].score:.2f})"
        score = among(candidate, self._covered.beside(candidate, 1.0 - like)).score
        return f"lower score ({score:.2f}, beside the clips) than clip {count} ({self._chosen[-1].score:.2f})"


def _same(a: Candidate, b: Candidate) -> bool:
    return overlap_s(a, b) > _SAME_SHARE * min(a.end_s - a.start_s, b.end_s - b.start_s)
