"""Clips of drawn recordings with bars around slide and camera: they are gone where nothing stands in them."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from agents.types import ClipLayout, PlanSettings
from agents.video_compiler.framing import framed
from agents.video_compiler.geometry import make_scene
from agents.video_compiler.overlaid import Framing
from agents.video_compiler.plan import make_plan
from agents.video_compiler.slide_pictures import slide_pictures
from agents.video_compiler.source import measure
from tests.agents.compiler_media import request
from tests.agents.video_compiler.framed_lectures import (
    BLUE,
    HEIGHT,
    MAGENTA,
    PAPER,
    SCREEN,
    SECONDS,
    WIDTH,
    Aspect,
    Picture,
    clip_of,
    cut_out,
    magenta,
    marks_in,
    plan_of,
    recording,
    shown,
    slide,
)

pytestmark = pytest.mark.media


@pytest.mark.parametrize(("aspect", "ground"), [("9:16", (0, 0, 0)), ("1:1", (0, 0, 0)), ("9:16", BLUE)])
def test_the_bars_around_slide_and_camera_are_not_shown(
    tmp_path: Path, aspect: Aspect, ground: tuple[int, int, int]
) -> None:
    screen, camera = (0, 60, 426, 240), (426, 120, 214, 120)

    def draw(picture: Picture, time_s: float) -> None:
        picture[60:300, :426] = PAPER
        slide([(20, 70), (400, 70), (20, 280), (400, 280)], picture)
        picture[120:240, 426:] = MAGENTA

    media = recording(tmp_path / "in.mp4", draw, ground=ground)
    span = ClipLayout(0.0, SECONDS, "side_by_side", "full", screen, camera)
    scene = plan_of(media, tmp_path / "out", span, aspect).runs[0].scene
    picture = shown(clip_of(media, tmp_path / "out", span, aspect))
    assert_no_black(picture)
    assert marks_in(cut_out(picture, scene.screens[0])) == 4
    assert magenta(cut_out(picture, scene.cameras[0])).mean() > 0.95
    assert scene.screens[0][2] == plan_of(media, tmp_path / "out", span, aspect).canvas[0], "the camera is below it"
    assert scene.cameras[0][1] >= scene.screens[0][1] + scene.screens[0][3]


def test_slide_and_camera_stay_as_they_stand_where_that_makes_the_slide_as_large(tmp_path: Path) -> None:
    """A wide clip of a narrower recording."""
    screen, camera = (0, 60, 426, 240), (426, 120, 214, 120)
    scene = make_scene(
        ClipLayout(0.0, SECONDS, "side_by_side", "full", screen, camera), (WIDTH, HEIGHT), (1280, 540), 0,
        Framing(screen, bars="everywhere"),
    )  # fmt: skip
    (_, top, wide, tall), (left, beside, _, _) = scene.screens[0], scene.cameras[0]
    assert abs(left - scene.screens[0][0] - wide) <= 2
    assert abs((beside - top) / tall - 60 / 240) < 0.02


def assert_no_black(picture: NDArray[np.int16]) -> None:
    black = picture.max(axis=2) < 12
    assert black.all(axis=1).sum() + black.all(axis=0).sum() == 0
    assert black.mean() < 0.005


def test_narrow_slides_in_black_bars_become_larger(tmp_path: Path) -> None:
    """4:3 in 16:9, in an upright clip; the camera stays where it is on them."""
    screen, camera = (80, 0, 480, 360), (440, 10, 110, 80)

    def draw(picture: Picture, time_s: float) -> None:
        picture[:, 80:560] = PAPER
        slide([(84, 4), (548, 348)], picture)
        picture[10:90, 440:550] = MAGENTA

    media = recording(tmp_path / "in.mp4", draw, ground=(0, 0, 0))
    span = ClipLayout(0.0, SECONDS, "picture_in_picture", "full", screen, camera)
    scene = plan_of(media, tmp_path / "out", span, "9:16").runs[0].scene
    assert [part.source for part in scene.parts] == [screen]
    assert scene.parts[0].target[2] == 720
    picture = shown(clip_of(media, tmp_path / "out", span, "9:16"))
    assert marks_in(picture) == 2
    assert_no_black(picture)
    assert [part.source for part in plan_of(media, tmp_path / "out", span, "source").runs[0].scene.parts] == [SCREEN]


@pytest.mark.parametrize("ground", ["a sign", "a room"])
def test_what_is_around_slide_and_camera_stays_where_it_is_not_bare(tmp_path: Path, ground: str) -> None:
    def draw(picture: Picture, time_s: float) -> None:
        picture[:] = 0
        if ground == "a sign":
            cv2.putText(picture, "CS 101", (280, 345), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (220, 220, 220), 1, cv2.LINE_AA)
        if ground == "a room":
            picture[:, 430:] = np.linspace(20, 120, 210, dtype=np.uint8)[None, :, None]
        picture[60:300, :426] = PAPER

    media = recording(tmp_path / "in.mp4", draw)
    span = ClipLayout(0.0, SECONDS, "side_by_side", "full", (0, 60, 426, 240), (426, 120, 214, 120))
    scene = plan_of(media, tmp_path / "out", span, "9:16").runs[0].scene
    assert [part.source for part in scene.parts] == [SCREEN]


def test_bars_around_one_slide_are_no_bars_around_the_next(tmp_path: Path) -> None:
    """Narrow slides, wide ones, narrow ones: each as large as it can be. Alike again, neighbours are one."""

    def draw(picture: Picture, time_s: float) -> None:
        picture[:, 80:560] = PAPER
        if 1.0 <= time_s < 2.0:
            picture[:] = BLUE

    media, narrow = recording(tmp_path / "in.mp4", draw, ground=(0, 0, 0)), (80, 0, 480, 360)
    spans = tuple(
        ClipLayout(float(i), i + 1.0, "slides", "full", screen, None)
        for i, screen in enumerate((narrow, SCREEN, narrow, (80, 0, 478, 360)))
    )
    asked = request(media, tmp_path / "out", (0.0, SECONDS), layout=spans, settings=PlanSettings(aspect="9:16"))
    made = make_plan(asked, measure(str(media), 0.0))
    plan, pictures = framed(made, slide_pictures(made))
    assert [run.scene.parts[0].source for run in plan.runs] == [narrow, SCREEN, narrow, (80, 0, 478, 360)]
    whole = replace(asked, settings=PlanSettings())
    made = make_plan(whole, measure(str(media), 0.0))
    assert len(made.runs) == 4
    plan, pictures = framed(made, slide_pictures(made))
    assert [(run.start, run.end) for run in plan.runs] == [(0, plan.cut.frames)]
    assert pictures
    assert {shot.run for shot in pictures} == {0}
