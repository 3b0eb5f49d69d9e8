"""The silence agent on files whose pauses are known."""

from pathlib import Path

import numpy as np
import pytest

from agents.errors import InvalidRequest, NoAudio
from agents.media.audio import Samples, decode, write_wav
from agents.silence_detector import run
from agents.types import SilenceRequest, SilenceResult
from tests.media_factory import make_media

RATE_HZ = 16_000


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


def noise(seconds: float, dbfs: float, seed: int = 0) -> Samples:
    sigma = 32_768 * 10 ** (dbfs / 20)
    values = np.random.default_rng(seed).normal(size=int(seconds * RATE_HZ)) * sigma
    return np.clip(values, -32_768, 32_767).astype(np.int16)


def recording(path: Path, *, background_dbfs: float, voice_dbfs: float) -> Path:
    """Twelve seconds of background with a voice of syllables (5 a second) at 0–4, 6–9 and 9.8–11 s."""
    voice = noise(12, voice_dbfs, seed=1).astype(np.float64)
    time_s = np.arange(len(voice)) / RATE_HZ
    speaks = (time_s < 4) | ((time_s >= 6) & (time_s < 9)) | ((time_s >= 9.8) & (time_s < 11))
    syllables = 0.2 + 0.8 * np.abs(np.sin(np.pi * 5 * time_s))
    mixed = voice * syllables * speaks + noise(12, background_dbfs)
    write_wav(np.clip(mixed, -32_768, 32_767).astype(np.int16), path)
    return path


def found(result: SilenceResult) -> list[tuple[float, float]]:
    return [(region.start_s, region.end_s) for region in result.regions]


@pytest.mark.media
@pytest.mark.parametrize(
    ("background_dbfs", "voice_dbfs"),
    [(-120, -20), (-70, -20), (-50, -20), (-40, -20), (-32, -18), (-75, -45), (-65, -40)],
    ids=["digital", "studio", "room", "hall", "noisy", "far microphone", "quiet recording"],
)
def test_adaptive_threshold_finds_the_same_pauses(tmp_path: Path, background_dbfs: float, voice_dbfs: float) -> None:
    media = recording(tmp_path / "a.wav", background_dbfs=background_dbfs, voice_dbfs=voice_dbfs)
    result = run(SilenceRequest(str(media)), quiet)
    assert np.allclose(found(result), [(4, 6), (9, 9.8), (11, 12)], atol=0.1)
    assert result.threshold_dbfs is not None
    assert background_dbfs < result.threshold_dbfs < voice_dbfs


@pytest.mark.media
def test_steady_sound_has_no_pauses(tmp_path: Path) -> None:
    media = make_media(tmp_path / "hum.wav", "-f", "lavfi", "-i", "sine=frequency=200:duration=5")
    assert found(run(SilenceRequest(str(media)), quiet)) == []


@pytest.mark.media
def test_music_without_pauses_is_not_cut(tmp_path: Path) -> None:
    beat = "aevalsrc='0.5*sin(2*PI*220*t)*(0.3+0.7*exp(-4*mod(t,0.6)))':duration=12"
    media = make_media(tmp_path / "beat.wav", "-f", "lavfi", "-i", beat)
    assert found(run(SilenceRequest(str(media)), quiet)) == []


@pytest.mark.media
def test_a_muted_file_is_one_pause(tmp_path: Path) -> None:
    media = make_media(tmp_path / "muted.wav", "-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo", "-t", "7")
    result = run(SilenceRequest(str(media)), quiet)
    assert found(result) == [(0, 7)]
    assert result.duration_s == pytest.approx(7)


@pytest.mark.media
def test_given_threshold_and_step_are_used_as_they_are(tmp_path: Path) -> None:
    media = recording(tmp_path / "a.wav", background_dbfs=-50, voice_dbfs=-20)
    below = run(SilenceRequest(str(media), threshold_dbfs=-60.0, seek_step_ms=1), quiet)
    assert (found(below), below.threshold_dbfs, below.mode) == ([], -60.0, "energy")
    above = run(SilenceRequest(str(media), threshold_dbfs=0.0, seek_step_ms=7), quiet)
    assert found(above) == [(0, 12)]


@pytest.mark.media
def test_shorter_than_the_shortest_pause(tmp_path: Path) -> None:
    write_wav(np.zeros(RATE_HZ // 4, np.int16), tmp_path / "short.wav")
    assert found(run(SilenceRequest(str(tmp_path / "short.wav")), quiet)) == []


@pytest.mark.media
def test_sound_that_begins_late_keeps_the_time_of_the_video(tmp_path: Path) -> None:
    media = make_media(
        tmp_path / "late.mkv",
        *("-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=6"),
        *("-itsoffset", "2", "-f", "lavfi", "-i", "sine=frequency=300:duration=4"),
        *("-map", "0:v", "-map", "1:a"),
    )
    result = run(SilenceRequest(str(media), threshold_dbfs=-40.0), quiet)
    assert np.allclose(found(result), [(0, 2)], atol=0.05)


@pytest.mark.media
def test_no_audio_stream(tmp_path: Path) -> None:
    media = make_media(tmp_path / "v.mp4", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=1")
    with pytest.raises(NoAudio):
        run(SilenceRequest(str(media)), quiet)


@pytest.mark.parametrize(
    "request_",
    [
        SilenceRequest("a.wav", min_silence_ms=0),
        SilenceRequest("a.wav", seek_step_ms=0),
        SilenceRequest("a.wav", threshold_dbfs=3.0),
        SilenceRequest("a.wav", threshold_dbfs=float("nan")),
    ],
)
def test_options_out_of_range(request_: SilenceRequest) -> None:
    with pytest.raises(InvalidRequest):
        run(request_, quiet)


@pytest.mark.media
def test_pauses_of_a_lecture_lie_where_nobody_speaks(lectures: Path) -> None:
    media = lectures / "switching.mp4"
    result = run(SilenceRequest(str(media)), quiet)
    samples = decode(media).astype(np.float64)
    inside = np.concatenate([samples[int(a * RATE_HZ) : int(b * RATE_HZ)] for a, b in found(result)])
    assert 40 < len(result.regions) < 120
    assert np.sqrt(np.mean(inside**2)) < 0.1 * np.sqrt(np.mean(samples**2))
