"""What is kept of each moment that is looked at: a small picture, what moved in the second after it, its tones."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.layout_detector.lines import Mask
from agents.media.bursts import bursts
from agents.media.frames import Picture, TimedPicture
from agents.types import MediaInfo

SMALL_PX = 320  # the longer side of the small pictures
LARGE_PX = 1280  # the longer side, at most, where borders are looked for
BURST_S = (0.0, 0.4, 0.8)
MIN_EVERY_S, MAX_EVERY_S = 0.5, 10.0
SAMPLES_WANTED = 40
MAX_SAMPLES = 3000  # bounds time and memory for a recording of any length
NEAR_S = 0.7  # two pictures this near differ by movement; further apart, by slides too
MOVED = 4  # grey levels in the smoothed small picture


@dataclass(frozen=True)
class Sample:
    """``small`` is grey; ``moved`` marks its pixels that moved within a second. Both are unpacked at each look.

    Thousands are held at once, so that what one takes is what an hour of recording costs: slides come to a tenth of
    their pixels, and 0.1 ms unpacks them.
    """

    time_s: float
    shape: tuple[int, int]
    packed_small: bytes
    packed_moved: bytes

    @classmethod
    def of(cls, time_s: float, small: Picture, moved: Mask) -> "Sample":
        height, width = small.shape
        return cls(time_s, (height, width), _packed(small), _packed(np.packbits(moved)))

    @property
    def small(self) -> Picture:
        return _unpacked(self.packed_small).reshape(self.shape)

    @property
    def moved(self) -> Mask:
        height, width = self.shape
        return np.unpackbits(_unpacked(self.packed_moved), count=height * width).reshape(self.shape).view(np.bool_)


def _packed(values: NDArray[np.uint8]) -> bytes:
    return zlib.compress(values.tobytes(), 1)


def _unpacked(packed: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(zlib.decompress(packed), np.uint8)


def width_for(info: MediaInfo, longest_px: int) -> int:
    """The width at which the longer side is ``longest_px``, or the frame's own width where it is smaller."""
    assert info.video is not None
    longest = max(info.video.width, info.video.height)
    return max(2, round(info.video.width * min(longest_px / longest, 1.0)))


def interval_s(duration_s: float) -> float:
    """How far apart to look: short recordings are looked at closely, long ones at keyframes."""
    return max(min(max(duration_s / SAMPLES_WANTED, MIN_EVERY_S), MAX_EVERY_S), duration_s / MAX_SAMPLES)


def samples(media: str, info: MediaInfo) -> Iterator[tuple[Sample, Picture]]:
    """Samples in order of time, each with its grey picture of up to ``LARGE_PX``."""
    every_s = interval_s(info.duration_s)
    width = width_for(info, LARGE_PX)
    before: TimedPicture | None = None
    for burst in bursts(media, every_s=every_s, offsets_s=BURST_S, width=width, grey=True):
        large = burst[0].picture
        smalls = [shrink(shot.picture) for shot in burst]
        moved = np.zeros(smalls[0].shape, np.bool_)
        others = smalls[1:]
        if not others and before and burst[0].time_s - before.time_s <= NEAR_S:
            others = [before.picture]  # frames are sparse: the one before tells as much
        for other in others:
            moved |= differs(smalls[0], other, MOVED)
        before = TimedPicture(burst[-1].time_s, smalls[-1])
        yield Sample.of(burst[0].time_s, smalls[0], moved), large


def shrink(picture: Picture) -> Picture:
    """The picture with ``SMALL_PX`` on its longer side."""
    height, width = picture.shape[:2]
    scale = min(SMALL_PX / max(height, width), 1.0)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def differs(one: Picture, other: Picture, levels: int) -> Mask:
    """Where two pictures of one size differ by more than ``levels`` after smoothing."""
    return np.asarray(cv2.absdiff(cv2.blur(one, (3, 3)), cv2.blur(other, (3, 3))) > levels, np.bool_)


def tone_spread(picture: Picture) -> float:
    """0 for flat graphics, towards 1 for a photograph: the share of pixels outside the four commonest tones.

    Slides and screens are mostly a few exact grey levels (a level counts with its neighbours, for compression).
    """
    tones = np.ascontiguousarray(picture).reshape(-1, 1)
    counts: NDArray[np.float64] = cv2.calcHist([tones], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    total = counts.sum()
    taken = 0.0
    for _ in range(4):
        peak = int(np.argmax(counts))
        low, high = max(peak - 1, 0), min(peak + 2, 256)
        taken += counts[low:high].sum()
        counts[low:high] = 0
    return float(1.0 - taken / total)
