from pathlib import Path
from statistics import mean

import numpy as np
import pytest

from agents.content_analyzer import run
from agents.content_analyzer.emphasis import emphasised
from agents.content_analyzer.focus import nearness
from agents.content_analyzer.importance import Judgement, around, worths
from agents.content_analyzer.sentences import SentenceSpan
from agents.content_analyzer.words import Vocabulary
from agents.types import AnalysisRequest, Segment, Transcript
from bench import importance as bench

TEXT = "The pointer moves on along the list."


def span(start_s: float, end_s: float, text: str = TEXT) -> SentenceSpan:
    return SentenceSpan(start_s, end_s, text, len(text.split()), (0, 1))


def spoken(length_s: float, pause_s: float) -> list[SentenceSpan]:
    """Five sentences of three seconds; the middle one takes ``length_s`` and stands between two pauses."""
    middle = 6.0 + pause_s
    after = middle + length_s + pause_s
    return [
        span(0, 3),
        span(3, 6),
        span(middle, middle + length_s),
        span(after, after + 3),
        span(after + 3, after + 6),
    ]


@pytest.mark.parametrize(
    ("length_s", "pause_s", "expected"),
    [(4.5, 0.6, True), (3.0, 0.6, False), (4.5, 0.1, False), (12.0, 0.6, False)],
    ids=["slow and set off", "usual speed", "no pauses", "writing on the board"],
)
def test_emphasis_is_slow_and_set_off(length_s: float, pause_s: float, expected: bool) -> None:
    assert emphasised(spoken(length_s, pause_s)) == [False, False, expected, False, False]


def test_emphasis_is_a_reason_and_lifts_a_sentence() -> None:
    def importance(length_s: float) -> tuple[float, tuple[str, ...]]:
        segments = tuple(Segment(s.start_s, s.end_s, s.text) for s in spoken(length_s, 0.6))
        found = run(AnalysisRequest(Transcript("en", "x", "good", segments), 60.0), lambda _f, _m: None)
        return found.sentences[2].importance, found.sentences[2].reasons

    plain, stressed = importance(3.0), importance(4.5)
    assert "emphasis" in stressed[1]
    assert stressed[0] > plain[0]


def test_around_is_a_mean_that_keeps_constants() -> None:
    assert around([2.0] * 50, 10.0) == pytest.approx(np.full(50, 2.0))
    spread = around([0.0] * 20 + [1.0] + [0.0] * 20, 3.0)
    assert int(np.argmax(spread)) == 20
    assert spread[10] < spread[15] < spread[20]
    assert around([3.0], 10.0) == pytest.approx([3.0])


def test_topics_are_worth_what_they_hold_and_less_later_on() -> None:
    same = [Judgement(0.5, (), 0.4)] * 30
    first, middle, last = worths(same, [(0, 10), (10, 20), (20, 30)])
    assert first == 1.0
    assert first > middle > last > 0.7
    rich = [*same * 2, *[Judgement(0.5, (), 1.2)] * 30]
    assert worths(rich, [(0, 30), (30, 60), (60, 90)])[2] == 1.0
    assert worths([], []) == []


def test_a_focus_reaches_the_passage_around_its_word() -> None:
    texts = ["Bread needs flour and water."] * 40 + ["A heap is a tree."] + ["It keeps the largest key on top."] * 40
    vocabulary = Vocabulary(texts, "en")
    near = nearness(vocabulary, "summarize the discussion about heap")
    assert near is not None
    assert near[40] == max(near) == 1.0
    assert near[45] > near[60] > near[80] >= 0.0
    assert nearness(vocabulary, "   ") is None
    assert nearness(vocabulary, "zeppelin") == [0.0] * 81


def test_average_precision_of_the_benchmark() -> None:
    relevant = [True, False, True, False]
    assert bench.average_precision([0.9, 0.8, 0.7, 0.1], relevant) == pytest.approx((1 + 2 / 3) / 2)
    assert bench.average_precision([0.1, 0.9, 0.2, 0.8], relevant) == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert bench.average_precision([1.0, 1.0], [False, False]) == 0.0


@pytest.fixture(scope="module")
def meetings(shared_data: Path) -> list[bench.Meeting]:
    return bench.meetings()


def asked_about(meeting: bench.Meeting, ranking: bench.Ranking) -> float:
    asked = {turn for question in meeting.questions for turn in question.relevant}
    return bench.average_precision(ranking(meeting, ""), [turn in asked for turn in meeting.turn_of])


def answers(meeting: bench.Meeting, ranking: bench.Ranking) -> float:
    return mean(
        bench.average_precision(ranking(meeting, q.text), [turn in q.relevant for turn in meeting.turn_of])
        for q in meeting.questions
    )


def test_what_people_asked_about_comes_before_simple_rankings(meetings: list[bench.Meeting]) -> None:
    ours = mean(asked_about(m, bench.ours) for m in meetings)
    for peer in (bench.lead, bench.longest, bench.centroid, bench.shuffled(0)):
        assert ours > mean(asked_about(m, peer) for m in meetings)


def test_a_question_as_focus_finds_its_answer(meetings: list[bench.Meeting]) -> None:
    meeting = min(meetings, key=lambda m: len(m.sentences))
    ours = answers(meeting, bench.ours)
    for peer in (bench.longest, bench.centroid, bench.shuffled(0)):
        assert ours > answers(meeting, peer)
