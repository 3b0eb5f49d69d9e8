"""Measure: where somebody is in a camera's picture over a clip, so that a crop keeps the head, and who walks.

Faces say it best; where too few are seen (a back, a profile, a face far off), it is where the picture changes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.media.frames import Picture
from agents.types import Rect
from agents.video_compiler.faces import front_face
from agents.video_compiler.overlaid import intersection
from agents.video_compiler.screen_look import Scale, scaled

FACE_PX, SMALLEST_FACE = 480, 0.09
MOST_LOOKED_AT = 5
LEAST_SHARE = 0.4  # of the pictures show a face
# Around a face, in its widths or heights: ears beside, hair above, chin and collar below.
BESIDE, ABOVE, BELOW = 0.4, 0.5, 0.8
LOOK_PX = 160  # the width at which changes are looked for
CHANGE_LEVELS = 20
LEAST_CHANGED, MOST_CHANGED = 0.003, 0.5  # of the picture: less is noise, more a camera that moves
TRIMMED = 4.0  # percent of what changes, on each side: a door, a hand


def whereabouts(pictures: Sequence[Picture], camera: Rect, scale: Scale) -> Rect | None:
    """What of ``camera``, a rectangle of the source, must be seen to see somebody in all of ``pictures``.

    ``scale`` is a picture's size in the source's. None where nobody is made out.
    """
    left, top, width, height = scaled(camera, scale)
    crops = [picture[top : top + height, left : left + width] for picture in pictures]
    crops = [crop for crop in crops if min(crop.shape) > 0]
    found = _faces(crops) or _changing(crops)
    if found is None:
        return None
    x, y, wide, tall = found
    rect = tuple(round(value / scale[i % 2]) for i, value in enumerate((x, y, wide, tall)))
    return intersection((camera[0] + rect[0], camera[1] + rect[1], rect[2], rect[3]), camera)


def _faces(crops: Sequence[Picture]) -> Rect | None:
    """Around all faces, but for those that are far from the others and hence none."""
    crops = crops[:: -(-len(crops) // MOST_LOOKED_AT) or 1]
    faces = [face for crop in crops if (face := front_face(crop, FACE_PX, SMALLEST_FACE))]
    if not faces or len(faces) < LEAST_SHARE * len(crops):
        return None
    size = float(np.median([width for _, _, width, _ in faces]))
    alike = [face for face in faces if size / 1.6 <= face[2] <= size * 1.6]
    left = min(x - BESIDE * width for x, _, width, _ in alike)
    right = max(x + (1 + BESIDE) * width for x, _, width, _ in alike)
    top = min(y - ABOVE * height for _, y, _, height in alike)
    bottom = max(y + (1 + BELOW) * height for _, y, _, height in alike)
    return (round(left), round(top), round(right - left), round(bottom - top))


def _changing(crops: Sequence[Picture]) -> Rect | None:
    """Around what differs from the usual picture, from its top to the picture's bottom."""
    if len(crops) < 3:
        return None
    step = max(1, crops[0].shape[1] // LOOK_PX)
    small = np.stack([_shrunk(crop, step) for crop in crops])
    changed = (np.abs(small - np.median(small, axis=0)) > CHANGE_LEVELS).mean(axis=0)
    if not LEAST_CHANGED <= float((changed > 0).mean()) <= MOST_CHANGED:
        return None
    left, right = _extent(changed.sum(axis=0))
    top, _ = _extent(changed.sum(axis=1))
    height, width = crops[0].shape
    margin = max((right - left) // 8, 1)
    left, top, right = max(left - margin, 0) * step, max(top - margin, 0) * step, (right + margin) * step
    return (left, top, min(right, width) - left, height - top)


def _shrunk(crop: Picture, step: int) -> NDArray[np.float32]:
    height, width = (side // step * step for side in crop.shape)
    blocks = crop[:height, :width].reshape(height // step, step, width // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def _extent(amounts: NDArray[np.float64]) -> tuple[int, int]:
    """Where the trimmed mass begins, and where it ends."""
    share = np.cumsum(amounts) / amounts.sum() * 100
    return int(np.searchsorted(share, TRIMMED)), int(np.searchsorted(share, 100 - TRIMMED)) + 1
