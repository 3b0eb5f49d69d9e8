"""Cameras cut out as a circle: a round border around what moves, a photograph inside and none outside."""

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.layout_detector.lines import Corners
from agents.layout_detector.samples import tone_spread
from agents.media.frames import Picture

STEP = 6  # grey levels across the border
SUPPORT = 0.8  # of the border
MIN_SPREAD, MAX_OUTSIDE = 0.3, 0.4  # tone spread inside, and in the ring around
PHOTOGRAPH = 0.65  # tone spread of a frame without a screen
LOOK_PX = 256  # the picture around the seed is scaled to this before circles are looked for
MIN_SIDE, MAX_SIDE = 0.1, 0.5  # diameter, in frame heights
TURN: NDArray[np.float64] = np.linspace(0, 2 * np.pi, 96, endpoint=False)


def circle_around(picture: Picture, seed: Corners) -> Corners | None:
    """The square around the best supported circle that holds the middle of ``seed``, in a grey picture."""
    height = picture.shape[0]
    x0, y0, x1, y1 = seed
    if max(x1 - x0, y1 - y0) > MAX_SIDE * height or tone_spread(picture[::8, ::8]) >= PHOTOGRAPH:
        return None
    reach = round(max(MAX_SIDE * height / 2, (x1 - x0), (y1 - y0)))
    centre_x, centre_y = (x0 + x1) // 2, (y0 + y1) // 2
    left, top = max(centre_x - reach, 0), max(centre_y - reach, 0)
    part = picture[top : centre_y + reach, left : centre_x + reach]
    scale = LOOK_PX / max(part.shape)
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    least, most = (round(side * height * scale / 2) for side in (MIN_SIDE, MAX_SIDE))
    circles = cv2.HoughCircles(small, cv2.HOUGH_GRADIENT, 1.5, 8, param1=80, param2=30, minRadius=least, maxRadius=most)
    best: tuple[float, Corners] | None = None
    for x, y, radius in [] if circles is None else circles.reshape(-1, circles.shape[-1])[:5, :3] / scale:
        rough = (round(x + left - radius), round(y + top - radius), round(x + left + radius), round(y + top + radius))
        if round_support(picture, rough) < SUPPORT / 2:
            continue
        box = _exact(picture, (x + left, y + top, radius))
        middle = np.hypot((box[0] + box[2]) / 2 - centre_x, (box[1] + box[3]) / 2 - centre_y)
        support = round_support(picture, box)
        if middle >= (box[2] - box[0]) / 2 or support < max(SUPPORT, best[0] if best else 0.0):
            continue
        if tone_spread(_ring(picture, box, 0.0, 0.95)) >= MIN_SPREAD and _plain_around(picture, box):
            best = (support, box)
    return best[1] if best else None


def round_support(picture: Picture, box: Corners) -> float:
    """The share of the ellipse in ``box`` along which the picture steps, where it is inside the frame."""
    middle_x, middle_y = (box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2
    half_x, half_y = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    height, width = picture.shape
    tones = []
    for out in (-2.5, -1.0, 0.5, 2.0):
        x = np.rint(middle_x + (half_x + out) * np.cos(TURN)).astype(int)
        y = np.rint(middle_y + (half_y + out) * np.sin(TURN)).astype(int)
        seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        tones.append(np.where(seen, picture[y.clip(0, height - 1), x.clip(0, width - 1)], -1).astype(np.int16))
    stack = np.stack(tones)
    counted = (stack >= 0).all(axis=0)
    if counted.mean() < 0.5:
        return 0.0
    return float((np.abs(np.diff(stack, axis=0)).max(axis=0) > STEP)[counted].mean())


def _exact(picture: Picture, circle: tuple[float, float, float]) -> Corners:
    """The box of the circle near this one with the sharpest border."""
    x, y, radius = circle
    tries = [
        (
            round(x + dx - radius - dr),
            round(y + dy - radius - dr),
            round(x + dx + radius + dr),
            round(y + dy + radius + dr),
        )
        for dx in (-2, 0, 2)
        for dy in (-2, 0, 2)
        for dr in (-3, -1.5, 0, 1.5, 3)
    ]
    return max(tries, key=lambda box: round_support(picture, box))


def _ring(picture: Picture, box: Corners, inner: float, outer: float) -> Picture:
    """Pixels between two multiples of the radius, ``(n, 1)``."""
    height, width = picture.shape
    y, x = np.ogrid[0:height, 0:width]
    away = np.hypot(
        (x - (box[0] + box[2] - 1) / 2) / ((box[2] - box[0]) / 2),
        (y - (box[1] + box[3] - 1) / 2) / ((box[3] - box[1]) / 2),
    )
    return np.asarray(picture[(away >= inner) & (away <= outer)], np.uint8).reshape(-1, 1)


def _plain_around(picture: Picture, box: Corners) -> bool:
    ring = _ring(picture, box, 1.08, 1.2)
    return len(ring) > 0 and tone_spread(ring) <= MAX_OUTSIDE
