"""The poster: sharp, neither black nor in the middle of a fade, with an open face or a full slide."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from agents.media.frames import frames_between
from agents.types import ClipLayout, TimeRange
from agents.video_compiler.command import CANDIDATES_NAME, THUMBNAIL_NAME
from agents.video_compiler.geometry import Part, Scene
from agents.video_compiler.poster import Look, choose, open_face
from agents.video_compiler.poster_frames import CLEAR_OF_CUTS_S, poster_frames, written_frames
from agents.video_compiler.scenes import SceneRun
from agents.video_compiler.timing import make_cut
from tests.agents.compiler_media import render
from tests.agents.video_compiler.drawn_slides import Slide, bullets
from tests.media_factory import make_media

WHOLE = (0, 0, 1280, 720)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "15", "-pix_fmt", "yuv420p")


def poster(clip: Path) -> NDArray[np.uint8]:
    with Image.open(clip.with_name(THUMBNAIL_NAME), formats=["JPEG"]) as image:
        return np.asarray(image.convert("L"), np.uint8)


def recording(path: Path, *slides: tuple[NDArray[np.uint8], int]) -> Path:
    """Grey pictures of 1280x720, each for so many tenths of a second."""
    raw = path.with_suffix(".gray")
    with raw.open("wb") as out:
        for picture, count in slides:
            for _ in range(count):
                out.write(picture.tobytes())
    frames = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "1280x720", "-r", "10", "-i", str(raw))
    return make_media(path, *frames, *X264)


def test_candidates_keep_clear_of_cuts_and_changes_of_scene() -> None:
    cut = make_cut([TimeRange(0, 4), TimeRange(6, 7), TimeRange(8, 12)], Fraction(25))
    scene = Scene((Part(WHOLE, WHOLE),))
    runs = (SceneRun(0, 50, scene), SceneRun(50, cut.frames, scene))
    pairs = poster_frames(cut, runs)
    assert 4 <= len(pairs) <= 8
    for frame, after in pairs:
        assert all(min(abs(frame - edge), abs(after - edge)) >= CLEAR_OF_CUTS_S * 25 - 1 for edge in (0, 50, 100, 125))
    assert written_frames(pairs) == tuple(sorted(set(written_frames(pairs))))


@pytest.mark.parametrize("length_s", [0.04, 0.2, 1.0])
def test_a_very_short_clip_has_a_candidate(length_s: float) -> None:
    cut = make_cut([TimeRange(1, 1 + length_s)], Fraction(25))
    frames = written_frames(poster_frames(cut, (SceneRun(0, cut.frames, Scene((Part(WHOLE, WHOLE),))),)))
    assert frames
    assert all(0 <= frame < cut.frames for frame in frames)


@pytest.mark.parametrize(("better", "worse"), [
    (Look(False, False, 9.0, 0.1, 1.0), Look(False, False, 4.0, 0.1, 1.0)),  # blurred
    (Look(False, False, 9.0, 0.1, 1.6), Look(False, False, 9.0, 0.1, 1.0)),  # eyes shut
    (Look(False, False, 9.0, 0.1, 1.0), Look(False, False, 9.0, 0.1, 0.0)),  # turned away
    (Look(False, False, 9.0, 0.2, 0.0), Look(False, False, 9.0, 0.1, 0.0)),  # half of the slide
    (Look(False, False, 7.0, 0.1, 0.0), Look(False, True, 9.0, 0.2, 0.0)),  # in a fade
    (Look(False, False, 5.0, 0.0, 0.0), Look(True, False, 0.0, 0.0, 0.0)),  # black
])  # fmt: skip
def test_what_makes_a_better_poster(better: Look, worse: Look) -> None:
    assert choose([worse, better]) == 1
    assert choose([better, worse]) == 0


@pytest.mark.media
def test_the_fullest_sharp_slide_is_chosen(tmp_path: Path) -> None:
    """Black, an empty slide, a slow fade, a full slide, the same out of focus."""
    full = bullets(170, 640).picture
    empty = Slide().write("The limit of a sequence", 70, 80, size=1.6).picture
    small = Image.fromarray(full).resize((160, 90))
    blurred = np.asarray(small.resize((1280, 720)), np.uint8)
    fade = [((255 - full) * (i / 30) + full * (1 - i / 30)).astype(np.uint8) for i in range(30)]
    media = recording(
        tmp_path / "in.mp4", (np.full((720, 1280), 5, np.uint8), 20), (empty, 20), (full, 20), (blurred, 20),
        *((picture, 1) for picture in fade),
    )  # fmt: skip
    _, clip = render(media, tmp_path / "out", (0.0, 11.0), layout=(ClipLayout(0, 11, "slides", "full", WHOLE, None),))
    assert np.abs(poster(clip).astype(np.int16) - full).mean() < 6
    assert not (tmp_path / "out" / CANDIDATES_NAME).exists()


@pytest.mark.media
def test_faces_are_found_on_people_only(shared_data: Path) -> None:
    person = shared_data / "video" / "intel" / "head-pose-face-detection-male.gif"
    faces = [open_face(shot.picture) for shot in frames_between(person, 0.0, 60.0, grey=True, step_s=1.0)]
    assert max(faces) > 1.0
    assert np.mean(np.array(faces) >= 1.0) > 0.5
    assert open_face(bullets(170, 640).picture) == 0.0
    assert open_face(np.full((20, 20), 90, np.uint8)) == 0.0


@pytest.mark.media
def test_an_open_face_is_chosen(shared_data: Path, tmp_path: Path) -> None:
    """A real person who looks into the camera for the middle third, and is covered before and after."""
    person = shared_data / "video" / "intel" / "head-pose-face-detection-male.gif"
    filters = "scale=640:360:force_original_aspect_ratio=increase,crop=640:360,fps=25"
    media = make_media(
        tmp_path / "in.mp4", "-stream_loop", "-1", "-t", "9", "-i", str(person), "-vf",
        f"{filters},drawbox=t=fill:color=gray:enable='lt(t,3)+gt(t,6)'", *X264,
    )  # fmt: skip
    layout = (ClipLayout(0.0, 9.0, "speaker", "full", None, (0, 0, 640, 360)),)
    _, clip = render(media, tmp_path / "out", (0.0, 9.0), layout=layout)
    assert poster(clip).std() > 20


@pytest.mark.media
def test_a_clip_of_one_frame_has_a_poster(tmp_path: Path) -> None:
    media = make_media(tmp_path / "in.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", *X264)
    _, clip = render(media, tmp_path / "out", (1.0, 1.04))
    assert poster(clip).shape == (180, 320)
