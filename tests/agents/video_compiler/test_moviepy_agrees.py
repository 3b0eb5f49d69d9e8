"""The two renderers make the same clip of the same plan: frame for frame, and to the ear."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from agents.media.audio import decode
from agents.media.ffmpeg import ffmpeg_binary
from agents.media.frames import frame_at
from agents.types import ClipLayout, PlanSettings, RenderedClip, Segment
from agents.video_compiler.command import THUMBNAIL_NAME
from tests.agents.compiler_media import barcode_video, flash_and_beep, frame_numbers, render
from tests.conftest import ROOT
from tests.media_factory import make_media

pytestmark = pytest.mark.media

LEAST_SSIM = 0.95
RATE_HZ = 48_000
CAPTIONS = (Segment(100.2, 103.0, "So this is what we call a limit"), Segment(103.4, 106.0, "and it is unique."))
Aspect = Literal["source", "16:9", "9:16", "1:1"]


def ssim_by_frame(one: Path, other: Path) -> list[float]:
    """FFmpeg's own, of all planes; the clips must have the same size."""
    command = [ffmpeg_binary(), "-hide_banner", "-nostdin", "-v", "error", "-i", str(one), "-i", str(other)]
    graph = "[0:v][1:v]ssim=stats_file=-:shortest=0:repeatlast=0"
    done = subprocess.run([*command, "-lavfi", graph, "-f", "null", "-"], capture_output=True, text=True, check=True)
    return [float(value) for value in re.findall(r"All:([\d.]+)", done.stdout)]


def both(media: Path, folder: Path, *keep: tuple[float, float], **options: object) -> list[tuple[RenderedClip, Path]]:
    return [render(media, folder / name, *keep, renderer=name, **options) for name in ("ffmpeg", "moviepy")]


def picture(path: Path, time_s: float) -> NDArray[np.float64]:
    return frame_at(path, time_s).picture.astype(np.float64)


def assert_same_sound(one: Path, other: Path) -> None:
    """Not the same samples: AAC spends its bits anew where a fade differs in the fifth digit, and on noise, which it
    codes worst, two codings of one sound are a third apart (before AAC: less than one step of 16 bits).
    """
    a, b = (decode(clip, rate_hz=RATE_HZ).astype(np.float64) for clip in (one, other))
    assert len(a) == len(b)
    assert np.sqrt(np.mean((a - b) ** 2)) < 0.35 * np.sqrt(np.mean(a**2)) + 8
    blocks = len(a) // 4800
    loud = [np.sqrt((samples[: blocks * 4800].reshape(blocks, 4800) ** 2).mean(axis=1)) for samples in (a, b)]
    assert np.abs(loud[0] - loud[1]).max() < 0.03 * loud[0].max() + 4


@pytest.mark.parametrize(("arrangement", "aspect"), [("split", "source"), ("stack", "9:16"), ("full", "1:1")])
def test_a_lecture_looks_and_sounds_the_same(
    lectures: Path, tmp_path: Path, arrangement: Literal["full", "split", "stack"], aspect: Aspect
) -> None:
    """Slides with a real person in the corner, from two places in the recording; captions and all."""
    screen, camera = (0, 0, 1280, 720), (960, 540, 320, 180)
    layout = (ClipLayout(0.0, 600.0, "picture_in_picture", arrangement, screen, camera),)
    keep = (100.0, 101.3), (104.71, 105.2), (130.0, 130.4)
    settings = PlanSettings(aspect=aspect)
    (first, one), (second, other) = both(
        lectures / "corner.mp4", tmp_path, *keep, layout=layout, settings=settings, segments=CAPTIONS, captions="both"
    )
    assert first == second
    ssim = ssim_by_frame(one, other)
    assert len(ssim) == round(first.duration_s * 25)
    assert min(ssim) >= LEAST_SSIM
    assert_same_sound(one, other)
    assert one.with_suffix(".srt").read_text("utf-8") == other.with_suffix(".srt").read_text("utf-8")


def test_a_change_of_layout_comes_in_the_same_frame(lectures: Path, tmp_path: Path) -> None:
    """A speaker over the whole frame, then slides beside a camera."""
    layout = (
        ClipLayout(0.0, 101.0, "speaker", "full", None, (400, 60, 480, 600)),
        ClipLayout(101.0, 102.0, "side_by_side", "split", (0, 90, 960, 540), (960, 270, 320, 180)),
        ClipLayout(102.0, 600.0, "slides", "full", (0, 0, 1280, 720), None),
    )
    (first, one), (second, other) = both(
        lectures / "switching.mp4", tmp_path, (100.4, 101.6), (101.8, 102.6), layout=layout, captions="none"
    )
    assert first == second
    assert min(ssim_by_frame(one, other)) >= LEAST_SSIM


@pytest.mark.parametrize("written", [
    ("-vf", "scale=640:360,format=yuv420p"),
    ("-vf", "scale=1280:720,format=yuv444p10le"),
    ("-vf", "scale=360:288,setsar=16/15"),
    ("-vf", "scale=321:241,format=yuv444p"),
    ("-vf", "scale=640:360:out_color_matrix=bt2020nc,setparams=colorspace=bt2020nc:range=tv"),
    ("-vf", "scale=640:360:out_range=pc,format=yuvj420p"),
    ("-vf", "format=gbrp", "-c:v", "libx264rgb"),
    ("-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,format=yuv420p10le",
     "-x264-params", "transfer=smpte2084:colormatrix=bt2020nc:colorprim=bt2020"),
], ids=["sd", "444-10-bit", "sar", "odd", "bt2020", "full-range", "rgb", "pq"])  # fmt: skip
def test_colours_and_shapes_come_out_the_same(tmp_path: Path, written: tuple[str, ...]) -> None:
    """Saturated colours tell one matrix from another, and limited from full range."""
    media = make_media(tmp_path / "in.mkv", "-f", "lavfi", "-i", "smptehdbars=s=640x360:r=25:d=2", "-c:v", "libx264",
                       "-preset", "veryfast", "-crf", "12", *written)  # fmt: skip
    (first, one), (second, other) = both(media, tmp_path, (0.2, 0.6), (1.0, 1.2), captions="none")
    assert first == second
    assert min(ssim_by_frame(one, other)) >= LEAST_SSIM
    assert np.abs(picture(one, 0.3) - picture(other, 0.3)).mean() < 3
    shown = [np.asarray(Image.open(clip.with_name(THUMBNAIL_NAME)), np.float64) for clip in (one, other)]
    assert np.abs(shown[0] - shown[1]).mean() < 3


def test_a_turned_recording_is_upright_in_both(tmp_path: Path) -> None:
    flat = make_media(tmp_path / "flat.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v", "libx264")
    media = make_media(tmp_path / "in.mp4", "-display_rotation", "-90", "-i", str(flat), "-c", "copy")
    (first, one), (second, other) = both(media, tmp_path, (0.2, 1.0), captions="none")
    assert (first.width, first.height) == (second.width, second.height) == (180, 320)
    assert min(ssim_by_frame(one, other)) >= LEAST_SSIM


def test_many_short_ranges_keep_their_frames_and_their_sound(tmp_path: Path) -> None:
    """Some two hundred of two frames: a second of sound comes from a dozen places."""
    media = barcode_video(tmp_path / "in.mp4", frames=900)
    keep = [(n / 25, (n + 2) / 25) for n in range(40, 880, 4)]
    (first, one), (second, other) = both(media, tmp_path, *keep)
    assert first == second
    assert frame_numbers(one) == frame_numbers(other) == [k for n in range(40, 880, 4) for k in (n, n + 1)]
    assert_same_sound(one, other)


def test_a_clip_of_two_distant_places_reads_past_what_lies_between(tmp_path: Path) -> None:
    media = flash_and_beep(tmp_path / "in.mp4", [1.0, 38.0], duration_s=40.0)
    (_, one), (_, other) = both(media, tmp_path, (0.6, 1.6), (37.6, 38.6))
    assert frame_numbers(other) == [*range(15, 40), *range(940, 965)]
    assert_same_sound(one, other)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_sound_without_a_picture(tmp_path: Path, channels: int) -> None:
    noise = "anoisesrc=color=pink:duration=8:seed=5,tremolo=f=3"
    media = make_media(tmp_path / "in.flac", "-f", "lavfi", "-i", noise, "-ac", str(channels))
    (first, one), (second, other) = both(media, tmp_path, (1.0, 3.0), (4.0, 4.7), (6.0, 7.0))
    assert first == second
    assert [file.path for file in second.files] == ["clip.m4a"]
    assert_same_sound(one, other)


def test_a_picture_without_sound(tmp_path: Path) -> None:
    media = make_media(tmp_path / "in.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=2", "-c:v", "libx264")
    (first, one), (second, other) = both(media, tmp_path, (0.5, 1.5), captions="none")
    assert first == second
    assert second.audio_duration_s is None
    assert min(ssim_by_frame(one, other)) >= LEAST_SSIM


def test_nobody_waits_for_moviepy_who_does_not_ask_for_it() -> None:
    code = "import sys, agents.video_compiler as _; sys.exit(any(m.split('.')[0] == 'moviepy' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
