"""Pauses where nobody speaks for at least ``min_silence_ms``: music, applause and noise are pauses too."""

from agents.media.audio import SAMPLE_RATE_HZ
from agents.media.level_contour import LevelContour
from agents.media.voice import SpeechListener
from agents.silence_detector.listening import heard_chunks
from agents.types import Report, SilenceRequest, SilenceResult, TimeRange


def find(request: SilenceRequest, duration_s: float, report: Report) -> SilenceResult:
    """Pauses of a file that has sound; see ``agents.silence_detector.run``."""
    listener = SpeechListener()
    contour = LevelContour(SAMPLE_RATE_HZ)
    for chunk in heard_chunks(request.media, duration_s, report):
        listener.add(chunk)
        contour.add(chunk)
    spoken = listener.speech(min_silence_s=request.min_silence_ms / 1000)
    regions = tuple(pauses_between(spoken, listener.duration_s, request.min_silence_ms / 1000))
    return SilenceResult(max(duration_s, listener.duration_s), request.mode, None, regions, loudness=contour.loudness())


def pauses_between(spoken: list[TimeRange], duration_s: float, least_s: float) -> list[TimeRange]:
    """What lies between, before and after the ranges, where it is at least ``least_s`` long.

    >>> pauses_between([TimeRange(1.0, 2.0), TimeRange(2.2, 3.0)], 4.0, 0.5)
    [TimeRange(start_s=0.0, end_s=1.0), TimeRange(start_s=3.0, end_s=4.0)]
    """
    starts = [0.0, *(r.end_s for r in spoken)]
    ends = [*(r.start_s for r in spoken), duration_s]
    gaps = (TimeRange(start_s, end_s) for start_s, end_s in zip(starts, ends, strict=True))
    return [gap for gap in gaps if gap.duration_s >= least_s - 1e-9 and gap.duration_s > 0]
