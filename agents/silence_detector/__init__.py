"""Finds pauses: by energy, where it is quiet, or by voice, where nobody speaks."""

import math
from importlib import import_module
from typing import Any

from agents.errors import InvalidRequest, NoAudio
from agents.media.probe import probe
from agents.types import Report, SilenceRequest, SilenceResult

__all__ = ["MODES", "run"]

MODES = {"energy": "agents.silence_detector.by_energy", "vad": "agents.silence_detector.by_voice"}
"""Mode to module. Only ``vad`` pays for loading a neural network's runtime."""
LONGEST_WINDOW_MS = 600_000


def run(request: SilenceRequest, report: Report) -> SilenceResult:
    """Find the pauses of a local file. Raises NoAudio, InvalidRequest, UnsupportedMedia, CorruptMedia, or with ``vad``
    DependencyMissing.

    By energy, ``threshold_dbfs`` of the result is the one used, asked for or adaptive, and a pause may reach up to half
    a millisecond past the last sample, as in pydub; ``duration_s`` never ends before it.
    """
    _check(request)
    report(0.0, "Listening for pauses")
    info = probe(request.media)
    if info.audio is None:
        raise NoAudio("The file has no audio stream, so there are no pauses to find.")
    mode: Any = import_module(MODES[request.mode])
    found: SilenceResult = mode.find(request, info.duration_s, report)
    report(1.0, f"{len(found.regions)} pauses found")
    return found


def _check(request: SilenceRequest) -> None:
    if not 1 <= request.min_silence_ms <= LONGEST_WINDOW_MS:
        raise InvalidRequest("min_silence_ms must be from 1 to 600000.")
    if not 1 <= request.seek_step_ms <= LONGEST_WINDOW_MS:
        raise InvalidRequest("seek_step_ms must be from 1 to 600000.")
    threshold_dbfs = request.threshold_dbfs
    if threshold_dbfs is not None and not (math.isfinite(threshold_dbfs) and -200 <= threshold_dbfs <= 0):
        raise InvalidRequest("threshold_dbfs must be from -200 to 0, where 0 is full scale.")
    if threshold_dbfs is not None and request.mode == "vad":
        raise InvalidRequest("threshold_dbfs belongs to the mode energy; the mode vad has no threshold of loudness.")
