"""Measure: in pictures of the recording, what a screen has beside its camera, and where a frame is bare."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.media.frames import Picture
from agents.types import Rect
from agents.video_compiler.overlaid import Bars, Cover, Side, intersection, union

Scale = tuple[float, float]
DETAIL_LEVELS = 16  # between neighbouring pixels: faint writing, and neither a gradient nor coding noise
MOST_DETAIL_PX = 4  # of noise
CLEARANCE_PX = 8  # beside a camera, where its coding blocks end
EDGE_PX = 4  # of a screen: its frame is no text
SEAM_LEVELS = 12  # between a painted ground and what is around it
TONE_LEVELS, BARE_SHARE = 8, 0.998


def blank_sides(picture: Picture, screen: Rect, hidden: Rect, kept: Mapping[Side, Rect]) -> frozenset[Side]:
    """The sides of a camera at which cutting the screen off loses nothing: beyond the cut is ground only.

    Rectangles are in the picture's pixels. What runs on unchanged to the screen's edge, as a coloured bar does, is
    ground.
    """
    return frozenset(side for side, rect in kept.items() if _blank(picture, screen, hidden, rect))


def _blank(picture: Picture, screen: Rect, hidden: Rect, kept: Rect) -> bool:
    across = kept[2] < screen[2]
    inner = (screen[0] + EDGE_PX, screen[1] + EDGE_PX, screen[2] - 2 * EDGE_PX, screen[3] - 2 * EDGE_PX)
    left, top, width, height = intersection(inner, _lost(screen, kept))
    area = picture[top : top + height, left : left + width].astype(np.int16)
    detail = np.abs(np.diff(area, axis=1 if across else 0)) > DETAIL_LEVELS
    _clear(detail, hidden, left, top, CLEARANCE_PX)
    return bool(detail.sum() <= MOST_DETAIL_PX)


def _lost(screen: Rect, kept: Rect) -> Rect:
    """What of a screen is not kept, with the line of pixels beside the cut."""
    x, y, width, height = screen
    right, bottom = kept[0] + kept[2], kept[1] + kept[3]
    if kept[2] < width:
        return (right - 1, y, x + width - right + 1, height) if kept[0] == x else (x, y, kept[0] - x + 1, height)
    return (x, bottom - 1, width, y + height - bottom + 1) if kept[1] == y else (x, y, width, kept[1] - y + 1)


def is_plain(picture: Picture, cover: Cover, scale: Scale) -> bool:
    """The strip is the same all along the way that it is drawn out: a bar or a gradient may cross it, no letter."""
    tones = _crop(picture, scaled(cover.strip, scale)).astype(np.int16)
    across = [np.ptp(tones, axis=1 - i) > DETAIL_LEVELS for i in (0, 1) if cover.averaged[i] == 1 and tones.size]
    return all(lines.sum() <= MOST_DETAIL_PX for lines in across)


def seam(picture: Picture, cover: Cover, scale: Scale) -> float:
    """How much of the border of what is hidden would show if it were painted, from 0 to 1."""
    x, y, width, height = scaled(cover.hidden, scale)
    painted = _painted(picture, cover, scale)
    borders = (
        ((x - 3, y, 2, height), painted[:, :1]),
        ((x + width + 1, y, 2, height), painted[:, -1:]),
        ((x, y - 3, width, 2), painted[:1]),
        ((x, y + height + 1, width, 2), painted[-1:]),
    )
    unlike, count = 0, 0
    for border, tones in borders:
        around = _crop(picture, border)
        if around.shape == (border[3], border[2]):  # else outside the picture
            unlike += int((np.abs(around - tones) > SEAM_LEVELS).sum())
            count += around.size
    return unlike / count if count else 1.0


def _painted(picture: Picture, cover: Cover, scale: Scale) -> NDArray[np.float64]:
    """What is hidden, as it would be painted, ``(height, width)``."""
    _, _, width, height = scaled(cover.hidden, scale)
    axis = 1 if cover.averaged[0] > 1 else 0  # along which the tones change
    length = (height, width)[axis]
    profile = _crop(picture, scaled(cover.strip, scale)).mean(axis=1 - axis)
    count = min(max(cover.averaged), len(profile))
    cells = np.array([cell.mean() for cell in np.array_split(profile, count)])
    tones = np.interp((np.arange(length) + 0.5) / length * count - 0.5, np.arange(count), cells)
    return np.broadcast_to(np.expand_dims(tones, 1 - axis), (height, width)).astype(np.float64)


def bare_bars(pictures: Sequence[Picture], screen: Rect | None, camera: Rect | None, scale: Scale) -> Bars:
    """Where a frame is black, or of another tone throughout, in all of some pictures. Rectangles of the source."""
    around = union(screen, camera)
    if around is None or not pictures:
        return "none"
    if all(_bare_beside(picture, [rect for rect in (screen, camera) if rect], scale) for picture in pictures):
        return "everywhere"
    return "around" if all(_bare_beside(picture, [around], scale) for picture in pictures) else "none"


def _bare_beside(picture: Picture, rects: Sequence[Rect], scale: Scale) -> bool:
    """One tone is all that is beside the rectangles: a filmed wall has many."""
    beside = np.ones(picture.shape, np.bool_)
    for rect in rects:
        _clear(beside, scaled(rect, scale), 0, 0, EDGE_PX)
    tones = picture[beside].astype(np.int16)
    return (
        bool((np.abs(tones - np.median(tones)) <= TONE_LEVELS).sum() >= BARE_SHARE * tones.size) if tones.size else True
    )


def scaled(rect: Rect, scale: Scale) -> Rect:
    """A rectangle of the source in a picture of it."""
    left, top = round(rect[0] * scale[0]), round(rect[1] * scale[1])
    right, bottom = round((rect[0] + rect[2]) * scale[0]), round((rect[1] + rect[3]) * scale[1])
    return (left, top, right - left, bottom - top)


def _clear(mask: NDArray[np.bool_], rect: Rect, left: int, top: int, margin: int) -> None:
    """Unset a rectangle and ``margin`` around it in a mask whose first pixel is at ``left``, ``top``."""
    grown = (rect[0] - left - margin, rect[1] - top - margin, rect[2] + 2 * margin, rect[3] + 2 * margin)
    x, y, width, height = intersection(grown, (0, 0, mask.shape[1], mask.shape[0]))
    mask[y : y + height, x : x + width] = False


def _crop(picture: Picture, rect: Rect) -> Picture:
    x, y, width, height = rect
    return picture[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
