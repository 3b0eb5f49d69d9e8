"""Transcripts and analyses that no good tool makes: a plan that keeps the rules comes out of them all the same."""

import random
from dataclasses import replace

import pytest

from agents.content_analyzer import run as analyse
from agents.segment_extractor import run
from agents.segment_extractor.chapters import disjoint, finest
from agents.segment_extractor.words import mentions
from agents.types import Analysis, AnalysisRequest, ExtractionRequest, PlanSettings, Segment, Topic, Transcript
from tests.agents.segment_extractor.plan_rules import check, quiet
from tests.agents.spoken_lecture import SpokenLecture, Style, speak

CUES = ("shuffled", "zero-length", "twice", "backwards", "one", "as they are")
STYLES: tuple[Style, ...] = ("sentences", "cut", "words", "unpunctuated")


def odd_cues(lecture: SpokenLecture, kind: str, rng: random.Random) -> Transcript:
    cues = list(lecture.transcript.segments)
    if kind == "shuffled":
        rng.shuffle(cues)
    elif kind == "zero-length":
        cues = [replace(c, end_s=c.start_s, words=()) if rng.random() < 0.3 else c for c in cues]
    elif kind == "twice":
        cues += cues
    elif kind == "backwards":
        cues = [replace(c, start_s=c.end_s, end_s=c.start_s, words=()) if rng.random() < 0.2 else c for c in cues]
    elif kind == "one":
        cues = [Segment(cues[0].start_s, cues[-1].end_s, " ".join(c.text for c in cues))]
    return replace(lecture.transcript, segments=tuple(cues))


def odd_topics(rng: random.Random, duration_s: float, depth: int = 0) -> tuple[Topic, ...]:
    """Over each other, with gaps, turned around, without length, beyond the end, parts within parts within parts."""
    found = []
    for _ in range(rng.choice((0, 1, 3, 8))):
        start_s = rng.uniform(-20.0, 1.2 * duration_s)
        end_s = start_s + rng.choice((-5.0, 0.0, 3.0, 60.0, duration_s))
        parts = odd_topics(rng, duration_s, depth + 1) if depth < 2 else ()
        found.append(Topic(start_s, end_s, rng.choice(("", "T")), ("a",), rng.choice((0.0, 0.5, 1.0)), parts))
    return tuple(found)


def odd_analysis(analysis: Analysis, rng: random.Random, duration_s: float) -> Analysis:
    worth = rng.choice(((0.0,), (1.0,), (0.0, 1.0)))
    sentences = tuple(replace(s, importance=rng.choice(worth)) for s in analysis.sentences)
    return replace(analysis, topics=odd_topics(rng, duration_s), sentences=sentences)


@pytest.mark.parametrize("seed", range(24))
def test_plans_keep_the_rules(seed: int) -> None:
    rng = random.Random(seed)
    told = speak(seed, rng.choice(STYLES), rng.randint(1, 5), rng.randint(4, 9))
    told = replace(told, transcript=odd_cues(told, CUES[seed % len(CUES)], rng))
    low_s = rng.choice((5.0, 20.0, 30.0))
    settings = PlanSettings(
        max_clips=rng.choice((1, 2, 20)),
        min_clip_s=low_s,
        max_clip_s=rng.choice((low_s, 2 * low_s, 120.0)),
        remove_silence=rng.random() < 0.6,
        focus=rng.choice((None, "the we can see that", "SQL", "?!")),
    )
    analysis = analyse(AnalysisRequest(told.transcript, told.duration_s, told.silences), quiet)
    if seed % 4:
        analysis = odd_analysis(analysis, rng, told.duration_s)
    plan = run(
        ExtractionRequest("s", told.duration_s, settings, told.transcript, analysis, told.silences),
        quiet,
    )
    check(told, plan)
    assert plan.clips or plan.warnings[0].detail


@pytest.mark.parametrize("seed", range(20))
def test_topics_are_put_in_order(seed: int) -> None:
    topics = odd_topics(random.Random(seed), 600.0)
    for found in (disjoint(topics, 600.0), disjoint(finest(topics), 600.0)):
        ends_s = [0.0, *(t.end_s for t in found)]
        assert all(before <= t.start_s < t.end_s <= 600.0 for before, t in zip(ends_s, found, strict=False))


def test_a_single_cue_of_two_hours_is_explained() -> None:
    words = " ".join(f"word{i}" for i in range(2500))
    transcript = Transcript("en", "captions", "given", (Segment(0.0, 7200.0, words),))
    analysis = analyse(AnalysisRequest(transcript, 7200.0), quiet)
    plan = run(ExtractionRequest("s", 7200.0, PlanSettings(), transcript, analysis), quiet)
    assert [w.code for w in plan.warnings] == ["no_highlight"]


@pytest.mark.parametrize(
    ("focus", "text", "hit"),
    [
        ("SQL", "Now we write some SQL.", 1.0),
        ("SQL", "Now we write some code.", 0.0),
        ("heaps", "A heap is a tree.", 1.0),
        ("Größe", "Die Größe der Matrix zählt.", 1.0),
        ("энтропия", "Что такое энтропия?", 1.0),
        ("堆排序", "我们来看 堆排序", 1.0),
        ("the way of it", "That is the way it goes.", 0.75),
        ("chapter 7", "Open page 7.", 0.5),
        ("?!", "What?!", 0.0),
    ],
)
def test_a_focus_of_any_kind_is_found(focus: str, text: str, hit: float) -> None:
    assert mentions(focus, [text]) == [hit]


def test_a_focus_that_nobody_mentions_takes_nothing_from_the_clips() -> None:
    told = speak(3)
    analysis = analyse(AnalysisRequest(told.transcript, told.duration_s, told.silences), quiet)
    plans = [
        run(ExtractionRequest("s", told.duration_s, wanted, told.transcript, analysis, told.silences), quiet)
        for wanted in (PlanSettings(), PlanSettings(focus="SQL"))
    ]
    assert plans[0].clips == plans[1].clips
    assert [w.code for w in plans[1].warnings] == ["focus_not_found"]
