"""Every shape of recording in every shape of clip: even sizes, square pixels, nothing stretched, no slide cropped."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.media.frames import frame_at
from agents.media.probe import probe
from agents.types import Arrangement, ClipLayout, PlanSettings
from tests.agents.compiler_media import render
from tests.media_factory import make_media

pytestmark = pytest.mark.media

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12")
SIZES = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}


def green_box(clip: Path) -> tuple[int, int]:
    """Width and height of what is green."""
    picture: NDArray[np.int16] = frame_at(clip, 0.2).picture.astype(np.int16)
    rows, columns = np.nonzero((picture[:, :, 1] > 90) & (picture[:, :, 0] < 70) & (picture[:, :, 2] < 70))
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.mark.parametrize(("size", "sample_aspect", "shown", "arrangement", "aspect"), [
    ("321x181", "1", (322, 182), "full", "9:16"),
    ("321x181", "1", (322, 182), "split", "1:1"),
    ("160x180", "2/1", (320, 180), "split", "16:9"),
    ("160x180", "2/1", (320, 180), "stack", "9:16"),
    ("180x144", "16/15", (192, 144), "full", "16:9"),
    ("180x144", "16/15", (192, 144), "stack", "1:1"),
])  # fmt: skip
def test_a_square_stays_a_square(
    tmp_path: Path, size: str, sample_aspect: str, shown: tuple[int, int], arrangement: Arrangement, aspect: str
) -> None:
    """The green square of the displayed height touches the screen's top and bottom: it is there whole."""
    coded_width, coded_height = map(int, size.split("x"))
    box_width = round(coded_height * coded_width / shown[0])
    drawn = f"color=gray:s={size}:r=10:d=1,format=yuv444p,drawbox=x=8:y=0:w={box_width}:h={coded_height}:color=green"
    media = make_media(tmp_path / "in.mkv", "-f", "lavfi", "-i", f"{drawn}:t=fill,setsar={sample_aspect}", *X264)
    video = probe(media).video
    assert video is not None
    assert (video.width, video.height) == shown
    screen = (0, 0, shown[0] * 7 // 8, shown[1])
    camera = (shown[0] * 7 // 8, shown[1] // 2, shown[0] // 8, shown[1] // 4)
    layout = (ClipLayout(0.0, 1.0, "side_by_side", arrangement, screen, camera),)
    settings = PlanSettings(aspect=aspect)  # type: ignore[arg-type]  # one of the literals
    result, clip = render(media, tmp_path / "out", (0.0, 0.6), layout=layout, settings=settings)
    made = probe(clip).video
    assert made is not None
    assert (result.width, result.height) == (made.width, made.height) == (made.coded_width, made.coded_height)
    assert made.width % 2 == made.height % 2 == 0
    assert made.width / made.height == pytest.approx(SIZES[aspect])
    assert made.sample_aspect_ratio in ("1:1", "0:1")
    width, height = green_box(clip)
    assert width / height == pytest.approx(1.0, abs=0.04)
    assert height >= 0.25 * min(made.width, made.height)
