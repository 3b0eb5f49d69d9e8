"""Pauses where the sound track stays below a threshold for at least ``min_silence_ms``.

The same answer as ``pydub.silence.detect_silence`` on 16 kHz mono. The track is decoded once and never held: what
stays is a running sum for each search step, a histogram of levels and a level for each half second.
"""

from agents.media.audio import SAMPLE_RATE_HZ
from agents.media.energy import SquareSums
from agents.media.level_contour import LevelContour
from agents.media.noise_floor import LevelHistogram, choose_threshold, measure_levels
from agents.silence_detector.listening import heard_chunks
from agents.types import Report, SilenceRequest, SilenceResult, TimeRange


def find(request: SilenceRequest, duration_s: float, report: Report) -> SilenceResult:
    """Pauses of a file that has sound; see ``agents.silence_detector.run``."""
    sums = SquareSums(SAMPLE_RATE_HZ, min_silence_ms=request.min_silence_ms, seek_step_ms=request.seek_step_ms)
    levels = LevelHistogram(SAMPLE_RATE_HZ)
    contour = LevelContour(SAMPLE_RATE_HZ)
    heard_s = 0.0
    for chunk in heard_chunks(request.media, duration_s, report):
        sums.add(chunk)
        levels.add(chunk)
        contour.add(chunk)
        heard_s += len(chunk) / SAMPLE_RATE_HZ
    threshold_dbfs = request.threshold_dbfs
    if threshold_dbfs is None:
        threshold_dbfs = choose_threshold(measure_levels(levels.counts))
    regions = tuple(TimeRange(start / 1000, end / 1000) for start, end in sums.silences(threshold_dbfs))
    last_s = regions[-1].end_s if regions else 0.0
    return SilenceResult(max(duration_s, heard_s, last_s), request.mode, threshold_dbfs, regions, contour.loudness())
