"""Segment extractor: what happened in the lecture, turned into an edit plan of ranked clips."""

from agents.segment_extractor.planning import plan
from agents.types import EditPlan, ExtractionRequest, Report

__all__ = ["run"]


def run(request: ExtractionRequest, report: Report) -> EditPlan:
    """Choose the clips.

    Every clip starts and ends with a sentence and outside any caption cue, lasts at least ``min_clip_s`` once its
    silences are out and at most ``max_clip_s`` with them, and overlaps no other. A plan without clips says why in
    ``warnings``: ``no_speech``, ``too_short`` or ``no_highlight``. Raises InvalidRequest for contradictory settings.
    """
    report(0.0, "Looking for highlights")

    def progress(fraction: float) -> None:
        report(0.05 + 0.85 * fraction, "Judging passages")

    made = plan(request, progress)
    count = len(made.clips)
    report(1.0, f"{count} highlight{'' if count == 1 else 's'} found")
    return made
