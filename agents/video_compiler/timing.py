"""Decide: which frames a clip holds. Every cut lies on one grid of output frames, for picture and sound alike.

Frame ``k`` of the grid is shown from ``phase_s + k / rate`` in the source. Both streams are cut at the same grid
points, and sound positions are rounded once from the running frame count, so nothing adds up over many cuts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from agents.errors import InvalidRequest
from agents.types import TimeRange

AUDIO_RATE_HZ = 48_000
STANDARD_RATES = tuple(
    Fraction(rate) for rate in (Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 50, Fraction(60000, 1001), 60)
)
HIGHEST_RATE = Fraction(60)
LOWEST_RATE = Fraction(12)
HIGHEST_BELIEVED = Fraction(500)  # the rest are clock ticks, not frames
DEFAULT_RATE = Fraction(25)
LOW_RATE_TARGET = Fraction(24)


@dataclass(frozen=True)
class FrameRange:
    """Frames ``[start, end)`` of the source's grid; in the clip they begin at frame ``clip_start``."""

    start: int
    end: int
    clip_start: int

    @property
    def frames(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Cut:
    """The kept ranges on the grid of ``rate`` frames a second that is ``phase_s`` after the source's zero."""

    rate: Fraction
    phase_s: float
    ranges: tuple[FrameRange, ...]

    @property
    def frames(self) -> int:
        return sum(kept.frames for kept in self.ranges)

    @property
    def duration_s(self) -> float:
        return float(self.frames / self.rate)

    def frame_at(self, time_s: float) -> int:
        """The grid point nearest to a source time."""
        return round((time_s - self.phase_s) * self.rate)

    def source_s(self, frame: int) -> float:
        """The source time of a grid point."""
        return float(frame / self.rate) + self.phase_s

    def clip_range(self, start_s: float, end_s: float) -> TimeRange | None:
        """Where a source range is in the clip; None where its middle was cut out."""
        middle_s = (start_s + end_s) / 2
        for kept in self.ranges:
            first_s, last_s = self.source_s(kept.start), self.source_s(kept.end)
            if first_s <= middle_s < last_s:
                offset_s = float(kept.clip_start / self.rate) - first_s
                return TimeRange(max(start_s, first_s) + offset_s, min(end_s, last_s) + offset_s)
        return None


def make_cut(
    keep: Sequence[TimeRange], rate: Fraction, *, first_frame_s: float = 0.0, duration_s: float | None = None
) -> Cut:
    """Put ``keep`` on the grid. Raises InvalidRequest where it is not ordered, or nothing of it is in the file."""
    phase_s = first_frame_s - float(math.floor(first_frame_s * rate + 1e-6) / rate)  # no grid point before the file
    end_before_s = 0.0
    bounds: list[tuple[int, int]] = []
    for wanted in keep:
        if not (math.isfinite(wanted.start_s) and math.isfinite(wanted.end_s)):
            raise InvalidRequest("The clip's ranges must be finite numbers of seconds.")
        if wanted.start_s < end_before_s - 1e-6 or wanted.end_s <= wanted.start_s:
            raise InvalidRequest("The clip's ranges must be in order, not overlap, and not be empty.")
        end_before_s = wanted.end_s
        last_s = wanted.end_s if duration_s is None else min(wanted.end_s, duration_s)
        start, end = (max(round((time_s - phase_s) * rate), 0) for time_s in (wanted.start_s, last_s))
        if bounds and start <= bounds[-1][1]:
            bounds[-1] = (bounds[-1][0], max(end, bounds[-1][1]))
        elif end > start:
            bounds.append((start, end))
    if not bounds:
        raise InvalidRequest("The clip keeps nothing of the recording: its ranges are empty or after its end.")
    ranges: list[FrameRange] = []
    count = 0
    for start, end in bounds:
        ranges.append(FrameRange(start, end, count))
        count += end - start
    return Cut(rate, phase_s, tuple(ranges))


def sample_at(frame: int, rate: Fraction) -> int:
    """The audio sample at which a frame of the clip begins.

    >>> sample_at(30, Fraction(30000, 1001))
    48048
    """
    return round(frame * AUDIO_RATE_HZ / rate)


def choose_frame_rate(average: Fraction | None, smallest_exact: Fraction | None) -> Fraction:
    """The clip's constant frame rate.

    ``average`` counts frames; ``smallest_exact`` is libavformat's guess of the lowest rate on whose grid all
    timestamps lie. A steady source keeps its rate; an uneven one gets the grid its frames lie on, or, where that is
    finer than 60 a second, the nearest standard rate that is not much less; a very slow one gets a multiple of its
    rate, as cuts and captions are no finer than a frame.
    """
    known = [rate for rate in (average, smallest_exact) if rate is not None and 0 < rate <= HIGHEST_BELIEVED]
    if not known:
        return DEFAULT_RATE
    mean, exact = known[0], known[-1]
    steady = abs(exact - mean) <= mean / 20
    candidates = (*STANDARD_RATES, exact, mean) if steady else STANDARD_RATES
    near = min((rate for rate in candidates if _is_plain(rate)), key=lambda rate: abs(rate - mean))
    if abs(near - mean) <= mean / 2000:
        rate = near
    elif _is_plain(exact) and mean * Fraction(95, 100) <= exact <= HIGHEST_RATE:
        rate = exact
    elif mean < LOWEST_RATE:
        rate = LOW_RATE_TARGET
    else:
        enough = [standard for standard in STANDARD_RATES if standard >= mean * Fraction(95, 100)]
        rate = min(enough, key=lambda standard: abs(standard - mean), default=HIGHEST_RATE)
    if rate > HIGHEST_RATE:
        rate /= math.ceil(rate / HIGHEST_RATE)
    elif rate < LOWEST_RATE:
        rate *= math.ceil(LOW_RATE_TARGET / rate)
    return rate


def _is_plain(rate: Fraction) -> bool:
    """A rate somebody chose, not the mean of an uneven stream."""
    return rate.denominator in (1, 2, 1001)
