"""What must hold of every plan, whatever the lecture: checked on many generated ones."""

import random
from dataclasses import replace
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.types import PlanSettings, Segment, Transcript, Word
from tests.agents.segment_extractor.plan_rules import check, plan_of
from tests.agents.spoken_lecture import STYLES, SpokenLecture, Style, speak

_LENIENT = (HealthCheck.too_slow, HealthCheck.data_too_large)


@st.composite
def asked(draw: st.DrawFn) -> PlanSettings:
    low_s = draw(st.sampled_from((5.0, 12.5, 20.0, 30.0)))
    return PlanSettings(
        max_clips=draw(st.integers(1, 12)),
        min_clip_s=low_s,
        max_clip_s=draw(st.sampled_from((2 * low_s, 120.0))),
        remove_silence=draw(st.booleans()),
        focus=draw(st.sampled_from((None, None, "bajomor", "nothing of it"))),
    )


@st.composite
def told(draw: st.DrawFn) -> SpokenLecture:
    """A lecture in any style, with fillers in it, and silences that are off by a little."""
    style: Style = draw(st.sampled_from(STYLES))
    lecture = speak(draw(st.integers(0, 10_000)), style, draw(st.integers(1, 6)), draw(st.integers(4, 14)))
    rng = random.Random(draw(st.integers(0, 10_000)))
    share = draw(st.sampled_from((0.0, 0.1, 0.3)))
    spoken = replace(
        lecture.transcript,
        segments=tuple(replace(c, words=tuple(_stumbling(c.words, rng, share))) for c in lecture.transcript.segments),
    )
    return replace(lecture, transcript=spoken)


def _stumbling(words: tuple[Word, ...], rng: random.Random, share: float) -> list[Word]:
    """Some words become fillers or repeat the one before; every word ends a little early."""
    out: list[Word] = []
    for word in words:
        text = word.text
        if rng.random() < share:
            text = rng.choice(("um", "uh", "the", "we", "you", "know", "the"))
        out.append(Word(word.start_s, round(word.end_s - rng.uniform(0.0, 0.12), 3), text, word.confidence))
    return out


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=_LENIENT)
@given(told(), asked())
def test_every_plan_keeps_the_rules(lecture: SpokenLecture, wanted: PlanSettings) -> None:
    plan = plan_of(lecture, wanted)
    check(lecture, plan)
    if lecture.duration_s > 6 * wanted.max_clip_s:
        assert len(plan.clips) >= min(3, wanted.max_clips)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=_LENIENT)
@given(told(), asked())
def test_the_same_input_gives_the_same_plan(lecture: SpokenLecture, wanted: PlanSettings) -> None:
    assert plan_of(lecture, wanted) == plan_of(lecture, wanted)


@pytest.mark.parametrize("seed", range(6))
def test_the_rules_hold_for_sloppy_times(seed: int) -> None:
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


@pytest.mark.parametrize("style", ["sentences", "words", "cut"])
def test_clips_start_and_end_with_sentences(style: Style) -> None:
    for seed in range(6):
        lecture = speak(seed, style)
        starts_s = [0.0, *lecture.sentence_ends_s]
        for clip in plan_of(lecture, PlanSettings()).clips:
            assert min(abs(clip.end_s - e) for e in lecture.sentence_ends_s) < 0.75
            ended_s = max(e for e in starts_s if e <= clip.start_s + 0.01)
            words = [w for c in lecture.transcript.segments for w in c.words] or lecture.transcript.segments
            between = [w for w in words if ended_s + 0.01 < w.start_s and w.end_s < clip.start_s]
            assert not between


def test_two_hours_take_seconds_and_cover_the_lecture() -> None:
    lecture = speak(2, topics=90)
    assert lecture.duration_s > 2 * 3600
    began_s = process_time()
    plan = plan_of(lecture, PlanSettings(max_clips=12))
    assert process_time() - began_s < 20.0
    check(lecture, plan)
    assert len(plan.clips) == 12
    assert {int(c.start_s / lecture.duration_s * 3) for c in plan.clips} == {0, 1, 2}
