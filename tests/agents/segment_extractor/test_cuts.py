import pytest

from agents.segment_extractor.arrangement import arrangement, clip_layout
from agents.segment_extractor.cuts import CutTime, kept, ordered, protected
from agents.types import LayoutName, LayoutSpan, LayoutTimeline, Rect, Segment, TimeRange, Word
from agents.types.editing import PlannedCut

Pairs = list[tuple[float, float]]


def ranges(pairs: Pairs) -> list[TimeRange]:
    return [TimeRange(a, b) for a, b in pairs]


def silent(pairs: Pairs) -> list[PlannedCut]:
    return [PlannedCut(a, b, "silence", "quiet") for a, b in pairs]


def pairs(found: list[TimeRange] | tuple[TimeRange, ...]) -> Pairs:
    return [(round(r.start_s, 3), round(r.end_s, 3)) for r in found]


def test_a_filler_goes_whole_or_stays() -> None:
    word = PlannedCut(4.0, 4.2, "filler", "um")
    assert pairs(kept(0, 10, [word])) == [(0, 4), (4.2, 10)]
    assert pairs(kept(3.9, 10, [word])) == [(3.9, 10)]


def test_word_times_protect_only_the_words() -> None:
    cue = Segment(0, 10, "a b", None, (Word(1, 2, "a"), Word(8, 9, "b")))
    assert pairs(protected([cue])) == [(0.9, 2.1), (7.9, 9.1)]


@pytest.mark.parametrize(
    ("start_s", "end_s", "cuts", "expected"),
    [
        (0, 10, [], [(0, 10)]),
        (0, 10, [(4, 6)], [(0, 4), (6, 10)]),
        (0, 10, [(0.1, 2), (9.9, 12)], [(0, 0.3), (2, 10)]),  # the outer ends stay
        (5, 10, [(1, 2), (6, 7)], [(5, 6), (7, 10)]),
        (0, 10, [(3, 4), (4.1, 6)], [(0, 3), (4, 4.3), (6, 10)]),  # no splinters
        (0, 10, [(3, 4), (4.1, 4.4)], [(0, 3), (4, 10)]),
    ],
)
def test_kept(start_s: float, end_s: float, cuts: Pairs, expected: Pairs) -> None:
    assert pairs(kept(start_s, end_s, silent(cuts))) == expected


def test_cut_time() -> None:
    cut = CutTime(silent([(2, 4), (6, 7)]))
    assert [cut.before(t) for t in (0, 2, 3, 4, 6.5, 9)] == [0, 0, 1, 2, 2.5, 3]
    assert cut.between(3, 6.5) == 1.5


def test_ordered_merges_and_clamps() -> None:
    assert pairs(ordered(ranges([(5, 6), (-1, 2), (1, 3), (6, 7), (9, 99), (4, 4)]), 10.0)) == [(0, 3), (5, 7), (9, 10)]


SCREEN: Rect = (0, 0, 1280, 720)
CAMERA: Rect = (940, 20, 320, 180)


@pytest.mark.parametrize(
    ("layout", "camera", "aspect", "wanted", "expected"),
    [
        ("picture_in_picture", CAMERA, "source", "auto", "full"),
        ("picture_in_picture", CAMERA, "16:9", "auto", "full"),
        ("picture_in_picture", CAMERA, "9:16", "auto", "stack"),
        ("side_by_side", CAMERA, "1:1", "auto", "stack"),
        ("slides", None, "9:16", "auto", "full"),
        ("other", CAMERA, "9:16", "auto", "full"),
        ("picture_in_picture", CAMERA, "source", "split", "split"),
        ("picture_in_picture", CAMERA, "source", "stack", "stack"),
        ("picture_in_picture", CAMERA, "9:16", "full", "full"),
        ("slides", None, "9:16", "split", "full"),
    ],
)
def test_arrangement(layout: LayoutName, camera: Rect | None, aspect: str, wanted: str, expected: str) -> None:
    assert arrangement(LayoutSpan(0, 9, layout, SCREEN, camera, 1.0), aspect, wanted) == expected


def test_clip_layout_is_cut_to_the_clip() -> None:
    spans = (LayoutSpan(0, 50, "slides", SCREEN, None, 1.0), LayoutSpan(50, 90, "side_by_side", SCREEN, CAMERA, 1.0))
    timeline = LayoutTimeline(90.0, (1280, 720), spans, ())
    found = clip_layout(timeline, 40.0, 60.0, "9:16", "auto")
    assert [(c.start_s, c.end_s, c.arrangement) for c in found] == [(40.0, 50, "full"), (50, 60.0, "stack")]
    assert clip_layout(timeline, 55.0, 60.0, "9:16", "auto")[0].camera == CAMERA
    assert clip_layout(None, 0.0, 10.0, "source", "auto") == ()
