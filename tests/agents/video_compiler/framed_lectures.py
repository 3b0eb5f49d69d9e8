"""Drawn recordings of slides and a camera, and the clips made of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.media.frames import frame_at
from agents.types import Arrangement, ClipLayout, LayoutName, PlanSettings, Rect
from agents.video_compiler.framing import framed
from agents.video_compiler.plan import RenderPlan, make_plan
from agents.video_compiler.slide_pictures import slide_pictures
from agents.video_compiler.source import measure
from tests.agents.compiler_media import render, request
from tests.media_factory import make_media

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
