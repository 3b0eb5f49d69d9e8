"""A clip gets what it needs from before it."""

from dataclasses import replace

import pytest

from agents.content_analyzer import run as analyse
from agents.segment_extractor import run
from agents.segment_extractor.context import in_context
from agents.segment_extractor.definitions import defined_term
from agents.segment_extractor.edges import Edges
from agents.segment_extractor.lecture import Lecture
from agents.segment_extractor.passages import build_blocks
from agents.segment_extractor.scoring import score
from agents.types import (
    AnalysisRequest,
    EditPlan,
    ExtractionRequest,
    PlannedClip,
    PlanSettings,
    Segment,
    TimeRange,
    Transcript,
)
from tests.agents.segment_extractor.plan_rules import check, quiet
from tests.agents.spoken_lecture import SpokenLecture

CUE_S = 5.0


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("A binary heap is a complete tree.", "binary heap"),
        ("So entropy is defined as the mean surprise of a source.", "entropy"),
        ("This structure is called a splay tree.", "splay tree"),
        ("We call this the pigeonhole principle.", "pigeonhole principle"),
        ("Entropy means the mean surprise of a source.", "entropy"),
        ("The next thing is a question.", None),
        ("It is a tree.", None),
        ("Is a heap a tree?", None),
    ],
)
def test_what_a_sentence_defines(text: str, term: str | None) -> None:
    assert defined_term(text) == term


DEFINITION = "A quorum is a majority of the servers that vote."
ABOUT = (
    "Every write must reach the quorum before the client hears of it.",
    "The quorum answers as long as most servers are alive.",
    "It is important that two rounds of voting share a server of the quorum.",
    "Without the quorum, two clients could read different values.",
    "The key idea is that the quorum of a read meets the quorum of a write.",
    "Therefore a reader always sees the last value that was written.",
)
OTHER = (
    "Clocks on different machines drift apart by several milliseconds a day.",
    "A crystal oscillates faster when the room gets warmer.",
    "Time servers correct the drift with messages over the network.",
    "Delays on the way back and forth are measured and halved.",
    "Leap seconds are smeared over a whole day by large companies.",
    "Satellites carry atomic clocks that tick very steadily.",
)


def lecture_of(*texts: str) -> SpokenLecture:
    cues = tuple(Segment(i * CUE_S, i * CUE_S + CUE_S - 0.3, text) for i, text in enumerate(texts))
    return SpokenLecture(Transcript("en", "captions", "given", cues), (), len(texts) * CUE_S, (), ())


def planned(lecture: SpokenLecture, settings: PlanSettings) -> EditPlan:
    analysis = analyse(AnalysisRequest(lecture.transcript, lecture.duration_s), quiet)
    return run(ExtractionRequest("s", lecture.duration_s, settings, lecture.transcript, analysis), quiet)


def text_of(lecture: SpokenLecture, clip: PlannedClip) -> str:
    cues = lecture.transcript.segments
    return " ".join(c.text for k in clip.keep for c in cues if k.start_s <= (c.start_s + c.end_s) / 2 < k.end_s)


FAR = lecture_of(*OTHER, DEFINITION, *(f"{t[:-1]} here." for t in OTHER * 4), *ABOUT)
SETTINGS = PlanSettings(max_clips=1, min_clip_s=25, max_clip_s=45, focus="reader quorum write")


def test_a_definition_from_far_back_is_cut_in_ahead() -> None:
    plan = planned(FAR, SETTINGS)
    (clip,) = plan.clips
    assert clip.evidence
    assert [c.kind for c in clip.evidence.context] == ["definition"]
    assert text_of(FAR, clip).startswith(DEFINITION)
    assert "quorum" in clip.evidence.context[0].reason
    assert any("definition" in r for r in clip.reasons)
    check(FAR, plan)


def test_nothing_is_cut_in_where_nothing_may_be_cut() -> None:
    (clip,) = planned(FAR, replace(SETTINGS, remove_silence=False)).clips
    assert len(clip.keep) == 1
    assert DEFINITION not in text_of(FAR, clip)


def test_a_definition_just_before_is_where_the_clip_starts() -> None:
    near = lecture_of(*OTHER * 5, DEFINITION, OTHER[0], *ABOUT)
    (clip,) = planned(near, replace(SETTINGS, max_clip_s=60)).clips
    assert len(clip.keep) == 1
    assert DEFINITION in text_of(near, clip)


def test_a_clip_starts_with_what_its_second_sentence_leans_on() -> None:
    told = lecture_of(
        *OTHER,
        "Voting needs an odd number of servers.",
        "That means one server can fail and the key idea still holds for the quorum.",
        *ABOUT[1:],
        *OTHER,
    )
    for clip in planned(told, replace(SETTINGS, focus="server can fail quorum key idea")).clips:
        assert not text_of(told, clip).startswith("That means")
        if "That means" in text_of(told, clip):
            assert "Voting needs an odd number" in text_of(told, clip)


def test_a_focus_that_nobody_mentions_is_told() -> None:
    plan = planned(FAR, replace(SETTINGS, focus="photosynthesis"))
    assert plan.clips
    assert [w.code for w in plan.warnings] == ["focus_not_found"]


LATCH = "A latch is a small lock that guards a page."
LATCHES = (
    "Every reader takes the latch before it looks at the page.",
    "The latch is held for some microseconds and never longer.",
    "It is important that the latch of a parent is taken first.",
    "Without the latch, two writers could tear one page.",
    "The key idea is that the latch of a child frees the latch of its parent.",
)


def test_a_clip_does_not_begin_earlier_over_what_another_has_cut_in() -> None:
    """The definition that the first clip has cut in stands between the second clip and the definition it wants."""
    told = lecture_of(LATCH, DEFINITION, *LATCHES, *(f"{t[:-1]} here." for t in OTHER * 4), *ABOUT)
    sentences = analyse(AnalysisRequest(told.transcript, told.duration_s), quiet).sentences
    blocks = build_blocks(told.transcript.segments, sentences, (), told.duration_s, SETTINGS.max_clip_s)
    lecture = Lecture(blocks, sentences, (), (), (), None, (), (), None, english=True)
    late, early = (
        score(Edges(lecture), first, last, CUE_S * (last - first), (25, 45)) for first, last in ((31, 37), (2, 7))
    )
    quorum, latch = in_context(lecture, [late, early], SETTINGS)
    assert quorum.ahead == TimeRange(blocks[1].clip_start_s, blocks[1].clip_end_s)
    assert latch.clip == early
    assert latch.ahead == TimeRange(blocks[0].clip_start_s, blocks[0].clip_end_s)
    third = in_context(lecture, [late, early, late], SETTINGS)[2]
    assert third.context[-1].reason.endswith(", in clip 1"), "there is no clip 4"
