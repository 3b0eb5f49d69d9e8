"""What must hold of every edit plan, whatever the lecture."""

from fractions import Fraction
from itertools import pairwise

from agents.content_analyzer import run as analyse
from agents.segment_extractor import run
from agents.segment_extractor.likeness import DUPLICATE_LIKENESS
from agents.types import AnalysisRequest, EditPlan, ExtractionRequest, PlannedClip, PlanSettings
from agents.video_compiler.timing import make_cut
from tests.agents.spoken_lecture import SpokenLecture

RATES = (Fraction(12), Fraction(24000, 1001), Fraction(25), Fraction(60))


def quiet(_fraction: float, _message: str) -> None:
    """Nobody listens."""


def plan_of(lecture: SpokenLecture, settings: PlanSettings) -> EditPlan:
    analysis = analyse(AnalysisRequest(lecture.transcript, lecture.duration_s, lecture.silences), quiet)
    request = ExtractionRequest("s", lecture.duration_s, settings, lecture.transcript, analysis, lecture.silences)
    return run(request, quiet)


def check(lecture: SpokenLecture, plan: EditPlan) -> None:
    """Every invariant of an edit plan."""
    assert [c.rank for c in plan.clips] == list(range(1, len(plan.clips) + 1))
    for clip in plan.clips:
        check_ranges(lecture, clip, plan.settings)
        check_edges(lecture, clip)
        check_cuts(lecture, clip)
        check_score(clip)
        check_frames(lecture, clip)
    ranges = sorted((k.start_s, k.end_s) for c in plan.clips for k in c.keep)
    assert all(a[1] <= b[0] for a, b in pairwise(ranges)), "two clips show the same seconds"
    assert all(
        1.0 - c.evidence.measures["novelty"] < DUPLICATE_LIKENESS or len(plan.clips) == 2
        for c in plan.clips
        if c.evidence
    )
    assert plan.clips or plan.warnings
    assert len(plan.rejected) <= 10
    assert all(r.reason and r.score is not None for r in plan.rejected)


def check_ranges(lecture: SpokenLecture, clip: PlannedClip, settings: PlanSettings) -> None:
    assert 0.0 <= clip.start_s < clip.end_s <= lecture.duration_s
    assert (clip.keep[0].start_s, clip.keep[-1].end_s) == (clip.start_s, clip.end_s)
    assert all(k.duration_s >= 0.3 - 1e-9 for k in clip.keep)
    assert all(a.end_s < b.start_s for a, b in pairwise(clip.keep))
    kept_s = sum(k.duration_s for k in clip.keep)
    gaps_s = sum(b.start_s - a.end_s for a, b in pairwise(clip.keep))
    assert abs(kept_s + gaps_s - (clip.end_s - clip.start_s)) < 1e-6
    assert settings.min_clip_s - 1e-6 <= kept_s <= settings.max_clip_s + 1e-6
    if not settings.remove_silence:
        assert len(clip.keep) == 1


def check_edges(lecture: SpokenLecture, clip: PlannedClip) -> None:
    """Outside every cue and every word."""
    cues = lecture.transcript.segments
    for edge_s in (clip.start_s, clip.end_s):
        assert not any(c.start_s < edge_s < c.end_s for c in cues)
        assert not any(w.start_s < edge_s < w.end_s for c in cues for w in c.words)


def check_cuts(lecture: SpokenLecture, clip: PlannedClip) -> None:
    """Silences without a word, or fillers; each with its reason."""
    assert clip.evidence is not None
    ahead = [c for c in clip.evidence.context if c.kind == "definition"]
    cuts = {(c.start_s, c.end_s): c for c in clip.evidence.cuts}
    cues = lecture.transcript.segments
    words = [(w.start_s, w.end_s) for c in cues for w in c.words] or [(c.start_s, c.end_s) for c in cues]
    gaps = [(a.end_s, b.start_s) for a, b in pairwise(clip.keep)]
    assert len(cuts) + len(ahead) == len(gaps)
    for begin_s, until_s in gaps:
        cut = cuts.get((begin_s, until_s))
        if cut is None:
            assert ahead
            assert begin_s >= ahead[0].end_s - 1e-6
            continue
        assert cut.reason
        touched = [(a, b) for a, b in words if a < until_s and begin_s < b]
        if cut.kind == "silence":
            assert not touched
            assert any(s.start_s <= begin_s and until_s <= s.end_s for s in lecture.silences)
        else:
            assert touched
            assert all(begin_s <= a and b <= until_s for a, b in touched), "a word is cut in two"


def check_score(clip: PlannedClip) -> None:
    assert clip.evidence is not None
    assert abs(sum(clip.score_parts.values()) - clip.score) < 1e-9
    assert 0.0 <= clip.score <= 1.0
    assert clip.score_parts.keys() == clip.evidence.measures.keys() == clip.evidence.weights.keys()
    assert all(0.0 <= v <= 1.0 for v in clip.evidence.measures.values())
    assert abs(sum(clip.evidence.weights.values()) - 1.0) < 1e-3
    for name, part in clip.score_parts.items():
        assert abs(part - clip.evidence.measures[name] * clip.evidence.weights[name]) < 1e-3
    assert clip.reasons
    assert clip.evidence.sentences
    assert clip.evidence.opening
    assert clip.evidence.closing


def check_frames(lecture: SpokenLecture, clip: PlannedClip) -> None:
    """The renderer rounds to frames: no range and no gap is lost, and nothing is off by more than half a frame."""
    for rate in RATES:
        cut = make_cut(clip.keep, rate, duration_s=lecture.duration_s)
        assert len(cut.ranges) == len(clip.keep)
        for wanted, found in zip(clip.keep, cut.ranges, strict=True):
            assert abs(cut.source_s(found.start) - wanted.start_s) <= 0.5 / rate + 1e-6
            assert abs(cut.source_s(found.end) - wanted.end_s) <= 0.5 / rate + 1e-6
