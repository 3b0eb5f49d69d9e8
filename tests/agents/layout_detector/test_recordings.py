"""The agent on recordings: the shared lectures with their gold files, and composed ones."""

import json
from pathlib import Path

import pytest

from agents.errors import NoVideo
from agents.layout_detector import run
from agents.types import LayoutRequest, LayoutTimeline
from bench.layout_score import iou, score, span_at
from tests.agents.layout_detector.compose import Box, Spell, compose, made_up_board, made_up_person
from tests.agents.layout_detector.scoring import is_whole
from tests.media_factory import make_media

pytestmark = pytest.mark.media
FRAME: Box = (0, 0, 640, 360)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return made_up_person(tmp_path_factory.mktemp("person"))


def detect(path: Path) -> LayoutTimeline:
    timeline = run(LayoutRequest(str(path)), lambda fraction, message: None)
    assert is_whole(timeline, timeline.spans)
    return timeline


@pytest.mark.parametrize("name", ["switching", "corner"])
def test_lectures_against_their_gold(lectures: Path, name: str) -> None:
    gold = json.loads((lectures / f"{name}.gold.json").read_text("utf-8"))
    messages: list[tuple[float, str]] = []
    timeline = run(LayoutRequest(str(lectures / f"{name}.mp4")), lambda f, m: messages.append((f, m)))
    measured = score(timeline, gold)
    assert measured.time_right >= 0.99
    assert measured.camera >= 0.98
    assert measured.screen >= 0.98
    assert measured.false_camera_share <= 0.001
    assert measured.f1 == 1.0
    fractions = [fraction for fraction, _ in messages]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize(
    ("camera", "paper", "ink"),
    [
        ((500, 20, 128, 72), "0xf4f6f0", "0x202428"),
        ((12, 276, 128, 72), "0x1a1e2a", "0xe0e0e0"),
        ((0, 0, 160, 120), "white", "navy"),
        ((470, 190, 160, 160), "black", "white"),
    ],
)
def test_a_real_person_in_any_corner(shared_data: Path, tmp_path: Path, camera: Box, paper: str, ink: str) -> None:
    person = shared_data / "video" / "intel" / "head-pose-face-detection-male.gif"
    video = compose(
        tmp_path / "lecture.mp4",
        [Spell(0, 20, FRAME, None), Spell(20, 44, FRAME, camera), Spell(44, 60, None, FRAME)],
        changes_s=(0.0, 11.0, 27.3, 36.5),
        camera=("-ignore_loop", "0", "-i", str(person)),
        paper=paper,
        ink=ink,
    )
    timeline = detect(video)
    assert [span.layout for span in timeline.spans] == ["slides", "picture_in_picture", "speaker"]
    assert [span.end_s for span in timeline.spans] == pytest.approx([20, 44, 60], abs=0.3)
    assert iou(timeline.spans[1].camera, camera) >= 0.9
    assert timeline.spans[1].screen == FRAME
    assert [change.time_s for change in timeline.slide_changes] == pytest.approx([11.0, 27.3, 36.5], abs=0.2)


@pytest.mark.parametrize(
    ("screen", "camera", "canvas"),
    [
        ((0, 60, 426, 240), (426, 120, 214, 120), "black"),
        ((214, 60, 426, 240), (0, 120, 214, 120), "black"),
        ((12, 64, 410, 230), (434, 130, 196, 110), "0x405070"),
        ((0, 0, 430, 360), (430, 0, 210, 360), "black"),
    ],
)
def test_screen_and_camera_beside_each_other(
    tmp_path: Path, person: list[str], screen: Box, camera: Box, canvas: str
) -> None:
    video = compose(
        tmp_path / "v.mp4", [Spell(0, 30, screen, camera)], changes_s=(0.0, 9.5, 21.0), camera=person, canvas=canvas
    )
    timeline = detect(video)
    (span,) = timeline.spans
    assert span.layout == "side_by_side"
    assert iou(span.screen, screen) >= 0.95
    assert iou(span.camera, camera) >= 0.95
    assert [change.time_s for change in timeline.slide_changes] == pytest.approx([9.5, 21.0], abs=0.2)


def test_a_camera_that_comes_and_goes(tmp_path: Path, person: list[str]) -> None:
    corner: Box = (500, 270, 128, 72)
    spells = [Spell(0, 15, FRAME, corner), Spell(15, 32, FRAME, None), Spell(32, 48, FRAME, corner)]
    timeline = detect(compose(tmp_path / "v.mp4", spells, changes_s=(0.0, 24.0), camera=person))
    assert [(span.layout, span.camera is not None) for span in timeline.spans] == [
        ("picture_in_picture", True),
        ("slides", False),
        ("picture_in_picture", True),
    ]
    assert [span.end_s for span in timeline.spans] == pytest.approx([15, 32, 48], abs=0.3)


def test_slides_with_a_moving_pointer_have_no_camera(tmp_path: Path) -> None:
    pointer = "drawbox=x='300+200*sin(t)':y='150+90*cos(1.7*t)':w=8:h=10:color=red:t=fill"
    video = compose(tmp_path / "v.mp4", [Spell(0, 40, FRAME, None)], changes_s=(0.0, 13.0, 26.0), extra=pointer)
    timeline = detect(video)
    assert [(span.layout, span.camera, span.screen) for span in timeline.spans] == [("slides", None, FRAME)]
    assert [change.time_s for change in timeline.slide_changes] == pytest.approx([13.0, 26.0], abs=0.2)


def test_a_4_to_3_picture_in_a_16_to_9_frame(tmp_path: Path, person: list[str]) -> None:
    inner: Box = (80, 0, 480, 360)
    spells = [Spell(0, 20, inner, None), Spell(20, 40, None, inner)]
    timeline = detect(compose(tmp_path / "v.mp4", spells, changes_s=(0.0, 10.0), camera=person))
    assert [span.layout for span in timeline.spans] == ["slides", "speaker"]
    assert iou(timeline.spans[0].screen, inner) >= 0.97
    assert iou(timeline.spans[1].camera, inner) >= 0.97


def test_portrait_with_slides_above_the_camera(tmp_path: Path, person: list[str]) -> None:
    screen, camera = (0, 0, 360, 202), (0, 202, 360, 438)
    spells = [Spell(0, 30, screen, camera)]
    timeline = detect(compose(tmp_path / "v.mp4", spells, size=(360, 640), changes_s=(0.0, 12.0), camera=person))
    (span,) = timeline.spans
    assert span.layout == "side_by_side"
    assert iou(span.screen, screen) >= 0.95
    assert iou(span.camera, camera) >= 0.95


def test_a_real_person_upright(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "video" / "intel" / "sister.mkv"
    video = make_media(tmp_path / "v.mp4", "-stream_loop", "3", "-i", str(source), "-vf", "crop=270:480", "-an")
    timeline = detect(video)
    assert [(span.layout, span.camera) for span in timeline.spans] == [("speaker", (0, 0, 270, 480))]


def test_somebody_before_a_board(tmp_path: Path) -> None:
    (span,) = detect(made_up_board(tmp_path / "v.mp4", 12)).spans
    assert span.layout == "board"
    assert iou(span.camera, FRAME) >= 0.9


def test_one_keyframe_only(tmp_path: Path, person: list[str]) -> None:
    """Everything after the first picture is between keyframes: the recording is decoded through."""
    corner: Box = (500, 20, 128, 72)
    never = ("-preset", "ultrafast", "-g", "100000", "-sc_threshold", "0", "-keyint_min", "100000")
    spells = [Spell(0, 25, FRAME, corner), Spell(25, 50, FRAME, None)]
    timeline = detect(compose(tmp_path / "v.mp4", spells, changes_s=(0.0, 12.0, 40.0), camera=person, encoder=never))
    assert [span.layout for span in timeline.spans] == ["picture_in_picture", "slides"]
    assert timeline.spans[0].end_s == pytest.approx(25, abs=0.3)
    assert [change.time_s for change in timeline.slide_changes] == pytest.approx([12.0, 40.0], abs=0.2)


@pytest.mark.parametrize("frames", [1, 2, 75])
def test_very_short_and_static(tmp_path: Path, frames: int) -> None:
    source = "color=white:s=320x240:r=25,drawbox=40:40:200:20:black:fill"
    video = make_media(tmp_path / "v.mp4", "-f", "lavfi", "-i", source, "-frames:v", str(frames))
    timeline = detect(video)
    assert [(span.layout, span.camera) for span in timeline.spans] == [("slides", None)]
    assert timeline.slide_changes == ()
    assert span_at(timeline, 0.0).screen == (0, 0, 320, 240)


def test_sound_alone_is_told_apart(tmp_path: Path) -> None:
    video = make_media(tmp_path / "v.m4a", "-f", "lavfi", "-i", "sine=d=1")
    with pytest.raises(NoVideo):
        detect(video)
