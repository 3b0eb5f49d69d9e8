"""Decide: where each part of the picture goes on the clip's canvas. Rectangles are ``(x, y, width, height)``.

Screens are fitted whole: the text on a slide is never cut off. A camera may be cropped, within limits.
"""

import math
from dataclasses import dataclass
from typing import Literal

from agents.types import ClipLayout, Rect
from agents.video_compiler.overlaid import Cover, Framing, one_picture, overlaid, union, unseen

Size = tuple[int, int]
Aspect = Literal["source", "16:9", "9:16", "1:1"]

LONGEST_SIDE, SHORTEST_SIDE = 1920, 1080
FULL_HD_FROM = 1000  # a source whose short side has this many pixels gets a canvas of 1080
GUTTER = 0.0125  # of the canvas's width
CAMERA_COLUMN = 0.28  # of the canvas's width, at most
WIDEST_CAMERA_COLUMN = 0.38  # where a screen leaves that much
SAFE_MARGIN = 0.05  # of the canvas's height, below captions
FILLED = 1.15  # a clip is filled rather than to show all of what is around a person
ROUNDING = 0.01  # of a shape, to even pixels
CAMERA_ROW = 0.26  # of the canvas's height, at least
# A person is cropped at the sides rather than at the head.
CAMERA_KEEP_WIDTH, CAMERA_KEEP_HEIGHT = 0.42, 0.8
WORTH_STACKING = 1.2  # how much larger a screen gets
HEADS = 0.8  # of a camera's height, from the top: heads are there


@dataclass(frozen=True)
class Part:
    """``source``, a rectangle of the displayed source frame, is scaled to ``target`` on the canvas.

    With ``averaged`` it is shrunk to that size on the way: only its tones are left.
    """

    source: Rect
    target: Rect
    averaged: Size | None = None


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


def make_scene(
    span: ClipLayout | None, source: Size, canvas: Size, caption_height: int, framing: Framing | None = None
) -> Scene:
    """Arrange one span. Without the rectangles that its arrangement needs, the whole frame is shown.

    ``caption_height`` pixels are kept free in ``stack`` (0 where no captions are burned), and below other pictures
    where there is room. ``framing`` is what the span's pictures have shown.
    """
    frame = (0, 0, *source)
    screen = clamp(span.screen, source) if span and span.screen else None
    camera = clamp(span.camera, source) if span and span.camera else None
    framing = framing or unseen(screen, camera)
    apart = span is not None and screen is not None and camera is not None and not one_picture(screen, camera)
    if span and screen and camera and apart and span.arrangement == "split":
        return _split(screen, camera, canvas, caption_height, framing)
    if span and screen and camera and apart and span.arrangement == "stack":
        return _stack(framing.screen or screen, camera, canvas, caption_height, framing)
    if framing.bars != "none":
        return _without_bars(screen, camera, framing, canvas, caption_height)
    shown = _speaker(frame, camera, canvas, framing.person) if span and span.layout == "speaker" else frame
    part = Part(shown, _raised(fit(shown[2:], (0, 0, *canvas)), canvas, caption_height))
    if abs(_aspect(shown[2:]) / _aspect(canvas) - 1) < ROUNDING:
        part = Part(shown, (0, 0, *canvas))
    if screen is None and span and span.layout == "speaker":  # captions stand on the chest, not beside the picture
        return Scene((part,))
    cameras = (_mapped(camera, part),) if camera and camera != frame else ()
    return Scene((part,), cameras, (_mapped(screen, part) if screen else part.target,))


def _speaker(frame: Rect, camera: Rect | None, canvas: Size, person: Rect | None) -> Rect:
    """What is shown of a frame with one person in it: the clip's shape where that holds the person, else more."""
    shape, whole = _aspect(canvas), _aspect((frame[2], frame[3]))
    if abs(shape / whole - 1) < ROUNDING or (person is None and shape > whole):
        return frame
    width, height = frame[2:]
    around = person or camera or frame
    if person is None or (person[2] <= FILLED * height * shape and person[3] <= FILLED * width / shape):
        return _crop_to(frame, shape, around=around)
    return _crop_to(frame, shape, around=around, keep_width=person[2] / width, keep_height=person[3] / height)


def _without_bars(
    screen: Rect | None, camera: Rect | None, framing: Framing, canvas: Size, caption_height: int
) -> Scene:
    """Screen and camera as they stand to each other, as large as they fit, without the bars around them.

    On an upright canvas a screen beside a camera is tiny: it stands above it where that makes it much larger.
    """
    content = union(screen, camera)
    assert content is not None
    whole = Part(content, _raised(fit(content[2:], (0, 0, *canvas)), canvas, caption_height))
    cameras, screens = (() if rect is None else (_mapped(rect, whole),) for rect in (camera, screen))
    if framing.bars == "around" or screen is None or camera is None or overlaid(screen, camera):
        return Scene((whole,), cameras, screens or (whole.target,))
    stacked = _stack(screen, camera, canvas, caption_height, framing)
    shown = tuple(Part(rect, _on_even(_mapped(rect, whole), whole.target)) for rect in (screen, camera))
    if stacked.screens[0][2] >= WORTH_STACKING * shown[0].target[2]:
        return stacked
    return Scene(shown, (shown[1].target,), (shown[0].target,))


def _split(screen: Rect, camera: Rect, canvas: Size, caption_height: int, framing: Framing) -> Scene:
    """Screen and camera beside each other, in the middle, or above the captions where they fit there as large.

    A screen that is cut off becomes larger anyway, and stays clear of captions and edges. The camera gets the width
    that a screen leaves.
    """
    width, height = canvas
    gutter = _even(width * GUTTER)
    column = _even(min(width * CAMERA_COLUMN, height * _aspect(camera[2:])))
    across = width - column - 3 * gutter
    tallest = fit(screen[2:], (gutter, 0, across, height))[3]
    height = max(height - _caption_room(canvas, caption_height), tallest) // 2 * 2
    box = (gutter, 0, across, height)
    if framing.screen and framing.screen != screen:
        screen, below = framing.screen, 0 if height < canvas[1] else gutter
        box = (gutter, gutter, across, height - gutter - below)
    _, top, wide, tall = fit(screen[2:], box)
    spare = min(_even(width * WIDEST_CAMERA_COLUMN), _even(height * _aspect(camera[2:])), width - wide - 3 * gutter)
    column = max(column, spare)
    left = (width - wide - gutter - column) // 4 * 2
    beside = fit(camera[2:], (left + wide + gutter, 0, column, height))
    return _scene(Part(screen, (left, top, wide, tall)), Part(camera, beside), framing.cover)


def _stack(screen: Rect, camera: Rect, canvas: Size, caption_height: int, framing: Framing) -> Scene:
    """Screen, captions, camera, from top to bottom: the captions stand where they cover neither."""
    width, height = canvas
    row = _even(height * CAMERA_ROW)
    top = fit(screen[2:], (0, 0, width, height - row - caption_height), at_top=True)
    below = top[3] + caption_height
    target = (0, below, width, height - below)
    person, keep = framing.person, (CAMERA_KEEP_WIDTH, CAMERA_KEEP_HEIGHT)
    if person:
        keep = person[2] / camera[2], person[3] / camera[3]
    heads = person or (*camera[:3], round(camera[3] * HEADS))
    crop = _crop_to(camera, _aspect(target[2:]), around=heads, keep_width=keep[0], keep_height=keep[1])
    filled = abs(_aspect(crop[2:]) / _aspect(target[2:]) - 1) < ROUNDING
    return _scene(Part(screen, top), Part(crop, target if filled else fit(crop[2:], target)), framing.cover)


def _scene(screen: Part, camera: Part, cover: Cover | None) -> Scene:
    """The camera that lies on the screen is painted over with the ground's tones: it is shown beside it."""
    parts = [screen, camera]
    if cover:
        parts.insert(1, Part(cover.strip, _on_even(_mapped(cover.hidden, screen), screen.target), cover.averaged))
    return Scene(tuple(parts), (camera.target,), (screen.target,))


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


def _on_even(rect: Rect, within: Rect) -> Rect:
    """The rectangle grown to even pixels, inside another on even pixels."""
    left, top = max(rect[0] // 2 * 2, within[0]), max(rect[1] // 2 * 2, within[1])
    right, bottom = (min(-(-(rect[i] + rect[i + 2]) // 2) * 2, within[i] + within[i + 2]) for i in (0, 1))
    return (left, top, right - left, bottom - top)


def _aspect(size: Size | tuple[int, ...]) -> float:
    return size[0] / size[1]


def _even(value: float) -> int:
    return max(2, math.floor(value / 2 + 0.5) * 2)
