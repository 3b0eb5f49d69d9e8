"""Flash and beep come together at the end of every clip, whatever the two streams of the recording are like."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.media.audio import decode, write_wav
from agents.media.frames import frames_between
from tests.agents.compiler_media import barcode_frame, raw_frames, raw_input, render
from tests.media_factory import make_media

pytestmark = pytest.mark.media

RATE_HZ = 48_000
FRAMES_PER_S = 25
SYNC_S = 0.020  # half a frame
BEEP_S = 0.06
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-g", "100", "-bf", "2", "-pix_fmt", "yuv420p")
TIMES_S = (1.0, 3.0, 5.0, 7.0, 9.0, 11.0)


def recording(
    path: Path,
    *codec: str,
    rate_hz: int = RATE_HZ,
    sound_from_s: float = 0.0,
    picture_from_s: float = 0.0,
    times_s: Sequence[float] = TIMES_S,
) -> Path:
    """Twelve seconds in which the picture's top turns white and a 1 kHz beep begins at each of ``times_s``.

    The sound begins at ``sound_from_s`` and the picture at ``picture_from_s`` of the file's timeline.
    """
    length_s = max(times_s) + 1.0
    sound = np.zeros(round(length_s * rate_hz), np.int16)
    moment_s = np.arange(len(sound)) / rate_hz
    for time_s in times_s:
        beep = (moment_s >= time_s) & (moment_s < time_s + BEEP_S)
        sound[beep] = (12_000 * np.sin(2 * np.pi * 1000 * (moment_s[beep] - time_s))).astype(np.int16)
    write_wav(sound[round(sound_from_s * rate_hz) :], path.with_suffix(".wav"), rate_hz=rate_hz)

    def pictures() -> list[NDArray[np.uint8]]:
        frames = []
        for number in range(round(picture_from_s * FRAMES_PER_S), round(length_s * FRAMES_PER_S)):
            frame = barcode_frame(number)
            shown_s = number / FRAMES_PER_S
            frame[:40] = 235 if any(t - 1e-6 <= shown_s < t + 0.08 for t in times_s) else 60
            frames.append(frame)
        return frames

    raw = raw_frames(path.with_suffix(".gray"), pictures())
    audio = ("-itsoffset", str(sound_from_s), "-i", str(path.with_suffix(".wav")))
    late = ("-vf", f"setpts=PTS+{picture_from_s}/TB", "-fps_mode", "vfr")
    return make_media(path, *raw_input(raw, str(FRAMES_PER_S)), *audio, *late, *X264, *codec)


def offsets_s(clip: Path) -> list[float]:
    """By how much each beep comes after its flash."""
    samples = np.abs(decode(clip, rate_hz=RATE_HZ).astype(np.float64))
    loud = np.flatnonzero(samples > 0.25 * samples.max())
    beeps = loud[np.diff(loud, prepend=-RATE_HZ) > 0.1 * RATE_HZ] / RATE_HZ
    shots = [(shot.time_s, bool(shot.picture[5:30].mean() > 150)) for shot in frames_between(clip, 0.0, 1e9, grey=True)]
    flashes = [time_s for (time_s, white), (_, before) in zip(shots, [(0.0, False), *shots], strict=False)
               if white and not before]  # fmt: skip
    assert len(flashes) == len(beeps)
    return [float(beep - flash) for flash, beep in zip(flashes, beeps, strict=True)]


WRITTEN = {
    "aac-48k.mp4": (("-c:a", "aac"), 48_000, 0.0, 0.0),
    "aac-44.1k.mp4": (("-c:a", "aac"), 44_100, 0.0, 0.0),
    "aac-late.mp4": (("-c:a", "aac"), 44_100, 0.37, 0.0),
    "picture-late.mp4": (("-c:a", "aac"), 48_000, 0.0, 0.44),
    "opus.webm": (("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"), 48_000, 0.0, 0.0),
    "opus-late.mkv": (("-c:a", "libopus"), 48_000, 0.51, 0.0),
    "mp3-picture-late.mkv": (("-c:a", "libmp3lame"), 44_100, 0.0, 0.28),
    "aac.ts": (("-c:a", "aac"), 44_100, 0.0, 0.0),
    "mp2-late.mpg": (("-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2"), 48_000, 0.37, 0.0),
    "pcm-22k.mov": (("-c:a", "pcm_s16le"), 22_050, 0.0, 0.0),
    "flac-late.mkv": (("-c:a", "flac"), 32_000, 0.123, 0.0),
    "aac.flv": (("-c:a", "aac"), 44_100, 0.0, 0.0),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_streams_that_begin_apart_and_sound_of_any_rate(tmp_path: Path, name: str) -> None:
    codec, rate_hz, sound_from_s, picture_from_s = WRITTEN[name]
    media = recording(
        tmp_path / name, *codec, rate_hz=rate_hz, sound_from_s=sound_from_s, picture_from_s=picture_from_s
    )
    _, whole = render(media, tmp_path / "whole", (0.0, 11.9))
    _, late = render(media, tmp_path / "late", (6.5, 8.23), (8.81, 11.71))
    for clip, count in ((whole, 6), (late, 3)):
        off = offsets_s(clip)
        assert len(off) == count
        assert max(map(abs, off)) <= SYNC_S, off


@pytest.mark.parametrize("renderer", ["ffmpeg", "moviepy"])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_the_end_of_a_clip_after_many_cuts(tmp_path: Path, rate_hz: int, renderer: str) -> None:
    """Forty cuts off every grid, each of which would show if what is rounded there added up."""
    times_s = [0.6 + 0.56 * i for i in range(40)]
    media = recording(tmp_path / "in.mp4", "-c:a", "aac", rate_hz=rate_hz, times_s=times_s, sound_from_s=0.2)
    keep = [(t - 0.107 - 0.0031 * (i % 7), t + 0.193 + 0.0047 * (i % 5)) for i, t in enumerate(times_s)]
    result, clip = render(media, tmp_path / "out", *keep, renderer=renderer)
    off = offsets_s(clip)
    assert len(off) == 40
    assert max(map(abs, off)) <= SYNC_S
    assert abs(np.mean(off[-8:]) - np.mean(off[:8])) <= 0.003
    assert result.video_duration_s == pytest.approx(result.audio_duration_s, abs=0.001)
