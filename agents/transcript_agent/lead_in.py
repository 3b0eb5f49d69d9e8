"""How the seconds before a part sound. They show whether a seek has led to where the whole recording has them.

No format can be trusted alone: two recordings in one file have each time twice, and time stamps of live ones jump.
"""

import numpy as np
from numpy.typing import NDArray

from agents.media.audio import SAMPLE_RATE_HZ, Samples
from agents.media.energy import rms_dbfs

CELL_FRAMES = SAMPLE_RATE_HZ // 100
LENGTH_S = 4.0
LOWEST_DBFS = -70.0
ALIKE = 0.95
"""Correlation of levels: that of speech is 0.99 a millisecond away, 0.95 ten, 0.85 a frame of MP3, and 0 far away."""
LEAST_SPREAD_DB = 0.5
ZERO = ord("0") - int(LOWEST_DBFS)
"""The character for 0 dBFS; the lowest level is a nought. A row of the database has them, which is read often."""


class LevelTrack:
    """The level of each 10 ms of a stream of samples, in whole dBFS: 360 kB an hour."""

    def __init__(self) -> None:
        self._cells: list[NDArray[np.int8]] = []
        self._pending = np.zeros(0, np.int16)

    def add(self, samples: Samples) -> None:
        """Take the next samples, in any chunk size."""
        samples = np.concatenate((self._pending, samples)) if len(self._pending) else samples
        whole = len(samples) // CELL_FRAMES
        cells = samples[: whole * CELL_FRAMES].reshape(whole, CELL_FRAMES)
        self._pending = samples[whole * CELL_FRAMES :].copy()
        self._cells.append(np.round(rms_dbfs(cells, LOWEST_DBFS)).astype(np.int8))

    def before(self, time_s: float) -> str:
        """Of the four seconds before this time from the first sample, or what is there: a character for each."""
        cells = np.concatenate(self._cells) if self._cells else np.zeros(0, np.int8)
        end = round(time_s * SAMPLE_RATE_HZ / CELL_FRAMES)
        first = max(end - round(LENGTH_S * SAMPLE_RATE_HZ / CELL_FRAMES), 0)
        return (cells[first:end] + ZERO).astype(np.uint8).tobytes().decode("ascii")


def alike(expected: str, found: str) -> bool:
    """Whether both are of the same sound. What is as quiet or as loud all the time proves nothing.

    >>> alike("Zc0" * 100, "Zd0" * 100), alike("0" * 300, "0" * 300)
    (True, False)
    """
    if len(expected) != len(found) or len(found) * CELL_FRAMES < LENGTH_S * SAMPLE_RATE_HZ / 2:
        return False
    levels = [np.array([ord(each) for each in text], np.float64) for text in (expected, found)]
    if min(np.std(each) for each in levels) < LEAST_SPREAD_DB:
        return False
    apart = [(each - each.mean()) / each.std() for each in levels]
    return float(np.mean(apart[0] * apart[1])) >= ALIKE
