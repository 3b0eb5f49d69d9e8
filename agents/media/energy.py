"""Silence by energy: the answer of ``pydub.silence.detect_silence`` from cumulative sums of squares.

pydub (0.25.1) takes the RMS of a window of ``min_silence_ms`` at every ``seek_step_ms`` and re-reads each sample
once per window that covers it. Here each sample is squared once; a window's energy is the difference of two sums.
What has to agree for the same answer: ``audioop.rms`` cuts the root down to an integer; a window is silent when
that is ``<=`` the threshold; positions become frames as ``int(ms * (rate / 1000.0))``; the length is
``round(1000 * frames / rate)``, so the last window may be up to half a millisecond short and is filled up with
zeros; and where the step does not divide the length, one more window ends exactly at the end.
"""

from math import floor, gcd

import numpy as np
from numpy.typing import NDArray

from agents.media.audio import Samples

FULL_SCALE = 32_768.0
Sums = NDArray[np.int64]


def rms_dbfs(frames: Samples, lowest_dbfs: float) -> NDArray[np.float32]:
    """The level of each row of samples, ``(frames, length)``, and no less than ``lowest_dbfs``."""
    values = frames.astype(np.float32)
    rms = np.sqrt(np.einsum("ij,ij->i", values, values) / values.shape[1]) / FULL_SCALE
    return np.asarray(20 * np.log10(np.maximum(rms, 10 ** (lowest_dbfs / 20))), np.float32)


class SquareSums:
    """Running sums of squares of a stream of samples, kept only at multiples of ``gcd(min_silence_ms, seek_step_ms)``.

    Memory is 8 bytes for each such multiple (0.8 kB a second at 10 ms), whatever the sample rate. Sums are exact
    integers; the answer is pydub's for windows of up to 2**22 samples (four minutes at 16 kHz).
    """

    def __init__(self, rate_hz: int, *, min_silence_ms: int, seek_step_ms: int) -> None:
        self._frames_per_ms = rate_hz / 1000.0
        self._rate_hz = rate_hz
        self._min_ms = min_silence_ms
        self._step_ms = seek_step_ms
        self._grid_ms = gcd(min_silence_ms, seek_step_ms)
        self._sums: list[Sums] = [np.zeros(1, np.int64)]  # the energy before each multiple of the grid
        self._cells = 0
        self._frames = 0
        self._pending = np.zeros(0, np.int16)  # samples after the last multiple
        self._tail = np.zeros(0, np.int16)  # what the last window may need

    def add(self, samples: Samples) -> None:
        """Take the next samples, in any chunk size."""
        self._frames += len(samples)
        tail_frames = self._frame_of(self._min_ms + 2)
        self._tail = np.concatenate((self._tail, samples[-tail_frames:]))[-tail_frames:]
        samples = np.concatenate((self._pending, samples)) if len(self._pending) else samples
        start = self._frames - len(samples)
        cells = max(int(self._frames / self._rate_hz * 1000) // self._grid_ms - self._cells, 0)
        if self._frame_of((self._cells + cells) * self._grid_ms) > self._frames:
            cells -= 1  # the division above may have been rounded up
        end = self._frame_of((self._cells + cells) * self._grid_ms) - start
        if cells > 0:
            totals = np.cumsum(self._cell_energies(samples[:end], cells, start))
            self._sums.append(np.add(totals, self._sums[-1][-1], out=totals))
            self._cells += cells
        self._pending = samples[end:].copy() if cells > 0 else samples

    def silences(self, threshold_dbfs: float) -> list[tuple[int, int]]:
        """Silent ranges ``(start_ms, end_ms)`` of all that was added, in order."""
        length_ms = round(1000 * (self._frames / self._rate_hz))
        last_ms = length_ms - self._min_ms
        if last_ms < 0:
            return []
        sums = self._all_sums()
        stride, width = self._step_ms // self._grid_ms, self._min_ms // self._grid_ms
        energies = sums[width::stride] - sums[: len(sums) - width : stride]
        energies = energies[: last_ms // self._step_ms + 1]
        silent_ms = np.flatnonzero(self._is_silent(energies, threshold_dbfs)) * self._step_ms
        if last_ms % self._step_ms and self._last_is_silent(last_ms, length_ms, threshold_dbfs):
            silent_ms = np.append(silent_ms, last_ms)
        return merge_windows(silent_ms, min_silence_ms=self._min_ms, seek_step_ms=self._step_ms)

    def _is_silent(self, energies: Sums, threshold_dbfs: float) -> NDArray[np.bool_]:
        """``int(sqrt(energy / frames)) <= threshold``, without the root."""
        if self._rate_hz % 1000 == 0:
            return energies < _energy_limit(threshold_dbfs, self._frame_of(self._min_ms))
        starts_ms = np.arange(len(energies)) * self._step_ms
        frames = _frames_at(starts_ms + self._min_ms, self._frames_per_ms)
        frames -= _frames_at(starts_ms, self._frames_per_ms)
        limit = _energy_limit(threshold_dbfs, 1)
        return energies < np.maximum(frames, 1) * limit

    def _last_is_silent(self, start_ms: int, end_ms: int, threshold_dbfs: float) -> bool:
        first, end = self._frame_of(start_ms), self._frame_of(end_ms)
        offset = self._frames - len(self._tail)
        window = self._tail[first - offset : end - offset].astype(np.int64)
        return bool(np.dot(window, window) < _energy_limit(threshold_dbfs, max(end - first, 1)))

    def _all_sums(self) -> Sums:
        """The sums, and the total: one more multiple may lie in the half millisecond after the last sample."""
        rest = self._pending.astype(np.int64)
        return np.concatenate((*self._sums, [self._sums[-1][-1] + np.dot(rest, rest)]))

    def _cell_energies(self, samples: Samples, cells: int, start: int) -> Sums:
        """Energies of the next ``cells`` cells, which ``samples`` fill exactly."""
        squares = samples.astype(np.float64)
        np.multiply(squares, squares, out=squares)
        if self._rate_hz % 1000 == 0:
            width = len(samples) // cells  # a matrix product adds the rows fastest, and is exact below 2**53
            return (squares.reshape(cells, width) @ np.ones(width)).astype(np.int64)
        bounds = _frames_at(np.arange(self._cells, self._cells + cells) * self._grid_ms, self._frames_per_ms) - start
        return np.add.reduceat(squares, bounds).astype(np.int64)

    def _frame_of(self, time_ms: int) -> int:
        return int(time_ms * self._frames_per_ms)


def _frames_at(times_ms: NDArray[np.int64], frames_per_ms: float) -> NDArray[np.int64]:
    return (times_ms * frames_per_ms).astype(np.int64)


def _energy_limit(threshold_dbfs: float, frames: int) -> int:
    """The smallest sum of squares over ``frames`` whose RMS, cut down to an integer, is above the threshold."""
    return (floor(10 ** (threshold_dbfs / 20) * FULL_SCALE) + 1) ** 2 * frames


def merge_windows(silent_ms: NDArray[np.int64], *, min_silence_ms: int, seek_step_ms: int) -> list[tuple[int, int]]:
    """Join silent windows, given by their starts in order, that follow, touch or overlap each other.

    >>> merge_windows(np.array([0, 10, 20, 600]), min_silence_ms=500, seek_step_ms=10)
    [(0, 520), (600, 1100)]
    """
    if not len(silent_ms):
        return []
    steps = np.diff(silent_ms)
    breaks = np.flatnonzero((steps != seek_step_ms) & (steps > min_silence_ms))
    starts = silent_ms[np.concatenate(([0], breaks + 1))]
    ends = silent_ms[np.concatenate((breaks, [len(silent_ms) - 1]))] + min_silence_ms
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def detect(
    samples: Samples, rate_hz: int, min_silence_ms: int, threshold_dbfs: float, seek_step_ms: int
) -> list[tuple[int, int]]:
    """Silent ranges ``(start_ms, end_ms)`` of mono int16 ``samples``; see the module's text."""
    sums = SquareSums(rate_hz, min_silence_ms=min_silence_ms, seek_step_ms=seek_step_ms)
    block = rate_hz * 10  # small enough to stay in the processor's cache
    for start in range(0, len(samples), block):
        sums.add(samples[start : start + block])
    return sums.silences(threshold_dbfs)
