import pytest

from agents.segment_extractor.passages import breath_after, breath_before, build_blocks
from agents.types import Segment, Sentence, TimeRange

Pairs = list[tuple[float, float]]


def blocks(cues: Pairs, sentences: Pairs, max_clip_s: float = 120.0, silences: Pairs | None = None) -> Pairs:
    made = build_blocks(
        [Segment(a, b, "text") for a, b in cues],
        [Sentence(a, b, "text", 0.5) for a, b in sentences],
        [TimeRange(a, b) for a, b in silences or []],
        1000.0,
        max_clip_s,
    )
    return [(b.start_s, b.end_s) for b in made]


@pytest.mark.parametrize(
    ("cues", "sentences", "expected"),
    [
        ([(0, 5), (5, 10)], [(0, 5), (5, 10)], [(0, 5), (5, 10)]),
        ([(0, 5), (5, 10), (10, 15)], [(0, 7), (7, 15)], [(0, 15)]),  # the sentence ends within the second cue
        ([(0, 5), (5, 10), (10, 15)], [(0, 7), (7, 10), (10, 15)], [(0, 10), (10, 15)]),
        ([(0, 5.2), (5, 10), (11, 15)], [(0, 5.2), (5, 10), (11, 15)], [(0, 10), (11, 15)]),  # cues that overlap
        ([(0, 20), (2, 4), (20, 25)], [(0, 20), (20, 25)], [(0, 20), (20, 25)]),  # a cue within a cue
        ([], [], []),
    ],
)
def test_no_cue_and_no_sentence_straddles_a_joint(cues: Pairs, sentences: Pairs, expected: Pairs) -> None:
    assert blocks(cues, sentences) == expected


def test_a_long_stretch_without_sentence_ends_is_divided_between_cues() -> None:
    cues = [(i * 5.0, i * 5.0 + 5.0) for i in range(20)]
    assert blocks(cues, [(0.0, 100.0)], max_clip_s=60.0) == cues


def test_rolling_captions_are_divided_only_when_nothing_else_can_be() -> None:
    cues = [(i * 3.0, i * 3.0 + 5.0) for i in range(30)]
    sentences = [(a, a + 3.0) for a, _ in cues]
    assert len(blocks(cues, sentences, max_clip_s=120.0)) == 1
    assert len(blocks(cues, sentences, max_clip_s=60.0)) == 30


@pytest.mark.parametrize(
    ("start_s", "floor_s", "silences", "expected"),
    [
        (10.0, 10.0, [], 10.0),  # cues touch: no room
        (10.0, 9.8, [], 9.9),  # half of a small gap
        (10.0, 8.0, [], 9.75),
        (10.0, 8.0, [(8.0, 9.5)], 9.375),  # speech begins half a second before its cue
        (10.0, 9.6, [(9.0, 9.5)], 9.6),  # never into the cue before
        (0.1, 0.0, [], 0.05),
    ],
)
def test_breath_before(start_s: float, floor_s: float, silences: Pairs, expected: float) -> None:
    assert breath_before(start_s, floor_s, [TimeRange(*s) for s in silences]) == expected


@pytest.mark.parametrize(
    ("end_s", "ceiling_s", "silences", "expected"),
    [
        (10.0, 10.0, [], 10.0),
        (10.0, 10.2, [], 10.1),
        (10.0, 12.0, [], 10.25),
        (10.0, 12.0, [(10.5, 12.0)], 10.625),
        (10.0, 10.4, [(10.5, 12.0)], 10.4),
    ],
)
def test_breath_after(end_s: float, ceiling_s: float, silences: Pairs, expected: float) -> None:
    assert breath_after(end_s, ceiling_s, [TimeRange(*s) for s in silences]) == expected


@pytest.mark.parametrize(
    ("turns_s", "expected"),
    [
        ([9.6], 9.75),  # before the clip: nothing to show of the old picture
        ([9.9], 9.9),
        ([9.8, 9.9], 9.9),
        ([10.0], 10.0),
        ([10.03], 10.0),  # a frame late: never into the cue
        ([10.2], 9.75),  # after the first word: the clip shows both
    ],
)
def test_a_breath_does_not_show_the_picture_before(turns_s: list[float], expected: float) -> None:
    assert breath_before(10.0, 8.0, [], turns_s) == expected


def test_a_turn_does_not_cut_speech_that_begins_before_its_cue() -> None:
    assert breath_before(10.0, 8.0, [TimeRange(8.0, 9.5)], [9.7]) == 9.375
    assert breath_before(10.0, 8.0, [TimeRange(8.0, 9.5)], [9.45]) == 9.45


@pytest.mark.parametrize(
    ("turns_s", "expected"), [([10.5], 10.25), ([10.1], 10.1), ([10.1, 10.2], 10.1), ([9.97], 10.0), ([9.9], 10.25)]
)
def test_a_breath_does_not_show_the_picture_after(turns_s: list[float], expected: float) -> None:
    assert breath_after(10.0, 12.0, [], turns_s) == expected


def test_a_turn_does_not_cut_speech_that_ends_after_its_cue() -> None:
    assert breath_after(10.0, 12.0, [TimeRange(10.5, 12.0)], [10.2]) == 10.625
    assert breath_after(10.0, 12.0, [TimeRange(10.5, 12.0)], [10.55]) == 10.55
