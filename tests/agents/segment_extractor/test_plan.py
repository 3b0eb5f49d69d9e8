from dataclasses import replace

import pytest

from agents.content_analyzer import run as analyse
from agents.errors import InvalidRequest
from agents.segment_extractor import run
from agents.types import (
    AnalysisRequest,
    EditPlan,
    ExtractionRequest,
    LayoutSpan,
    LayoutTimeline,
    PlanSettings,
    Segment,
    SlideChange,
    Transcript,
)
from tests.agents.spoken_lecture import SpokenLecture, speak


def quiet(_fraction: float, _message: str) -> None:
    """Nobody listens."""


def request_for(
    lecture: SpokenLecture, settings: PlanSettings | None = None, analysed: bool = True
) -> ExtractionRequest:
    settings = settings or PlanSettings()
    asked = AnalysisRequest(lecture.transcript, lecture.duration_s, lecture.silences, focus=settings.focus)
    analysis = analyse(asked, quiet) if analysed else None
    return ExtractionRequest("s", lecture.duration_s, settings, lecture.transcript, analysis, lecture.silences)


def spoken(*texts: str, length_s: float = 5.0, gap_s: float = 0.0) -> SpokenLecture:
    step_s = length_s + gap_s
    cues = tuple(Segment(i * step_s, i * step_s + length_s, text) for i, text in enumerate(texts))
    return SpokenLecture(Transcript("en", "captions", "given", cues), (), len(texts) * step_s, (), ())


def codes(plan: EditPlan) -> list[str]:
    return [w.code for w in plan.warnings]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (PlanSettings(min_clip_s=60, max_clip_s=30), "longer than the longest"),
        (PlanSettings(min_clip_s=0), "more than 0"),
        (PlanSettings(max_clip_s=float("nan")), "more than 0"),
        (PlanSettings(max_clips=0), "max_clips"),
    ],
)
def test_contradictory_settings(settings: PlanSettings, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        run(request_for(speak(1, topics=2), settings), quiet)


@pytest.mark.parametrize("transcript", [None, Transcript("en", "x", "good", ()), spoken("", " ").transcript])
def test_no_speech(transcript: Transcript | None) -> None:
    plan = run(ExtractionRequest("s", 300.0, PlanSettings(), transcript), quiet)
    assert (plan.clips, codes(plan)) == ((), ["no_speech"])


def test_too_short() -> None:
    plan = run(request_for(spoken("A short word.", "And another.")), quiet)
    assert (plan.clips, codes(plan)) == ((), ["too_short"])


@pytest.mark.parametrize(
    "texts",
    [
        ["Hello.", "Thank you very much for coming.", "Can everyone hear me?", "Hold on.", "Thank you so much."] * 4,
        ["La la la."] * 20,
    ],
)
def test_no_highlight_is_explained(texts: list[str]) -> None:
    plan = run(request_for(spoken(*texts)), quiet)
    assert (plan.clips, codes(plan)) == ((), ["no_highlight"])
    assert "left out" in plan.warnings[0].detail
    assert plan.rejected


def test_speech_that_cannot_be_cut_to_length_is_no_highlight() -> None:
    lecture = spoken("One sentence about sorting networks.", "Another one about parity.", length_s=4.0, gap_s=40.0)
    plan = run(request_for(lecture, PlanSettings(min_clip_s=20, max_clip_s=30)), quiet)
    assert (plan.clips, codes(plan)) == ((), ["no_highlight"])


@pytest.mark.parametrize("seed", range(8))
def test_a_short_lecture_gives_two_clips(seed: int) -> None:
    lecture = speak(seed, topics=2, sentences=9)
    assert 60 < lecture.duration_s < 200
    assert len(run(request_for(lecture), quiet).clips) >= 2


def test_two_passages_are_enough_for_two_clips() -> None:
    lecture = speak(3, topics=2, sentences=5)
    settings = PlanSettings(min_clip_s=0.4 * lecture.duration_s, max_clip_s=lecture.duration_s)
    assert len(run(request_for(lecture, settings), quiet).clips) >= 1
    settings = replace(settings, min_clip_s=0.25 * lecture.duration_s)
    assert len(run(request_for(lecture, settings), quiet).clips) == 2


@pytest.mark.parametrize("wanted", [1, 3, 10])
def test_max_clips_and_ranks(wanted: int) -> None:
    plan = run(request_for(speak(4, topics=10), PlanSettings(max_clips=wanted)), quiet)
    assert 1 <= len(plan.clips) <= wanted
    assert [c.rank for c in plan.clips] == list(range(1, len(plan.clips) + 1))
    assert [c.score for c in plan.clips] == sorted((c.score for c in plan.clips), reverse=True)
    assert 0 < len(plan.rejected) <= 10
    assert len({c.title for c in plan.clips}) == len(plan.clips)


def test_a_repeated_passage_is_taken_once() -> None:
    told = speak(5, topics=1, sentences=9)
    other = speak(6, topics=2, sentences=9)
    last_s = told.transcript.segments[-1].end_s + 2.0
    later_s = last_s + other.duration_s
    moved = [replace(c, start_s=c.start_s + last_s, end_s=c.end_s + last_s) for c in other.transcript.segments]
    again = [replace(c, start_s=c.start_s + later_s, end_s=c.end_s + later_s) for c in told.transcript.segments]
    transcript = replace(told.transcript, segments=(*told.transcript.segments, *moved, *again))
    lecture = SpokenLecture(transcript, (), later_s + told.duration_s, (), ())
    # The whole passage fits one clip, so that the second telling can only repeat the first.
    settings = PlanSettings(min_clip_s=0.7 * told.duration_s, max_clip_s=1.1 * told.duration_s)
    plan = run(request_for(lecture, settings), quiet)
    first = [c for c in plan.clips if c.end_s < last_s]
    second = [c for c in plan.clips if c.start_s > later_s - 2.0]
    assert len(first) + len(second) <= 1


def test_focus_chooses_the_passage_that_names_it() -> None:
    filler = "We keep the nodes of the list in memory and follow the pointer to the next one."
    about = "Photosynthesis turns light into sugar within the chloroplast of the green leaf."
    lecture = spoken(*[filler] * 12, *[about] * 6, *[filler.replace("nodes", "cells")] * 12)
    plan = run(request_for(lecture, PlanSettings(focus="photosynthesis in the chloroplast")), quiet)
    best = plan.clips[0]
    assert min(best.end_s, 90.0) - max(best.start_s, 60.0) > 15.0
    assert best.evidence is not None
    assert best.evidence.measures["focus"] > 0.5
    assert any("photosynthesis in the chloroplast" in r for r in best.reasons)


def test_reasons_give_evidence() -> None:
    lecture = speak(8)
    change_s = lecture.transcript.segments[30].start_s
    timeline = LayoutTimeline(
        lecture.duration_s,
        (1280, 720),
        (LayoutSpan(0.0, lecture.duration_s, "slides", (0, 0, 1280, 720), None, 1.0),),
        (SlideChange(change_s, 1.0),),
    )
    plan = run(replace(request_for(lecture, PlanSettings(max_clips=20)), layout=timeline), quiet)
    assert all(c.reasons and c.title and c.summary for c in plan.clips)
    assert all(c.layout[0].start_s == c.start_s and c.layout[-1].end_s == c.end_s for c in plan.clips)
    assert all(c.evidence and c.evidence.measures["slide"] == 1.0 for c in plan.clips)
    assert any("slide change at" in r or "Opens the topic" in r for c in plan.clips for r in c.reasons)


def test_without_an_analysis_there_are_still_clips() -> None:
    plan = run(request_for(speak(9), analysed=False), quiet)
    assert plan.clips
    assert all(c.title for c in plan.clips)


def test_captions_longer_than_the_media() -> None:
    lecture = speak(10)
    half = replace(request_for(lecture), duration_s=lecture.duration_s / 2)
    plan = run(half, quiet)
    assert plan.clips
    assert max(c.end_s for c in plan.clips) <= half.duration_s


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    run(request_for(speak(11)), lambda f, _m: seen.append(f))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
