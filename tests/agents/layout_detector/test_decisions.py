"""Slide changes, screens and runs, decided on small drawn pictures."""

import numpy as np
import pytest

from agents.layout_detector.changes import apart
from agents.layout_detector.detector import merge
from agents.layout_detector.lines import Corners
from agents.layout_detector.samples import Sample, interval_s, tone_spread
from agents.layout_detector.screen import find_screen, shared
from agents.layout_detector.slides import Moment, change_score, changes_within
from agents.layout_detector.timeline import runs, switch_time, without_islands
from agents.media.bursts import plan_bursts
from agents.media.frames import Picture
from agents.types import LayoutSpan, SlideChange

SIZE = (180, 320)
ALL = np.ones(SIZE, np.bool_)
CAMERA: Corners = (240, 10, 310, 50)


def slide(*lines: tuple[int, int, int], paper: int = 245, ink: int = 30) -> Picture:
    """Lines of ``(y, x, length)``."""
    picture = np.full(SIZE, paper, np.uint8)
    for y, x, length in lines:
        picture[y : y + 5, x : x + length] = ink
    return picture


FIRST = slide((20, 20, 150), (60, 30, 60), (85, 30, 80), (110, 30, 70))
BUILT_UP = slide((20, 20, 150), (60, 30, 60), (85, 30, 80), (110, 30, 70), (135, 30, 90))
SECOND = slide((20, 20, 150), (70, 40, 100), (95, 40, 30), (125, 40, 90))


def fade(one: Picture, other: Picture, part: float) -> Picture:
    return (one * (1 - part) + other * part).astype(np.uint8)


def film(*shots: tuple[float, Picture], step_s: float = 0.1) -> list[Moment]:
    """``(seconds, picture)`` one after the other."""
    moments: list[Moment] = []
    for seconds, picture in shots:
        moments += [Moment(len(moments) * step_s + i * step_s, picture) for i in range(round(seconds / step_s))]
    return moments


def test_another_slide_under_the_same_title() -> None:
    assert change_score(FIRST, SECOND, ALL) > 0.3
    assert change_score(FIRST, FIRST, ALL) == 0.0


def test_a_line_more_is_no_other_slide() -> None:
    assert change_score(FIRST, BUILT_UP, ALL) == 0.0
    assert change_score(slide(), FIRST, ALL) > 0.3


def test_a_pointer_is_no_other_slide() -> None:
    pointed = FIRST.copy()
    pointed[40:48, 200:206] = 0
    assert change_score(FIRST, pointed, ALL) == 0.0


def test_what_happens_outside_the_mask_does_not_count() -> None:
    left = ALL.copy()
    left[:, 160:] = False
    other = FIRST.copy()
    other[:, 170:] = 0
    assert change_score(FIRST, other, left) == 0.0
    assert change_score(FIRST, other, np.zeros(SIZE, np.bool_)) == 0.0


def test_cuts_are_found_at_their_frame() -> None:
    third = slide((20, 20, 50), (100, 120, 150), (140, 150, 90))
    changes = changes_within(film((2.0, FIRST), (3.0, SECOND), (2.0, third)), ALL)
    assert [time_s for time_s, _ in changes] == pytest.approx([2.0, 5.0])


def test_a_fade_is_one_change_in_its_middle() -> None:
    parts = [(0.1, fade(FIRST, SECOND, part / 10)) for part in range(1, 10)]
    changes = changes_within(film((2.0, FIRST), *parts, (2.0, SECOND)), ALL)
    assert [time_s for time_s, _ in changes] == pytest.approx([2.45], abs=0.11)


def test_a_flash_that_returns_is_no_change() -> None:
    assert changes_within(film((2.0, FIRST), (0.1, slide(paper=0)), (2.0, FIRST)), ALL) == []


def test_changes_close_together_are_one() -> None:
    near = [SlideChange(10.0, 0.2), SlideChange(10.6, 0.7), SlideChange(30.0, 0.5)]
    assert apart(near) == [SlideChange(10.0, 0.7), SlideChange(30.0, 0.5)]


def boxed(picture: Picture, box: Corners, around: int) -> Picture:
    kept = np.full_like(picture, around)
    x0, y0, x1, y1 = box
    kept[y0:y1, x0:x1] = picture[y0:y1, x0:x1]
    return kept


def test_black_bars_are_not_screen() -> None:
    inner = (40, 0, 280, 180)
    assert find_screen([boxed(FIRST, inner, 0), boxed(SECOND, inner, 0)], None) == inner


def test_margins_of_slides_are_screen() -> None:
    dark = slide((30, 60, 100), (70, 60, 200), paper=0, ink=230)
    assert find_screen([FIRST, SECOND], None) == (0, 0, 320, 180)
    assert find_screen([dark], None) == (0, 0, 320, 180)
    assert find_screen([FIRST], CAMERA) == (0, 0, 320, 180)


@pytest.mark.parametrize("around", [0, 110])
def test_a_screen_beside_a_camera(around: int) -> None:
    screen, camera = (0, 30, 212, 150), (212, 60, 320, 120)
    picture = boxed(FIRST, screen, around)
    picture[60:120, 212:] = np.linspace(50, 200, 108).astype(np.uint8)
    assert find_screen([picture], camera) == screen
    assert shared(camera, screen) == 0.0


def test_a_camera_from_top_to_bottom_leaves_the_rest() -> None:
    assert find_screen([FIRST], (220, 0, 320, 180)) == (0, 0, 220, 180)


def test_one_missed_sample_is_filled() -> None:
    assert without_islands([CAMERA, None, CAMERA, None, None, CAMERA]) == [CAMERA, CAMERA, CAMERA, None, None, CAMERA]


def test_samples_are_kept_without_loss_and_small() -> None:
    moved = FIRST > 100
    sample = Sample.of(1.0, FIRST, moved)
    assert np.array_equal(sample.small, FIRST)
    assert np.array_equal(sample.moved, moved)
    assert len(sample.packed_small) + len(sample.packed_moved) < FIRST.size / 10


def test_runs_of_one_label() -> None:
    still = np.zeros(SIZE, np.bool_)
    samples = [Sample.of(float(index), FIRST, still) for index in range(5)]
    found = runs(samples, [None, None, CAMERA, CAMERA, None])
    assert [(run.first, run.last, run.camera) for run in found] == [(0, 1, None), (2, 3, CAMERA), (4, 4, None)]
    assert not any(run.film for run in found)


def test_a_switch_is_timed_at_its_frame() -> None:
    assert switch_time(film((3.2, FIRST), (1.0, SECOND)), FIRST, SECOND, ALL) == pytest.approx(3.2)


def test_slides_have_few_tones_and_photographs_many() -> None:
    photograph = np.add.outer(np.arange(180), np.arange(320)) // 2
    assert tone_spread(FIRST) < 0.05
    assert tone_spread(photograph.astype(np.uint8)) > 0.9


def test_neighbours_that_agree_are_joined() -> None:
    one = LayoutSpan(0.0, 5.0, "slides", (0, 0, 100, 80), None, 0.9)
    two = LayoutSpan(5.0, 9.0, "slides", (0, 0, 101, 80), None, 0.8)
    other = LayoutSpan(9.0, 12.0, "speaker", None, (0, 0, 100, 80), 0.8)
    assert merge([one, two, other]) == [LayoutSpan(0.0, 9.0, "slides", (0, 0, 100, 80), None, 0.9), other]


@pytest.mark.parametrize(
    ("duration_s", "wanted_s"), [(0.04, 0.5), (3, 0.5), (100, 2.5), (516, 10), (7200, 10), (86400, 28.8)]
)
def test_how_far_apart_samples_are(duration_s: float, wanted_s: float) -> None:
    assert interval_s(duration_s) == pytest.approx(wanted_s)


def test_bursts_are_planned_at_keyframes_and_inside_long_gaps() -> None:
    assert plan_bursts([0.0, 1.0, 10.0, 40.0], 45.0, 10.0) == {0.0: [0.0], 10.0: [10.0, 20.0, 30.0], 40.0: [40.0]}
    assert plan_bursts([], 0.0, 10.0) == {}
    assert plan_bursts([0.5], 0.5, 10.0) == {0.5: [0.5]}
