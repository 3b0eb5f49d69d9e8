"""Clips of drawn recordings: the camera is shown once, nothing of a slide is lost, and black bars are gone."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from agents.types import Arrangement, ClipLayout, PlanSettings, Rect
from agents.video_compiler.framing import framed
from agents.video_compiler.geometry import make_scene
from agents.video_compiler.plan import make_plan
from agents.video_compiler.slide_pictures import slide_pictures
from agents.video_compiler.source import measure
from tests.agents.compiler_media import request
from tests.agents.video_compiler.framed_lectures import (
    BLUE,
    CORNERS,
    HEIGHT,
    MARKS,
    SCREEN,
    SECONDS,
    SPLIT,
    SQUARE,
    STACK,
    WIDTH,
    Aspect,
    Picture,
    clip_of,
    cut_out,
    layout,
    lecture,
    magenta,
    marks_in,
    plan_of,
    shown,
    slide,
)
from tests.agents.video_compiler.test_moviepy_agrees import LEAST_SSIM, ssim_by_frame

pytestmark = pytest.mark.media


@pytest.mark.parametrize("full", [False, True], ids=["room beside the camera", "marks all around"])
@pytest.mark.parametrize(("arrangement", "aspect"), [("split", "source"), ("stack", "9:16")])
@pytest.mark.parametrize("corner", CORNERS)
def test_the_camera_is_shown_once_and_every_mark_of_the_slide_is_there(
    tmp_path: Path, corner: str, arrangement: Arrangement, aspect: Aspect, full: bool
) -> None:
    """With marks ten pixels from the camera, and all around it."""
    x, y, width, height = camera = CORNERS[corner]
    near = [(x - 18, y + 40), (x + width + 10, y + 40), (x + 60, y - 18), (x + 60, y + height + 10), (300, 336)]
    more = [(a, b) for a, b in near if 0 <= a < WIDTH - 8 and 0 <= b < HEIGHT - 8] if full else []
    media, span = lecture(tmp_path / "in.mp4", camera, *more), layout(camera, arrangement)
    scene = plan_of(media, tmp_path / "out", span, aspect).runs[0].scene
    picture = shown(clip_of(media, tmp_path / "out", span, aspect))
    assert marks_in(cut_out(picture, scene.screens[0])) == len(MARKS) + len(more)
    assert magenta(cut_out(picture, scene.cameras[0])).mean() > 0.95
    elsewhere = magenta(picture)
    left, top, wide, tall = scene.cameras[0]
    elsewhere[max(top - 2, 0) : top + tall + 2, max(left - 2, 0) : left + wide + 2] = False
    assert not elsewhere.any()


def test_a_slide_that_leaves_room_for_the_camera_becomes_larger(tmp_path: Path) -> None:
    camera = CORNERS["top right"]
    media = lecture(tmp_path / "in.mp4", camera)
    for arrangement, aspect, larger in SPLIT, STACK, SQUARE:
        span = layout(camera, arrangement)
        part = plan_of(media, tmp_path / "out", span, aspect).runs[0].scene.parts[0]
        assert camera[0] - 10 < part.source[2] <= camera[0]
        assert part.target[2] / part.source[2] > larger * unframed_scale(media, tmp_path / "out", span, aspect)


def unframed_scale(media: Path, folder: Path, span: ClipLayout, aspect: Aspect) -> float:
    part = plan_of(media, folder, span, aspect, look=False).runs[0].scene.parts[0]
    assert part.source == SCREEN
    return part.target[2] / part.source[2]


@pytest.mark.parametrize("name", ["faint writing", "half a second", "a number", "a band"])
def test_a_slide_is_cut_off_only_where_that_loses_nothing_ever(tmp_path: Path, name: str) -> None:
    """The recording has one keyframe: what comes and goes is seen by nobody who looks at keyframes only."""
    camera = CORNERS["top right"]

    def also(picture: Picture, time_s: float) -> None:
        if name == "faint writing":
            cv2.putText(picture, "exam", (520, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (205, 205, 205), 1, cv2.LINE_AA)
        elif name == "a number":
            cv2.putText(picture, "7", (610, 340), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (30, 30, 30), 1, cv2.LINE_AA)
        elif name == "half a second" and 2.4 <= time_s < 3.0:
            cv2.putText(picture, "a last point", (490, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.7, BLUE, 2, cv2.LINE_AA)
        elif name == "a band":
            picture[:50] = BLUE

    media = lecture(tmp_path / "in.mp4", camera, also=also)
    part = plan_of(media, tmp_path / "out", layout(camera, "stack"), "9:16").runs[0].scene.parts[0]
    assert (part.source == SCREEN) == (name != "a band")


def test_what_is_painted_over_looks_like_the_slide_around_it(tmp_path: Path) -> None:
    """Its two grounds meet under the camera, the slide turns dark in the middle, and no border can be made out."""
    camera: Rect = (460, 30, 160, 90)

    def also(picture: Picture, time_s: float) -> None:
        if time_s >= 2.0:
            picture[:] = (60, 40, 30)
        picture[:70] = BLUE
        slide([(450, 300), (620, 200)], picture)

    media, span = lecture(tmp_path / "in.mp4", camera, also=also), layout(camera, "split")
    scene = plan_of(media, tmp_path / "out", span, "source").runs[0].scene
    clip = clip_of(media, tmp_path / "out", span, "source")
    screen, painted = scene.screens[0], scene.parts[1].target
    for time_s in (1.0, 3.0):
        picture = shown(clip, time_s)
        below = cut_out(picture, screen)[-6:, -60:].reshape(-1, 3).mean(axis=0)
        patch = cut_out(picture, painted)
        assert np.abs(patch[:20] - np.array(BLUE)).max() < 25
        assert np.abs(patch[-20:] - below).max() < 25


@pytest.mark.parametrize("arrangement", ["split", "stack"])
def test_a_room_is_shown_once(arrangement: Arrangement) -> None:
    """Where a board is filmed, screen and camera are one picture."""
    span = ClipLayout(0.0, SECONDS, "board", arrangement, SCREEN, (0, 0, WIDTH, HEIGHT - 20))
    parts = make_scene(span, (WIDTH, HEIGHT), (1280, 720), 0).parts
    assert [(part.source, part.target) for part in parts] == [(SCREEN, (0, 0, 1280, 720))]


def test_both_renderers_paint_and_place_alike(tmp_path: Path) -> None:
    covered = lecture(tmp_path / "in.mp4", CORNERS["bottom left"], (20, 240), (200, 340))
    span = layout(CORNERS["bottom left"], "split")
    parts = plan_of(covered, tmp_path / "a", span, "source").runs[0].scene.parts
    assert [part.averaged is not None for part in parts] == [False, True, False]
    one, other = (clip_of(covered, tmp_path / name, span, "source", name) for name in ("ffmpeg", "moviepy"))
    assert min(ssim_by_frame(one, other)) >= LEAST_SSIM


def test_a_recording_that_cannot_be_read_through_is_not_cut_off(tmp_path: Path) -> None:
    media = lecture(tmp_path / "in.mp4", CORNERS["top right"])
    span = layout(CORNERS["top right"], "stack")
    asked = request(media, tmp_path / "out", (0.0, SECONDS), layout=(span,), settings=PlanSettings(aspect="9:16"))
    plan = make_plan(asked, measure(str(media), 0.0))
    pictures = slide_pictures(plan)
    assert pictures
    media.write_bytes(b"no longer a recording")
    for known in (pictures, ()):
        parts = framed(plan, known)[0].runs[0].scene.parts
        assert parts[0].source == SCREEN
        assert parts[1].averaged
