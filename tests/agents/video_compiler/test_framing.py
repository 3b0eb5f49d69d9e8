"""Clips of drawn recordings: the camera is shown once, nothing of a slide is lost, and black bars are gone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from agents.media.frames import frame_at
from agents.types import Arrangement, ClipLayout, LayoutName, PlanSettings, Rect
from agents.video_compiler.framing import framed
from agents.video_compiler.geometry import make_scene
from agents.video_compiler.overlaid import Framing
from agents.video_compiler.plan import RenderPlan, make_plan
from agents.video_compiler.slide_pictures import slide_pictures
from agents.video_compiler.source import measure
from tests.agents.compiler_media import render, request
from tests.agents.video_compiler.test_moviepy_agrees import LEAST_SSIM, ssim_by_frame
from tests.media_factory import make_media

pytestmark = pytest.mark.media

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 10, 4
PAPER, MAGENTA, GREEN, BLUE = (250, 245, 240), (255, 0, 255), (0, 160, 0), (160, 60, 20)
SCREEN: Rect = (0, 0, WIDTH, HEIGHT)
CORNERS: dict[str, Rect] = {
    "top right": (470, 10, 160, 90),
    "bottom right": (480, 270, 160, 90),
    "bottom left": (10, 260, 160, 90),
    "top left": (0, 0, 160, 90),
}
MARKS = [(185 + 60 * i, 110 + 36 * j) for i in range(5) for j in range(4)]  # beside a camera in any corner
Picture = NDArray[np.uint8]
Aspect = Literal["source", "16:9", "9:16", "1:1"]
Drawing = Callable[[Picture, float], None]
SPLIT: tuple[Arrangement, Aspect, float] = ("split", "source", 1.2)
STACK: tuple[Arrangement, Aspect, float] = ("stack", "9:16", 1.3)
SQUARE: tuple[Arrangement, Aspect, float] = ("stack", "1:1", 1.08)


def slide(marks: list[tuple[int, int]], picture: Picture) -> None:
    """Green squares of eight pixels."""
    for x, y in marks:
        picture[y : y + 8, x : x + 8] = GREEN


def recording(path: Path, draw: Drawing, *, ground: tuple[int, int, int] = PAPER) -> Path:
    """``draw(picture, time_s)`` draws each frame, in BGR; only the first one is a keyframe."""
    raw = path.with_suffix(".bgr")
    with raw.open("wb") as out:
        for number in range(RATE * SECONDS):
            picture = np.full((HEIGHT, WIDTH, 3), ground, np.uint8)
            draw(picture, number / RATE)
            out.write(picture.tobytes())
    frames = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", str(raw))
    codec = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "600", "-sc_threshold", "0")
    return make_media(path, *frames, *codec, "-pix_fmt", "yuv420p")


def lecture(path: Path, camera: Rect, *more: tuple[int, int], also: Drawing | None = None) -> Path:
    """A slide with marks, and a magenta camera picture on it in which something moves."""
    x, y, width, height = camera

    def draw(picture: Picture, time_s: float) -> None:
        slide([*MARKS, *more], picture)
        if also:
            also(picture, time_s)
        picture[y : y + height, x : x + width] = MAGENTA
        picture[y + 20 : y + 40, x + 20 + round(10 * time_s) :][:, :20] = (200, 0, 200)

    return recording(path, draw)


def layout(camera: Rect | None, arrangement: Arrangement, name: LayoutName = "picture_in_picture") -> ClipLayout:
    return ClipLayout(0.0, float(SECONDS), name, arrangement, SCREEN, camera)


def plan_of(media: Path, folder: Path, span: ClipLayout, aspect: Aspect, *, look: bool = True) -> RenderPlan:
    asked = request(media, folder, (0.0, SECONDS), layout=(span,), settings=PlanSettings(aspect=aspect))
    plan = make_plan(asked, measure(str(media), 0.0))
    return framed(plan, slide_pictures(plan))[0] if look else plan


def clip_of(media: Path, folder: Path, span: ClipLayout, aspect: Aspect, renderer: str = "ffmpeg") -> Path:
    settings = PlanSettings(aspect=aspect)
    return render(media, folder, (0.0, SECONDS), layout=(span,), settings=settings, renderer=renderer)[1]


def shown(clip: Path, time_s: float = 2.0) -> NDArray[np.int16]:
    return frame_at(clip, time_s).picture.astype(np.int16)


def cut_out(picture: NDArray[np.int16], rect: Rect) -> NDArray[np.int16]:
    return picture[rect[1] : rect[1] + rect[3], rect[0] : rect[0] + rect[2]]


def magenta(picture: NDArray[np.int16]) -> NDArray[np.bool_]:
    return np.asarray(np.minimum(picture[:, :, 0], picture[:, :, 2]) - picture[:, :, 1] > 60, np.bool_)


def marks_in(picture: NDArray[np.int16]) -> int:
    green = picture[:, :, 1] - np.maximum(picture[:, :, 0], picture[:, :, 2]) > 70
    return cv2.connectedComponents(green.astype(np.uint8))[0] - 1


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


@pytest.mark.parametrize("arrangement", ["split", "stack"])
def test_a_room_is_shown_once(arrangement: Arrangement) -> None:
    """Where a board is filmed, screen and camera are one picture."""
    span = ClipLayout(0.0, SECONDS, "board", arrangement, SCREEN, (0, 0, WIDTH, HEIGHT - 20))
    parts = make_scene(span, (WIDTH, HEIGHT), (1280, 720), 0).parts
    assert [(part.source, part.target) for part in parts] == [(SCREEN, (0, 0, 1280, 720))]


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
