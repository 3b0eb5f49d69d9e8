"""Measure and decide: the one gain that brings a clip towards -16 LUFS.

Passes over the clip's sound alone (some 300 times real time) replace FFmpeg's one-pass ``loudnorm``: they cost less
than its true-peak work at 192 kHz, and do not pump. A recording heard on one side only is put on both.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agents.media.ffmpeg import run
from agents.types import Notice

TARGET_LUFS = -16.0  # AES TD1008 and Apple Podcasts, for spoken word
SILENCE_LUFS = -60.0  # EBU R 128 gates at -70; there is no speech down here to make louder
LARGEST_GAIN_DB = 30.0  # what a badly set microphone needs; more makes a hall's noise as loud as speech
LIMIT_DBFS = -3.0  # of samples: between them, and after AAC, peaks stay below -1.5 dBTP
LARGEST_CORRECTION_DB = 12.0  # for knocks and coughs far above the speech; more would be speech pressed flat
NEAR_ENOUGH_DB = 0.4
MOST_CORRECTIONS = 3
ONE_SIDED_DB = 30.0  # between two channels: an unplugged microphone, and no music
BOTH_SIDES_DB = 10 * math.log10(2)  # what the same sound on two sides is louder than on one
METER = "ebur128=peak=sample:framelog=quiet"
SIDES = "astats=measure_perchannel=RMS_level:measure_overall=none"
_INTEGRATED = re.compile(r"I:\s+(-?[\d.]+|-?inf|nan) LUFS")
_SIDE = re.compile(r"RMS level dB:\s+(-?[\d.]+|-?inf|nan)")
_PEAK = re.compile(r"Peak:\s+(-?[\d.]+|-?inf|nan) dBFS")

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Loudness:
    """What to add to the clip's sound, in dB, and what the user should know of it.

    ``only`` is the side that everything is heard on, where the other one is silent.
    """

    gain_db: float = 0.0
    only: Side | None = None
    warnings: tuple[Notice, ...] = ()


def integrated_lufs(log: str) -> float | None:
    """The integrated loudness (EBU R 128) from FFmpeg's summary; None where it says none.

    >>> integrated_lufs("Integrated loudness:\\n    I:         -24.3 LUFS")
    -24.3
    """
    found = _INTEGRATED.findall(log)
    return float(found[-1]) if found else None


def peak_dbfs(log: str) -> float:
    """The highest sample from FFmpeg's summary; full scale where it says none.

    >>> peak_dbfs("Sample peak:\\n    Peak:       -6.0 dBFS")
    -6.0
    """
    found = _PEAK.findall(log)
    return float(found[-1]) if found else 0.0


def only_side(log: str) -> Side | None:
    """The one side of a stereo sound that anything is heard on, from FFmpeg's levels of its channels.

    >>> only_side("RMS level dB: -23.1 ... RMS level dB: -inf"), only_side("RMS level dB: -23.1 ... RMS level dB: -30")
    ('left', None)
    """
    levels = [float(level) for level in _SIDE.findall(log)]
    if len(levels) != 2 or math.isnan(sum(levels)) or max(levels) == -math.inf:
        return None
    apart_db = levels[0] - levels[1]
    return None if abs(apart_db) < ONE_SIDED_DB else "left" if apart_db > 0 else "right"


def gain_db(measured_lufs: float | None) -> float:
    """The gain to reach the target: 0 for silence, and never more than a bad microphone needs.

    >>> gain_db(-24.5), gain_db(-70.0), gain_db(None)
    (8.5, 0.0, 0.0)
    """
    if measured_lufs is None or not math.isfinite(measured_lufs) or measured_lufs < SILENCE_LUFS:
        return 0.0
    return round(min(TARGET_LUFS - measured_lufs, LARGEST_GAIN_DB), 2)


def measure_loudness(arguments: Callable[[float | None, Side | None], list[str]], cwd: str) -> Loudness:
    """Measure the sound as it is, and then with the gain, as long as the limiter takes away too much of it.

    ``arguments(gain_db, only)`` are FFmpeg's, None: neither gain nor limiter.
    """
    log = run(arguments(None, None), cwd=cwd)
    only, measured_lufs = only_side(log), integrated_lufs(log)
    if only and measured_lufs is not None:
        measured_lufs += BOTH_SIDES_DB
    first = gain_db(measured_lufs)
    warnings = _warnings(measured_lufs)
    if warnings or peak_dbfs(log) + first <= LIMIT_DBFS:
        return Loudness(first, only, warnings)
    gain = first
    for _ in range(MOST_CORRECTIONS):
        after_lufs = integrated_lufs(run(arguments(gain, only), cwd=cwd))
        lost_db = TARGET_LUFS - after_lufs if after_lufs is not None and math.isfinite(after_lufs) else 0.0
        gain = min(gain + max(lost_db, 0.0), first + LARGEST_CORRECTION_DB)
        if lost_db <= NEAR_ENOUGH_DB:
            break
    return Loudness(round(gain, 2), only)


def _warnings(measured_lufs: float | None) -> tuple[Notice, ...]:
    if measured_lufs is None or not math.isfinite(measured_lufs) or measured_lufs < SILENCE_LUFS:
        detail = "There is next to nothing to hear in the clip: its sound was left as it is."
        return (Notice("quiet_sound", detail),)
    if TARGET_LUFS - measured_lufs > LARGEST_GAIN_DB:
        detail = (
            f"The clip's sound is very quiet ({measured_lufs:.0f} LUFS). It was made {LARGEST_GAIN_DB:.0f} dB louder "
            "and no more, as its noise would become as loud as speech."
        )
        return (Notice("quiet_sound", detail),)
    return ()
