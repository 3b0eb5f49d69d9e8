"""Decide: where each part of the picture goes on the clip's canvas. Rectangles are ``(x, y, width, height)``.

Screens are fitted whole: the text on a slide is never cut off. A camera may be cropped, within limits.
"""

import math
from dataclasses import dataclass
from typing import Literal

from agents.types import ClipLayout, Rect

Size = tuple[int, int]
Aspect = Literal["source", "16:9", "9:16", "1:1"]

LONGEST_SIDE, SHORTEST_SIDE = 1920, 1080
FULL_HD_FROM = 1000  # a source whose short side has this many pixels gets a canvas of 1080
GUTTER = 0.0125  # of the canvas's width
CAMERA_COLUMN = 0.28  # of the canvas's width, at most
SAFE_MARGIN = 0.05  # of the canvas's height, below captions
CAMERA_ROW = 0.26  # of the canvas's height, at least
# A person is cropped at the sides rather than at the head.
CAMERA_KEEP_WIDTH, CAMERA_KEEP_HEIGHT = 0.42, 0.8


@dataclass(frozen=True)
class Part:
    """``source``, a rectangle of the displayed source frame, is scaled to ``target`` on the canvas."""

    source: Rect
    target: Rect


@dataclass(frozen=True)
class Scene:
    """How the canvas is filled. ``cameras`` and ``screens`` say where faces and slides end up, for captions."""

    parts: tuple[Part, ...]
    cameras: tuple[Rect, ...] = ()
    screens: tuple[Rect, ...] = ()


def canvas_size(aspect: Aspect, source: Size) -> Size:
    """The clip's size in pixels, even.

    >>> canvas_size("source", (3840, 2160)), canvas_size("9:16", (1280, 720)), canvas_size("source", (640, 480))
    ((1920, 1080), (720, 1280), (640, 480))
    """
    short = SHORTEST_SIDE if min(source) >= FULL_HD_FROM else 720
    if aspect == "16:9":
        return short * 16 // 9, short
    if aspect == "9:16":
        return short, short * 16 // 9
    if aspect == "1:1":
        return short, short
    scale = min(1.0, LONGEST_SIDE / max(source), SHORTEST_SIDE / min(source))
    return _even(source[0] * scale), _even(source[1] * scale)


def make_scene(span: ClipLayout | None, source: Size, canvas: Size, caption_height: int) -> Scene:
    """Arrange one span. Without the rectangles that its arrangement needs, the whole frame is shown.

    ``caption_height`` pixels are kept free in ``stack`` (0 where no captions are burned), and below other pictures
    where there is room.
    """
    frame = (0, 0, *source)
    screen = clamp(span.screen, source) if span and span.screen else None
    camera = clamp(span.camera, source) if span and span.camera else None
    if span and screen and camera and span.arrangement == "split":
        return _split(screen, camera, canvas, caption_height)
    if span and screen and camera and span.arrangement == "stack":
        return _stack(screen, camera, canvas, caption_height)
    part = Part(frame, _raised(fit(source, (0, 0, *canvas)), canvas, caption_height))
    if span and span.layout == "speaker" and _aspect(canvas) < _aspect(source):
        part = Part(_crop_to(frame, _aspect(canvas), around=camera or frame), (0, 0, *canvas))
    cameras = (_mapped(camera, part),) if camera and camera != frame else ()
    if screen is None and span and span.layout == "speaker":
        return Scene((part,), cameras)
    return Scene((part,), cameras, (_mapped(screen, part) if screen else part.target,))


def _split(screen: Rect, camera: Rect, canvas: Size, caption_height: int) -> Scene:
    """Screen and camera beside each other, in the middle, or above the captions where they fit there as large."""
    width, height = canvas
    gutter = _even(width * GUTTER)
    column = _even(min(width * CAMERA_COLUMN, height * _aspect(camera[2:])))
    across = width - column - 3 * gutter
    tallest = fit(screen[2:], (gutter, 0, across, height))[3]
    height = max(height - _caption_room(canvas, caption_height), tallest) // 2 * 2
    screen_box, camera_box = (gutter, 0, across, height), (width - column - gutter, 0, column, height)
    shown = Part(screen, fit(screen[2:], screen_box)), Part(camera, fit(camera[2:], camera_box))
    return Scene(shown, (shown[1].target,), (shown[0].target,))


def _stack(screen: Rect, camera: Rect, canvas: Size, caption_height: int) -> Scene:
    """Screen, captions, camera, from top to bottom: the captions stand where they cover neither."""
    width, height = canvas
    row = _even(height * CAMERA_ROW)
    top = fit(screen[2:], (0, 0, width, height - row - caption_height), at_top=True)
    below = top[3] + caption_height
    target = (0, below, width, height - below)
    crop = _crop_to(
        camera, _aspect(target[2:]), around=camera, keep_width=CAMERA_KEEP_WIDTH, keep_height=CAMERA_KEEP_HEIGHT
    )
    shown = Part(screen, top), Part(crop, fit(crop[2:], target))
    return Scene(shown, (shown[1].target,), (top,))


def _raised(target: Rect, canvas: Size, caption_height: int) -> Rect:
    """A letterboxed picture moved up as far as captions below it need, where there is that much room."""
    x, y, width, height = target
    spare = canvas[1] - height - _caption_room(canvas, caption_height)
    return (x, min(y, spare // 2 * 2), width, height) if caption_height and spare >= 0 else target


def _caption_room(canvas: Size, caption_height: int) -> int:
    """Captions and the safe margin below them."""
    return caption_height + round(canvas[1] * SAFE_MARGIN) if caption_height else 0


def fit(size: Size | tuple[int, ...], box: Rect, *, at_top: bool = False) -> Rect:
    """The largest even rectangle of the shape of ``size`` inside ``box``, in its middle (or at its top)."""
    x, y, width, height = box
    scale = min(width / size[0], height / size[1])
    shown = min(_even(size[0] * scale), width // 2 * 2), min(_even(size[1] * scale), height // 2 * 2)
    across, down = (width - shown[0]) // 4 * 2, 0 if at_top else (height - shown[1]) // 4 * 2
    return (x + across, y + down, *shown)


def clamp(rect: Rect, size: Size) -> Rect | None:
    """``rect`` on even pixels inside the frame; None where less than 16 pixels a side are left."""
    left, top = (max(0, min(value, limit)) // 2 * 2 for value, limit in zip(rect[:2], size, strict=True))
    right, bottom = (max(0, min(rect[i] + rect[i + 2], size[i])) // 2 * 2 for i in (0, 1))
    return (left, top, right - left, bottom - top) if right - left >= 16 and bottom - top >= 16 else None


def _crop_to(rect: Rect, aspect: float, *, around: Rect, keep_width: float = 0.0, keep_height: float = 0.0) -> Rect:
    """The largest part of ``rect`` of shape ``aspect`` (width / height), about the middle of ``around``.

    ``keep_width`` and ``keep_height`` are the fractions of ``rect`` that stay even where the shape is then missed.
    """
    x, y, width, height = rect
    shape = max(height * aspect, width * keep_width), max(width / aspect, height * keep_height)
    wanted = min(_even(shape[0]), width), min(_even(shape[1]), height)
    middle = around[0] + around[2] / 2, around[1] + around[3] / 2
    left = min(max(middle[0] - wanted[0] / 2, x), x + width - wanted[0])
    top = min(max(middle[1] - wanted[1] / 2, y), y + height - wanted[1])
    return (int(left) // 2 * 2, int(top) // 2 * 2, *wanted)


def _mapped(rect: Rect, part: Part) -> Rect:
    """Where a rectangle of the source lands on the canvas."""
    sx, sy = part.target[2] / part.source[2], part.target[3] / part.source[3]
    return (
        round(part.target[0] + (rect[0] - part.source[0]) * sx),
        round(part.target[1] + (rect[1] - part.source[1]) * sy),
        round(rect[2] * sx),
        round(rect[3] * sy),
    )


def _aspect(size: Size | tuple[int, ...]) -> float:
    return size[0] / size[1]


def _even(value: float) -> int:
    return max(2, math.floor(value / 2 + 0.5) * 2)
