"""Decide: how a screen can be shown without the camera that lies on it. Rectangles are in source pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agents.types import Rect

Side = Literal["left", "right", "above", "below"]
Bars = Literal["none", "around", "everywhere"]
HAZE = 0.004  # of the screen's width: what coding smears of a camera beyond its border
STRIP, LEAST_STRIP_PX = 0.0125, 4  # of the screen's width
COARSE = 8  # tones of a strip with writing on it
PIECES = 6
LEAST_KEPT = 0.5  # of a screen's width or height
ONE_PICTURE = 0.8  # of a screen's width and height
LEAST_OVERLAP_PX = 16  # less is where two rectangles beside each other were measured a little too large


@dataclass(frozen=True)
class Cover:
    """``hidden``, where the camera is, is painted with ``strip``, a ground beside it, drawn out over it.

    The strip is shrunk to ``averaged`` before: to a line of its tones where it is plain ground, and else to so few
    that no letter is left of what stands on it.
    """

    hidden: Rect
    strip: Rect
    averaged: tuple[int, int]


@dataclass(frozen=True)
class Framing:
    """``screen`` is what is shown of a screen in ``split`` and ``stack``, with ``cover`` over a camera that is on it.

    ``bars``: where a whole frame has nothing but one tone: around both rectangles together, or wherever neither is.
    ``person`` is what of the camera must be seen to see who is in it, all the time.
    """

    screen: Rect | None
    cover: Cover | None = None
    bars: Bars = "none"
    person: Rect | None = None


def unseen(screen: Rect | None, camera: Rect | None) -> Framing:
    """Where nothing is known but the rectangles: the whole screen, the camera on it painted over."""
    hidden = overlaid(screen, camera)
    beside = strips(screen, hidden) if screen and hidden else {}
    first = next(iter(beside.items()), None)
    return Framing(screen, drawn_out(hidden, *first, plain=False) if hidden and first else None)


def overlaid(screen: Rect | None, camera: Rect | None) -> Rect | None:
    """The part of the screen that the camera and its haze lie on, on even pixels; None where there is none."""
    if screen is None or camera is None:
        return None
    both = intersection(screen, camera)
    if min(both[2:]) < LEAST_OVERLAP_PX:
        return None
    haze = max(2, round(screen[2] * HAZE / 2) * 2)
    x, y, width, height = both
    left, top = (x - haze) // 2 * 2, (y - haze) // 2 * 2
    right, bottom = -(-(x + width + haze) // 2) * 2, -(-(y + height + haze) // 2) * 2
    return intersection(screen, (left, top, right - left, bottom - top))


def kept_sides(screen: Rect, hidden: Rect) -> dict[Side, Rect]:
    """What is left of the screen on each side of ``hidden``, where that is at least half of it."""
    x, y, width, height = screen
    right, bottom = x + width, y + height
    across, down = hidden[0] + hidden[2], hidden[1] + hidden[3]
    found: dict[Side, Rect] = {
        "left": (x, y, hidden[0] - x, height),
        "right": (across, y, right - across, height),
        "above": (x, y, width, hidden[1] - y),
        "below": (x, down, width, bottom - down),
    }
    return {
        side: rect
        for side, rect in found.items()
        if rect[2] >= LEAST_KEPT * width and rect[3] >= LEAST_KEPT * height and min(rect[2:]) >= LEAST_OVERLAP_PX
    }


def one_picture(screen: Rect, camera: Rect) -> bool:
    """Both are the same picture, as where a room's camera shows a board: there is nothing to show beside it."""
    both = intersection(screen, camera)
    return both[2] >= ONE_PICTURE * screen[2] and both[3] >= ONE_PICTURE * screen[3]


def strips(screen: Rect, hidden: Rect) -> Mapping[Side, Rect]:
    """Strips of the screen along each side of ``hidden``, as long as that side; first those towards the edges."""
    x, y, width, height = hidden
    usual = max(LEAST_STRIP_PX, round(screen[2] * STRIP / 2) * 2)
    room: dict[Side, int] = {
        "left": x - screen[0],
        "right": screen[0] + screen[2] - x - width,
        "above": y - screen[1],
        "below": screen[1] + screen[3] - y - height,
    }
    thick: dict[Side, int] = {side: min(usual, space // 2 * 2) for side, space in room.items()}
    found: dict[Side, Rect] = {
        "left": (x - thick["left"], y, thick["left"], height),
        "right": (x + width, y, thick["right"], height),
        "above": (x, y - thick["above"], width, thick["above"]),
        "below": (x, y + height, width, thick["below"]),
    }
    return {side: found[side] for side in sorted(found, key=lambda side: room[side]) if room[side] >= LEAST_STRIP_PX}


def drawn_out(hidden: Rect, side: Side, strip: Rect, *, plain: bool) -> Cover:
    """A whole strip drawn out away from its side."""
    if side in ("left", "right"):
        return Cover(hidden, strip, (1, strip[3] if plain else COARSE))
    return Cover(hidden, strip, (strip[2] if plain else COARSE, 1))


def in_one_tone(hidden: Rect, side: Side, strip: Rect) -> list[Cover]:
    """Pieces of a strip, each of which paints everything in its mean."""
    x, y, width, height = strip
    if side in ("left", "right"):
        tall = max(height // PIECES // 2 * 2, 2)
        pieces = [(x, top, width, tall) for top in range(y, y + height - tall + 1, tall)]
    else:
        wide = max(width // PIECES // 2 * 2, 2)
        pieces = [(left, y, wide, height) for left in range(x, x + width - wide + 1, wide)]
    return [Cover(hidden, piece, (1, 1)) for piece in pieces]


def intersection(a: Rect, b: Rect) -> Rect:
    """What two rectangles share; no width or no height where that is nothing."""
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    return (left, top, max(right - left, 0), max(bottom - top, 0))


def union(a: Rect | None, b: Rect | None) -> Rect | None:
    """The smallest rectangle around two."""
    if a is None or b is None:
        return a or b
    left, top = min(a[0], b[0]), min(a[1], b[1])
    right, bottom = max(a[0] + a[2], b[0] + b[2]), max(a[1] + a[3], b[1] + b[3])
    return (left, top, right - left, bottom - top)
