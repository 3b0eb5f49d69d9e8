"""The pictures that captions are placed by: from the right scene, whether or not it has a keyframe."""

from pathlib import Path

import numpy as np
import pytest

from agents.types import ClipLayout
from agents.video_compiler.plan import RenderPlan, make_plan
from agents.video_compiler.slide_pictures import MOST_PICTURES, slide_pictures
from agents.video_compiler.source import measure
from tests.agents.compiler_media import request
from tests.agents.video_compiler.drawn_slides import DARK, bullets
from tests.media_factory import make_media

pytestmark = pytest.mark.media
SCREEN = (0, 0, 1280, 720)


def recording(path: Path, *options: str) -> Path:
    """A light slide for three seconds, then a dark one for three, ten frames a second."""
    raw = path.with_suffix(".gray")
    light, dark = bullets(170, 400).picture, bullets(300, 600, tones=DARK).picture
    raw.write_bytes(light.tobytes() * 30 + dark.tobytes() * 30)
    frames = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "1280x720", "-r", "10", "-i", str(raw))
    return make_media(path, *frames, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *options)


def plan_of(media: Path, tmp_path: Path, *keep: tuple[float, float], layout: tuple[ClipLayout, ...]) -> RenderPlan:
    asked = request(media, tmp_path / "out", *keep, layout=layout)
    return make_plan(asked, measure(str(media), keep[0][0]))


@pytest.mark.parametrize("options", [("-g", "10"), ("-g", "600", "-sc_threshold", "0"), ("-g", "600", "-bf", "3")])
def test_each_scene_is_seen_as_it_looks(tmp_path: Path, options: tuple[str, ...]) -> None:
    media = recording(tmp_path / "in.mp4", *options)
    camera = (1000, 20, 240, 136)
    layout = (ClipLayout(0, 3, "slides", "full", SCREEN, None), ClipLayout(3, 6, "slides", "full", SCREEN, camera))
    plan = plan_of(media, tmp_path, (1.5, 2.5), (3.2, 5.5), layout=layout)
    assert len(plan.runs) == 2
    pictures = slide_pictures(plan)
    assert {shot.run for shot in pictures} == {0, 1}
    for shot in pictures:
        assert shot.picture.shape == (720, 1280)
        assert plan.runs[shot.run].start <= shot.frame < plan.runs[shot.run].end
        assert bool(np.median(shot.picture) > 128) == (shot.run == 0)


@pytest.mark.parametrize("name", ["in.mp4", "in.ts"])
def test_the_slide_that_a_clip_begins_with_is_seen_though_its_keyframe_is_before_the_clip(
    tmp_path: Path, name: str
) -> None:
    """Nor is the next keyframe taken for it, which is what seeking in a transport stream finds."""
    media = recording(tmp_path / name, "-g", "600", "-force_key_frames", "3")
    scene = ClipLayout(0, 6, "slides", "full", SCREEN, None)
    whole = slide_pictures(plan_of(media, tmp_path, (0.5, 6.0), layout=(scene,)))
    assert [bool(np.median(shot.picture) > 128) for shot in whole][:2] == [True, False]
    before = slide_pictures(plan_of(media, tmp_path, (0.5, 2.9), layout=(scene,)))
    assert [bool(np.median(shot.picture) > 128) for shot in before] == [True]


def test_a_speaker_is_not_read(tmp_path: Path) -> None:
    media = recording(tmp_path / "in.mp4", "-g", "10")
    plan = plan_of(media, tmp_path, (0.0, 6.0), layout=(ClipLayout(0, 6, "speaker", "full", None, SCREEN),))
    assert slide_pictures(plan) == ()


def test_pictures_are_few_however_long_the_clip(tmp_path: Path) -> None:
    slow = make_media(tmp_path / "in.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=5:d=200", "-g", "5",
                      "-c:v", "libx264", "-preset", "ultrafast")  # fmt: skip
    plan = plan_of(
        slow, tmp_path, (10.0, 190.0), layout=(ClipLayout(0, 200, "slides", "full", (0, 0, 320, 180), None),)
    )
    assert plan.cut.ranges[0].frames > 1
    assert 4 <= len(slide_pictures(plan)) <= MOST_PICTURES + 1


def test_what_cannot_be_read_gives_no_pictures(tmp_path: Path) -> None:
    media = recording(tmp_path / "in.mp4", "-g", "10")
    plan = plan_of(media, tmp_path, (0.0, 6.0), layout=(ClipLayout(0, 6, "slides", "full", SCREEN, None),))
    media.write_bytes(b"no longer a recording")
    assert slide_pictures(plan) == ()
