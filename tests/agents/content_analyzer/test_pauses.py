from agents.content_analyzer.pauses import pauses_after
from agents.content_analyzer.pieces import pieces_of
from agents.types import Segment, TimeRange


def test_gaps_are_pauses() -> None:
    segments = [Segment(0.0, 2.0, "one two"), Segment(3.5, 5.0, "three")]
    assert pauses_after(list(pieces_of(segments))) == [0.0, 1.5, 0.0]
    assert pauses_after([]) == []


def test_a_silence_counts_after_the_nearest_cue() -> None:
    segments = [Segment(0.0, 4.0, "a b c d"), Segment(4.0, 8.0, "e f g h"), Segment(8.0, 12.0, "i j k l")]
    found = pauses_after(list(pieces_of(segments)), [TimeRange(3.4, 4.3), TimeRange(40.0, 44.0)])
    assert [round(p, 2) for p in found] == [0, 0, 0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0]
    inside = pauses_after(list(pieces_of(segments)), [TimeRange(5.6, 6.2)])
    assert [i for i, p in enumerate(inside) if p] == [5]
