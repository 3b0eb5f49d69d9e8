"""Where the screen is: the frame without letterbox bars, or the rectangle beside the camera."""

from collections.abc import Sequence

import numpy as np

from agents.layout_detector.changing import changing_screen
from agents.layout_detector.films import stretches
from agents.layout_detector.lines import Corners, Mask
from agents.media.frames import Picture

TONE = 6  # grey levels around a bar's tone
BLACK = 40  # the brightest tone of letterbox bars
COVERED = 0.6  # share of a border along which the screen differs from the bar
COVERED_USUAL = 0.1  # the same where the box has the shape of slides: black slides have a coloured line at least
MIN_AREA = 0.12  # of the frame
BARS_TRIED = 3
INNER = 2  # pixels inside a border that are compared with the bar outside
BESIDE = 0.2  # a camera with less of its area on the screen is beside it


def find_screen(pictures: Sequence[Picture], camera: Corners | None, others: Sequence[Corners] = ()) -> Corners:
    """The screen in full-size grey pictures of one layout, with the camera's box if there is one, and other cameras'.

    Bars around it must keep one tone, and it must end in a straight edge against them. A tone other than
    black counts as a bar only where there is a camera beside the screen: slides have plain margins too.
    """
    height, width = pictures[0].shape
    frame = (0, 0, width, height)
    outside = np.ones((height, width), np.bool_)
    pad = 2 + max(width, height) // 400
    for x0, y0, x1, y1 in [*others, *([camera] if camera else [])]:
        outside[max(y0 - pad, 0) : y1 + pad, max(x0 - pad, 0) : x1 + pad] = False
    for tone in _rim_tones(pictures, outside):
        for box in _contents(pictures, outside, tone, camera is not None):
            if box == frame:
                continue
            if camera is None or shared(camera, box) >= BESIDE:
                if tone < BLACK and _centred(box, width, height):
                    return box
            elif _around(pictures, camera, pad, tone) >= 0.5:
                return _touching(box, camera, pad + 2)
    return (
        _beside_full_side(camera, width, height) or (camera and changing_screen(pictures, [camera, *others])) or frame
    )


def shared(camera: Corners, screen: Corners) -> float:
    """The share of the camera's area that lies on the screen."""
    width = min(camera[2], screen[2]) - max(camera[0], screen[0])
    height = min(camera[3], screen[3]) - max(camera[1], screen[1])
    return max(width, 0) * max(height, 0) / ((camera[2] - camera[0]) * (camera[3] - camera[1]))


def _rim_tones(pictures: Sequence[Picture], outside: Mask) -> list[int]:
    """The commonest tones on the frame's rim, the darkest first."""
    rim = np.zeros(outside.shape, np.bool_)
    rim[1:3], rim[-3:-1], rim[:, 1:3], rim[:, -3:-1] = True, True, True, True
    rim &= outside
    counts = np.bincount(np.concatenate([p[rim] for p in pictures]), minlength=256)
    total = counts.sum()
    tones = []
    for _ in range(BARS_TRIED):
        tone = int(np.argmax(counts))
        low, high = max(tone - TONE, 0), tone + TONE + 1
        if counts[low:high].sum() < 0.1 * total or total == 0:
            break
        tones.append(tone)
        counts[low:high] = 0
    return sorted(tones)


def _contents(pictures: Sequence[Picture], outside: Mask, tone: int, among_others: bool) -> list[Corners]:
    """The box around all that differs from ``tone``, if its borders are straight edges against it.

    ``among_others``: the screen may be one of several things on the bars, as other cameras in a call; the largest
    block that bars surround is tried first if it has the shape of slides.
    """
    other: Mask = np.zeros(outside.shape, np.bool_)
    for picture in pictures:
        np.logical_or(other, np.abs(picture.astype(np.int16) - tone) > TONE, out=other)
    np.logical_and(other, outside, out=other)
    whole = _box_in(other, (0, 0, other.shape[1], other.shape[0]), longest=False)
    boxes = [box for box in (whole and _framed(other, outside, whole, among_others),) if box]
    block = whole
    for _ in range(3 if among_others else 0):
        block = block and _box_in(other, block, longest=True)
    if block and block != whole and _is_usual(block):
        framed = _framed(other, outside, block, among_others)
        boxes = [framed, *boxes] if framed else boxes
    return boxes


def _box_in(other: Mask, within: Corners, *, longest: bool) -> Corners | None:
    """The box around what is there; with ``longest``, around the longest rows and columns without gaps."""
    x0, y0, x1, y1 = within
    part = other[y0:y1, x0:x1]
    rows = _ends(part.sum(1) > 2 + 0.01 * part.shape[1], longest)
    columns = _ends(part.sum(0) > 2 + 0.01 * part.shape[0], longest)
    return (x0 + columns[0], y0 + rows[0], x0 + columns[1], y0 + rows[1]) if rows and columns else None


def _ends(marked: Mask, longest: bool) -> tuple[int, int] | None:
    found = stretches(marked)
    if not found:
        return None
    chosen = max(found, key=lambda one: one.stop - one.start)
    return (chosen.start, chosen.stop) if longest else (found[0].start, found[-1].stop)


def _framed(other: Mask, outside: Mask, box: Corners, among_others: bool) -> Corners | None:
    """The box if its sides are straight edges, or most of them and it has the shape and the place of slides."""
    height, width = other.shape
    x0, x1 = _snap(box[0], box[2], width)
    y0, y1 = _snap(box[1], box[3], height)
    if (x1 - x0) * (y1 - y0) < MIN_AREA * width * height:
        return None
    sides = (
        _covered(other[y0:y1, x0 : x0 + INNER].T, outside[y0:y1, x0]) if x0 else 1.0,
        _covered(other[y0:y1, x1 - INNER : x1].T, outside[y0:y1, x1 - 1]) if x1 < width else 1.0,
        _covered(other[y0 : y0 + INNER, x0:x1], outside[y0, x0:x1]) if y0 else 1.0,
        _covered(other[y1 - INNER : y1, x0:x1], outside[y1 - 1, x0:x1]) if y1 < height else 1.0,
    )
    box = (x0, y0, x1, y1)
    placed = _centred(box, width, height) or (among_others and sum(sides) >= 4 * COVERED)
    needed = COVERED_USUAL if placed and _is_usual(box) else COVERED
    return box if min(sides) >= needed else None


def _is_usual(box: Corners) -> bool:
    """The shape of slides: 4:3, 16:10 or 16:9."""
    shape = (box[2] - box[0]) / (box[3] - box[1])
    return any(abs(shape / usual - 1) <= 0.01 for usual in (4 / 3, 16 / 10, 16 / 9))


def _covered(strip: Mask, counted: Mask) -> float:
    """The share of this border along which the screen differs from the bar; ``strip`` is ``(INNER, length)``."""
    along = np.asarray(np.any(strip, axis=0), np.bool_)[counted]
    return float(along.mean()) if len(along) else 0.0


def _snap(low: int, high: int, size: int) -> tuple[int, int]:
    """Bars of a pixel or two are rounding, not bars."""
    near = max(size // 200, 2)
    return (0 if low <= near else low), (size if high >= size - near else high)


def _around(pictures: Sequence[Picture], camera: Corners, pad: int, tone: int) -> float:
    """The share of a thin ring around the camera that has ``tone``: a camera beside the screen lies on the bars."""
    x0, y0, x1, y1 = camera
    ring = np.zeros(pictures[0].shape, np.bool_)
    ring[max(y0 - 3 * pad, 0) : y1 + 3 * pad, max(x0 - 3 * pad, 0) : x1 + 3 * pad] = True
    ring[max(y0 - pad, 0) : y1 + pad, max(x0 - pad, 0) : x1 + pad] = False
    if not ring.any():
        return 0.0
    return float(np.mean([(np.abs(p[ring].astype(np.int16) - tone) <= TONE).mean() for p in pictures]))


def _touching(screen: Corners, camera: Corners, reach: int) -> Corners:
    """A screen that ends within ``reach`` of the camera ends at it."""
    x0, y0, x1, y1 = screen
    return (
        camera[2] if abs(x0 - camera[2]) <= reach else x0,
        camera[3] if abs(y0 - camera[3]) <= reach else y0,
        camera[0] if abs(x1 - camera[0]) <= reach else x1,
        camera[1] if abs(y1 - camera[1]) <= reach else y1,
    )


def _centred(box: Corners, width: int, height: int) -> bool:
    """Letterbox bars come in pairs of one size."""
    x0, y0, x1, y1 = box
    return abs(x0 - (width - x1)) <= 0.03 * width and abs(y0 - (height - y1)) <= 0.03 * height


def _beside_full_side(camera: Corners | None, width: int, height: int) -> Corners | None:
    """The larger rest of a frame that a camera cuts from side to side."""
    if camera is None:
        return None
    x0, y0, x1, y1 = camera
    rests: list[Corners] = []
    if y1 - y0 >= 0.9 * height:
        rests = [(0, 0, x0, height), (x1, 0, width, height)]
    elif x1 - x0 >= 0.9 * width:
        rests = [(0, 0, width, y0), (0, y1, width, height)]
    areas = [(r[2] - r[0]) * (r[3] - r[1]) for r in rests]
    if not rests or max(areas) < MIN_AREA * width * height:
        return None
    return rests[int(np.argmax(areas))]
