"""The agent on recordings as universities make them, each with something that was once taken for something else."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.layout_detector import run
from agents.layout_detector.changes import Changes, Found
from agents.layout_detector.closeup import Look
from agents.layout_detector.overlays import not_within_wider
from agents.layout_detector.presence import border_support
from agents.layout_detector.samples import Sample, samples
from agents.layout_detector.seeds import Motion, find_seeds
from agents.layout_detector.timeline import Run
from agents.media.probe import probe
from agents.types import LayoutRequest, LayoutTimeline
from bench.layout_score import Score, score
from bench.recordings.cameras import Avatar, Named, Still
from bench.recordings.film import Box, Inset, Recording, Scene, Screen, film
from bench.recordings.living import Illustrated, Ticker
from bench.recordings.people import DrawnPerson
from bench.recordings.screens import Deck
from tests.agents.layout_detector.scoring import is_whole

SIZE = (640, 360)
FRAME: Box = (0, 0, *SIZE)
CHANGES_S = (0.0, 4.3, 8.7)


def measure(folder: Path, screen: Screen, *scenes: Scene, **options: object) -> tuple[LayoutTimeline, Score]:
    made = Recording("campus", "test", scenes, screen, SIZE, rate=5, keyframe_every_s=5.0, **options)  # type: ignore[arg-type]  # forwarded
    timeline = run(LayoutRequest(str(film(made, folder))), lambda _fraction, _message: None)
    assert is_whole(timeline, timeline.spans)
    return timeline, score(timeline, made.truth())


@pytest.mark.media
def test_a_strip_of_cameras_above_the_slides_is_no_part_of_them(tmp_path: Path) -> None:
    screen, tiles = (64, 72, 512, 288), [(at, 6, 106, 60) for at in (156, 266, 376)]
    others = [Inset(tiles[1], Named(DrawnPerson(4))), Inset(tiles[2], Avatar(), False)]
    call = Scene(12, "side_by_side", screen, tiles[0], Named(DrawnPerson(3)), canvas="#1c1c1e", insets=others)
    _, measured = measure(tmp_path, Deck("white", CHANGES_S, first=4), call)
    assert measured.time_right >= 0.97
    assert measured.camera >= 0.8
    assert measured.screen >= 0.97
    assert measured.f1 == 1.0


@pytest.mark.media
def test_two_cameras_beside_the_slides_are_two(tmp_path: Path) -> None:
    first, second = (428, 60, 208, 118), (428, 190, 208, 118)
    others = [Inset(second, DrawnPerson(9, backdrop="blurred"))]
    scene = Scene(12, "side_by_side", (0, 60, 420, 236), first, DrawnPerson(3), insets=others)
    _, measured = measure(tmp_path, Deck("white+banner", CHANGES_S, first=4), scene)
    assert measured.time_right >= 0.97
    assert measured.camera >= 0.9
    assert measured.screen >= 0.97
    assert measured.f1 == 1.0


@pytest.mark.media
def test_a_ticker_is_neither_a_film_nor_a_slide_change(tmp_path: Path) -> None:
    timeline, measured = measure(
        tmp_path, Deck("white", CHANGES_S, first=30), Scene(12, "slides", FRAME), finish=Ticker()
    )
    assert measured.time_right == 1.0
    assert measured.false_camera_share == 0.0
    assert [change.time_s for change in timeline.slide_changes] == pytest.approx(CHANGES_S[1:], abs=0.4)


@pytest.mark.media
def test_a_film_on_a_slide_changes_no_slide(tmp_path: Path) -> None:
    deck = Illustrated(Deck("white", CHANGES_S, first=2), DrawnPerson(4, 2.0, "blurred"), (0.3, 0.26, 0.4, 0.6))
    timeline, measured = measure(tmp_path, deck, Scene(12, "slides", FRAME))
    assert measured.false_camera_share == 0.0
    assert [change.time_s for change in timeline.slide_changes] == pytest.approx(CHANGES_S[1:], abs=0.4)


@pytest.mark.media
def test_somebody_who_hardly_moves(tmp_path: Path) -> None:
    box: Box = (18, 250, 128, 96)
    scenes = [Scene(9, "picture_in_picture", FRAME, box, Still(DrawnPerson(3), 0.6)), Scene(15, "slides", FRAME)]
    _, measured = measure(tmp_path, Deck("blue", CHANGES_S, first=14), *scenes)
    assert measured.time_right >= 0.97
    assert measured.camera >= 0.9


@pytest.mark.media
def test_changes_after_the_last_sample(tmp_path: Path) -> None:
    made = Recording("end", "test", [Scene(12, "slides", FRAME)], Deck("white", CHANGES_S, first=4), SIZE, rate=5)
    media = str(film(made, tmp_path))
    info = probe(media)
    assert info.video is not None
    found = [sample for sample, _ in samples(media, info) if sample.time_s < CHANGES_S[1]]
    shown = Look("slides", (0, 0, *SIZE), None, 0.9)
    known = Found(found, [Run(0, len(found) - 1, None)], [shown], info.video, info.duration_s)
    switches, changes = Changes(media, known, lambda _fraction, _message: None).find()
    assert switches == []
    assert [change.time_s for change in changes] == pytest.approx(CHANGES_S[1:], abs=0.3)


def grainy(box: tuple[int, int, int, int] | None) -> np.ndarray:
    """A small picture of noise all over, or of noise in a box on a white page."""
    noise = np.random.default_rng(3).integers(40, 200, (180, 320)).astype(np.uint8)
    if box is None:
        return noise
    picture = np.full((180, 320), 240, np.uint8)
    x0, y0, x1, y1 = box
    picture[y0:y1, x0:x1] = noise[y0:y1, x0:x1]
    return picture


def test_a_texture_has_no_borders() -> None:
    box = (200, 100, 280, 160)
    assert border_support(grainy(None), box) == 0.0
    assert (border_support(grainy(box), box) or 0.0) >= 0.9


def test_a_box_of_crisp_borders_is_meant_not_one_around_it() -> None:
    box, wider = (200, 100, 280, 160), (200, 100, 320, 160)
    sample = Sample.of(0.0, grainy(box), np.zeros((180, 320), np.bool_))
    seen = np.array([True])
    assert [mask.tolist() for mask in not_within_wider([sample], [box, wider], [seen, seen])] == [[True], [False]]


def test_movement_recurs_near_a_place_not_only_in_the_same_pixels() -> None:
    page = np.full((180, 320), 240, np.uint8)
    window: list[Motion] = []
    for turn in range(7):
        moved = np.zeros((180, 320), np.uint8)
        cv2.circle(moved, (100 + 3 * (turn % 2), 60), 4, 1, 1)
        window.append(Motion.of(Sample.of(turn, page, moved.view(np.bool_)), page))
    (x0, y0, x1, y1) = find_seeds(window, 0.5)[0]
    assert 92 <= x0 <= 98
    assert 54 <= y0 <= 58
    assert 104 <= x1 <= 110
    assert 63 <= y1 <= 67
    still = [Motion.of(Sample.of(turn, page, np.zeros((180, 320), np.bool_)), page) for turn in range(7)]
    assert find_seeds(still, 0.5) == []
