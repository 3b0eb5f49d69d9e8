"""The frame grid, on tables."""

import math
from fractions import Fraction

import pytest

from agents.errors import InvalidRequest
from agents.types import TimeRange
from agents.video_compiler.timing import Cut, FrameRange, choose_frame_rate, make_cut, sample_at

NTSC = Fraction(30000, 1001)


def cut(*keep: tuple[float, float], rate: Fraction = Fraction(25), **options: float) -> Cut:
    return make_cut([TimeRange(*pair) for pair in keep], rate, **options)


def test_ranges_go_to_the_nearest_grid_points_and_follow_each_other_in_the_clip() -> None:
    made = cut((1.0, 2.0), (3.01, 3.99), (5.03, 6.0))
    assert made.ranges == (FrameRange(25, 50, 0), FrameRange(75, 100, 25), FrameRange(126, 150, 50))
    assert made.frames == 74
    assert made.duration_s == pytest.approx(74 / 25)


def test_ranges_that_meet_on_the_grid_are_one() -> None:
    assert cut((1.0, 2.0), (2.01, 3.0)).ranges == (FrameRange(25, 75, 0),)


def test_a_range_shorter_than_half_a_frame_is_dropped_and_the_end_of_the_file_ends_the_last() -> None:
    assert cut((1.0, 1.01), (2.0, 9.0), duration_s=4.0).ranges == (FrameRange(50, 100, 0),)


def test_the_grid_has_the_phase_of_the_first_frame() -> None:
    made = cut((1.0, 2.0), first_frame_s=0.025, rate=Fraction(10))
    assert made.phase_s == pytest.approx(0.025)
    assert made.source_s(made.ranges[0].start) == pytest.approx(1.025)
    late = cut((0.0, 2.0), first_frame_s=0.475, rate=Fraction(10))
    assert late.phase_s == pytest.approx(0.075)
    assert late.source_s(late.ranges[0].start) == pytest.approx(0.075)  # never before the file's start
    assert cut((0.0, 1.0), first_frame_s=0.28).phase_s == pytest.approx(0.0)


@pytest.mark.parametrize("keep", [
    (), ((2.0, 1.0),), ((1.0, 1.0),), ((3.0, 4.0), (1.0, 2.0)), ((1.0, 3.0), (2.0, 4.0)), ((90.0, 95.0),),
    ((math.nan, 1.0),), ((0.0, math.inf),), ((-3.0, -1.0),),
])  # fmt: skip
def test_ranges_that_cannot_be_rendered_are_refused(keep: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(InvalidRequest):
        cut(*keep, duration_s=60.0)


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(60), Fraction(24000, 1001)])
def test_sound_never_leaves_the_picture_however_many_cuts(rate: Fraction) -> None:
    made = cut(*((i * 0.73, i * 0.73 + 0.41) for i in range(500)), rate=rate)
    samples = 0
    for kept in made.ranges:
        samples += sample_at(kept.clip_start + kept.frames, rate) - sample_at(kept.clip_start, rate)
        assert abs(samples / 48_000 - (kept.clip_start + kept.frames) / rate) <= 0.5 / 48_000
    assert samples == sample_at(made.frames, rate)


def test_source_times_find_their_place_in_the_clip() -> None:
    made = cut((1.0, 2.0), (5.0, 7.0))
    for (start_s, end_s), place in {
        (1.2, 1.6): (0.2, 0.6),
        (1.8, 2.1): (0.8, 1.0),
        (4.9, 5.5): (1.0, 1.5),
        (1.9, 2.4): None,
        (3.0, 4.0): None,
    }.items():
        found = made.clip_range(start_s, end_s)
        assert (found and (found.start_s, found.end_s)) == (place and pytest.approx(place))


@pytest.mark.parametrize(("average", "exact", "chosen"), [
    (Fraction(25), Fraction(25), Fraction(25)),
    (NTSC, NTSC, NTSC),
    (Fraction(2997, 100), Fraction(2997, 100), NTSC),
    (Fraction(15), Fraction(15), Fraction(15)),
    (Fraction(25, 2), Fraction(12), Fraction(25, 2)),
    (Fraction(15), Fraction(30), Fraction(30)),          # every second frame missing
    (Fraction(1000), Fraction(60), Fraction(60)),        # a millisecond clock taken for a rate
    (None, Fraction(1000), Fraction(25)),
    (None, None, Fraction(25)),
    (Fraction(7013, 240), Fraction(90000), NTSC),        # a telephone's 29.2
    (Fraction(1090000, 36251), Fraction(30), Fraction(30)),
    (Fraction(3360000, 111733), Fraction(3360000, 111733), Fraction(30)),  # 30.07, uneven: not 29.97
    (Fraction(18), Fraction(50), Fraction(50)),
    (Fraction(120), Fraction(120), Fraction(60)),
    (Fraction(100), Fraction(100), Fraction(50)),
    (Fraction(10), Fraction(10), Fraction(30)),
    (Fraction(1), Fraction(1), Fraction(24)),
    (Fraction(22500, 11303), Fraction(22500, 11303), Fraction(24)),
])  # fmt: skip
def test_the_frame_rate_is_one_that_players_know(
    average: Fraction | None, exact: Fraction | None, chosen: Fraction
) -> None:
    assert choose_frame_rate(average, exact) == chosen
