"""Faces, and writing on a board: what a full-frame camera picture shows."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from agents.media.frames import Picture

CASCADES = Path(cv2.__file__).parent / "data"
FACE_PX = 400  # the width a picture is scaled to before faces are looked for
MIN_FACE = 0.09  # of the picture's shorter side
BOARD_PX = 640
STROKE_LEVELS = 22
MIN_STROKES = 40
BOARD_AREA = 0.3


@cache
def _faces() -> list[cv2.CascadeClassifier]:
    names = ("haarcascade_frontalface_default.xml", "haarcascade_profileface.xml")
    return [cv2.CascadeClassifier(str(CASCADES / name)) for name in names]


def has_face(picture: Picture) -> bool:
    """A face seen from the front or the side (Viola and Jones 2001, OpenCV's cascades)."""
    scale = FACE_PX / picture.shape[1]
    size = (FACE_PX, max(round(picture.shape[0] * scale), 2))
    grey = cv2.equalizeHist(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8))
    smallest = max(int(MIN_FACE * min(size)), 20)
    frontal, profile = _faces()
    for cascade, shown in ((frontal, grey), (profile, grey), (profile, cv2.flip(grey, 1))):
        if len(cascade.detectMultiScale(shown, scaleFactor=1.15, minNeighbors=6, minSize=(smallest, smallest))):
            return True
    return False


def has_board(picture: Picture) -> bool:
    """Writing on a plain surface that fills much of the picture: many small strokes, spread over it."""
    scale = BOARD_PX / picture.shape[1]
    size = (BOARD_PX, max(round(picture.shape[0] * scale), 2))
    grey = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    kernel = np.ones((9, 9), np.uint8)
    blackhat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
    tophat = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel)
    strokes = blackhat if (blackhat > STROKE_LEVELS).sum() > (tophat > STROKE_LEVELS).sum() else tophat
    plain_tone = cv2.medianBlur(grey, 21)
    mode = int(np.argmax(cv2.blur(np.bincount(plain_tone.ravel(), minlength=256).astype(np.float32), (1, 25))))
    surface = np.abs(plain_tone.astype(np.int16) - mode) <= 18
    if surface.mean() < BOARD_AREA:
        return False
    written = ((strokes > STROKE_LEVELS) & surface).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(written, connectivity=8)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    good = (sizes >= 6) & (sizes <= 900)
    if count <= 1 or int(good.sum()) < MIN_STROKES:
        return False
    x, y = centres[1:][good].T
    cells = {(int(a // (BOARD_PX / 8)), int(b // (size[1] / 6))) for a, b in zip(x, y, strict=True)}
    return len(cells) >= 48 * 0.3
