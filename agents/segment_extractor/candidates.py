"""Every run of blocks that could be a clip, judged; and those that could not, with the reason."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.segment_extractor.edges import Edges
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.scoring import Candidate, score

HOUSEKEEPING_SHARE = 0.5
MIN_STEMS, MIN_STEMS_A_SECOND = 8, 0.4
"""Fewer different longer words than both are no passage of a lecture (a song's refrain, a microphone test)."""
MIN_IMPORTANCE = 0.2
MIN_SCORE = 0.35
MAX_STARTS = 4000
"""Longer lectures are searched from every second, third… block: the work stays bounded."""


@dataclass(frozen=True)
class Flawed:
    """A passage of the right length that is no highlight, or one of the wrong length that nearly is."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True)
class Field:
    """All candidates, best first: ``good`` ones, those that are good but for an edge, and ``flawed`` ones."""

    good: list[Candidate]
    rough: list[Candidate]
    flawed: list[Flawed]


def enumerate_candidates(
    lecture: Lecture, min_clip_s: float, max_clip_s: float, progress: Callable[[float], None]
) -> Field:
    """Runs of blocks that last ``min_clip_s`` or more when silences are out, and ``max_clip_s`` at most with them.

    No run starts with a block that leans on the one before, where there is one near that does not: the run that
    starts there has the context as well.
    """
    good: list[Candidate] = []
    rough: list[Candidate] = []
    flawed: list[Flawed] = []
    blocks, edges = lecture.blocks, Edges(lecture)
    step = -(-len(blocks) // MAX_STARTS) if blocks else 1
    for first in range(0, len(blocks), step):
        progress(first / len(blocks))
        if lecture.anchors[first] not in (first, None):
            continue
        start_s = blocks[first].clip_start_s
        short: Candidate | None = None
        for last in range(first + 1, len(blocks) + 1):
            end_s = blocks[last - 1].clip_end_s
            if end_s - start_s > max_clip_s:
                break
            if end_s - start_s < min_clip_s:
                continue
            kept_s = end_s - start_s - lecture.cut_time.between(start_s, end_s)
            candidate = score(edges, first, last, kept_s, (min_clip_s, max_clip_s))
            if kept_s < min_clip_s:
                short = candidate
                continue
            short = None
            flaw = _flaw(lecture, candidate)
            if flaw:
                flawed.append(Flawed(candidate, flaw))
            else:
                (good if candidate.sound else rough).append(candidate)
        if short is not None:
            flawed.append(Flawed(short, f"too short after silence removal ({short.kept_s:.0f} s)"))
    for found in (good, rough):
        found.sort(key=lambda c: (-c.score, c.start_s, c.end_s))
    flawed.sort(key=lambda f: (-f.candidate.score, f.candidate.start_s, f.candidate.end_s))
    return Field(good, rough, flawed)


def _flaw(lecture: Lecture, candidate: Candidate) -> str | None:
    """Why a passage of the right length is no highlight."""
    span = range(*candidate.sentences)
    words = sum(lecture.words[i] for i in span)
    idle = sum(lecture.words[i] for i in span if "housekeeping" in lecture.sentences[i].reasons)
    if words and idle > HOUSEKEEPING_SHARE * words:
        return "greeting, closing or housekeeping only"
    if len({t for i in span for t in lecture.stems[i]}) < min(MIN_STEMS, MIN_STEMS_A_SECOND * candidate.kept_s):
        return "says too little"
    if candidate.measures["importance"] < MIN_IMPORTANCE:
        return "nothing important is said"
    if candidate.score < MIN_SCORE:
        return f"low score ({candidate.score:.2f})"
    return None
