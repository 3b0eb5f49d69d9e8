"""The agent on drawn recordings, each with something that was once taken for something else."""

from pathlib import Path

import pytest

from agents.layout_detector import run
from agents.types import LayoutRequest, LayoutTimeline
from bench.layout_score import Score, score
from bench.recordings.film import Box, Recording, Scene, Screen, film
from bench.recordings.people import Board, DrawnPerson
from bench.recordings.screens import Deck, Desktop
from tests.agents.layout_detector.scoring import is_whole

pytestmark = pytest.mark.media
SIZE = (640, 360)
FRAME: Box = (0, 0, *SIZE)
CORNER: Box = (482, 20, 144, 80)
CHANGES_S = (0.0, 9.3, 21.7, 33.1)


def measure(folder: Path, deck: Screen, *scenes: Scene) -> tuple[LayoutTimeline, Score]:
    made = Recording("made-up", "test", scenes, deck, SIZE, keyframe_every_s=5.0)
    timeline = run(LayoutRequest(str(film(made, folder))), lambda _fraction, _message: None)
    assert is_whole(timeline, timeline.spans)
    return timeline, score(timeline, made.truth())


def good(measured: Score) -> bool:
    return (
        measured.time_right >= 0.97
        and measured.camera >= 0.9
        and measured.screen >= 0.97
        and measured.false_camera_share <= 0.01
    )


@pytest.mark.parametrize("shape", ["circle", "rounded", "bordered", "shadowed"])
def test_cameras_of_any_shape(tmp_path: Path, shape: str) -> None:
    box: Box = (530, 250, 96, 96) if shape == "circle" else (502, 250, 124, 94)
    scenes = [Scene(20, "picture_in_picture", FRAME, box, DrawnPerson(3), shape), Scene(34, "slides", FRAME)]
    _, measured = measure(tmp_path, Deck("white+banner", CHANGES_S[:3], first=4), *scenes)
    assert good(measured)
    assert measured.f1 == 1.0


@pytest.mark.parametrize("canvas", ["gradient", "picture", "#e8e8ea"])
def test_windows_on_any_backdrop(tmp_path: Path, canvas: str) -> None:
    screen, camera = (10, 76, 368, 208), (388, 100, 242, 160)
    scene = Scene(32, "side_by_side", screen, camera, DrawnPerson(5, backdrop="blurred"), canvas=canvas)
    _, measured = measure(tmp_path, Deck("white+banner", CHANGES_S[:3], first=40), scene)
    assert good(measured)
    assert measured.f1 == 1.0


@pytest.mark.parametrize("kind", ["chalk", "white"])
def test_a_board_that_fills_up(tmp_path: Path, kind: str) -> None:
    scenes = [Scene(40, "board", FRAME, FRAME, Board(3, kind)), Scene(52, "slides", FRAME)]
    _, measured = measure(tmp_path, Deck("dark", (0.0, 45.0), first=9), *scenes)
    assert good(measured)


def test_slides_over_a_picture_with_a_mouse_are_no_talking_head(tmp_path: Path) -> None:
    scenes = [Scene(26, "slides", FRAME), Scene(44, "picture_in_picture", FRAME, CORNER, DrawnPerson(8))]
    deck = Deck("dark+picture", CHANGES_S, builds=True, mouse=True, first=30)
    _, measured = measure(tmp_path, deck, *scenes)
    assert good(measured)


def test_a_film_on_a_slide_is_no_camera(tmp_path: Path) -> None:
    deck = Deck("light", CHANGES_S, film=DrawnPerson(4, 2.0, "blurred"), first=2)
    scenes = [Scene(25, "slides", FRAME), Scene(44, "picture_in_picture", FRAME, CORNER, DrawnPerson(8))]
    _, measured = measure(tmp_path, deck, *scenes)
    assert good(measured)
    assert measured.f1 == 1.0


@pytest.mark.parametrize("backdrop", ["shelf", "window"])
def test_the_whole_picture_of_a_room_with_straight_lines(tmp_path: Path, backdrop: str) -> None:
    person = DrawnPerson(6, backdrop=backdrop)
    scenes = [
        Scene(18, "picture_in_picture", FRAME, (0, 0, 160, 90), person),
        Scene(34, "speaker", None, FRAME, person),
    ]
    _, measured = measure(tmp_path, Deck("blue", (0.0, 8.0), first=14), *scenes)
    assert good(measured)


def test_a_shared_desktop_and_a_camera_that_moves(tmp_path: Path) -> None:
    person = DrawnPerson(11, 0.7)
    scenes = [
        Scene(14, "slides", FRAME),
        Scene(28, "picture_in_picture", FRAME, (12, 12, 128, 96), person),
        Scene(42, "picture_in_picture", FRAME, (500, 252, 128, 96), person),
    ]
    _, measured = measure(tmp_path, Desktop((0.0, 10.0, 20.0, 36.0)), *scenes)
    assert good(measured)


@pytest.mark.parametrize("transition", ["fade", "wipe", "push"])
def test_a_transition_is_one_change_in_its_middle(tmp_path: Path, transition: str) -> None:
    deck = Deck("beige", CHANGES_S, transition, 0.8, first=21)
    timeline, measured = measure(tmp_path, deck, Scene(42, "slides", FRAME))
    assert good(measured)
    assert [change.time_s for change in timeline.slide_changes] == pytest.approx(deck.truth()[1:], abs=0.4)
