"""How loud a recording's pauses are: a threshold between its noise floor and its speech.

A fixed threshold finds no pause where the room hums above it, and calls soft speech silence where the microphone
was far. Levels of 20 ms frames fall in two heaps, background and voice; the threshold lies between them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.media.audio import Samples
from agents.media.energy import rms_dbfs

FRAME_MS = 20
LOWEST_DBFS = -100.0
BIN_DB = 0.5
BINS = int(-LOWEST_DBFS / BIN_DB) + 1
INAUDIBLE_DBFS = -66.0
"""Quieter backgrounds (digital silence, a muted microphone) count as this loud: real rooms in the same file are not
quieter, and a floor of minus infinity would put the threshold under their noise."""
HARD_TO_HEAR_DBFS = -50.0
LOUD_DBFS = -24.0  # whatever the contrast, this is no pause: music has two levels as well
LEAST_CONTRAST_DB = 6.0


class LevelHistogram:
    """Counts 20 ms frames by level in dBFS, in constant memory."""

    def __init__(self, rate_hz: int) -> None:
        self._frame = rate_hz * FRAME_MS // 1000
        self._pending = np.zeros(0, np.int16)
        self.counts = np.zeros(BINS, np.int64)

    def add(self, samples: Samples) -> None:
        """Take the next samples, in any chunk size; a last incomplete frame is not counted."""
        samples = np.concatenate((self._pending, samples))
        whole = len(samples) // self._frame
        frames = samples[: whole * self._frame].reshape(whole, self._frame)
        self._pending = samples[whole * self._frame :]
        levels = rms_dbfs(frames, LOWEST_DBFS)
        bins = np.clip((levels - LOWEST_DBFS) / BIN_DB, 0, BINS - 1).astype(np.intp)
        self.counts += np.bincount(bins, minlength=BINS)


@dataclass(frozen=True)
class Levels:
    """Background and voice in dBFS; equal where the recording has no two levels."""

    floor_dbfs: float
    voice_dbfs: float


def measure_levels(counts: NDArray[np.int64]) -> Levels:
    """The floor is the level of the quietest tenth; the voice the upper quartile of all that stands 6 dB above it."""
    levels = (LOWEST_DBFS + BIN_DB * np.arange(BINS)).astype(np.float64)
    if not counts.sum():
        return Levels(LOWEST_DBFS, LOWEST_DBFS)
    floor_dbfs = _percentile(levels, counts, 10)
    above = np.where(levels >= max(floor_dbfs, INAUDIBLE_DBFS) + LEAST_CONTRAST_DB, counts, 0)
    if above.sum() < 0.005 * counts.sum():  # a click now and then is no voice
        return Levels(floor_dbfs, floor_dbfs)
    return Levels(floor_dbfs, _percentile(levels, above, 75))


def choose_threshold(levels: Levels) -> float:
    """The silence threshold in dBFS for windows of some tenths of a second.

    Below the middle between floor and voice, as the voice's own quiet sounds lie closer to it than to the floor, and
    the more so the less the two differ; at least 3 dB above the floor, because the noise itself varies. Without two
    levels, what would be hard to hear is silence and the rest is not.

    >>> choose_threshold(Levels(-60.0, -20.0))
    -44.5
    """
    floor_dbfs = max(levels.floor_dbfs, INAUDIBLE_DBFS)
    spread_db = levels.voice_dbfs - floor_dbfs
    if spread_db < LEAST_CONTRAST_DB:
        return HARD_TO_HEAR_DBFS
    return min(round(floor_dbfs + max(0.45 * spread_db - 2.5, 3.0), 1), LOUD_DBFS)


def _percentile(levels: NDArray[np.float64], counts: NDArray[np.int64], percent: float) -> float:
    running = np.cumsum(counts)
    return float(levels[np.searchsorted(running, percent / 100 * running[-1])])
