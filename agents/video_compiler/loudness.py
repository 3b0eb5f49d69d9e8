"""Measure and decide: the one gain that brings a clip towards -16 LUFS.

Passes over the clip's sound alone (some 900 times real time) replace FFmpeg's one-pass ``loudnorm``: they cost less
than its true-peak work at 192 kHz, and do not pump.
"""

import math
import re
from collections.abc import Callable

from agents.media.ffmpeg import run

TARGET_LUFS = -16.0  # AES TD1008 and Apple Podcasts, for spoken word
SILENCE_LUFS = -60.0  # EBU R 128 gates at -70; there is no speech down here to make louder
LARGEST_GAIN_DB = 30.0
_INTEGRATED = re.compile(r"I:\s+(-?[\d.]+|-?inf|nan) LUFS")
LARGEST_CORRECTION_DB = 3.0  # more would be speech pressed flat
METER = "ebur128=framelog=quiet"


def integrated_lufs(log: str) -> float | None:
    """The integrated loudness (EBU R 128) from FFmpeg's summary; None where it says none.

    >>> integrated_lufs("Integrated loudness:\\\\n    I:         -24.3 LUFS")
    -24.3
    """
    found = _INTEGRATED.findall(log)
    return float(found[-1]) if found else None


def gain_db(measured_lufs: float | None) -> float:
    """The gain to reach the target: 0 for silence, and never more than a bad microphone needs.

    >>> gain_db(-24.5), gain_db(-70.0), gain_db(None)
    (8.5, 0.0, 0.0)
    """
    if measured_lufs is None or not math.isfinite(measured_lufs) or measured_lufs < SILENCE_LUFS:
        return 0.0
    return round(min(TARGET_LUFS - measured_lufs, LARGEST_GAIN_DB), 2)


def measure_gain_db(arguments: Callable[[float], list[str]], cwd: str) -> float:
    """Measure with ``arguments(gain_db)`` and decide; measure again with that gain for what the limiter takes away."""
    first = gain_db(integrated_lufs(run(arguments(0.0), cwd=cwd)))
    if first <= 0.0:
        return first
    limited = gain_db(integrated_lufs(run(arguments(first), cwd=cwd)))
    return round(first + min(max(limited, 0.0), LARGEST_CORRECTION_DB), 2)
