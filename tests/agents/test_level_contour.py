"""Levels over time, of sound whose level is known."""

from pathlib import Path

import numpy as np
import pytest

from agents.codec import from_data, to_data, to_json
from agents.media.audio import Samples, write_wav
from agents.media.level_contour import LOWEST_DBFS, STEP_S, LevelContour
from agents.silence_detector import MODES, run
from agents.types import Loudness, SilenceRequest, SilenceResult

RATE_HZ = 16_000


def tone(seconds: float, dbfs: float) -> Samples:
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    peak = 32_768 * np.sqrt(2) * 10 ** (dbfs / 20)
    return np.asarray(np.rint(peak * np.sin(2 * np.pi * 400 * time_s)), np.int16)


def contour(samples: Samples, chunk: int) -> Loudness:
    levels = LevelContour(RATE_HZ)
    for start in range(0, len(samples), chunk):
        levels.add(samples[start : start + chunk])
    return levels.loudness()


SOUND = np.concatenate([tone(1.0, -20), np.zeros(RATE_HZ, np.int16), tone(0.5, -43), tone(0.2, -9)])
LEVELS = (-20, -20, LOWEST_DBFS, LOWEST_DBFS, -43, -9)


@pytest.mark.parametrize("chunk", [1_000, 7_999, 8_000, 12_345, 320_000])
def test_levels_are_those_of_the_sound_in_any_chunks(chunk: int) -> None:
    assert contour(SOUND, chunk) == Loudness(STEP_S, LEVELS)


def test_no_sound_has_no_levels_and_more_may_come_after_asking() -> None:
    levels = LevelContour(RATE_HZ)
    assert levels.loudness() == Loudness(STEP_S, ())
    levels.add(tone(0.3, -20))
    assert levels.loudness().levels_dbfs == (-20,)
    levels.add(tone(0.3, -20))
    assert levels.loudness().levels_dbfs == (-20, -20)


def test_full_scale_and_its_negative_end_are_0_dbfs() -> None:
    loudest = np.full(RATE_HZ // 2, -32_768, np.int16)
    assert contour(loudest, 8_000).levels_dbfs == (0,)


def test_two_hours_stay_below_60_kb() -> None:
    longest = Loudness(STEP_S, (LOWEST_DBFS,) * round(7200 / STEP_S))
    assert len(to_json(longest)) < 60_000


@pytest.mark.media
@pytest.mark.parametrize("mode", MODES)
def test_the_silence_agent_tells_them_in_both_modes(mode: str, tmp_path: Path) -> None:
    write_wav(SOUND, tmp_path / "a.wav")
    request = from_data(SilenceRequest, {"media": str(tmp_path / "a.wav"), "mode": mode})
    found = run(request, lambda _fraction, _message: None)
    assert found.loudness == Loudness(STEP_S, LEVELS)
    assert from_data(SilenceResult, to_data(found)) == found


def test_a_result_of_before_has_none() -> None:
    old = {"duration_s": 3.0, "mode": "energy", "threshold_dbfs": -40.0, "regions": [{"start_s": 1.0, "end_s": 2.0}]}
    assert from_data(SilenceResult, old).loudness is None
