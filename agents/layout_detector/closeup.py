"""The full-size look at one run: exact camera borders, screen rectangle, name and confidence of the layout."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.layout_detector.cameras import fills
from agents.layout_detector.lines import Corners, steps
from agents.layout_detector.people import has_board, has_face
from agents.layout_detector.samples import tone_spread
from agents.layout_detector.screen import find_screen, shared
from agents.media.frames import Picture
from agents.types import LayoutName

ON_SCREEN = 0.2  # of the camera's area
PORTRAIT = 0.6  # tone spread of a photograph that fills the frame
BAR_TONE, BAR_SHARE = 6, 0.97  # grey levels around a bar's tone, and how much of it has them
FOLLOWS = 0.05  # of the frame moves within a second: the camera does
PANS = 0.3  # of the frame moves within a second: a film, or a camera that follows something


@dataclass(frozen=True)
class Look:
    """A layout in source pixels; ``others`` are more places where something moves, cameras or films."""

    layout: LayoutName
    screen: Corners | None
    camera: Corners | None
    confidence: float
    others: tuple[Corners, ...] = ()


def look(
    pictures: Sequence[Picture],
    camera: Corners | None,
    *,
    moved: float,
    film: bool,
    reach: int,
    others: Sequence[Corners] = (),
) -> Look:
    """Name the layout of full-size grey pictures; ``camera`` may be off by ``reach`` pixels at each border.

    ``moved`` is the share of the frame that usually moves within a second; ``film``: all of it, without a camera.
    """
    if camera is None:
        return _without_camera(pictures, film)
    height, width = pictures[0].shape
    camera, sharpness = exact_borders(pictures, camera, reach)
    x0, y0, x1, y1 = camera
    crops = [picture[y0:y1, x0:x1] for picture in pictures]
    faces = sum(has_face(crop) for crop in crops) / len(crops)
    if fills(camera, (width, height)):
        camera = without_bars_only(pictures, camera)
        crops = [picture[camera[1] : camera[3], camera[0] : camera[2]] for picture in pictures]
        return _camera_alone(crops, camera, faces, moved)
    screen = find_screen(pictures, camera, others)
    name: LayoutName = "picture_in_picture" if shared(camera, screen) >= ON_SCREEN else "side_by_side"
    return Look(name, screen, camera, min(0.6 + 0.2 * sharpness + 0.2 * faces, 1.0))


def _without_camera(pictures: Sequence[Picture], film: bool) -> Look:
    screen = find_screen(pictures, None)
    if film:
        return Look("other", screen, None, 0.5)
    x0, y0, x1, y1 = screen
    shown = [picture[y0:y1, x0:x1] for picture in pictures]
    if all(tone_spread(one) >= PORTRAIT and has_face(one) for one in shown):
        return Look("speaker", None, screen, 0.5)  # a single frame, or a camera that froze
    return Look("slides", screen, None, 0.9)


def _camera_alone(crops: Sequence[Picture], camera: Corners, faces: float, moved: float) -> Look:
    """``faces`` is the share of the crops in which a face was found."""
    if has_board(crops, near=faces > 0) or (not faces and moved >= FOLLOWS and _mostly_boards(crops)):
        return Look("board", camera, camera, 0.7)
    if not faces and moved >= PANS:
        return Look("other", camera, None, 0.5)
    return Look("speaker", None, camera, 0.6 + 0.4 * faces)


def _mostly_boards(crops: Sequence[Picture]) -> bool:
    """A camera that follows somebody shows the board in another place each time."""
    return sum(has_board([crop]) for crop in crops) >= len(crops) / 2


def without_bars_only(pictures: Sequence[Picture], camera: Corners) -> Corners:
    """A picture that fills the frame reaches its borders, but for a pair of plain bars."""
    height, width = pictures[0].shape
    x0, y0, x1, y1 = camera
    beside = [[p[:, : max(x0 - 1, 1)] for p in pictures], [p[:, min(x1 + 1, width - 1) :] for p in pictures]]
    above = [[p[: max(y0 - 1, 1)] for p in pictures], [p[min(y1 + 1, height - 1) :] for p in pictures]]
    if not (x0 > 0 and x1 < width and all(_is_bar(strips) for strips in beside)):
        x0, x1 = 0, width
    if not (y0 > 0 and y1 < height and all(_is_bar(strips) for strips in above)):
        y0, y1 = 0, height
    return x0, y0, x1, y1


def _is_bar(strips: Sequence[Picture]) -> bool:
    """One tone for nearly all of the strip, in all pictures the same."""
    tone = int(np.median(strips[0]))
    return all(float((np.abs(one.astype(np.int16) - tone) <= BAR_TONE).mean()) >= BAR_SHARE for one in strips)


def exact_borders(pictures: Sequence[Picture], box: Corners, reach: int) -> tuple[Corners, float]:
    """Move each border to the sharpest line within ``reach``; also the share of borders that are sharp."""
    height, width = pictures[0].shape
    maps = [steps(picture) for picture in pictures]
    right = np.mean([np.minimum(one[0], 24) for one in maps], axis=0)
    down = np.mean([np.minimum(one[1], 24) for one in maps], axis=0)
    x0, y0, x1, y1 = box
    inner = reach + 1
    columns = right[y0 + inner : y1 - inner].mean(axis=0)
    rows = down[:, x0 + inner : x1 - inner].mean(axis=1)
    found = [
        _sharpest(line, at, reach, size)
        for line, at, size in ((columns, x0, width), (rows, y0, height), (columns, x1, width), (rows, y1, height))
    ]
    (x0, left), (y0, top), (x1, right_end), (y1, bottom) = found
    return (x0, y0, x1, y1), float(np.mean([left >= 4, top >= 4, right_end >= 4, bottom >= 4]))


def _sharpest(line: np.ndarray, at: int, reach: int, size: int) -> tuple[int, float]:
    """Index and height of the peak near ``at``; a border of the frame stays where it is."""
    if at <= 0 or at >= size:
        return min(max(at, 0), size), 24.0
    low, high = max(at - reach, 1), min(at + reach + 1, size)
    best = low + int(np.argmax(line[low:high]))
    return best, float(line[best])
