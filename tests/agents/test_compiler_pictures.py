"""What is seen: sizes, arrangements, burned captions, the thumbnail, and how the file is laid out."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.media.frames import frame_at
from agents.media.probe import probe
from agents.types import ClipLayout, LayoutName, PlanSettings, Segment
from agents.video_compiler.command import THUMBNAIL_NAME
from agents.video_compiler.compiler import run
from tests.agents.compiler_media import barcode_video, frame_numbers, render, request
from tests.media_factory import make_media

pytestmark = pytest.mark.media

Colour = tuple[int, int, int]
RED, GREEN, BLUE, GREY = (0, 0, 254), (0, 128, 0), (254, 0, 0), (128, 128, 128)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "15")


def picture(clip: Path, time_s: float) -> NDArray[np.int16]:
    return frame_at(clip, time_s).picture.astype(np.int16)


def near(pixel: NDArray[np.int16], colour: Colour) -> bool:
    return bool(np.abs(pixel - np.array(colour)).max() < 40)


def box_of(shot: NDArray[np.int16], colour: Colour) -> tuple[int, int, int, int]:
    """The smallest rectangle around all pixels of a colour."""
    rows, columns = np.nonzero((np.abs(shot - np.array(colour)) < 40).all(axis=2))
    return int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


def lecture(path: Path) -> Path:
    """Six seconds of 640x360: a red screen with a green border of 8 pixels, left; a blue camera, right; grey around."""
    boxes = (
        "color=gray:s=640x360:r=25:d=6,format=yuv444p,"
        "drawbox=x=0:y=60:w=424:h=240:color=green:t=fill,drawbox=x=8:y=68:w=408:h=224:color=red:t=fill,"
        "drawbox=x=440:y=120:w=192:h=108:color=blue:t=fill"
    )
    sine = ["-f", "lavfi", "-i", "sine=duration=6"]
    return make_media(path, "-f", "lavfi", "-i", boxes, *sine, *X264, "-pix_fmt", "yuv420p")


def span(arrangement: Literal["full", "split", "stack"], layout: LayoutName = "side_by_side") -> ClipLayout:
    return ClipLayout(0.0, 6.0, layout, arrangement, (0, 60, 424, 240), (440, 120, 192, 108))


def test_split_shows_the_whole_screen_large_and_the_whole_camera_beside_it(tmp_path: Path) -> None:
    media = lecture(tmp_path / "in.mp4")
    result, clip = render(media, tmp_path / "out", (1.0, 2.0), layout=(span("split"),))
    assert (result.width, result.height) == (640, 360)
    shot = picture(clip, 0.5)
    x, y, w, h = box_of(shot, GREEN)
    assert w > 0.66 * 640
    assert w / h == pytest.approx(424 / 240, rel=0.02)
    camera = box_of(shot, BLUE)
    assert camera[0] > x + w
    assert camera[2] / camera[3] == pytest.approx(192 / 108, rel=0.04)
    inner = box_of(shot, RED)
    assert inner[0] - x == pytest.approx(8 * w / 424, abs=2)  # the border is there on all sides: nothing is cropped
    assert x + w - inner[0] - inner[2] == pytest.approx(8 * w / 424, abs=2)
    assert inner[1] - y == pytest.approx(8 * w / 424, abs=2)
    assert shot[4:20].max() < 60


def test_stack_fills_an_upright_canvas(tmp_path: Path) -> None:
    media = lecture(tmp_path / "in.mp4")
    settings = PlanSettings(aspect="9:16", layout="stack")
    result, clip = render(media, tmp_path / "out", (1.0, 1.4), layout=(span("stack"),), settings=settings)
    assert (result.width, result.height) == (720, 1280)
    shot = picture(clip, 0.2)
    assert box_of(shot, GREEN)[:3] == (0, 0, 720)
    camera = box_of(shot, BLUE)
    assert camera[0] == 0
    assert camera[2] == 720
    assert camera[1] == pytest.approx(408, abs=8)  # scaled up eight times: its edges are soft
    assert camera[1] + camera[3] == pytest.approx(1280, abs=8)


def test_the_arrangement_changes_on_its_frame(tmp_path: Path) -> None:
    media = lecture(tmp_path / "in.mp4")
    layout = (
        ClipLayout(0.0, 2.0, "side_by_side", "split", (0, 60, 424, 240), (440, 120, 192, 108)),
        ClipLayout(2.0, 3.0, "side_by_side", "stack", (0, 60, 424, 240), (440, 120, 192, 108)),
        ClipLayout(3.0, 6.0, "slides", "full", (0, 0, 640, 360), None),
    )
    result, clip = render(media, tmp_path / "out", (1.0, 1.6), (1.8, 3.4), layout=layout)
    assert result.video_duration_s == pytest.approx(2.2, abs=0.001)
    split, stack, full = (12, 264), (320, 10), (632, 10)
    seen = {k: [near(picture(clip, k / 25)[y, x], c) for (x, y), c in ((split, GREEN), (stack, RED), (full, GREY))]
            for k in (0, 19, 20, 44, 45, 54)}  # fmt: skip
    assert seen[0][0]
    assert seen[19][0]
    assert seen[20] == seen[44] == [False, True, False]
    assert seen[45][2]
    assert seen[54][2]


def test_a_speaker_fills_an_upright_canvas_and_slides_are_letterboxed(tmp_path: Path) -> None:
    media = lecture(tmp_path / "in.mp4")
    settings = PlanSettings(aspect="9:16")
    speaker = ClipLayout(0.0, 6.0, "speaker", "full", None, (440, 120, 192, 108))
    slides = ClipLayout(0.0, 6.0, "slides", "full", (0, 0, 640, 360), None)
    _, clip = render(media, tmp_path / "speaker", (1.0, 1.2), layout=(speaker,), settings=settings)
    camera = box_of(picture(clip, 0.1), BLUE)
    assert camera[0] + camera[2] / 2 == pytest.approx(360, abs=60)
    assert near(picture(clip, 0.1)[4, 4], GREY)
    _, clip = render(media, tmp_path / "slides", (1.0, 1.2), layout=(slides,), settings=settings)
    shot = picture(clip, 0.1)
    assert box_of(shot, GREEN)[3] == pytest.approx(240 * 720 / 640, abs=4)
    assert shot[100].max() < 60


@pytest.mark.parametrize(("size", "filters", "shown"), [
    ("240x180", "null", (240, 180)),
    ("180x320", "null", (180, 320)),
    ("180x144", "setsar=16/15", (192, 144)),
    ("161x121", "format=yuv444p", (162, 122)),
    ("320x180", "format=yuv422p10le", (320, 180)),
    ("320x180", "format=gray", (320, 180)),
    ("2560x1440", "null", (1920, 1080)),
])  # fmt: skip
def test_the_canvas_is_the_displayed_source(tmp_path: Path, size: str, filters: str, shown: tuple[int, int]) -> None:
    media = make_media(tmp_path / "in.mkv", "-f", "lavfi", "-i", f"testsrc=s={size}:r=25:d=1", "-vf", filters, *X264)
    result, clip = render(media, tmp_path / "out", (0.2, 0.6))
    video = probe(clip).video
    assert video is not None
    assert (result.width, result.height) == (video.width, video.height) == (video.coded_width, video.coded_height)
    assert (video.width, video.height) == shown
    assert video.pixel_format == "yuv420p"
    assert result.audio_duration_s is None
    assert result.video_duration_s == pytest.approx(0.4, abs=0.001)


def test_a_turned_recording_is_upright(tmp_path: Path) -> None:
    flat = make_media(tmp_path / "flat.mp4", "-f", "lavfi", "-i",
                      "color=gray:s=320x180:r=25:d=1,drawbox=x=0:y=0:w=40:h=180:color=red:t=fill", *X264)  # fmt: skip
    media = make_media(tmp_path / "in.mp4", "-display_rotation", "-90", "-i", str(flat), "-c", "copy")
    result, clip = render(media, tmp_path / "out", (0.2, 0.6))
    assert (result.width, result.height) == (180, 320)
    assert box_of(picture(clip, 0.1), RED) == pytest.approx((0, 0, 180, 40), abs=4)


def test_captions_are_burned_into_the_lower_band_and_only_while_they_last(tmp_path: Path) -> None:
    media = lecture(tmp_path / "in.mp4")
    segments = (Segment(1.0, 2.2, "Hello there"), Segment(4.0, 5.0, "Cut away"))
    keep = (1.0, 3.5)
    plain = render(media, tmp_path / "plain", keep, segments=segments, captions="sidecar")
    burned = render(media, tmp_path / "burned", keep, segments=segments, captions="burned")
    assert {file.kind for file in plain[0].files} == {"video", "thumbnail", "captions_srt", "captions_vtt"}
    assert {file.kind for file in burned[0].files} == {"video", "thumbnail"}
    assert sorted(path.name for path in (tmp_path / "burned").iterdir()) == ["clip.mp4", "thumbnail.jpg"]
    changed = np.abs(picture(burned[1], 0.6) - picture(plain[1], 0.6)).max(axis=2) > 50
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 500
    assert rows.min() > 0.75 * 360
    assert rows.max() < 0.98 * 360
    assert columns.min() > 0.04 * 640
    assert abs((columns.min() + columns.max()) / 2 - 320) < 4
    assert np.abs(picture(burned[1], 2.2) - picture(plain[1], 2.2)).max() < 30


def test_no_captions_where_none_are_asked_for(tmp_path: Path) -> None:
    media = lecture(tmp_path / "in.mp4")
    segments = (Segment(1.0, 2.2, "Hello there"),)
    result, _ = render(media, tmp_path / "out", (1.0, 1.5), segments=segments, captions="none")
    assert {file.kind for file in result.files} == {"video", "thumbnail"}


def test_the_file_plays_before_it_is_complete_and_says_nothing_of_its_source(tmp_path: Path) -> None:
    tagged = make_media(tmp_path / "in.mp4", "-i", str(barcode_video(tmp_path / "plain.mp4", frames=50)), "-c", "copy",
                        "-metadata", "title=Secret-Title", "-metadata", "location=+48.0+011.0/")  # fmt: skip
    first, clip = render(tagged, tmp_path / "out", (0.4, 1.6))
    data = clip.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert b"Secret-Title" not in data
    assert b"+48.0" not in data
    again, second = render(tagged, tmp_path / "again", (0.4, 1.6))
    assert data == second.read_bytes()
    assert first == again


def test_the_thumbnail_is_a_bright_frame_of_a_clip_that_is_partly_black(tmp_path: Path) -> None:
    partly_black = "testsrc2=s=320x180:r=25:d=4,drawbox=color=black:t=fill:enable='lt(t,0.9)+gt(t,3.4)'"
    media = make_media(tmp_path / "in.mp4", "-f", "lavfi", "-i", partly_black, *X264)
    _, clip = render(media, tmp_path / "out", (0.0, 4.0))
    assert len(frame_numbers(clip)) == 100
    thumbnail = clip.with_name(THUMBNAIL_NAME)
    info = make_media(tmp_path / "thumbnail.gray", "-i", str(thumbnail), "-f", "rawvideo", "-pix_fmt", "gray")
    shot = np.frombuffer(info.read_bytes(), dtype=np.uint8)
    assert shot.size == 320 * 180
    assert shot.mean() > 60


def test_progress_is_reported_while_the_clip_is_rendered(tmp_path: Path) -> None:
    """FFmpeg is silent until all of its outputs have begun, and a thumbnail is known only at the end."""
    media = make_media(tmp_path / "in.mp4", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=50:d=20", *X264)
    seen: list[float] = []
    run(request(media, tmp_path / "out", (0.0, 20.0)), lambda fraction, _message: seen.append(fraction))
    assert any(0.05 < fraction < 0.8 for fraction in seen)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_interlaced_recordings_lose_their_combs(tmp_path: Path) -> None:
    """A white bar that moves 16 pixels a field: woven fields would alternate from line to line."""
    bar = "color=black:s=320x180:r=50:d=2[b];color=white:s=24x180:r=50:d=2[w];[b][w]overlay=x=60+16*mod(n\\,10)"
    media = make_media(tmp_path / "in.mpg", "-f", "lavfi", "-i", f"{bar},interlace=lowpass=off", "-c:v", "mpeg2video",
                       "-flags", "+ildct+ilme", "-q:v", "2")  # fmt: skip
    _, clip = render(media, tmp_path / "out", (0.4, 1.4))
    combs = []
    for time_s in (0.2, 0.44, 0.8):
        lines = picture(clip, time_s)[40:140, :, 1]
        combs.append(np.abs(2 * lines[1:-1] - lines[:-2] - lines[2:]).mean())
    assert max(combs) < 12
