"""Finds pauses: where the sound track stays below a threshold for at least ``min_silence_ms``.

``energy`` gives the same answer as ``pydub.silence.detect_silence`` on 16 kHz mono. The track is decoded once and
never held: what stays is a running sum for each search step and a histogram of levels.
"""

import math

from agents.errors import InvalidRequest, NoAudio
from agents.media.audio import SAMPLE_RATE_HZ, pcm_chunks
from agents.media.energy import SquareSums, detect
from agents.media.noise_floor import LevelHistogram, choose_threshold, measure_levels
from agents.media.probe import probe
from agents.types import Report, SilenceRequest, SilenceResult, TimeRange

__all__ = ["detect", "run"]

CHUNK_S = 20.0
LONGEST_WINDOW_MS = 600_000


def run(request: SilenceRequest, report: Report) -> SilenceResult:
    """Find the pauses of a local file. Raises NoAudio, InvalidRequest, UnsupportedMedia or CorruptMedia.

    ``threshold_dbfs`` of the result is the one used, asked for or adaptive. A pause may reach up to half a
    millisecond past the last sample, as in pydub; ``duration_s`` never ends before it.
    """
    _check(request)
    report(0.0, "Listening for pauses")
    info = probe(request.media)
    if info.audio is None:
        raise NoAudio("The file has no audio stream, so there are no pauses to find.")
    sums = SquareSums(SAMPLE_RATE_HZ, min_silence_ms=request.min_silence_ms, seek_step_ms=request.seek_step_ms)
    levels = LevelHistogram(SAMPLE_RATE_HZ)
    heard_s = 0.0
    for chunk in pcm_chunks(request.media, chunk_s=CHUNK_S):
        sums.add(chunk)
        levels.add(chunk)
        heard_s += len(chunk) / SAMPLE_RATE_HZ
        report(
            min(heard_s / info.duration_s, 0.99),
            f"Listening for pauses, {_clock(heard_s)} of {_clock(info.duration_s)}",
        )
    threshold_dbfs = request.threshold_dbfs
    if threshold_dbfs is None:
        threshold_dbfs = choose_threshold(measure_levels(levels.counts))
    regions = tuple(TimeRange(start / 1000, end / 1000) for start, end in sums.silences(threshold_dbfs))
    last_s = regions[-1].end_s if regions else 0.0
    report(1.0, f"{len(regions)} pauses found")
    return SilenceResult(max(info.duration_s, heard_s, last_s), request.mode, threshold_dbfs, regions)


def _check(request: SilenceRequest) -> None:
    if not 1 <= request.min_silence_ms <= LONGEST_WINDOW_MS:
        raise InvalidRequest("min_silence_ms must be from 1 to 600000.")
    if not 1 <= request.seek_step_ms <= LONGEST_WINDOW_MS:
        raise InvalidRequest("seek_step_ms must be from 1 to 600000.")
    threshold_dbfs = request.threshold_dbfs
    if threshold_dbfs is not None and not (math.isfinite(threshold_dbfs) and -200 <= threshold_dbfs <= 0):
        raise InvalidRequest("threshold_dbfs must be from -200 to 0, where 0 is full scale.")


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes}:{seconds:02d}"
