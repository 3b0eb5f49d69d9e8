"""Measure: faces in a picture, by OpenCV's cascades."""

from functools import cache
from pathlib import Path

import cv2

from agents.media.frames import Picture
from agents.types import Rect

CASCADES = Path(cv2.__file__).parent / "data"
EYES_PX = 200  # the width of a face whose eyes are looked for
SMALLEST_PX = 20  # that the cascade knows


def front_face(picture: Picture, longer_px: int, smallest: float) -> Rect | None:
    """The largest face seen from the front in a grey picture, in its pixels.

    It is looked for in a copy of ``longer_px``; ``smallest`` is a share of the shorter side.
    """
    if min(picture.shape) < 2 * SMALLEST_PX:
        return None
    scale = longer_px / max(picture.shape)
    grey = cv2.equalizeHist(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR))
    least = max(int(smallest * min(grey.shape)), SMALLEST_PX)
    found = cascades()[0].detectMultiScale(grey, scaleFactor=1.15, minNeighbors=5, minSize=(least, least))
    if len(found) == 0:
        return None
    x, y, width, height = (round(int(value) / scale) for value in max(found, key=lambda face: int(face[2])))
    return (x, y, width, height)


def open_eyes(picture: Picture, face: Rect) -> int:
    """How many eyes are seen in a face, two at most."""
    x, y, width, height = face
    upper = picture[max(y, 0) : y + height * 6 // 10, max(x, 0) : x + width]
    large = cv2.equalizeHist(cv2.resize(upper, (EYES_PX, EYES_PX * 6 // 10), interpolation=cv2.INTER_CUBIC))
    smallest = EYES_PX // 10
    eyes = cascades()[1].detectMultiScale(large, scaleFactor=1.1, minNeighbors=3, minSize=(smallest, smallest))
    return min(len(eyes), 2)


@cache
def cascades() -> tuple[cv2.CascadeClassifier, cv2.CascadeClassifier]:
    """For faces and for eyes. Reading them takes as long as looking at a picture: who can, asks early."""
    names = ("haarcascade_frontalface_default.xml", "haarcascade_eye_tree_eyeglasses.xml")
    face, eye = (cv2.CascadeClassifier(str(CASCADES / name)) for name in names)
    return face, eye
