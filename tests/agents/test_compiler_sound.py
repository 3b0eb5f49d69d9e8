"""Picture and sound stay together, and the sound is as loud and as long as it should be."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.media.audio import decode, write_wav
from agents.media.ffmpeg import input_arguments, run
from agents.media.frames import frames_between
from agents.media.probe import open_media, probe
from tests.agents.compiler_media import barcode_video, flash_and_beep, frame_numbers, render
from tests.media_factory import make_media

RATE_HZ = 48_000
SYNC_S = 0.020

media_test = pytest.mark.media


def beeps_s(clip: Path, *, louder_than: float = 0.25) -> list[float]:
    """When sound after at least 0.2 s of quiet begins."""
    samples = np.abs(decode(clip, rate_hz=RATE_HZ).astype(np.float64))
    loud = np.flatnonzero(samples > louder_than * samples.max())
    first = np.flatnonzero(np.diff(loud, prepend=-RATE_HZ) > 0.2 * RATE_HZ)
    return [float(loud[i]) / RATE_HZ for i in first]


def flashes_s(clip: Path) -> list[float]:
    """When the top of the picture turns white."""
    times, before = [], False
    for shot in frames_between(clip, 0.0, 1e9, grey=True):
        white = bool(shot.picture[5:30].mean() > 160)
        if white and not before:
            times.append(shot.time_s)
        before = white
    return times


@media_test
def test_sound_does_not_drift_over_many_cuts(tmp_path: Path) -> None:
    """Thirty cuts at times off the frame grid; each range holds one flash and one beep."""
    times = [0.4 + 0.52 * i for i in range(30)]
    media = flash_and_beep(tmp_path / "in.mp4", times, duration_s=17.0)
    keep = [(t - 0.113 - 0.003 * (i % 7), t + 0.207 + 0.005 * (i % 5)) for i, t in enumerate(times)]
    result, clip = render(media, tmp_path / "out", *keep)
    flashes, beeps = flashes_s(clip), beeps_s(clip)
    assert len(flashes) == len(beeps) == 30
    off = [beep - flash for flash, beep in zip(flashes, beeps, strict=True)]
    assert max(map(abs, off)) <= SYNC_S
    assert abs(np.mean(off[-5:]) - np.mean(off[:5])) <= 0.002
    assert result.video_duration_s == pytest.approx(result.audio_duration_s, abs=0.001)
    assert result.duration_s == pytest.approx(sum(end - start for start, end in keep), abs=30 * 0.02)


@media_test
def test_holes_in_the_sound_are_filled(tmp_path: Path) -> None:
    """Sound that starts late and misses half a second of packets still meets the picture."""
    times = [1.0, 2.0, 4.0, 5.0]
    whole = flash_and_beep(tmp_path / "whole.mp4", times, duration_s=6.0)
    media = make_media(
        tmp_path / "in.mkv", "-i", str(whole), "-c:v", "copy", "-af", "aselect='gt(t,0.5)*not(between(t,2.5,3.03))'",
        "-c:a", "pcm_s16le",
    )  # fmt: skip
    result, clip = render(media, tmp_path / "out", (0.2, 1.4), (1.8, 5.6))
    off = [beep - flash for flash, beep in zip(flashes_s(clip), beeps_s(clip), strict=True)]
    assert len(off) == 4
    assert max(map(abs, off)) <= SYNC_S
    assert result.audio_duration_s == pytest.approx(5.0, abs=0.001)


@media_test
def test_sound_that_ends_early_becomes_silence(tmp_path: Path) -> None:
    media = barcode_video(tmp_path / "in.mp4", frames=150, sound_s=3.0)
    result, clip = render(media, tmp_path / "out", (2.0, 5.0))
    assert result.audio_duration_s == pytest.approx(3.0, abs=0.001)
    samples = decode(clip, rate_hz=RATE_HZ).astype(np.float64)
    assert np.abs(samples[: RATE_HZ // 2]).max() > 1000
    assert np.abs(samples[RATE_HZ + RATE_HZ // 10 :]).max() < 20
    silent, _ = render(media, tmp_path / "silent", (4.0, 5.0))
    assert silent.audio_duration_s == pytest.approx(1.0, abs=0.001)


@media_test
@pytest.mark.parametrize("volume_db", [-20, -3])
def test_speech_comes_out_near_sixteen_below_full_scale(tmp_path: Path, volume_db: int) -> None:
    noise = "anoisesrc=color=pink:sample_rate=44100:duration=12:seed=7,tremolo=f=3:d=0.8"
    media = make_media(tmp_path / "in.wav", "-f", "lavfi", "-i", f"{noise},volume={volume_db}dB", "-ac", "2")
    _, clip = render(media, tmp_path / "out", (1.0, 5.0), (6.0, 11.0))
    log = run([*input_arguments(clip), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"])
    assert float(re.findall(r"I:\s+(-[\d.]+) LUFS", log)[-1]) == pytest.approx(-16, abs=0.7)
    assert float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", log)[-1]) < -0.5


@media_test
def test_silence_stays_silent(tmp_path: Path) -> None:
    media = make_media(tmp_path / "in.flac", "-f", "lavfi", "-i", "anullsrc=r=22050:cl=mono:d=4")
    result, clip = render(media, tmp_path / "out", (0.5, 2.0), (2.5, 3.5))
    assert result.audio_duration_s == pytest.approx(2.5, abs=0.001)
    assert np.abs(decode(clip)).max() <= 1


def clicks(samples: NDArray[np.float64], cut_s: float) -> float:
    """The largest step between neighbouring samples near a cut, beside the largest elsewhere."""
    steps = np.abs(np.diff(samples))
    at = round(cut_s * RATE_HZ)
    near = steps[at - 480 : at + 480].max()
    return float(near / np.percentile(np.delete(steps, slice(at - 2000, at + 2000))[4800:-4800], 99.9))


@media_test
def test_a_cut_in_the_middle_of_a_tone_does_not_click(tmp_path: Path) -> None:
    """A 110 Hz tone cut at opposite phases: without a fade the step there would be some 70 times the tone's own."""
    tone = (12_000 * np.sin(2 * np.pi * 110 * np.arange(4 * RATE_HZ) / RATE_HZ)).astype(np.int16)
    wav = tmp_path / "in.wav"
    write_wav(tone, wav, rate_hz=RATE_HZ)
    quarter_s = 0.25 / 110
    _, clip = render(wav, tmp_path / "out", (0.0, 1.0 + quarter_s), (2.0 + 3 * quarter_s, 3.0))
    samples = decode(clip, rate_hz=RATE_HZ).astype(np.float64)
    assert clicks(samples, 1.0 + quarter_s) < 3


@media_test
def test_surround_becomes_stereo_and_mono_stays_mono(tmp_path: Path) -> None:
    surround = make_media(tmp_path / "in.mkv", "-f", "lavfi", "-i", "sine=duration=3", "-filter_complex",
                          "[0]pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0", "-c:a", "ac3")  # fmt: skip
    mono = make_media(tmp_path / "in.mp3", "-f", "lavfi", "-i", "sine=duration=3", "-ac", "1")
    for media, channels in ((surround, 2), (mono, 1)):
        result, clip = render(media, tmp_path / f"out{channels}", (0.5, 2.5))
        audio = probe(clip).audio
        assert audio is not None
        assert (audio.channels, audio.sample_rate_hz) == (channels, RATE_HZ)
        assert [file.kind for file in result.files] == ["audio"]
        assert result.video_duration_s is None
        assert result.audio_duration_s == pytest.approx(2.0, abs=0.001)


@media_test
def test_cover_art_is_no_picture(tmp_path: Path) -> None:
    cover = make_media(tmp_path / "cover.png", "-f", "lavfi", "-i", "color=red:size=64x64", "-frames:v", "1")
    streams = ["-f", "lavfi", "-i", "sine=duration=3", "-i", str(cover), "-map", "0", "-map", "1"]
    media = make_media(tmp_path / "in.m4a", *streams, "-c:v", "copy", "-disposition:v", "attached_pic")
    result, clip = render(media, tmp_path / "out", (0.5, 2.5))
    assert [file.path for file in result.files] == ["clip.m4a"]
    with open_media(clip) as container:
        assert not container.streams.video


@media_test
def test_frames_and_sound_agree_in_a_transport_stream(tmp_path: Path) -> None:
    """An MPEG transport stream has no index, begins at 1.4 s, and here its sound before its picture."""
    times = [1.0, 3.0, 5.0]
    whole = flash_and_beep(tmp_path / "whole.mp4", times, duration_s=6.0)
    media = make_media(tmp_path / "in.ts", "-i", str(whole), "-c", "copy")
    with open_media(media) as container:
        late_s = float((container.streams.video[0].start_time or 0) / 90_000) - (container.start_time or 0) / 1e6
    assert 0.01 < late_s < 0.03
    _, clip = render(media, tmp_path / "out", (2.8 + late_s, 3.6 + late_s), (4.8 + late_s, 5.6 + late_s))
    assert frame_numbers(clip) == [*range(70, 90), *range(120, 140)]
    off = [beep - flash for flash, beep in zip(flashes_s(clip), beeps_s(clip), strict=True)]
    assert len(off) == 2
    assert max(map(abs, off)) <= SYNC_S
