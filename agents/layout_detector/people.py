"""Faces, and writing on a board: what a full-frame camera picture shows."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from agents.layout_detector.lines import Mask
from agents.media.frames import Picture

CASCADES = Path(cv2.__file__).parent / "data"
FACE_PX = 400  # the width a picture is scaled to before faces are looked for
MIN_FACE = 0.09  # of the picture's shorter side
BOARD_PX = 640
STROKE_LEVELS = 22
MIN_STROKES = 40
MIN_WRITTEN = 0.008  # of the surface: strokes that cover less are the grain of something
ALIVE_LEVELS = 40  # between pictures: a person, not the board behind
BOARD_AREA = 0.3
COLUMNS, ROWS = 8, 6
SPREAD_OUT = 0.3  # of these cells have strokes


@cache
def _faces() -> list[cv2.CascadeClassifier]:
    names = ("haarcascade_frontalface_default.xml", "haarcascade_profileface.xml")
    return [cv2.CascadeClassifier(str(CASCADES / name)) for name in names]


def has_face(picture: Picture) -> bool:
    """A face seen from the front or the side (Viola and Jones 2001, OpenCV's cascades)."""
    grey = cv2.equalizeHist(_scaled_to(picture, FACE_PX))
    smallest = max(int(MIN_FACE * min(grey.shape)), 20)
    frontal, profile = _faces()
    for cascade, shown in ((frontal, grey), (profile, grey), (profile, cv2.flip(grey, 1))):
        if len(cascade.detectMultiScale(shown, scaleFactor=1.15, minNeighbors=6, minSize=(smallest, smallest))):
            return True
    return False


def has_board(pictures: Sequence[Picture], *, near: bool = False) -> bool:
    """Writing on a plain surface that fills much of the picture: many small strokes, spread over it.

    They stay where they are in all pictures; the pattern of a shirt does not. With somebody ``near`` the camera,
    whatever differs between the pictures is somebody; else thin differences are writing that was added.
    """
    greys = [_scaled_to(picture, BOARD_PX) for picture in pictures]
    usual = np.asarray(np.median(np.stack(greys), axis=0), np.uint8)
    plain = cv2.medianBlur(usual, 21)
    counts = np.bincount(plain.ravel(), minlength=256).astype(np.float32)
    tone = int(np.argmax(cv2.blur(counts, (1, 25))))
    stack = np.stack(greys)
    alive = ((stack.max(0) - stack.min(0)) > ALIVE_LEVELS).astype(np.uint8)
    if not near:
        alive = cv2.morphologyEx(alive, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    alive = cv2.dilate(alive, np.ones((25, 25), np.uint8))
    surface = np.asarray((np.abs(plain.astype(np.int16) - tone) <= 18) & (alive == 0), np.bool_)
    if surface.mean() < BOARD_AREA:
        return False
    return any(_is_written(greys, surface, operation) for operation in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))


def _is_written(greys: Sequence[Picture], surface: Mask, operation: int) -> bool:
    """Are there lasting strokes, darker (black-hat) or lighter (top-hat) than the surface, in many places?

    Writing grows and is wiped off, so strokes need to last from one picture to the next only.
    """
    kernel = np.ones((9, 9), np.uint8)
    strokes = [np.asarray(cv2.morphologyEx(grey, operation, kernel) > STROKE_LEVELS, np.bool_) for grey in greys]
    lasting = (
        [surface & one & other for one, other in pairwise(strokes)] if len(strokes) > 1 else [surface & strokes[0]]
    )
    return any(_all_over(one) and one.sum() >= MIN_WRITTEN * surface.sum() for one in lasting)


def _all_over(strokes: Mask) -> bool:
    _, _, stats, centres = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    small = centres[1:][(sizes >= 6) & (sizes <= 900)]
    height, width = strokes.shape
    cells = {(int(x * COLUMNS / width), int(y * ROWS / height)) for x, y in small}
    return len(small) >= MIN_STROKES and len(cells) >= SPREAD_OUT * COLUMNS * ROWS


def _scaled_to(picture: Picture, width: int) -> Picture:
    size = (width, max(round(picture.shape[0] * width / picture.shape[1]), 2))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
