"""Which parts of a silence go, and which pauses stay, with the reason."""

import pytest

from agents.segment_extractor.cuts import protected
from agents.segment_extractor.pauses import Surroundings, joined, removable
from agents.types import LayoutSpan, Segment, Sentence, SlideChange, TimeRange
from agents.types.editing import PlannedCut

Pairs = list[tuple[float, float]]


def ranges(pairs: Pairs) -> list[TimeRange]:
    return [TimeRange(a, b) for a, b in pairs]


def pairs(found: list[PlannedCut]) -> Pairs:
    return [(round(r.start_s, 3), round(r.end_s, 3)) for r in found]


@pytest.mark.parametrize(
    ("silences", "cues", "expected"),
    [
        ([(5, 8)], [(0, 5), (8, 12)], [(5.25, 7.75)]),
        ([(5, 5.69)], [(0, 5), (5.69, 9)], []),  # a breath, not a silence
        ([(5, 8)], [(0, 6), (7.5, 9)], [(6.1, 7.4)]),  # words win over the detector
        ([(5, 8)], [(0, 9)], []),
        ([(5, 11)], [(0, 5), (8, 8.4), (11, 12)], [(5.25, 7.9), (8.5, 10.75)]),  # a whispered word in between
    ],
)
def test_silences_leave_a_breath(silences: Pairs, cues: Pairs, expected: Pairs) -> None:
    words = protected([Segment(a, b, "x") for a, b in cues])
    cuts, pauses = removable(ranges(silences), words, Surroundings())
    assert pairs(cuts) == expected
    assert not pauses
    assert all(c.kind == "silence" and "nothing is said" in c.reason for c in cuts)


ASKED = Sentence(2, 5, "What do you think happens next?", 0.5)
KEY = Sentence(10.1, 14, "The key idea is that it halves.", 0.8, ("key_point",))
BOARD = LayoutSpan(0, 30, "board", None, None, 1.0)


@pytest.mark.parametrize(
    ("around", "expected", "kept_s", "reason"),
    [
        (Surroundings([ASKED]), (7.0, 9.75), 2.25, "think after a question"),
        (Surroundings(slide_changes=[SlideChange(10.2, 1.0)]), (5.25, 9.0), 1.25, "slide changes"),
        (Surroundings([KEY]), (5.25, 9.3), 0.95, "key statement follows"),
        (Surroundings(spans=[BOARD]), (7.0, 8.0), 4.0, "writing on the board"),
        (Surroundings([ASKED], [SlideChange(10.2, 1.0)]), (7.0, 9.0), 3.0, "question and the slide changes"),
    ],
)
def test_pauses_that_mean_something_stay_longer(
    around: Surroundings, expected: tuple[float, float], kept_s: float, reason: str
) -> None:
    cuts, pauses = removable(ranges([(5, 10)]), [], around)
    assert pairs(cuts) == [expected]
    assert [(p.start_s, p.end_s, round(p.kept_s, 3)) for p in pauses] == [(5, 10, kept_s)]
    assert reason in pauses[0].reason


def test_a_short_pause_that_means_something_stays_whole() -> None:
    cuts, pauses = removable(ranges([(5, 7)]), [], Surroundings([ASKED]))
    assert not cuts
    assert pauses[0].kept_s == 2.0


def test_a_sentence_that_is_not_worth_much_announces_nothing() -> None:
    dull = Sentence(10.1, 14, "The key idea is that it halves.", 0.2, ("key_point",))
    assert not removable(ranges([(5, 10)]), [], Surroundings([dull]))[1]


def test_cuts_that_nearly_touch_become_one_unless_a_word_is_between() -> None:
    quiet = PlannedCut(3, 4, "silence", "quiet")
    filler = PlannedCut(4.1, 4.5, "filler", "um")
    assert pairs(joined([filler, quiet], [])) == [(3, 4.5)]
    assert joined([filler, quiet], [])[0].kind == "filler"
    assert pairs(joined([filler, quiet], [TimeRange(4.02, 4.08)])) == [(3, 4), (4.1, 4.5)]
    far = PlannedCut(4.4, 5, "filler", "um")
    assert pairs(joined([quiet, far], [])) == [(3, 4), (4.4, 5)]
