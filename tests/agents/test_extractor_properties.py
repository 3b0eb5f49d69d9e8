"""What must hold of every plan, whatever the lecture: checked on many generated ones."""

import random
from dataclasses import replace
from itertools import pairwise
from time import process_time

import pytest

from agents.content_analyzer import run as analyse
from agents.segment_extractor import run
from agents.types import AnalysisRequest, EditPlan, ExtractionRequest, PlanSettings, Segment, Transcript, Word
from tests.agents.spoken_lecture import STYLES, SpokenLecture, Style, speak


def quiet(_fraction: float, _message: str) -> None:
    """Nobody listens."""


def plan_of(lecture: SpokenLecture, settings: PlanSettings) -> EditPlan:
    analysis = analyse(AnalysisRequest(lecture.transcript, lecture.duration_s, lecture.silences), quiet)
    request = ExtractionRequest("s", lecture.duration_s, settings, lecture.transcript, analysis, lecture.silences)
    return run(request, quiet)


def check(lecture: SpokenLecture, plan: EditPlan) -> None:
    """Every invariant of an edit plan."""
    settings = plan.settings
    cues = lecture.transcript.segments
    words = [(w.start_s, w.end_s) for c in cues for w in c.words] or [(c.start_s, c.end_s) for c in cues]
    for clip in plan.clips:
        assert 0.0 <= clip.start_s < clip.end_s <= lecture.duration_s
        assert clip.end_s - clip.start_s <= settings.max_clip_s + 1e-6
        assert sum(k.duration_s for k in clip.keep) >= settings.min_clip_s - 1e-6
        for edge_s in (clip.start_s, clip.end_s):
            assert not any(c.start_s < edge_s < c.end_s for c in cues)
            assert not any(a < edge_s < b for a, b in words)
        assert clip.keep[0].start_s == clip.start_s
        assert clip.keep[-1].end_s == clip.end_s
        assert all(k.duration_s >= 0.3 - 1e-9 for k in clip.keep)
        assert all(a.end_s < b.start_s for a, b in pairwise(clip.keep))
        for cut_from, cut_to in ((a.end_s, b.start_s) for a, b in pairwise(clip.keep)):
            assert not any(a < cut_to and cut_from < b for a, b in words)
            assert any(s.start_s <= cut_from and cut_to <= s.end_s for s in lecture.silences)
        if not settings.remove_silence:
            assert len(clip.keep) == 1
        assert 0.0 <= clip.score <= 1.0
        assert all(0.0 <= v <= 1.0 for v in clip.score_parts.values())
    for a, b in pairwise(sorted(plan.clips, key=lambda c: c.start_s)):
        assert a.end_s <= b.start_s
    assert plan.clips or plan.warnings


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(12))
def test_invariants(style: Style, seed: int) -> None:
    rng = random.Random(seed)
    low_s = rng.choice((5.0, 20.0, 20.0, 30.0))
    settings = PlanSettings(
        max_clips=rng.choice((1, 4, 6, 12)),
        min_clip_s=low_s,
        max_clip_s=rng.choice((2 * low_s, 120.0)),
        remove_silence=rng.random() < 0.8,
    )
    lecture = speak(seed, style, topics=rng.randint(1, 8))
    plan = plan_of(lecture, settings)
    check(lecture, plan)
    if lecture.duration_s > 6 * settings.max_clip_s:
        assert len(plan.clips) >= min(3, settings.max_clips)


@pytest.mark.parametrize("seed", range(6))
def test_invariants_hold_for_sloppy_times(seed: int) -> None:
    """Drafts: words reach over the edges of their cues and over each other."""
    rng = random.Random(seed)
    lecture = speak(seed, "words")

    def blurred(start_s: float, end_s: float) -> tuple[float, float]:
        return max(0.0, start_s + rng.uniform(-0.3, 0.3)), end_s + rng.uniform(-0.15, 0.3)

    cues = tuple(
        Segment(
            *blurred(cue.start_s, cue.end_s),
            cue.text,
            None,
            tuple(Word(*blurred(w.start_s, w.end_s), w.text, 0.5) for w in cue.words),
        )
        for cue in lecture.transcript.segments
    )
    draft = replace(lecture, transcript=Transcript("en", "pocketsphinx", "draft", cues))
    plan = plan_of(draft, PlanSettings())
    check(draft, plan)
    assert len(plan.clips) >= 3


@pytest.mark.parametrize("style", ["sentences", "words"])
def test_clips_start_and_end_with_sentences(style: Style) -> None:
    for seed in range(6):
        lecture = speak(seed, style)
        for clip in plan_of(lecture, PlanSettings()).clips:
            assert min(abs(clip.end_s - e) for e in lecture.sentence_ends_s) < 0.75
            later = [e for e in lecture.sentence_ends_s if e <= clip.start_s + 0.01]
            assert not later or not any(
                later[-1] + 0.01 < c.start_s and c.end_s < clip.start_s for c in lecture.transcript.segments
            )


def test_same_input_same_plan() -> None:
    lecture = speak(1, "cut")
    assert plan_of(lecture, PlanSettings()) == plan_of(lecture, PlanSettings())


def test_two_hours_take_seconds_and_cover_the_lecture() -> None:
    lecture = speak(2, topics=90)
    assert lecture.duration_s > 2 * 3600
    began_s = process_time()
    plan = plan_of(lecture, PlanSettings(max_clips=12))
    assert process_time() - began_s < 20.0
    check(lecture, plan)
    assert len(plan.clips) == 12
    assert {int(c.start_s / lecture.duration_s * 3) for c in plan.clips} == {0, 1, 2}
