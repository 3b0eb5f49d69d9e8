"""Where long sound is cut: decided on pauses alone, without media."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.transcript_agent.cuts import OVERLAP_S, Pauses, Seam, cut, evenly, pieces_between
from agents.types import TimeRange

Spans = list[tuple[float, float]]


def pauses(duration_s: float, *levels: Spans, start_s: float = 0.0) -> Pauses:
    made = tuple(tuple(TimeRange(a, b) for a, b in level) for level in levels)
    return Pauses((*made, *[()] * (4 - len(made))), duration_s, start_s)


@pytest.mark.parametrize(
    ("found", "parts", "expected"),
    [
        pytest.param(pauses(600, [(299, 301)]), 2, [Seam(300.0)], id="in the pause"),
        pytest.param(pauses(600, [(250, 250.4), (290, 290.4)]), 2, [Seam(290.2)], id="the nearer of two alike"),
        pytest.param(
            pauses(600, [(298, 298.3), (310, 312)]), 2, [Seam(310.75)], id="a long one rather than a near one"
        ),
        pytest.param(pauses(600, [(200, 480)]), 2, [Seam(300.0)], id="anywhere in a very long one"),
        pytest.param(pauses(600, [(100, 290)]), 2, [Seam(289.25)], id="away from the word after it"),
        pytest.param(pauses(600, [(10, 20), (580, 590)]), 2, [Seam(300.0, OVERLAP_S)], id="none within reach"),
        pytest.param(pauses(600, [], [(310, 310.4)]), 2, [Seam(310.2, OVERLAP_S)], id="the quietest place"),
        pytest.param(pauses(600, [(380, 381)], [(300, 301)]), 2, [Seam(380.5)], id="a pause beats a quiet place"),
        pytest.param(pauses(900, [(610, 611)], start_s=300), 2, [Seam(610.5)], id="of a span"),
        pytest.param(pauses(600, [(299, 301)]), 1, [], id="one part"),
    ],
)
def test_seams(found: Pauses, parts: int, expected: list[Seam]) -> None:
    assert evenly(found, parts=parts) == expected


def test_pieces_meet_in_pauses_and_overlap_elsewhere() -> None:
    found = pauses(900, [(299, 301)])
    assert pieces_between(evenly(found, parts=3), found) == [
        TimeRange(0.0, 300.0),
        TimeRange(300.0, 605.0),
        TimeRange(595.0, 900.0),
    ]
    assert pieces_between([], pauses(0)) == []


def test_short_parts_overlap_by_less_than_they_are_long() -> None:
    found = pauses(30)
    pieces = pieces_between(evenly(found, parts=10), found)
    assert all(0 < piece.duration_s <= 4.1 for piece in pieces)


@st.composite
def recordings(draw: st.DrawFn) -> Pauses:
    at_s, found = 0.0, []
    for speech_s, pause_s in draw(st.lists(st.tuples(st.floats(0.1, 90), st.floats(0.3, 20)), max_size=80)):
        found.append((at_s + speech_s, at_s + speech_s + pause_s))
        at_s += speech_s + pause_s
    return pauses(at_s + draw(st.floats(0, 90)) + 1.0, found)


@settings(deadline=None)
@given(recordings(), st.integers(1, 12))
def test_no_word_is_cut_and_none_is_left_out(found: Pauses, parts: int) -> None:
    for seams in (evenly(found, parts=parts), cut(found, target_s=60.0)):
        pieces = pieces_between(seams, found)
        assert (pieces[0].start_s, pieces[-1].end_s) == (0.0, found.duration_s)
        assert all(piece.duration_s > 0 for piece in pieces)
        for before, after in itertools.pairwise(pieces):
            assert before.start_s < after.start_s
            assert before.end_s < after.end_s
            assert after.start_s <= before.end_s, "something between them would be lost"
        for seam in seams:
            pause = any(p.start_s <= seam.time_s <= p.end_s for p in found.levels[0])
            assert pause or seam.overlap_s > 0, "a cut in speech without an overlap"


@settings(deadline=None)
@given(recordings())
def test_pieces_have_a_bounded_length(found: Pauses) -> None:
    pieces = pieces_between(cut(found, target_s=60.0), found)
    assert all(piece.duration_s <= 1.5 * 60 + OVERLAP_S for piece in pieces)
