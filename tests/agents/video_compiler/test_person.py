"""A crop keeps the person: where somebody is in a camera's picture, and what is shown of it."""

from pathlib import Path

import numpy as np
import pytest

from agents.media.frames import Picture, frames_between
from agents.types import Arrangement, ClipLayout, PlanSettings, Rect
from agents.video_compiler.caption_places import Ground, caption_place
from agents.video_compiler.caption_style import caption_style
from agents.video_compiler.faces import front_face
from agents.video_compiler.framing import framed
from agents.video_compiler.geometry import Aspect, make_scene
from agents.video_compiler.overlaid import Framing
from agents.video_compiler.person import whereabouts
from agents.video_compiler.plan import make_plan
from agents.video_compiler.slide_pictures import slide_pictures
from agents.video_compiler.source import measure
from tests.agents.compiler_media import request
from tests.media_factory import make_media

HD = (1280, 720)
FRAME: Rect = (0, 0, *HD)
HALF = 0.5, 0.5


def speaker(camera: Rect = FRAME) -> ClipLayout:
    return ClipLayout(0.0, 4.0, "speaker", "full", None, camera)


def holds(outer: Rect, inner: Rect) -> bool:
    ends = (outer[i] + outer[i + 2] >= inner[i] + inner[i + 2] for i in (0, 1))
    return outer[0] <= inner[0] and outer[1] <= inner[1] and all(ends)


def room(*lefts: int, width: int = 160) -> list[Picture]:
    """A noisy room at half its size; somebody, dark, stands at each of ``lefts`` in turn."""
    rng = np.random.default_rng(1)
    pictures = []
    for left in lefts:
        picture = np.clip(rng.normal(170, 4, (360, 640)), 0, 255).astype(np.uint8)
        picture[100:, left // 2 : (left + width) // 2] = 60
        pictures.append(picture)
    return pictures


@pytest.mark.parametrize("camera", [FRAME, (0, 100, 900, 620)])
def test_who_stands_aside_is_found_by_what_changes(camera: Rect) -> None:
    found = whereabouts(room(120, 140, 150, 160, 170), camera, HALF)
    assert found is not None
    assert holds(found, (130, 210, 180, 500))
    assert found[2] <= 320
    assert holds(camera, found)
    assert found[1] + found[3] == 720


def test_nobody_is_found_in_noise_in_a_camera_that_moves_and_in_two_pictures() -> None:
    assert whereabouts(room(100, 100, 100, 100), FRAME, HALF) is None
    rng = np.random.default_rng(1)
    moving = [rng.integers(0, 255, (45, 80), np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(5)]
    assert whereabouts(moving, FRAME, HALF) is None
    assert whereabouts(room(100, 300), FRAME, HALF) is None


@pytest.mark.parametrize("aspect", [(720, 1280), (720, 720)])
@pytest.mark.parametrize("person", [(40, 100, 300, 620), (1000, 60, 280, 660), (200, 100, 1000, 620)])
def test_a_speaker_is_shown_whole_in_a_narrow_clip(aspect: tuple[int, int], person: Rect) -> None:
    """Cropped to the clip's shape where that holds the person, and less where somebody walks."""
    part = make_scene(speaker(), HD, aspect, 0, Framing(None, person=person)).parts[0]
    assert holds(part.source, person)
    assert part.source[2] / part.source[3] == pytest.approx(part.target[2] / part.target[3], rel=0.02)
    if person[2] <= 720 * aspect[0] / aspect[1]:
        assert part.target == (0, 0, *aspect)
    else:
        assert part.source[2] <= person[2] + 2


def test_a_portrait_fills_a_wide_clip_as_far_as_the_person_allows() -> None:
    size = (720, 1280)
    head: Rect = (200, 300, 320, 400)
    part = make_scene(speaker((0, 0, *size)), size, HD, 0, Framing(None, person=head)).parts[0]
    assert holds(part.source, head)
    assert part.target == FRAME
    body: Rect = (100, 300, 500, 980)
    part = make_scene(speaker((0, 0, *size)), size, HD, 0, Framing(None, person=body)).parts[0]
    assert holds(part.source, body)
    assert part.target[3] == 720
    assert make_scene(speaker((0, 0, *size)), size, HD, 0).parts[0].source == (0, 0, *size)


@pytest.mark.parametrize("canvas", [(720, 1280), HD])
def test_captions_stand_on_a_speaker_and_not_beside_him_on_the_bars(canvas: tuple[int, int]) -> None:
    """A camera of 4:3 in a frame of 16:9."""
    scene = make_scene(speaker((160, 0, 960, 720)), HD, canvas, 92)
    assert scene.cameras == scene.screens == ()
    assert caption_place(Ground(scene, canvas), caption_style(canvas), 600, 90).x == canvas[0] // 2


@pytest.mark.parametrize("canvas", [(720, 1280), (720, 720), HD])
@pytest.mark.parametrize("person", [None, (1000, 520, 140, 200), (1100, 560, 160, 160)])
def test_a_camera_below_a_slide_keeps_the_head(canvas: tuple[int, int], person: Rect | None) -> None:
    camera = (960, 520, 320, 200)
    span = ClipLayout(0.0, 4.0, "side_by_side", "stack", (0, 0, 960, 540), camera)
    framing = Framing(span.screen, person=person)
    shown = make_scene(span, HD, canvas, 100, framing).parts[-1].source
    assert holds(shown, person) if person else shown[1] == camera[1]


def test_no_line_is_left_beside_a_camera_that_is_cropped_to_its_place() -> None:
    span = ClipLayout(0.0, 4.0, "picture_in_picture", "stack", FRAME, (940, 20, 320, 180))
    framing = Framing((0, 0, 920, 720), person=(1040, 40, 100, 120))
    camera = make_scene(span, HD, (720, 1280), 90, framing).cameras[0]
    assert (camera[0], camera[2], camera[1] + camera[3]) == (0, 720, 1280)


@pytest.mark.media
@pytest.mark.parametrize(("arrangement", "aspect"), [("full", "9:16"), ("full", "1:1"), ("stack", "9:16")])
def test_a_face_at_the_edge_is_in_the_clip(
    shared_data: Path, tmp_path: Path, arrangement: Arrangement, aspect: Aspect
) -> None:
    """Real footage whose right part is cut off, so that the face is at one side; found anew in what is shown."""
    footage = shared_data / "video" / "intel" / "head-pose-face-detection-male.gif"
    shot = next(iter(frames_between(footage, 0.0, 1.0, grey=True))).picture
    height, width = shot.shape
    side = width * 5 // 16
    beside = f"crop={width - side}:{height}:{side}:0,pad={width}:{height}:0:0:gray,fps=10,format=yuv420p"
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10")
    media = make_media(tmp_path / "in.mp4", "-i", str(footage), "-t", "4", "-vf", beside, *codec)
    frame = (0, 0, width // 2 * 2, height // 2 * 2)
    span = speaker(frame)
    if arrangement == "stack":
        span = ClipLayout(0.0, 4.0, "side_by_side", "stack", (0, 0, 100, 60), frame)
    asked = request(media, tmp_path / "out", (0.0, 4.0), layout=(span,), settings=PlanSettings(aspect=aspect))
    plan = make_plan(asked, measure(str(media), 0.0))
    part = framed(plan, slide_pictures(plan))[0].runs[0].scene.parts[-1]
    face = front_face(next(iter(frames_between(media, 1.0, 2.0, grey=True))).picture, 480, 0.1)
    assert face is not None
    assert face[0] + face[2] / 2 < 0.4 * width
    assert holds(part.source, face)
