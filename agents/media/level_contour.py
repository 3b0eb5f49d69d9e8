"""How loud a recording is over time, small enough to be kept: one whole number for each half second."""

import numpy as np
from numpy.typing import NDArray

from agents.media.audio import Samples
from agents.media.energy import rms_dbfs
from agents.types import Loudness

STEP_S = 0.5
"""Some syllables long, so that a level is the voice's and not a vowel's; sentences last for several of them."""
LOWEST_DBFS = -96  # of 16 bits
Levels = NDArray[np.int32]


class LevelContour:
    """The RMS level of every ``STEP_S`` of a stream of samples: four bytes each."""

    def __init__(self, rate_hz: int) -> None:
        self._step = round(rate_hz * STEP_S)
        self._pending = np.zeros(0, np.int16)
        self._levels: list[Levels] = []

    def add(self, samples: Samples) -> None:
        """Take the next samples, in any chunk size."""
        held = np.concatenate((self._pending, samples)) if len(self._pending) else samples
        steps = len(held) // self._step
        self._pending = held[steps * self._step :].copy()
        self._levels.append(_levels(held[: steps * self._step].reshape(steps, self._step)))

    def loudness(self) -> Loudness:
        """Of all that was added; what is left after the last whole step has a level of its own."""
        rest = [_levels(self._pending[None])] if len(self._pending) else []
        levels = np.concatenate((np.zeros(0, np.int32), *self._levels, *rest))
        return Loudness(STEP_S, tuple(levels.tolist()))


def _levels(steps: Samples) -> Levels:
    """Whole dBFS of each row."""
    return np.asarray(np.rint(rms_dbfs(steps, LOWEST_DBFS)), np.int32)
