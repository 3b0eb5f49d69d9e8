"""The adaptive threshold on tables of levels."""

import numpy as np
import pytest

from agents.media.noise_floor import BIN_DB, BINS, LOWEST_DBFS, LevelHistogram, Levels, choose_threshold, measure_levels


def counts(**frames_at: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    table = np.zeros(BINS, np.int64)
    for name, frames in frames_at.items():
        table[int((-float(name[1:]) - LOWEST_DBFS) / BIN_DB)] = frames
    return table


def test_two_heaps_give_floor_and_voice() -> None:
    assert measure_levels(counts(_60=400, _20=600)) == Levels(-60.0, -20.0)


def test_a_rare_click_is_no_voice() -> None:
    assert measure_levels(counts(_60=1000, _6=2)) == Levels(-60.0, -60.0)


def test_little_speech_in_a_long_pause_still_counts() -> None:
    assert measure_levels(counts(_70=9700, _25=300)) == Levels(-70.0, -25.0)


def test_nothing_measured() -> None:
    assert measure_levels(counts()) == Levels(LOWEST_DBFS, LOWEST_DBFS)


@pytest.mark.parametrize("voice_dbfs", [-45.0, -30.0, -20.0, -10.0])
@pytest.mark.parametrize("above_db", [10.0, 20.0, 40.0])
def test_threshold_lies_between_floor_and_voice(voice_dbfs: float, above_db: float) -> None:
    floor_dbfs = max(voice_dbfs - above_db, -60.0)
    threshold_dbfs = choose_threshold(Levels(floor_dbfs, voice_dbfs))
    assert threshold_dbfs < voice_dbfs - 5
    assert threshold_dbfs >= min(floor_dbfs + 3, -24.0)


def test_loud_sound_is_never_a_pause() -> None:
    assert choose_threshold(Levels(-12.0, -3.0)) == -24.0


def test_histogram_does_not_depend_on_the_chunks() -> None:
    samples = (np.random.default_rng(0).normal(size=16_000) * np.linspace(1, 5_000, 16_000)).astype(np.int16)
    whole, pieces = LevelHistogram(16_000), LevelHistogram(16_000)
    whole.add(samples)
    for start in range(0, len(samples), 777):
        pieces.add(samples[start : start + 777])
    assert whole.counts.sum() == 50
    assert (whole.counts == pieces.counts).all()
