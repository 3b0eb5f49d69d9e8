"""Where camera pictures are: something moves for a while, inside a rectangle with sharp borders and many tones."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from agents.layout_detector.circles import circle_around
from agents.layout_detector.lines import Corners, LineSupport, edges, lines_beyond, persistent, rectangle_around
from agents.layout_detector.samples import Sample, tone_spread
from agents.layout_detector.seeds import Motion, find_seeds
from agents.media.frames import Picture

WINDOWS = (3, 7)  # samples looked at together: short enough for a short layout, long enough for a still person
ACTIVE_SHARE = {3: 0.6, 7: 0.5}
MIN_SIDE = 0.1  # of the frame's side: smaller than that nothing is recognisable as a camera
MIN_SPREAD = 0.3
GOES_ON, FIRM = 0.4, 0.9  # tone spread beyond an inner line, and support of the borders beyond it
MIN_STRIP_PX = 8  # narrower ones tell nothing about what goes on
OUTLINE, CLUTTER = 16, 0.05  # grey levels of an outline, and the share of such pixels where things are
GAP, PLAIN_LEVELS = 0.1, 24  # between two cameras: of their length together, and grey levels from end to end
WHOLE = 0.8  # of the frame's area: no overlay leaves so little of the screen
SAME = 0.7  # intersection over union of two findings of one camera


@dataclass(frozen=True)
class Camera:
    """A camera's place in the large picture, and how many windows found it there."""

    box: Corners
    votes: int
    is_round: bool = False


def fills(box: Corners, size: tuple[int, int]) -> bool:
    """The whole frame but for letterbox bars, which come in pairs of one size, or for a strip of the room."""
    x0, y0, x1, y1 = box
    width, height = size
    centred = abs(x0 - (width - x1)) <= 0.04 * width and abs(y0 - (height - y1)) <= 0.04 * height
    wide, tall = (x1 - x0) / width, (y1 - y0) / height
    return wide * tall > WHOLE or (centred and max(wide, tall) > 0.9 and min(wide, tall) > 0.3)


@dataclass(frozen=True)
class _Seen:
    """A sample while it is in a window: edges are those of the large picture."""

    small: Picture
    motion: Motion
    large: Picture
    vertical: Picture
    horizontal: Picture


class CameraFinder:
    """Fed with samples in order of time; keeps the last few large pictures only."""

    def __init__(self) -> None:
        self._recent: deque[_Seen] = deque(maxlen=max(WINDOWS))
        self._found: list[Corners] = []
        self._round: list[Corners] = []
        self._count = 0
        self._size = (0, 0)

    def add(self, sample: Sample, large: Picture) -> None:
        before = self._recent[-1].small if self._recent else None
        self._recent.append(_Seen(sample.small, Motion.of(sample, before), large, *edges(large)))
        self._size = (large.shape[1], large.shape[0])
        self._count += 1
        for length in WINDOWS:
            if self._count >= length and self._count % (length // 2) == 0:
                self._look(length)

    def cameras(self) -> list[Camera]:
        """Distinct places, the most often found first. Call once, after the last sample."""
        if 0 < self._count < WINDOWS[0]:
            self._look(self._count)
        circles = [replace(camera, is_round=True) for camera in group(self._round)]
        return sorted([*group(self._found), *circles], key=lambda camera: -camera.votes)

    def _look(self, length: int) -> None:
        window = list(self._recent)[-length:]
        seeds = find_seeds([one.motion for one in window], ACTIVE_SHARE.get(length, 0.6))
        if not seeds:
            return
        lines = LineSupport(
            persistent([one.vertical for one in window]), persistent([one.horizontal for one in window])
        )
        scale, last = lines.width / window[0].small.shape[1], window[-1].large
        for seed in seeds:
            x0, y0, x1, y1 = (round(side * scale) for side in seed)
            at = (x0, y0, min(x1, lines.width), min(y1, lines.height))
            box = rectangle_around(lines, at)
            if box and (not plausible(box, self._size) or _spread(window, box) < MIN_SPREAD):
                box = None
            circle = circle_around(last, at) if box is None or fills(box, self._size) else None
            if circle:
                self._round.append(circle)
            elif box:
                box = whole(lines, box, last)
                self._found += [box] if fills(box, self._size) else parts(lines, box, last)


def whole(lines: LineSupport, box: Corners, picture: Picture) -> Corners:
    """The box moved out at each side to the last line up to which the photograph goes on: past doors and shelves."""
    for side in range(4):
        x0, y0, x1, y1 = box
        along = lines.columns(y0, y1) if side % 2 == 0 else lines.rows(x0, x1)
        low, high = (x0, x1) if side % 2 == 0 else (y0, y1)
        for at in lines_beyond(along, low - 3, high + 3)[side // 2]:
            wider = (at, y0, x1, y1), (x0, at, x1, y1), (x0, y0, at, y1), (x0, y0, x1, at)
            strips = picture[y0:y1, at:x0], picture[at:y0, x0:x1], picture[y0:y1, x1:at], picture[y1:at, x0:x1]
            if not strips[side].size or min(lines.sides(wider[side])) < FIRM:
                continue
            if _goes_on(strips[side]) or _continues(lines, box, wider[side], side):
                box = wider[side]
    return box


def _continues(lines: LineSupport, box: Corners, wider: Corners, side: int) -> bool:
    """Do the borders beside the one that is moved go on through the strip: past a curtain, around a bar with a name?"""
    ends = sorted((box[side], wider[side]))
    if not MIN_STRIP_PX <= ends[1] - ends[0] <= (box[2 + side % 2] - box[side % 2]) / 2:
        return False
    along = lines.rows(*ends) if side % 2 == 0 else lines.columns(*ends)
    beside = [at for at in (box[1 - side % 2], box[3 - side % 2]) if 0 < at < len(along) - 1]
    return bool(beside) and min(float(along[at - 1 : at + 2].max()) for at in beside) >= FIRM


def parts(lines: LineSupport, box: Corners, picture: Picture) -> list[Corners]:
    """The box, or two cameras one above or beside the other, between which a plain gap lies from side to side."""
    x0, y0, x1, y1 = box
    for upright in (False, True):
        support = lines.columns(y0, y1) if upright else lines.rows(x0, x1)
        low, high = (x0, x1) if upright else (y0, y1)
        firm = [int(at) for at in low + np.flatnonzero(support[low:high] >= FIRM) if low + 8 < at < high - 8]
        for at, to in ((at, to) for at in firm for to in firm if 2 <= to - at <= GAP * (high - low)):
            gap = picture[y0:y1, at + 1 : to - 1] if upright else picture[at + 1 : to - 1, x0:x1]
            if gap.size and float(gap.max()) - float(gap.min()) <= PLAIN_LEVELS:
                return [(x0, y0, at, y1), (to, y0, x1, y1)] if upright else [(x0, y0, x1, at), (x0, to, x1, y1)]
    return [box]


def _goes_on(strip: Picture) -> bool:
    """A photograph with things in it; a backdrop of many tones is smooth."""
    outlines = cv2.morphologyEx(strip, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > OUTLINE
    return tone_spread(strip) >= GOES_ON and float(outlines.mean()) >= CLUTTER


def plausible(box: Corners, size: tuple[int, int]) -> bool:
    """Large enough to show a person, and no strip."""
    width, height = box[2] - box[0], box[3] - box[1]
    return width >= MIN_SIDE * size[0] and height >= MIN_SIDE * size[1] and 0.35 <= width / height <= 3.0


def _spread(window: Sequence[_Seen], box: Corners) -> float:
    """The usual tone spread in the box, of three pictures of the window."""
    x0, y0, x1, y1 = box
    chosen = (window[0], window[len(window) // 2], window[-1])
    return float(np.median([tone_spread(one.large[y0:y1:2, x0:x1:2]) for one in chosen]))


def group(boxes: Sequence[Corners]) -> list[Camera]:
    """Findings that overlap are one camera, whose borders are the medians of theirs."""
    groups: list[list[Corners]] = []
    for box in boxes:
        home = next((g for g in groups if overlap(g[0], box) >= SAME), None)
        if home is None:
            groups.append([box])
        else:
            home.append(box)
    cameras = []
    for one in groups:
        x0, y0, x1, y1 = (round(float(v)) for v in np.median(np.array(one), axis=0))
        cameras.append(Camera((x0, y0, x1, y1), len(one)))
    return sorted(cameras, key=lambda camera: -camera.votes)


def overlap(one: Corners, other: Corners) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (one, other))
    return shared / (areas - shared) if shared else 0.0
