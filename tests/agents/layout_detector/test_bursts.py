"""Bursts: the right pictures at the right times, whatever the keyframe distance, B-frames and start time."""

from pathlib import Path

import numpy as np
import pytest

from agents.errors import NoVideo
from agents.media.bursts import bursts
from agents.media.frames import frames_between
from tests.media_factory import make_media

pytestmark = pytest.mark.media
RATE = 10
OFFSETS_S = (0.0, 0.4, 0.8)


def counting(path: Path, seconds: int, *arguments: str) -> Path:
    """A video that brightens by one grey level each frame."""
    grey = f"nullsrc=s=64x48:r={RATE}:d={seconds},format=gray,geq=lum='20+N'"
    return make_media(path, "-f", "lavfi", "-i", grey, "-c:v", "libx264", "-qp", "4", *arguments)


def frame_number(picture: np.ndarray) -> int:
    return round(float(picture.mean())) - 20


@pytest.mark.parametrize("keyframes", [["-g", "20"], ["-g", "1000"], ["-g", "1"], ["-g", "30", "-bf", "3"]])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_pictures_are_those_of_their_times(tmp_path: Path, keyframes: list[str], suffix: str) -> None:
    video = counting(tmp_path / f"v.{suffix}", 12, *keyframes, "-pix_fmt", "gray")
    whole = {round(s.time_s, 3): frame_number(s.picture) for s in frames_between(video, 0.0, 99.0, grey=True)}
    given = list(bursts(video, every_s=2.0, offsets_s=OFFSETS_S, grey=True))
    assert 4 <= len(given) <= 10
    for burst in given:
        assert [round(s.time_s - burst[0].time_s, 3) for s in burst] == pytest.approx(OFFSETS_S[: len(burst)], abs=0.31)
        for shot in burst:
            assert abs(whole[round(shot.time_s, 3)] - frame_number(shot.picture)) <= 1
    starts = [burst[0].time_s for burst in given]
    assert starts == sorted(starts)
    assert max(b - a for a, b in zip(starts, [*starts[1:], 12.0], strict=True)) <= 3.05


def test_sound_alone_has_no_bursts(tmp_path: Path) -> None:
    sound = make_media(tmp_path / "a.m4a", "-f", "lavfi", "-i", "sine=d=1")
    with pytest.raises(NoVideo):
        list(bursts(sound, every_s=1.0, offsets_s=OFFSETS_S))


def test_frames_between_with_a_step(tmp_path: Path) -> None:
    video = counting(tmp_path / "v.mp4", 3)
    times = [shot.time_s for shot in frames_between(video, 0.5, 2.0, grey=True, step_s=0.25)]
    assert times == pytest.approx([0.5, 0.8, 1.1, 1.4, 1.7])
    every = [shot.time_s for shot in frames_between(video, 0.5, 1.0, grey=True)]
    assert every == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])
