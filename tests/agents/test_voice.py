"""Speech found by the network: the decision on tables, the network on real speech and on what is none."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import InvalidRequest
from agents.media.audio import SAMPLE_RATE_HZ, decode, write_wav
from agents.media.voice import WINDOW_S, SpeechListener, speech_in, speech_ranges
from agents.silence_detector import run
from agents.silence_detector.by_voice import pauses_between
from agents.types import SilenceRequest, TimeRange
from tests.media_factory import make_media


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


def windows(*parts: tuple[float, float]) -> list[float]:
    """Probabilities: (seconds, probability) one after another."""
    return [p for seconds, p in parts for _ in range(round(seconds / WINDOW_S))]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([(3.2, 0.1)], []),
        ([(3.2, 0.9)], [(0.0, 3.2)]),
        ([(1.6, 0.1), (1.6, 0.9), (1.6, 0.1)], [(1.54, 3.26)]),
        ([(0.96, 0.9), (0.32, 0.1), (0.96, 0.9)], [(0.0, 2.24)]),  # too short a pause
        ([(0.96, 0.9), (0.96, 0.1), (0.96, 0.9)], [(0.0, 1.02), (1.86, 2.88)]),
        ([(0.96, 0.1), (0.064, 0.9), (0.96, 0.1)], []),  # a click
        ([(0.96, 0.9), (0.96, 0.4), (0.96, 0.1)], [(0.0, 1.98)]),  # speech that gets soft
        ([(0.96, 0.1), (0.96, 0.4)], []),  # softness alone is none
    ],
)
def test_ranges_of_speech(parts: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    probabilities = windows(*parts)
    found = speech_ranges(probabilities, len(probabilities) * WINDOW_S, min_silence_s=0.5)
    assert np.allclose([(r.start_s, r.end_s) for r in found], expected, atol=0.001) if expected else found == []


@given(
    st.lists(st.floats(0, 1, allow_nan=False), max_size=400),
    st.sampled_from([0.001, 0.02, 0.3, 0.5, 2.0]),
)
def test_ranges_are_in_order_and_apart(probabilities: list[float], min_silence_s: float) -> None:
    duration_s = len(probabilities) * WINDOW_S
    spoken = speech_ranges(probabilities, duration_s, min_silence_s=min_silence_s)
    pauses = pauses_between(spoken, duration_s, min_silence_s)
    at_s = 0.0
    for each in sorted([*spoken, *pauses], key=lambda r: r.start_s):
        assert at_s <= each.start_s + 1e-9
        assert each.start_s < each.end_s <= duration_s + 1e-9
        at_s = each.end_s
    assert all(pause.duration_s >= min_silence_s - 1e-6 for pause in pauses)
    assert sum(r.duration_s for r in pauses) <= duration_s + 1e-6


@pytest.mark.media
def test_chunks_of_any_size_give_the_same(shared_data: Path) -> None:
    samples = decode(shared_data / "speech" / "faster-whisper" / "jfk.flac")
    whole = speech_in(samples, min_silence_s=0.2)
    listener = SpeechListener()
    at = 0
    for size in (1, 511, 512, 513, 9000, 60_000, 1_000_000):
        listener.add(samples[at : at + size])
        at += size
    in_between = listener.speech(min_silence_s=0.2)
    assert in_between == whole == listener.speech(min_silence_s=0.2)
    assert listener.duration_s == len(samples) / SAMPLE_RATE_HZ


@pytest.mark.media
@pytest.mark.parametrize("gain_db", [0, -40])
def test_speech_among_music_and_noise(shared_data: Path, tmp_path: Path, gain_db: int) -> None:
    """Three seconds of noise, eleven of speech, six of music."""
    speech = decode(shared_data / "speech" / "faster-whisper" / "jfk.flac").astype(np.float64)
    noise = np.random.default_rng(0).normal(size=3 * SAMPLE_RATE_HZ) * 1500
    time_s = np.arange(6 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    chords = sum(np.sin(2 * np.pi * hz * time_s) for hz in (220, 277.2, 329.6)) * np.exp(-2 * (time_s % 0.5)) * 6000
    sound = np.concatenate((noise, speech, chords)) * 10 ** (gain_db / 20)
    write_wav(np.clip(sound, -32_768, 32_767).astype(np.int16), tmp_path / "a.wav")
    result = run(SilenceRequest(str(tmp_path / "a.wav"), mode="vad"), quiet)
    assert (result.mode, result.threshold_dbfs) == ("vad", None)
    assert result.regions[0].start_s == 0
    assert result.regions[0].end_s == pytest.approx(3.3, abs=0.3)
    assert result.regions[-1].start_s == pytest.approx(13.9, abs=0.4)
    assert result.regions[-1].end_s == pytest.approx(20.0, abs=0.01)
    energy = run(SilenceRequest(str(tmp_path / "a.wav"), mode="energy", threshold_dbfs=-90.0), quiet)
    assert sum(r.duration_s for r in energy.regions) < sum(r.duration_s for r in result.regions)


@pytest.mark.media
def test_nobody_speaks(tmp_path: Path) -> None:
    media = make_media(tmp_path / "a.wav", "-f", "lavfi", "-i", "anullsrc=d=4", "-t", "4")
    assert run(SilenceRequest(str(media), mode="vad"), quiet).regions == (TimeRange(0.0, 4.0),)


def test_no_threshold_of_loudness() -> None:
    with pytest.raises(InvalidRequest, match="threshold_dbfs"):
        run(SilenceRequest("a.wav", threshold_dbfs=-40.0, mode="vad"), quiet)
