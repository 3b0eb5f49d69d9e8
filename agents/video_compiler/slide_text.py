"""Measure: where a picture has text, drawings or other detail, as cells of the clip's canvas."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.media.frames import Picture
from agents.types import Rect
from agents.video_compiler.geometry import Part, Scene, Size

CELL = 8  # pixels of the canvas
EDGE_LEVELS = 22  # between neighbouring pixels: faint grey text on white, and no gradient or coding noise
LEAST_EDGES = 2  # in a cell: one is noise
BLOCK = 4  # pixels of the picture

Cells = NDArray[np.bool_]
"""``(rows, columns)`` of the canvas, true where there is something that a caption would hide."""


def nothing(canvas: Size) -> Cells:
    """The cells of a canvas without any detail."""
    return np.zeros((-(-canvas[1] // CELL), -(-canvas[0] // CELL)), np.bool_)


def text_cells(pictures: Sequence[Picture], scene: Scene, source: Size, canvas: Size) -> Cells:
    """The detail in any of ``pictures`` of the source, at the places where ``scene`` shows it."""
    found = nothing(canvas)
    rows, columns = found.shape
    for picture in pictures:
        sums = _edge_sums(picture)
        scale = picture.shape[1] / source[0], picture.shape[0] / source[1]
        for part in scene.parts:
            if part.target not in scene.cameras and not part.averaged:
                found |= _cells(sums, part, scale, (rows, columns))
    for x, y, width, height in scene.cameras:
        found[y // CELL : -(-(y + height) // CELL), x // CELL : -(-(x + width) // CELL)] = False
    for rect in scene.screens:
        _unset_border(found, rect)
    for x, y, width, height in (part.target for part in scene.parts if part.averaged):  # text may begin beside it
        found[-(-y // CELL) : (y + height) // CELL, -(-x // CELL) : (x + width) // CELL] = False
    return found


def _unset_border(found: Cells, rect: Rect) -> None:
    """A screen's border is no text: captions may lie across it."""
    left, top = rect[0] // CELL, rect[1] // CELL
    right, bottom = (rect[0] + rect[2]) // CELL, (rect[1] + rect[3]) // CELL
    rows, columns = slice(top, bottom + 1), slice(left, right + 1)
    for row in (top, bottom):
        found[row : row + 1, columns] = False
    for column in (left, right):
        found[rows, column : column + 1] = False


def _edge_sums(picture: Picture) -> NDArray[np.int32]:
    """How many edge pixels are above and left of each corner of blocks of ``BLOCK`` pixels: a summed-area table."""
    height, width = (side // BLOCK * BLOCK for side in picture.shape)
    grey = picture[:height, :width]
    edges = np.zeros(grey.shape, np.uint8)
    edges[:, 1:] = _apart(grey[:, 1:], grey[:, :-1])
    edges[1:] |= _apart(grey[1:], grey[:-1])
    rows = np.add.reduce([edges[i::BLOCK] for i in range(BLOCK)])
    blocks = np.add.reduce([rows[:, i::BLOCK] for i in range(BLOCK)])
    sums = np.zeros((blocks.shape[0] + 1, blocks.shape[1] + 1), np.int32)
    sums[1:, 1:] = blocks.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)
    return sums


def _apart(a: Picture, b: Picture) -> NDArray[np.bool_]:
    return np.asarray(np.maximum(a, b) - np.minimum(a, b) > EDGE_LEVELS, np.bool_)


def _cells(sums: NDArray[np.int32], part: Part, scale: tuple[float, float], shape: tuple[int, int]) -> Cells:
    """The canvas's cells with edges of ``part``, whose picture is ``scale`` times the source's size."""
    size = sums.shape[1] - 1, sums.shape[0] - 1
    top, bottom = _spans(part.source, part.target, scale, size, axis=1, count=shape[0])
    left, right = _spans(part.source, part.target, scale, size, axis=0, count=shape[1])
    count = (
        sums[np.ix_(bottom, right)] - sums[np.ix_(top, right)] - sums[np.ix_(bottom, left)] + sums[np.ix_(top, left)]
    )
    return np.asarray(count >= LEAST_EDGES, np.bool_)


def _spans(
    source: Rect, target: Rect, scale: tuple[float, float], size: Size, *, axis: int, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row or column of cells, where it begins and ends in the picture; empty outside ``target``.

    The part's outermost pixels are left out: its frame is no text.
    """
    edges = np.arange(count + 1) * CELL
    inside = np.clip((edges - target[axis]) / target[axis + 2], 0.0, 1.0) * source[axis + 2] + source[axis]
    low, high = source[axis] + 2, source[axis] + source[axis + 2] - 2
    places = np.clip(inside, low, max(high, low)) * scale[axis] / BLOCK
    first, last = np.floor(places[:-1] + 1e-6).astype(np.int64), np.ceil(places[1:] - 1e-6).astype(np.int64)
    empty = places[1:] <= places[:-1]
    limit = size[axis]
    return np.clip(first, 0, limit), np.clip(np.where(empty, first, last), 0, limit)
