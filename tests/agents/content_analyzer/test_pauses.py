import pytest

from agents.content_analyzer.pauses import pauses_after
from agents.content_analyzer.pieces import pieces_of
from agents.types import Segment, TimeRange


def test_gaps_are_pauses() -> None:
    segments = [Segment(0.0, 2.0, "one two"), Segment(3.5, 5.0, "three")]
    assert pauses_after(list(pieces_of(segments))) == [0.0, 1.5, 0.0]
    assert pauses_after([]) == []


def test_captions_that_last_until_the_next_one_hide_their_pauses() -> None:
    lengths_s = [2.0] * 12 + [6.0] + [2.0] * 12
    segments, at_s = [], 0.0
    for length_s in lengths_s:
        segments.append(Segment(at_s, at_s + length_s, "and then the pointer moves on"))
        at_s += length_s
    found = [p for p in pauses_after(list(pieces_of(segments))) if p > 0]
    assert found == [pytest.approx(3.0, abs=0.5)]


def test_a_long_cue_of_many_words_is_no_pause() -> None:
    segments = [Segment(i * 60.0, i * 60.0 + 60.0, " ".join(["word"] * (100 + 40 * (i % 3)))) for i in range(6)]
    assert max(pauses_after(list(pieces_of(segments)))) == 0.0


def test_a_silence_counts_after_the_nearest_cue() -> None:
    segments = [Segment(0.0, 4.0, "a b c d"), Segment(4.0, 8.0, "e f g h"), Segment(8.0, 12.0, "i j k l")]
    found = pauses_after(list(pieces_of(segments)), [TimeRange(3.4, 4.3), TimeRange(40.0, 44.0)])
    assert [round(p, 2) for p in found] == [0, 0, 0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0]
    inside = pauses_after(list(pieces_of(segments)), [TimeRange(5.6, 6.2)])
    assert [i for i, p in enumerate(inside) if p] == [5]
